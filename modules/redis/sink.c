#include "redis_sink.h"
#include <stdlib.h>

static const struct net_scheme schemes[] = {
    {"redis", "6379", NET_TCP, 0},
    {"rediss", "6379", NET_TLS, 0},
    {"unix", NULL, NET_UNIX, 0},
    {.word = NULL},
};

static const postern_option *const options[] = {
    KIT_OPTION(TEXT, "target", NULL, "redis://host:6379, rediss:// with TLS, or unix:///path",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEMPLATE, "key", NULL, "the stream's key, as \"mimecast:%{account}\"",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(SECRET, "password", NULL, "of the user, or of the server (requirepass)"),
    KIT_OPTION(TEXT, "user", NULL, "ACL user; else the default one"),
    KIT_OPTION(INTEGER, "database", "0", "number of the database", .minimum = 0, .maximum = 65535),
    KIT_OPTION(INTEGER, "maxlen", "0", "let Redis remove the oldest beyond about so many entries; 0 = never",
               .minimum = 0, .maximum = INT64_MAX),
    KIT_OPTION(INTEGER, "transaction", "200", "entries written in one transaction (MULTI)", .minimum = 1,
               .maximum = 10000),
    NET_OPTIONS,
    NULL,
};

static void destroy(void *self)
{
    struct redis_sink *sink = self;
    net_settings_free(&sink->net);
    free(sink);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    postern_text target = {0}, user, password;
    struct redis_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    sink->host = host;
    sink->log = host->service(host, POSTERN_SERVICE_LOG);
    host->option_text(host, "target", &target);
    host->option_text(host, "key", &sink->key);
    host->option_integer(host, "database", &sink->database);
    host->option_integer(host, "maxlen", &sink->maxlen);
    host->option_integer(host, "transaction", &sink->chunk);
    postern_status status = net_settings_read(host, &sink->net, error);
    if (status >= 0) status = net_target_read(target, schemes, &sink->target, error);
    if (status >= 0 && host->option_text(host, "user", &user) &&
        !host->option_text(host, "password", &password))
        status = kit_fail(error, POSTERN_E_CONFIG, NULL, "user needs password");
    if (status >= 0)
        *self = sink;
    else
        destroy(sink);
    return status;
}

static void close_sink(void *self)
{
    struct redis_sink *sink = self;
    redis_session_close(&sink->session);
    redis_streams_free(sink);
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct redis_sink *sink = self;
    (void)call;
    postern_status status = redis_connect(sink, error);
    for (size_t i = 0; i < state_count && status >= 0; i++)
        status = redis_stream_read(sink, &state[i]);
    if (status < 0) close_sink(sink);
    return status;
}

static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    (void)error;
    return redis_streams_forget_old(self, call->steady_ms, result);
}

static const postern_batching batching = {
    .size = sizeof(postern_batching), .events = 2000, .bytes = 4 << 20, .wait_ms = 500};

static const postern_sink redis_sink = {
    .size = sizeof(postern_sink),
    .flags = POSTERN_SINK_STABLE_BATCHES | POSTERN_SINK_KNOWS_TEST,
    .name = "redis",
    .title = "streams of Redis, exactly once",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = redis_write,
    .idle = idle,
    .close = close_sink,
    .probe = redis_probe,
};

KIT_MODULE(.needs_minor = 1, /* postern_call.steady_ms */
           .name = "redis", .version = POSTERN_VERSION, .summary = "Writes events to streams of Redis",
           .sinks = KIT_LIST(postern_sink, &redis_sink));
