#include "splunk_ack.h"
#include <stdlib.h>

#define FIRST_WAIT_MS 100
#define MOST_ACKS     512 /* in one question */

/* Of an instance, in sink->own; under the sink's lock. */
struct channel {
    char name[40];      /* a GUID of this process; "" = not yet made */
    char cookies[1024]; /* as they are sent */
};

/* A request that was taken; in the call's arena, in writing->own. */
struct pending {
    struct pending *next;
    int64_t number;
    size_t *events, count; /* of the batch */
    bool told;
};

postern_status splunk_ack_configure(struct http_instance *sink, postern_error *error)
{
    sink->own = calloc(1, sizeof(struct channel));
    return sink->own ? POSTERN_OK : kit_no_memory(error);
}

/* ---- The channel ---- */

static void make_name(struct channel *channel, const postern_call *call)
{
    uint64_t a = call->random, b = call->random * 0x9e3779b97f4a7c15u ^ (uint64_t)call->now_ms;
    snprintf(channel->name, sizeof channel->name, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(b >> 52),
             (unsigned long long)(b & 0xffffffffffffu));
}

void splunk_ack_headers(const struct sender *sender, struct headers *headers)
{
    struct http_instance *sink = sender->sink;
    struct channel *channel = sink->own;
    struct kit_writer name = kit_writer_in_arena(sink->host, sender->call->arena), cookies = name;
    if (kit_is(kit_option_text(sink->host, "ack"), "off")) return;
    pthread_mutex_lock(&sink->lock);
    if (!channel->name[0]) make_name(channel, sender->call);
    kit_write_string(&name, channel->name);
    kit_write_string(&cookies, channel->cookies);
    pthread_mutex_unlock(&sink->lock);
    headers_set_written(headers, "X-Splunk-Request-Channel", &name);
    headers_set_written(headers, "Cookie", &cookies);
}

void splunk_ack_keep_cookies(struct http_instance *sink, const postern_http_response *response)
{
    struct channel *channel = sink->own;
    struct kit_writer cookies = kit_writer_in_buffer(channel->cookies, sizeof channel->cookies - 1);
    pthread_mutex_lock(&sink->lock);
    for (size_t i = 0; i < response->header_count; i++) {
        postern_text value = response->headers[i].value;
        if (!kit_is(response->headers[i].name, "set-cookie")) continue;
        const char *end = memchr(value.data, ';', value.size);
        size_t before = cookies.size;
        kit_write_string(&cookies, before ? "; " : "");
        kit_write(&cookies, end ? kit_between(value.data, end) : value);
        if (cookies.failed) cookies.size = before;
    }
    if (cookies.size) channel->cookies[cookies.size] = '\0';
    pthread_mutex_unlock(&sink->lock);
}

/* ---- What is waited for ---- */

enum outcome splunk_ack_expect(struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    const struct bundle *request = &writing->request;
    postern_text mode = kit_option_text(sink->host, "ack");
    int64_t number = answer_integer(writing, answer_json(writing, answer), "ackId", -1);
    if (number < 0 && kit_is(mode, "on")) {
        answer->remedy = "enable indexer acknowledgement on the token, or set ack = \"auto\"";
        answer_say(answer, "taken, but without a number to ask for");
        return OUTCOME_CONFIGURATION;
    }
    if (number < 0 || kit_is(mode, "off")) return OUTCOME_DELIVERED;
    struct pending *pending = sink->host->allocate(sink->host, writing->call->arena, sizeof *pending);
    size_t *events =
        sink->host->allocate(sink->host, writing->call->arena, (request->count + 1) * sizeof *events);
    if (!pending || !events) return OUTCOME_RETRY;
    memcpy(events, request->members, request->count * sizeof *events);
    *pending = (struct pending){writing->own, number, events, request->count, false};
    writing->own = pending;
    return OUTCOME_SENT;
}

static size_t count_untold(const struct writing *writing)
{
    size_t count = 0;
    for (const struct pending *pending = writing->own; pending; pending = pending->next)
        count += !pending->told;
    return count;
}

static void write_question(const struct writing *writing, struct kit_writer *body)
{
    size_t count = 0;
    kit_write_string(body, "{\"acks\":[");
    for (const struct pending *pending = writing->own; pending && count < MOST_ACKS;
         pending = pending->next) {
        if (pending->told) continue;
        if (count++) kit_write_string(body, ",");
        kit_write_integer(body, pending->number);
    }
    kit_write_string(body, "]}");
}

/* A number is told once. One that is not told, or in an answer that cannot be read, is not: never the other
 * way round. */
static void take_told(struct writing *writing, const postern_http_response *response)
{
    const struct http_instance *sink = writing->sink;
    const struct judged_answer answer = {.http = response};
    const postern_json_value *acks =
        sink->json->get(sink->host, answer_json(writing, &answer), KIT_TEXT("acks"));
    for (struct pending *pending = writing->own; pending; pending = pending->next) {
        char name[24];
        snprintf(name, sizeof name, "%lld", (long long)pending->number);
        if (pending->told ||
            !sink->json->boolean(sink->host, sink->json->get(sink->host, acks, kit_text(name))))
            continue;
        pending->told = true;
        for (size_t i = 0; i < pending->count; i++)
            settle_event_accepted(writing, pending->events[i]);
    }
}

static postern_status ask(struct writing *writing)
{
    const struct http_instance *sink = writing->sink;
    struct kit_writer body = kit_writer_in_arena(sink->host, writing->call->arena), url = body;
    const struct sender sender = sender_of(writing);
    postern_http_response response;
    kit_write(&url, sink_base_url(sink));
    kit_write_string(&url, "/services/collector/ack");
    write_question(writing, &body);
    if (url.failed || body.failed) return kit_no_memory(writing->error);
    const struct parcel question = {.method = "POST",
                                    .content_type = "application/json",
                                    .url = kit_span(url.data, url.size),
                                    .body = kit_span(body.data, body.size)};
    postern_status status = send_aside(&sender, &question, &response);
    if (status >= 0 && response.status == 200) take_told(writing, &response);
    return status;
}

postern_status splunk_ack_confirm(struct writing *writing)
{
    struct http_instance *sink = writing->sink;
    int64_t longest = kit_option_integer(sink->host, "ack_interval"), wait = FIRST_WAIT_MS, waited = 0;
    int64_t timeout = kit_option_integer(sink->host, "ack_timeout");
    while (count_untold(writing) && waited < timeout) {
        if (!sink_wait(sink, wait))
            return kit_fail(writing->error, POSTERN_E_STOPPED, NULL, "stopped while the events are indexed");
        postern_status status = ask(writing);
        if (status < 0) return status; /* the collector is away, and with it perhaps what it took */
        waited += wait;
        wait = wait * 2 < longest ? wait * 2 : longest;
    }
    if (!count_untold(writing)) return POSTERN_OK;
    return kit_fail(writing->error, POSTERN_E_RETRY,
                    "look at the indexers; behind a load balancer, check that its cookies reach Postern",
                    "%zu requests were taken and not indexed within ack_timeout; they are sent again, and "
                    "may stand twice",
                    count_untold(writing));
}
