#include "sqlite_sink.h"
#include <stdlib.h>

static void destroy(void *self)
{
    struct sqlite_sink *sink = self;
    free(sink->path);
    free(sink->table);
    free(sink);
}

static bool read_mode(const postern_host *host, mode_t *mode)
{
    char *digits = kit_option_string(host, "mode"), *end = digits;
    *mode = digits ? (mode_t)strtoul(digits, &end, 8) : 0;
    bool good = digits && end != digits && *end == '\0' && (*mode & ~(mode_t)0666) == 0;
    free(digits);
    return good;
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct sqlite_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    sink->host = host;
    sink->path = kit_option_string(host, "path");
    sink->table = kit_option_string(host, "table");
    host->option_integer(host, "busy_timeout", &sink->busy_timeout_ms);
    host->option_integer(host, "retain", &sink->retain_ms);
    bool mode_is_good = read_mode(host, &sink->mode);
    postern_status status = POSTERN_OK;
    if (!sink->path || !sink->table)
        status = kit_no_memory(error);
    else if (!sink->table[0] || strncmp(sink->table, "sqlite_", 7) == 0)
        status = kit_fail(error, POSTERN_E_CONFIG, NULL,
                          "table must have a name, which is not one of SQLite's own");
    else if (!mode_is_good)
        status = kit_fail(error, POSTERN_E_CONFIG, NULL,
                          "mode must be octal read and write rights such as \"0640\"");
    if (status < 0)
        destroy(sink);
    else
        *self = sink;
    return status;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    (void)call, (void)state, (void)state_count;
    return database_open(self, error);
}

static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    struct sqlite_sink *sink = self;
    (void)result;
    postern_status status = database_check_place(sink, error);
    if (status < 0) return status;
    status = retain_forget(sink, call->steady_ms, error);
    return status == POSTERN_E_RETRY ? POSTERN_OK : status; /* somebody's lock: later will do */
}

static void close_sink(void *self)
{
    database_close(self);
}

static const postern_option *const options[] = {
    KIT_OPTION(PATH, "path", NULL, "the database, made if it is not there; on a disk of this machine",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEXT, "table", "events", "where to insert; made if it is not there"),
    KIT_OPTION(DURATION, "retain", "0s", "delete rows that were added so long ago; 0s = never"),
    KIT_OPTION(DURATION, "busy_timeout", "10s",
               "how long to wait for another program's lock before the batch is tried anew", .minimum = 100,
               .maximum = 3600000),
    KIT_OPTION(TEXT, "mode", "0640", "rights of a new file, octal"),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 8 << 20, .wait_ms = 1000};

static const postern_sink sqlite_sink = {
    .size = sizeof(postern_sink),
    .name = "sqlite",
    .title = "rows of an SQLite file, each event once",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = write_batch,
    .idle = idle,
    .close = close_sink,
};

KIT_MODULE(.needs_minor = 1, /* postern_call.steady_ms */
           .name = "sqlite", .version = POSTERN_VERSION,
           .summary = "Inserts events into a table of an SQLite file",
           .sinks = KIT_LIST(postern_sink, &sqlite_sink));
