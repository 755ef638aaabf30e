/* A sink for tests of http/1 and metrics/1: posts each batch as lines, counts what it sent and how. */
#include <postern/kit.h>
#include <stdlib.h>

struct post {
    const postern_host *host;
    const postern_http *http;
    const postern_metrics *metrics;
    postern_text url;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct post *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    *self = sink;
    sink->host = host;
    sink->http = host->service(host, POSTERN_SERVICE_HTTP);
    sink->metrics = host->service(host, POSTERN_SERVICE_METRICS);
    host->option_text(host, "url", &sink->url);
    return POSTERN_OK;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    (void)self, (void)call, (void)state, (void)count, (void)error;
    return POSTERN_OK;
}

static void count(const struct post *sink, const char *code, size_t events)
{
    const postern_pair label = {KIT_TEXT("code"), kit_text(code)};
    const postern_metrics *metrics = sink->metrics;
    metrics->add(sink->host, metrics->counter(sink->host, "requests_total", "requests sent", &label, 1), 1);
    metrics->add(sink->host, metrics->counter(sink->host, "events_total", "events sent", NULL, 0),
                 (double)events);
    metrics->set(sink->host, metrics->gauge(sink->host, "last_batch", "events of the last batch", NULL, 0),
                 (double)events);
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    (void)result;
    const struct post *sink = self;
    struct kit_writer body = kit_writer_in_arena(sink->host, call->arena);
    for (size_t i = 0; i < batch->count; i++) {
        kit_write(&body, batch->events[i]->text);
        kit_write_string(&body, "\n");
    }
    if (body.failed) return kit_no_memory(error);
    const postern_http_request request = {.size = sizeof request,
                                          .flags = POSTERN_HTTP_GZIP,
                                          .method = "POST",
                                          .url = sink->url,
                                          .body = kit_span(body.data, body.size)};
    postern_http_response response = {.size = sizeof response};
    postern_status status = sink->http->exchange(sink->host, call->arena, &request, &response, error);
    if (status < 0) return status;
    if (response.status != 200) {
        count(sink, "other", 0);
        error->retry_after_ms = response.retry_after_ms;
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the receiver answers %d", (int)response.status);
    }
    count(sink, "200", batch->count);
    return POSTERN_OK;
}

static const postern_option url = {sizeof url, POSTERN_OPTION_REQUIRED, POSTERN_OPTION_TEXT, .name = "url",
                                   .help = "where to send"};
static const postern_option token = {sizeof token, 0, POSTERN_OPTION_SECRET, .name = "token",
                                     .help = "not sent: it has to be there"};
static const postern_option *const options[] = {&url, &token, NULL};
static const postern_sink sink = {.size = sizeof sink,
                                  .flags = POSTERN_SINK_HTTP,
                                  .name = "post",
                                  .title = "posts, for tests",
                                  .options = options,
                                  .create = create,
                                  .destroy = free,
                                  .open = open_sink,
                                  .write = write_batch};
KIT_MODULE(.name = "post", .version = "1", .summary = "for tests", .sinks = KIT_LIST(postern_sink, &sink));
