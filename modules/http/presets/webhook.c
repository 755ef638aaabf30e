/* Any receiver of JSON: lines, an array, or one event in each request; or the lines that a script made. */
#include "presets.h"
#include "shared/cloud/digest.h"
#include <stdlib.h>

static const struct format {
    const char *name, *content_type;
    struct frame frame;
    bool one_by_one;
} formats[] = {
    {"ndjson", "application/x-ndjson", {"", "", "\n", ""}, false},
    {"array", "application/json", {"[", ",", "", "]"}, false},
    {"single", "application/json", {"", "", "", ""}, true},
    {"raw", "text/plain; charset=utf-8", {"", "", "\n", ""}, false},
};

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    postern_text name = kit_option_text(sink->host, "format");
    postern_text content_type = kit_option_text(sink->host, "content_type");
    (void)error;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct format *format = &formats[i];
        if (!kit_is(name, format->name)) continue;
        sink->frame = format->frame;
        sink->content_type = format->content_type;
        sink->max_events = format->one_by_one ? 1 : sink->max_events;
    }
    if (kit_is(kit_option_text(sink->host, "method"), "PUT")) sink->method = "PUT";
    if (!content_type.size) return POSTERN_OK;
    char *copy = kit_string(content_type);
    if (!copy) return kit_no_memory(error);
    sink->own = copy;
    sink->content_type = copy;
    return POSTERN_OK;
}

/* A ready line among JSON is a JSON string; in raw bodies all stands as it is. */
static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    if (kit_is(kit_option_text(writing->sink->host, "format"), "raw"))
        kit_write(body, event->text);
    else
        write_event_value(body, event);
    return NULL;
}

static void sign(struct writing *writing, struct headers *headers, postern_text key, postern_text sent)
{
    unsigned char code[CLOUD_DIGEST_SIZE];
    char hex[CLOUD_HEX_SIZE];
    struct kit_writer value = kit_writer_in_arena(writing->sink->host, writing->call->arena);
    if (!cloud_hmac_sha256(key, sent, code)) headers->failed = true;
    cloud_hex(code, sizeof code, hex);
    kit_write_string(&value, "sha256=");
    kit_write_string(&value, hex);
    headers_set_written(headers, "X-Postern-Signature", &value);
}

/* The key is equal for equal events, so that a receiver which remembers it has everything once. */
static void add_headers(struct writing *writing, struct headers *headers, postern_text sent)
{
    struct kit_writer token = kit_writer_in_arena(writing->sink->host, writing->call->arena);
    postern_text key = kit_option_text(writing->sink->host, "signature_key");
    write_token(writing, &token);
    headers_set_written(headers, "Idempotency-Key", &token);
    if (key.size) sign(writing, headers, key, sent);
}

/* Not every receiver bears a question: the user says whether, and which. */
static postern_status probe(struct probing *probing)
{
    const struct sender *sender = &probing->sender;
    postern_text wanted = kit_option_text(sender->sink->host, "test_request");
    const char *method = kit_is(wanted, "HEAD") ? "HEAD" : "GET";
    struct kit_writer url = kit_writer_in_arena(sender->sink->host, sender->call->arena);
    postern_http_response response;
    if (kit_is(wanted, "none")) return POSTERN_OK;
    kit_write_template(&url, kit_text(sender->sink->url), sender->event, true);
    if (url.failed) return kit_no_memory(sender->error);
    const struct parcel parcel = {.method = method, .url = kit_span(url.data, url.size)};
    postern_status status = probe_ask(probing, &parcel, &response);
    if (status >= 0) status = probe_expect(probing, method, &response);
    if (status >= 0)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "it answers %s with %d", method,
                (int)response.status);
    return status;
}

static const struct preset preset = {
    .configure = configure,
    .encode = encode,
    .headers = add_headers,
    .probe = probe,
};

static const postern_option *const options[] = {
    OPTION(TEMPLATE, POSTERN_OPTION_REQUIRED, "url", NULL,
           "where to send; may hold places such as %{account}"),
    OPTION_OF("format", "ndjson", "what a body looks like", "ndjson", "array", "single", "raw"),
    OPTION_OF("method", "POST", "of the requests", "POST", "PUT"),
    OPTION(TEXT, 0, "content_type", NULL, "instead of the format's own"),
    OPTIONS_OF_REQUESTS("1MiB", "1000", GZIP_OR_ZSTD),
    OPTION(LIST, 0, "success_status", NULL, "the HTTP statuses that mean delivered; absent: 200 to 299"),
    OPTION(MAP, 0, "accept_if", NULL,
           "what the JSON of such an answer must say, all of it: { [\"$.error\"] = \"false\" }"),
    OPTION_OF("accept_else", "retry",
              "what another answer means: the same again later, something in the body is wrong, or stop",
              "retry", "refused", "stop"),
    OPTION_OF("test_request", "none", "what `postern sink test` asks at url before it writes its event",
              "none", "HEAD", "GET"),
    OPTION_TOKEN(0, "sent as Authorization: Bearer"),
    OPTIONS_OF_BASIC,
    OPTIONS_OF_SIGV4(NULL),
    OPTIONS_OF_OAUTH,
    OPTION(SECRET, 0, "signature_key", NULL, "of X-Postern-Signature: sha256=HMAC of the body as it is sent"),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 1000, .bytes = 1 << 20, .wait_ms = 1000};

const postern_sink webhook_sink = {HTTP_SINK("webhook", "events over HTTP", options, &batching, &preset)};
