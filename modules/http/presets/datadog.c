/* Datadog's log intake: an array of entries, whose message is the event. */
#include "presets.h"

#define REMEDY_KEY                                                                                           \
    "check token, which is an API key and no application key, and site: the key of another site is refused"

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    postern_text url = kit_option_text(sink->host, "url"), site = kit_option_text(sink->host, "site");
    bool made =
        url.size ? sink_set_url(sink, "%.*s", (int)url.size, url.data)
                 : sink_set_url(sink, "https://http-intake.logs.%.*s/api/v2/logs", (int)site.size, site.data);
    return made ? POSTERN_OK : kit_no_memory(error);
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    static const struct {
        const char *member, *option;
    } members[] = {{"ddsource", "source"}, {"ddtags", "tags"}, {"hostname", "host"}, {"service", "service"}};
    kit_write_string(body, "{\"timestamp\":");
    kit_write_integer(body, event_time(event));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        write_member_template(body, ",", members[i].member,
                              kit_option_text(writing->sink->host, members[i].option), event);
    write_member(body, ",", "postern_id", event->id);
    write_member(body, ",", "message", event->text);
    kit_write_string(body, "}");
    return NULL;
}

static const struct answer_rule rules[] = {
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

/* The intake itself cannot be asked; another place of the same site knows the key. */
static postern_status probe(struct probing *probing)
{
    const struct sender *sender = &probing->sender;
    postern_text url = kit_option_text(sender->sink->host, "validate_url"),
                 site = kit_option_text(sender->sink->host, "site");
    bool is_own = !url.size && kit_option_text(sender->sink->host, "url").size;
    postern_http_response response;
    if (is_own) return POSTERN_OK;
    postern_status status = url.size ? probe_get(probing, &response, "%.*s", (int)url.size, url.data)
                                     : probe_get(probing, &response, "https://api.%.*s/api/v1/validate",
                                                 (int)site.size, site.data);
    if (status >= 0) status = probe_expect(probing, "whether the key is valid", &response);
    if (status < 0) return status;
    const postern_json_value *valid =
        sender->sink->json->get(sender->sink->host, read_json(sender, &response), KIT_TEXT("valid"));
    if (!sender->sink->json->boolean(sender->sink->host, valid))
        return kit_fail(sender->error, POSTERN_E_CONFIG, REMEDY_KEY, "the key is not valid");
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "the key is valid");
    return POSTERN_OK;
}

static const struct preset preset = {
    .content_type = "application/json",
    .frame = {.open = "[", .between = ",", .after = "", .close = "]"},
    .longest = 1000000,
    .too_long = "it is longer than 1,000,000 bytes, which Datadog would cut without a word",
    .token_header = "DD-API-KEY",
    .token_prefix = "",
    .rules = rules,
    .configure = configure,
    .encode = encode,
    .probe = probe,
};

static const postern_option *const options[] = {
    OPTION(TEXT, 0, "site", "datadoghq.com", "of your account: \"datadoghq.eu\", \"us3.datadoghq.com\""),
    OPTION(TEXT, 0, "url", NULL, "of the intake, instead of the site's"),
    OPTION(TEXT, 0, "validate_url", NULL,
           "asked by a test whether the key is valid; absent: the site's, and none beside url"),
    OPTION_TOKEN(POSTERN_OPTION_REQUIRED, "API key, sent as DD-API-KEY"),
    OPTION(TEMPLATE, 0, "source", "mimecast", "ddsource of the entries"),
    OPTION(TEMPLATE, 0, "tags", "account:%{account},source:%{source}", "ddtags of the entries"),
    OPTION(TEMPLATE, 0, "host", "%{account}", "hostname of the entries"),
    OPTION(TEMPLATE, 0, "service", "mimecast", "service of the entries"),
    OPTIONS_OF_REQUESTS("4000KiB", "1000", GZIP_OR_ZSTD),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 1000, .bytes = 4 << 20, .wait_ms = 1000, .parallel = 2};

const postern_sink datadog_sink = {
    HTTP_SINK("datadog", "events to Datadog's log intake", options, &batching, &preset)};
