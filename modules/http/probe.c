#include "http_sink.h"
#include "shared/cloud/time.h"

#define CLOCK_OFF_S 60 /* what signatures and tokens bear with */

/* As the event that the test writes behind the probe: so the place that it will go to is asked about. */
static postern_sink_event sample_event(int64_t now_ms)
{
    return (postern_sink_event){.size = sizeof(postern_sink_event),
                                .flags = POSTERN_EVENT_JSON,
                                .time_ms = now_ms,
                                .received_ms = now_ms,
                                .id = KIT_TEXT("test-0000000000000000"),
                                .account = KIT_TEXT("postern-test"),
                                .source = KIT_TEXT("postern-test"),
                                .stream = KIT_TEXT("postern-test"),
                                .type = KIT_TEXT("test"),
                                .text = KIT_TEXT("{\"postern_test\":true}")};
}

postern_status http_sink_probe(void *self, const postern_call *call, const postern_report *report,
                               postern_error *error)
{
    struct http_instance *sink = self;
    const postern_sink_event event = sample_event(call->now_ms);
    struct probing probing = {.sender = {sink, call, &event, error}, .report = report};
    return sink->preset->probe ? sink->preset->probe(&probing) : POSTERN_OK;
}

static void look_at_clock(struct probing *probing, const postern_http_response *response)
{
    int64_t off = cloud_clock_offset(response, probing->sender.call->now_ms) / 1000;
    if (probing->knows_clock) return;
    probing->knows_clock = kit_header(response->headers, response->header_count, "date").size > 0;
    if (off > -CLOCK_OFF_S && off < CLOCK_OFF_S) return;
    kit_say(probing->report, POSTERN_LOG_WARNING,
            "set the clock of this machine by a time server; signed requests and tokens are refused with a "
            "wrong one",
            "its clock is %lld seconds %s ours", (long long)(off < 0 ? -off : off),
            off > 0 ? "ahead of" : "behind");
}

postern_status probe_ask(struct probing *probing, const struct parcel *parcel,
                         postern_http_response *response)
{
    postern_status status = send_aside(&probing->sender, parcel, response);
    if (status >= 0) look_at_clock(probing, response);
    return status;
}

postern_status probe_get(struct probing *probing, postern_http_response *response, const char *format, ...)
{
    char url[2048];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(url, sizeof url, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof url)
        return kit_fail(probing->sender.error, POSTERN_E_CONFIG, NULL, "url is too long");
    const struct parcel parcel = {.method = "GET", .url = kit_span(url, (size_t)size)};
    return probe_ask(probing, &parcel, response);
}

postern_status probe_send(struct probing *probing, const char *body, postern_http_response *response)
{
    const struct http_instance *sink = probing->sender.sink;
    struct kit_writer url = kit_writer_in_arena(sink->host, probing->sender.call->arena);
    kit_write_template(&url, kit_text(sink->url), probing->sender.event, true);
    if (url.failed) return kit_no_memory(probing->sender.error);
    const struct parcel parcel = {.method = sink->method,
                                  .content_type = sink->content_type,
                                  .url = kit_span(url.data, url.size),
                                  .body = kit_text(body)};
    return probe_ask(probing, &parcel, response);
}

postern_status probe_expect(const struct probing *probing, const char *what,
                            const postern_http_response *response)
{
    const struct answer_rule *rule = answer_rule_for(probing->sender.sink->preset, (int)response->status);
    char words[320], mark[CLOUD_REQUEST_MARK_SIZE];
    if (rule && rule->outcome == OUTCOME_DELIVERED) return POSTERN_OK;
    bool later = !rule || rule->outcome == OUTCOME_RETRY;
    answer_quote(response->body, words, sizeof words);
    cloud_request_mark(response, mark);
    return kit_fail(probing->sender.error, later ? POSTERN_E_RETRY : POSTERN_E_CONFIG,
                    rule ? rule->remedy : NULL, "%s: the receiver answers %d: %s%s", what,
                    (int)response->status, words, mark);
}

void probe_unanswered(const struct probing *probing, const char *what, const postern_http_response *response)
{
    char words[200];
    answer_quote(response->body, words, sizeof words);
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "%s: not told (%d): %s", what, (int)response->status,
            words);
}

postern_status probe_expect_if_allowed(const struct probing *probing, const char *what,
                                       const postern_http_response *response, bool *answered)
{
    static const int untold[] = {400, 403, 404, 405, 406, 410, 501};
    *answered = true;
    for (size_t i = 0; i < sizeof untold / sizeof *untold; i++)
        *answered = *answered && response->status != untold[i];
    if (*answered) return probe_expect(probing, what, response);
    probe_unanswered(probing, what, response);
    return POSTERN_OK;
}
