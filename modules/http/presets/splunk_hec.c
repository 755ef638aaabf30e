/* Splunk's HTTP event collector, with indexer acknowledgement; and LogScale, which takes the same. */
#include "presets.h"
#include "splunk_ack.h"

#define REMEDY_TOKEN                                                                                         \
    "check the token: that it is right, enabled, and that global HEC is enabled; the events wait in the "    \
    "journal"
#define REMEDY_INDEX                                                                                         \
    "allow the index on the token, or set index to one that is allowed; the events wait in the journal"
#define REMEDY_ACK_OFF "set ack = \"off\", or enable indexer acknowledgement on the token"
#define REMEDY_ACK_ON  "the token demands indexer acknowledgement: set ack = \"on\""

#define CODE_NO_CHANNEL 10
#define CODE_ACK_OFF    14

/* What the codes of its answers mean; those that are about an event come with its number. */
static const struct code {
    int64_t from, to;
    enum outcome outcome;
    const char *remedy;
} codes[] = {
    {0, 0, OUTCOME_DELIVERED, NULL}, {1, 4, OUTCOME_CONFIGURATION, REMEDY_TOKEN},
    {5, 6, OUTCOME_REFUSED, NULL},   {7, 7, OUTCOME_CONFIGURATION, REMEDY_INDEX},
    {8, 9, OUTCOME_RETRY, NULL},     {10, 11, OUTCOME_CONFIGURATION, REMEDY_ACK_ON},
    {12, 13, OUTCOME_REFUSED, NULL}, {CODE_ACK_OFF, CODE_ACK_OFF, OUTCOME_CONFIGURATION, REMEDY_ACK_OFF},
    {15, 15, OUTCOME_REFUSED, NULL}, {16, 16, OUTCOME_CONFIGURATION, REMEDY_TOKEN},
    {18, 20, OUTCOME_RETRY, NULL},   {21, 22, OUTCOME_CONFIGURATION, REMEDY_TOKEN},
    {23, 25, OUTCOME_RETRY, NULL},
};

/* ---- What is sent ---- */

static postern_status set_base(struct http_instance *sink, const char *path, postern_error *error)
{
    postern_text url = sink_base_url(sink);
    return sink_set_url(sink, "%.*s%s", (int)url.size, url.data, path) ? POSTERN_OK : kit_no_memory(error);
}

static postern_status configure_splunk(struct http_instance *sink, postern_error *error)
{
    postern_status status = set_base(sink, "/services/collector/event", error);
    return status < 0 ? status : splunk_ack_configure(sink, error);
}

static postern_status configure_logscale(struct http_instance *sink, postern_error *error)
{
    return set_base(sink, "/api/v1/ingest/hec", error);
}

/* A wrong index is refused without its name: so that it is known, one request has one index. */
static void group(const struct http_instance *sink, const postern_sink_event *event, struct kit_writer *key)
{
    kit_write_template(key, kit_option_text(sink->host, "index"), event, false);
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    static const char *const members[] = {"host", "source", "sourcetype", "index"};
    const postern_host *host = writing->sink->host;
    if (!kit_trim(event->text).size) return "it is empty";
    kit_write_string(body, "{\"time\":");
    write_epoch_seconds(body, event_time(event));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        write_member_template(body, ",", members[i], kit_option_text(host, members[i]), event);
    kit_write_string(body, ",\"fields\":{");
    write_member(body, "", "postern_id", event->id);
    kit_write_string(body, "},\"event\":");
    write_event_value(body, event);
    kit_write_string(body, "}");
    return NULL;
}

/* ---- What is answered ---- */

static const struct code *look_up(int64_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (code >= codes[i].from && code <= codes[i].to) return &codes[i];
    return NULL;
}

static enum outcome refused_event(struct writing *writing, const struct judged_answer *answer, int64_t number)
{
    if (number < 0 || (size_t)number >= writing->request.count) return OUTCOME_REFUSED;
    settle_rejected(writing, (size_t)number, "refused", "%s", answer->words);
    return OUTCOME_AGAIN;
}

static enum outcome judge_code(struct writing *writing, struct judged_answer *answer)
{
    const postern_json_value *json = answer_json(writing, answer);
    const struct code *code = look_up(answer_integer(writing, json, "code", -1));
    postern_text text = answer_text(writing, json, "text");
    if (!code) {
        bool good = answer->status >= 200 && answer->status <= 299; /* but nobody says that it was taken */
        answer->remedy = good ? "check that url leads to the event collector" : NULL;
        return good ? OUTCOME_RETRY : OUTCOME_BY_TABLE;
    }
    if (text.size)
        answer_say(answer, "%.*s (code %lld)", (int)text.size, text.data,
                   (long long)answer_integer(writing, json, "code", 0));
    answer->remedy = code->remedy;
    if (code->outcome == OUTCOME_REFUSED)
        return refused_event(writing, answer, answer_integer(writing, json, "invalid-event-number", -1));
    return code->outcome;
}

static enum outcome judge_splunk(struct writing *writing, struct judged_answer *answer)
{
    splunk_ack_keep_cookies(writing->sink, answer->http);
    enum outcome outcome = judge_code(writing, answer);
    return outcome == OUTCOME_DELIVERED ? splunk_ack_expect(writing, answer) : outcome;
}

/* LogScale answers an empty object, or as Splunk does. */
static enum outcome judge_logscale(struct writing *writing, struct judged_answer *answer)
{
    return answer->status == 200 ? OUTCOME_DELIVERED : judge_code(writing, answer);
}

/* ---- What is asked before ---- */

/* The code inside an answer; -1 = there is none. */
static int64_t code_in(const struct sender *sender, const postern_http_response *response, postern_text *text)
{
    const struct http_instance *sink = sender->sink;
    const postern_json_value *json = read_json(sender, response);
    int64_t number = -1;
    sink->json->integer(sink->host, sink->json->get(sink->host, json, KIT_TEXT("code")), &number);
    *text = read_text(sender, json, "text");
    return number;
}

static postern_status probe_health(struct probing *probing)
{
    postern_text base = sink_base_url(probing->sender.sink), text;
    postern_http_response response;
    postern_status status =
        probe_get(probing, &response, "%.*s/services/collector/health", (int)base.size, base.data);
    if (status < 0) return status;
    bool healthy = response.status == 200;
    if (!healthy && response.status != 503) return probe_unanswered(probing, "health", &response), POSTERN_OK;
    code_in(&probing->sender, &response, &text);
    kit_say(probing->report, healthy ? POSTERN_LOG_INFO : POSTERN_LOG_WARNING,
            healthy ? NULL : "look at the collector's queues; events wait until it takes them again",
            "health: %.*s", (int)text.size, text.data);
    return POSTERN_OK;
}

static postern_status expect_acknowledgement(const struct probing *probing,
                                             const postern_http_response *response)
{
    const struct sender *sender = &probing->sender;
    postern_text text, mode = kit_option_text(sender->sink->host, "ack");
    int64_t number = code_in(sender, response, &text);
    const struct code *code = number > 0 ? look_up(number) : NULL;
    if (response->status == 200) {
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "the token is good and acknowledges: an event is safe once it is indexed");
        return POSTERN_OK;
    }
    if (number == CODE_ACK_OFF && !kit_is(mode, "on")) {
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "the token is good and does not acknowledge: an event counts as safe once it is taken");
        return POSTERN_OK;
    }
    if (number == CODE_NO_CHANNEL && kit_is(mode, "off")) { /* we have none, and it asks for that first */
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "whether the token is good is not told before an event is sent");
        return POSTERN_OK;
    }
    if (!code) return probe_expect(probing, "the token", response);
    return kit_fail(sender->error, code->outcome == OUTCOME_RETRY ? POSTERN_E_RETRY : POSTERN_E_CONFIG,
                    code->remedy, "the token: the receiver answers %d: %.*s (code %lld)",
                    (int)response->status, (int)text.size, text.data, (long long)number);
}

/* Whether number 0 of a channel that is new has been indexed: nobody's number is told by that. */
static postern_status probe_splunk(struct probing *probing)
{
    postern_text base = sink_base_url(probing->sender.sink);
    char url[1024];
    postern_http_response response;
    postern_status status = probe_health(probing);
    if (status < 0) return status;
    int size = snprintf(url, sizeof url, "%.*s/services/collector/ack", (int)base.size, base.data);
    if (size < 0 || (size_t)size >= sizeof url)
        return kit_fail(probing->sender.error, POSTERN_E_CONFIG, NULL, "url is too long");
    const struct parcel parcel = {.method = "POST",
                                  .content_type = "application/json",
                                  .url = kit_span(url, (size_t)size),
                                  .body = KIT_TEXT("{\"acks\":[0]}")};
    status = probe_ask(probing, &parcel, &response);
    return status < 0 ? status : expect_acknowledgement(probing, &response);
}

static postern_status probe_logscale(struct probing *probing)
{
    const struct sender *sender = &probing->sender;
    postern_text base = sink_base_url(sender->sink);
    postern_http_response response;
    postern_status status = probe_get(probing, &response, "%.*s/api/v1/status", (int)base.size, base.data);
    if (status < 0) return status;
    if (response.status != 200) return probe_unanswered(probing, "status", &response), POSTERN_OK;
    const postern_json_value *json = read_json(sender, &response);
    postern_text version = read_text(sender, json, "version"), state = read_text(sender, json, "status");
    bool good = kit_is(state, "OK");
    kit_say(probing->report, good ? POSTERN_LOG_INFO : POSTERN_LOG_WARNING, NULL, "LogScale %.*s: %.*s",
            (int)version.size, version.data, (int)state.size, state.data);
    return POSTERN_OK;
}

static const struct preset splunk = {
    .content_type = "application/json",
    .frame = {.open = "", .between = "\n", .after = "", .close = ""},
    .token_header = "Authorization",
    .token_prefix = "Splunk ",
    .configure = configure_splunk,
    .group = group,
    .encode = encode,
    .common_headers = splunk_ack_headers,
    .judge = judge_splunk,
    .confirm = splunk_ack_confirm,
    .probe = probe_splunk,
};

static const struct preset logscale = {
    .content_type = "application/json",
    .frame = {.open = "", .between = "\n", .after = "", .close = ""},
    .longest = 1000000,
    .too_long = "it is longer than 1,000,000 bytes, of which LogScale would cut fields without a word",
    .configure = configure_logscale,
    .group = group,
    .encode = encode,
    .judge = judge_logscale,
    .probe = probe_logscale,
};

#define ENVELOPE_OPTIONS(index_help_)                                                                        \
    OPTION(TEMPLATE, 0, "host", "%{account}", "host of the event"),                                          \
        OPTION(TEMPLATE, 0, "source", "mimecast:%{source}", "source of the event"),                          \
        OPTION(TEMPLATE, 0, "sourcetype", "postern:json", "source type of the event"),                       \
        OPTION(TEMPLATE, 0, "index", NULL, index_help_)

static const postern_option *const splunk_options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL,
           "of the collector: \"https://splunk.example.com:8088\""),
    OPTION_TOKEN(POSTERN_OPTION_REQUIRED, "of the collector, sent as Authorization: Splunk"),
    ENVELOPE_OPTIONS("index of the event; absent: the token's"),
    OPTION_OF("ack", "auto", "whether to wait until the events are indexed; auto: if the token does so",
              "auto", "on", "off"),
    OPTION_IN(DURATION, "ack_interval", "5s", 50, 60000,
              "longest time between two questions whether they are"),
    OPTION_IN(DURATION, "ack_timeout", "5m", 1000, 3600000,
              "how long they may take before they are sent again"),
    OPTIONS_OF_REQUESTS("1000KiB", "5000", GZIP),
    NULL,
};

static const postern_option *const logscale_options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL, "of the cluster: \"https://cloud.humio.com\""),
    OPTION_TOKEN(POSTERN_OPTION_REQUIRED, "ingest token, sent as Authorization: Bearer"),
    ENVELOPE_OPTIONS("the token's repository; absent: it is not named"),
    OPTIONS_OF_REQUESTS("1MiB", "5000", GZIP),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 4 << 20, .wait_ms = 1000, .parallel = 4};

const postern_sink splunk_hec_sink = {
    HTTP_SINK("splunk_hec", "events to Splunk's HTTP event collector", splunk_options, &batching, &splunk)};
const postern_sink logscale_sink = {
    HTTP_SINK("logscale", "events to Falcon LogScale", logscale_options, &batching, &logscale)};
