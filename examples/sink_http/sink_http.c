/* A whole sink for a web service: POSTs batches as lines of JSON, and puts aside what the service refuses.
 *     cc -std=gnu17 -shared -fPIC -fvisibility=hidden -o sink_http.so sink_http.c
 *     sink "web" { type = "http-example", url = "https://logs.example.com/in", token = env "TOKEN" }
 * The service answers 2xx once all events but the refused ones are safe with it, and names those:
 *     {"rejected":[{"event":3,"reason":"it has no timestamp"}]}
 * TLS, proxy, time-outs and connections are the core's: the options ca_file, proxy, timeout ... of
 * `http { ... }`, or of this sink alone (POSTERN_SINK_HTTP). */
#include <postern/kit.h>
#include <stdlib.h>

struct http_sink {
    const postern_host *host;
    const postern_http *http;
    const postern_json *json;
    postern_text url, token; /* live as long as the host */
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct http_sink *sink = calloc(1, sizeof *sink);
    if (!(*self = sink)) return kit_no_memory(error);
    sink->host = host;
    sink->http = host->service(host, POSTERN_SERVICE_HTTP);
    sink->json = host->service(host, POSTERN_SERVICE_JSON);
    host->option_text(host, "url", &sink->url);
    host->option_text(host, "token", &sink->token);
    if (sink->http && sink->json) return POSTERN_OK;
    free(sink);
    return kit_fail(error, POSTERN_E_UNSUPPORTED, "install a newer Postern", "this Postern has no http/1");
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    (void)self, (void)call, (void)state, (void)count, (void)error;
    return POSTERN_OK; /* http/1 connects when there is something to send */
}

static postern_status refused(const postern_http_response *response, postern_error *error)
{
    int status = (int)response->status;
    bool may_pass = status == 408 || status == 429 || status >= 500;
    kit_fail(error, may_pass ? POSTERN_E_RETRY : POSTERN_E_CONFIG, may_pass ? NULL : "check url and token",
             "the service answers %d", status);
    error->retry_after_ms = response->retry_after_ms;
    return error->code;
}

static postern_status take_rejections(const struct http_sink *sink, const postern_call *call,
                                      postern_text body, postern_result *result, postern_error *error)
{
    const postern_host *host = sink->host;
    const postern_json *json = sink->json;
    const postern_json_value *answer, *item = NULL;
    if (kit_trim(body).size == 0) return POSTERN_OK;
    postern_status status = json->parse(host, call->arena, body, &answer, error);
    const postern_json_value *list = status < 0 ? NULL : json->get(host, answer, KIT_TEXT("rejected"));
    while (status >= 0 && json->next(host, list, &item, NULL)) {
        int64_t index = -1;
        char words[256] = "the service does not say why";
        postern_text reason;
        json->integer(host, json->get(host, item, KIT_TEXT("event")), &index);
        if (json->text(host, call->arena, json->get(host, item, KIT_TEXT("reason")), &reason))
            snprintf(words, sizeof words, "%.*s", (int)(reason.size < 255 ? reason.size : 255), reason.data);
        status = index < 0 ? POSTERN_E_PROTOCOL : result->reject(result, (size_t)index, words);
    }
    if (status == POSTERN_E_MEMORY) return kit_no_memory(error);
    if (status >= 0) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_RETRY, NULL, "the service's list of refused events cannot be read");
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    const struct http_sink *sink = self;
    struct kit_writer body = kit_writer_in_arena(sink->host, call->arena);
    struct kit_writer bearer = body, key = body; /* each has memory of its own once it is written to */
    for (size_t i = 0; i < batch->count; i++) {
        kit_write(&body, batch->events[i]->text);
        kit_write_string(&body, "\n");
    }
    kit_write_string(&bearer, "Bearer "), kit_write(&bearer, sink->token);
    kit_write(&key, batch->delivery), kit_write_string(&key, "-"),
        kit_write_integer(&key, (int64_t)batch->id);
    if (body.failed || bearer.failed || key.failed) return kit_no_memory(error);
    const postern_pair headers[] = {
        {KIT_TEXT("Content-Type"), KIT_TEXT("application/x-ndjson")},
        {KIT_TEXT("Idempotency-Key"), kit_span(key.data, key.size)}, /* the same when it is sent again */
        {KIT_TEXT("Authorization"), kit_span(bearer.data, bearer.size)},
    };
    const postern_http_request request = {.size = sizeof request,
                                          .flags = POSTERN_HTTP_GZIP,
                                          .method = "POST",
                                          .url = sink->url,
                                          .headers = headers,
                                          .header_count = sink->token.size ? 3 : 2,
                                          .body = kit_span(body.data, body.size)};
    postern_http_response response = {.size = sizeof response};
    postern_status status = sink->http->exchange(sink->host, call->arena, &request, &response, error);
    if (status < 0) return status; /* the core backs off and sends the same batch again */
    if (response.status < 200 || response.status > 299) return refused(&response, error);
    return take_rejections(sink, call, response.body, result, error);
}

static const postern_option url = {sizeof url, POSTERN_OPTION_REQUIRED, POSTERN_OPTION_TEXT, .name = "url",
                                   .help = "where to send"};
static const postern_option token = {sizeof token, 0, POSTERN_OPTION_SECRET, .name = "token",
                                     .help = "sent as Authorization: Bearer"};
static const postern_option *const options[] = {&url, &token, NULL};
static const postern_batching batching = {sizeof batching, .events = 1000, .bytes = 4 << 20, .wait_ms = 1000};
static const postern_sink sink = {
    sizeof sink, POSTERN_SINK_HTTP, "http-example",  "lines of JSON over HTTP", options,
    &batching,   .create = create,  .destroy = free, .open = open_sink,         .write = write_batch};
KIT_MODULE(.name = "http-example", .version = "1.0", .summary = "An example",
           .sinks = KIT_LIST(postern_sink, &sink));
