/* Sumo Logic's HTTP source: lines for a URL that is itself the credential. */
#include "presets.h"

#define REMEDY_URL  "give the source's whole URL as the console shows it; the events wait in the journal"
#define REMEDY_SLOW "Sumo Logic took more than 30 seconds, and may have stored a part: make max_body smaller"

static const struct answer_rule rules[] = {
    {201, 299, OUTCOME_RETRY, REMEDY_URL},
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_URL},
    {404, 404, OUTCOME_CONFIGURATION, REMEDY_URL},
    {408, 408, OUTCOME_RETRY, REMEDY_SLOW},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

/* What describes the events of a request. */
static const struct {
    const char *option, *header;
} described[] = {
    {"name", "X-Sumo-Name"},
    {"host", "X-Sumo-Host"},
    {"category", "X-Sumo-Category"},
    {"fields", "X-Sumo-Fields"},
};
#define DESCRIBED (sizeof described / sizeof *described)

static void group(const struct http_instance *sink, const postern_sink_event *event, struct kit_writer *key)
{
    for (size_t i = 0; i < DESCRIBED; i++) {
        kit_write_template(key, kit_option_text(sink->host, described[i].option), event, false);
        kit_write_string(key, "\n");
    }
}

static void add_headers(struct writing *writing, struct headers *headers, postern_text sent)
{
    const postern_host *host = writing->sink->host;
    (void)sent;
    for (size_t i = 0; i < DESCRIBED; i++) {
        struct kit_writer value = kit_writer_in_arena(host, writing->call->arena);
        header_write_template(&value, kit_option_text(host, described[i].option), writing->request.first);
        headers_set_written(headers, described[i].header, &value);
    }
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    if (event->text.size > (size_t)kit_option_integer(writing->sink->host, "max_event"))
        return "it is longer than max_event: Sumo Logic would slice it";
    kit_write(body, event->text);
    return NULL;
}

/* Success is without a body; a page is a proxy's, or what asks for a login. */
static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    (void)writing;
    if (answer->status != 200 || !kit_starts_with(kit_trim(answer->http->body), "<")) return OUTCOME_BY_TABLE;
    answer->remedy = REMEDY_URL;
    return OUTCOME_RETRY;
}

static const struct preset preset = {
    .content_type = "text/plain; charset=utf-8",
    .frame = {.open = "", .between = "", .after = "\n", .close = ""},
    .rules = rules,
    .group = group,
    .encode = encode,
    .headers = add_headers,
    .judge = judge,
};

static const postern_option *const options[] = {
    OPTION(SECRET, POSTERN_OPTION_REQUIRED, "url", NULL,
           "of the HTTP source, whole; it lets in whoever has it, so it comes from env or file"),
    OPTION(TEMPLATE, 0, "name", "mimecast:%{source}", "_sourceName of the events (X-Sumo-Name)"),
    OPTION(TEMPLATE, 0, "host", "%{account}", "_sourceHost of the events (X-Sumo-Host)"),
    OPTION(TEMPLATE, 0, "category", "mimecast/%{source}", "_sourceCategory of the events (X-Sumo-Category)"),
    OPTION(TEMPLATE, 0, "fields", "account=%{account}", "fields of the events (X-Sumo-Fields): \"a=b,c=d\""),
    OPTION_IN(SIZE, "max_event", "64KiB", 1024, 16 << 20,
              "longest event; Sumo Logic slices what is longer than 64 KiB"),
    OPTIONS_OF_REQUESTS("512KiB", "5000", GZIP_OR_ZSTD),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 2000, .bytes = 1 << 20, .wait_ms = 1000, .parallel = 4};

const postern_sink sumo_sink = {
    HTTP_SINK("sumo", "events to Sumo Logic's HTTP source", options, &batching, &preset)};
