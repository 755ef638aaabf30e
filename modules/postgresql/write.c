#include "postgresql_sink.h"

struct inserting {
    struct postgresql_sink *sink;
    struct connection *connection;
    const postern_batch *batch;
    postern_result *result;
    postern_error *error;
};

static void count(const struct postgresql_sink *sink, postern_metric *metric, uint64_t number)
{
    const struct counters *counters = &sink->counters;
    if (counters->metrics && metric && number) counters->metrics->add(sink->host, metric, (double)number);
}

/* How many of them were not there yet: the answer before that to COMMIT has it. */
static uint64_t inserted(const char *tag)
{
    unsigned long long rows = 0;
    return sscanf(tag, "INSERT 0 %llu", &rows) == 1 ? rows : 0;
}

static postern_status transact(const struct inserting *writing, size_t first, size_t end)
{
    struct postgresql_sink *sink = writing->sink;
    struct connection *connection = writing->connection;
    uint64_t replaced = 0;
    PGresult *answer = NULL;
    connection_set_deadline(connection, sink->settings.timeout_ms);
    postern_status status =
        connection_run(connection, sink->statements.begin, "cannot begin to copy rows", NULL, writing->error);
    if (status >= 0) status = rows_send(connection, writing->batch, first, end, &replaced, writing->error);
    if (status >= 0) status = connection_copy_end(connection, writing->error);
    if (status >= 0)
        status = connection_run(connection, sink->statements.insert, "the rows are refused", &answer,
                                writing->error);
    uint64_t rows = status >= 0 ? inserted(PQcmdStatus(answer)) : 0;
    PQclear(answer);
    if (status >= 0)
        status = connection_run(connection, "COMMIT", "the rows are refused", NULL, writing->error);
    if (status >= 0) {
        count(sink, sink->counters.replaced, replaced);
        count(sink, sink->counters.repeated, end - first > rows ? end - first - rows : 0);
    } else if (status == EVENT_REFUSED) {
        postern_error other = {.size = sizeof other};
        postern_status undone =
            connection_run(connection, "ROLLBACK", "the transaction cannot be undone", NULL, &other);
        if (undone < 0) status = kit_fail(writing->error, POSTERN_E_RETRY, NULL, "%s", other.message);
    }
    return status;
}

static postern_status accept(const struct inserting *writing, size_t first, size_t end)
{
    postern_status status = POSTERN_OK;
    for (size_t i = first; i < end && status >= 0; i++)
        status = writing->result->accept(writing->result, i);
    return status;
}

/* The server does not say which event it refuses: halves are tried until it stands alone. What the other
 * halves brought is committed, and safe whatever comes then. */
static postern_status deliver(const struct inserting *writing, size_t first, size_t end)
{
    postern_status status = transact(writing, first, end);
    bool is_part = end - first < writing->batch->count;
    if (status >= 0) return is_part ? accept(writing, first, end) : status;
    if (status != EVENT_REFUSED) return status;
    if (end - first == 1) return writing->result->reject(writing->result, first, writing->error->message);
    size_t middle = first + (end - first) / 2;
    status = deliver(writing, first, middle);
    return status < 0 ? status : deliver(writing, middle, end);
}

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct inserting writing = {.sink = self, .batch = batch, .result = result, .error = error};
    (void)call;
    postern_status status = pool_take(writing.sink, &writing.connection, error);
    if (status < 0) return status;
    if (batch->count) status = deliver(&writing, 0, batch->count);
    if (status >= 0)
        pool_give_back(writing.sink, writing.connection);
    else
        connection_free(writing.connection);
    return status;
}
