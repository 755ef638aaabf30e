#include "postgresql_sink.h"
#include <stdlib.h>

static void destroy(void *self)
{
    struct postgresql_sink *sink = self;
    statements_free(&sink->statements);
    target_free(&sink->target);
    settings_free(&sink->settings);
    pthread_mutex_destroy(&sink->pool.lock);
    free(sink);
}

static void make_counters(struct postgresql_sink *sink)
{
    const postern_host *host = sink->host;
    struct counters *counters = &sink->counters;
    counters->metrics = host->service(host, POSTERN_SERVICE_METRICS);
    if (!counters->metrics) return;
    counters->repeated = counters->metrics->counter(host, "postgresql_repeated_events_total",
                                                    "Events that the table had already", NULL, 0);
    counters->replaced = counters->metrics->counter(
        host, "postgresql_replaced_characters_total",
        "Characters that the column does not take (U+0000, halves of pairs), replaced by U+FFFD", NULL, 0);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct postgresql_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    sink->host = host;
    sink->log = host->service(host, POSTERN_SERVICE_LOG);
    pthread_mutex_init(&sink->pool.lock, NULL);
    make_counters(sink);
    postern_status status = settings_read(host, &sink->settings, error);
    if (status >= 0) status = target_read(host, &sink->target, error);
    if (status >= 0 && !statements_make(&sink->settings, &sink->statements)) status = kit_no_memory(error);
    if (status >= 0)
        *self = sink;
    else
        destroy(sink);
    return status;
}

/* One session is made now, so that what is wrong with server or table is said before an event is in hand. */
static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct postgresql_sink *sink = self;
    struct connection *connection;
    (void)call, (void)state, (void)state_count;
    postern_status status = connection_open(sink, &connection, error);
    if (status < 0) return status;
    status = session_prepare(connection, true, error);
    if (status >= 0)
        pool_give_back(sink, connection);
    else
        connection_free(connection);
    return status;
}

static void close_sink(void *self)
{
    pool_close(self);
}

static const char *const session_kinds[] = {"any", "read-write", "primary", NULL};
static const char *const tls_modes[] = {"disable", "prefer", "require", "verify-ca", "verify-full", NULL};
static const char *const event_types[] = {"jsonb", "json", "text", NULL};

static const postern_option *const options[] = {
    KIT_OPTION(SECRET, "connection", NULL, "a connection string or URL of PostgreSQL, instead of host"),
    KIT_OPTION(TEXT, "host", NULL,
               "a server or a list of them, tried in turn: \"db1\", \"db1:5433\", \"[::1]:5432\", "
               "\"/run/postgresql\"",
               .flags = POSTERN_OPTION_REPEATABLE),
    KIT_OPTION(TEXT, "database", NULL, "its name; without it, that of the user"),
    KIT_OPTION(TEXT, "user", NULL, "the role to be; without it, the system's user"),
    KIT_OPTION(SECRET, "password", NULL, "of that role"),
    KIT_OPTION(TEXT, "target_session_attrs", NULL,
               "which of the servers will do: read-write (unless it is given), primary or any",
               .choices = session_kinds),
    KIT_OPTION(TEXT, "application_name", NULL, "shown in pg_stat_activity; \"postern\" unless it is given"),
    KIT_OPTION(TEXT, "tls", NULL,
               "verify-full (unless it is given), verify-ca, require, prefer or disable; on loopback prefer",
               .choices = tls_modes),
    KIT_OPTION(PATH, "ca_file", NULL,
               "authorities that may vouch for the server, PEM; without it the system's"),
    KIT_OPTION(PATH, "client_certificate", NULL, "shown to the server, PEM"),
    KIT_OPTION(PATH, "client_key", NULL, "its key; readable by nobody else"),
    KIT_OPTION(DURATION, "connect_timeout", "10s", "for each server", .minimum = 100, .maximum = 3600000),
    KIT_OPTION(DURATION, "timeout", "60s", "for the transaction of a batch", .minimum = 100,
               .maximum = 3600000),
    KIT_OPTION(TEXT, "table", NULL, "where to insert: \"events\" or \"siem.events\"",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(
        MAP, "columns", NULL,
        "names of the table's columns by what they hold: id, received, time, account, source, stream, type, "
        "event; \"\" leaves one out"),
    KIT_OPTION(
        LIST, "unique", NULL,
        "what the unique index that tells repeats is on: id (unless it is given), or id and received, ..."),
    KIT_OPTION(TEXT, "event_type", "jsonb", "type of the column for the event", .choices = event_types),
    KIT_OPTION(BOOLEAN, "create_table", "false", "create the table if it is not there"),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 8 << 20, .wait_ms = 1000, .parallel = 1};

static const postern_sink postgresql_sink = {
    .size = sizeof(postern_sink),
    .flags = POSTERN_SINK_CONCURRENT, /* the table itself tells what was there already */
    .name = "postgresql",
    .title = "rows of a PostgreSQL table, each event once",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = write_batch,
    .close = close_sink,
};

KIT_MODULE(.name = "postgresql", .version = POSTERN_VERSION,
           .summary = "Inserts events into a table of PostgreSQL",
           .sinks = KIT_LIST(postern_sink, &postgresql_sink));
