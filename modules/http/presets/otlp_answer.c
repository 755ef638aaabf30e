/* What a receiver of OTLP answers: bytes or JSON, whatever was sent to it. */
#include "otlp.h"

#define REMEDY_URL                                                                                           \
    "check that url leads to a receiver of OTLP over HTTP (port 4318 as a rule): what answers speaks "       \
    "another language"
#define REMEDY_500                                                                                           \
    "look into the receiver's log: by the rules of OTLP a 500 does not pass by itself; the events wait in "  \
    "the journal"

struct partial {
    int64_t rejected;
    postern_text message;
};

/* ---- Reading ---- */

static bool read_partial_bytes(postern_text text, struct partial *partial)
{
    struct message_value field;
    while (message_take(&text, &field)) {
        if (field.number == 1 && !field.bytes.data) partial->rejected = (int64_t)field.integer;
        if (field.number == 2 && field.bytes.data) partial->message = field.bytes;
    }
    return text.size == 0;
}

/* True if the text is an ExportLogsServiceResponse. Any field that it does not have makes it none: "Accepted"
 * and a line's end are a message, too. */
static bool read_response_bytes(postern_text text, struct partial *partial)
{
    struct message_value field;
    bool good = true;
    while (good && message_take(&text, &field))
        good = field.number == 1 && field.bytes.data && read_partial_bytes(field.bytes, partial);
    return good && text.size == 0;
}

/* The number is a text, as JSON wants it for 64 bits, or a number all the same. */
static int64_t number_of(postern_text text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.size && number < INT64_MAX / 100; i++)
        if (text.data[i] >= '0' && text.data[i] <= '9') number = number * 10 + (text.data[i] - '0');
    return text.size && text.data[0] == '-' ? 0 : number;
}

static bool read_response_json(const struct sender *sender, const postern_http_response *response,
                               struct partial *partial)
{
    const postern_json *json = sender->sink->json;
    const postern_json_value *object = read_json(sender, response);
    const postern_json_value *part = json->get(sender->sink->host, object, KIT_TEXT("partialSuccess"));
    partial->rejected = number_of(read_text(sender, part, "rejectedLogRecords"));
    partial->message = read_text(sender, part, "errorMessage");
    return object && json->type(sender->sink->host, object) == POSTERN_JSON_OBJECT;
}

static bool read_response(const struct sender *sender, const postern_http_response *response,
                          struct partial *partial)
{
    *partial = (struct partial){.rejected = 0};
    postern_text type = kit_header(response->headers, response->header_count, "content-type");
    if (!response->body.size) return !kit_starts_with(type, "text/"); /* an empty page is no empty message */
    return read_response_bytes(response->body, partial) || read_response_json(sender, response, partial);
}

/* An error comes as a google.rpc.Status. */
static void say_status(const struct writing *writing, struct judged_answer *answer)
{
    postern_text text = answer->http->body, message = {0};
    struct message_value field;
    while (message_take(&text, &field))
        if (field.number == 2 && field.bytes.data) message = field.bytes;
    if (text.size) message = answer_text(writing, answer_json(writing, answer), "message");
    if (message.size) answer_say(answer, "%.*s", (int)message.size, message.data);
}

/* ---- Judging ---- */

/* Which records were refused is not said, unless it is all of them. */
static enum outcome refused_in_part(struct writing *writing, struct judged_answer *answer,
                                    const struct partial *partial)
{
    const struct otlp *own = writing->sink->own;
    size_t count = writing->request.count;
    answer_say(answer, "%lld of %zu records are refused: %.*s", (long long)partial->rejected, count,
               (int)partial->message.size, partial->message.data);
    if ((uint64_t)partial->rejected >= count) {
        for (size_t i = 0; i < count; i++)
            settle_rejected(writing, i, "refused", "the receiver refuses it: %.*s",
                            (int)partial->message.size, partial->message.data);
        return OUTCOME_DELIVERED;
    }
    if (own->bisects) return OUTCOME_REFUSED;
    if (own->metrics) own->metrics->add(writing->sink->host, own->refused, (double)partial->rejected);
    sink_warn(writing->sink, "of a request, %s; which they are the receiver does not say%s", answer->words,
              writing->request_mark);
    return OUTCOME_DELIVERED;
}

static enum outcome judge_success(struct writing *writing, struct judged_answer *answer)
{
    const struct sender sender = sender_of(writing);
    struct partial partial;
    if (!read_response(&sender, answer->http, &partial)) {
        answer->remedy = REMEDY_URL;
        return OUTCOME_RETRY;
    }
    if (partial.rejected > 0) return refused_in_part(writing, answer, &partial);
    if (partial.message.size)
        sink_warn(writing->sink, "the receiver took a request and warns: %.*s", (int)partial.message.size,
                  partial.message.data);
    return OUTCOME_DELIVERED;
}

/* Not to be repeated, says the specification; but nothing is to be lost. So a few times, and then the user is
 * asked. */
static enum outcome judge_500(struct writing *writing, struct judged_answer *answer)
{
    struct otlp *own = writing->sink->own;
    unsigned most = (unsigned)kit_option_integer(writing->sink->host, "tries_after_500");
    if (atomic_fetch_add(&own->failures, 1) < most) return OUTCOME_RETRY;
    answer->remedy = REMEDY_500;
    return OUTCOME_CONFIGURATION;
}

enum outcome otlp_judge(struct writing *writing, struct judged_answer *answer)
{
    struct otlp *own = writing->sink->own;
    int status = answer->status;
    if (status != 500) atomic_store(&own->failures, 0);
    if (status >= 200 && status <= 299) return judge_success(writing, answer);
    say_status(writing, answer);
    return status == 500 ? judge_500(writing, answer) : OUTCOME_BY_TABLE;
}

/* A request without records, which is to be answered as any other. */
postern_status otlp_probe(struct probing *probing)
{
    const struct otlp *own = probing->sender.sink->own;
    postern_http_response response;
    struct partial partial;
    postern_status status = probe_send(probing, own->json ? "{}" : "", &response);
    if (status >= 0) status = probe_expect(probing, "an empty request", &response);
    if (status < 0) return status;
    if (!read_response(&probing->sender, &response, &partial))
        return kit_fail(probing->sender.error, POSTERN_E_CONFIG, REMEDY_URL,
                        "the answer to an empty request is none of OTLP");
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "it takes log records as %s",
            own->json ? "JSON" : "protobuf");
    return POSTERN_OK;
}
