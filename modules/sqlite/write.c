#include "sqlite_sink.h"

static void bind_text(sqlite3_stmt *statement, int index, postern_text text)
{
    sqlite3_bind_text64(statement, index, text.size ? text.data : "", text.size, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_time(sqlite3_stmt *statement, int index, int64_t ms)
{
    char text[KIT_TIMESTAMP_SIZE];
    postern_text time = kit_timestamp(ms, text);
    if (ms)
        sqlite3_bind_text64(statement, index, time.data, time.size, SQLITE_TRANSIENT, SQLITE_UTF8);
    else
        sqlite3_bind_null(statement, index);
}

/* An expression of the user's (an index, a check) may fail on this event alone; a table that is gone fails
 * for all, and before anything is inserted. */
static bool still_fits(const struct sqlite_sink *sink)
{
    sqlite3_stmt *again = NULL;
    int code = sqlite3_prepare_v2(sink->database, sqlite3_sql(sink->insert), -1, &again, NULL);
    sqlite3_finalize(again);
    return code == SQLITE_OK;
}

/* A failure of SQLite undoes at most this row: those before it stay in the transaction, unless there is none
 * any more. */
static postern_status insert(const struct sqlite_sink *sink, const postern_sink_event *event,
                             int64_t steady_ms, postern_error *error)
{
    sqlite3_stmt *statement = sink->insert;
    bind_text(statement, 1, event->id);
    bind_time(statement, 2, event->received_ms);
    bind_time(statement, 3, event->time_ms);
    bind_text(statement, 4, event->account);
    bind_text(statement, 5, event->source);
    bind_text(statement, 6, event->stream);
    bind_text(statement, 7, event->type);
    bind_text(statement, 8, event->text);
    sqlite3_bind_int64(statement, 9, steady_ms);
    int code = sqlite3_step(statement);
    postern_status status =
        code == SQLITE_DONE ? POSTERN_OK : failure_take(sink, code, "the row is refused", error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (code == SQLITE_ERROR && still_fits(sink)) status = EVENT_REFUSED;
    if (status == EVENT_REFUSED && sqlite3_get_autocommit(sink->database))
        status = kit_fail(error, POSTERN_E_RETRY, NULL, "the transaction was undone");
    return status;
}

static postern_status insert_all(const struct sqlite_sink *sink, const postern_call *call,
                                 const postern_batch *batch, postern_result *result, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < batch->count && status >= 0; i++) {
        status = insert(sink, batch->events[i], call->steady_ms, error);
        if (status == EVENT_REFUSED) status = result->reject(result, i, error->message);
        if (status >= 0 && sink->host->stopping(sink->host))
            status = kit_fail(error, POSTERN_E_STOPPED, NULL, "Postern is stopping");
    }
    return status;
}

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct sqlite_sink *sink = self;
    postern_status status = database_check_place(sink, error);
    if (status >= 0) status = database_run(sink, "BEGIN IMMEDIATE", "cannot begin a transaction", error);
    if (status < 0) return status;
    status = insert_all(sink, call, batch, result, error);
    if (status >= 0) status = retain_forget(sink, call->steady_ms, error);
    if (status >= 0) status = database_run(sink, "COMMIT", "cannot commit", error);
    if (status < 0) sqlite3_exec(sink->database, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
