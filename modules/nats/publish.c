#include "answer.h"
#include "nats_sink.h"
#include "refusal.h"
#include "shared/broker/address.h"
#include <inttypes.h>

#define SUBJECT_LIMIT 1024
#define ID_LIMIT      512
#define LOOK_MS       100 /* how soon an order to stop is noticed */

/* One write. */
struct publishing {
    struct nats_sink *sink;
    const postern_call *call;
    struct broker_tally tally;
    natsSubscription *answers;
    char inbox[160];
    size_t on_their_way;
    bool broken; /* nothing more is sent */
};

static void break_off(struct publishing *publishing, postern_status status, const char *remedy,
                      const char *words)
{
    publishing->broken = true;
    broker_fail_open(&publishing->tally, status, remedy, words);
}

/* ---- Answers ---- */

static const char *string_of(struct publishing *publishing, const postern_json_value *value)
{
    const struct nats_sink *sink = publishing->sink;
    postern_text text;
    if (!sink->json->text(sink->host, publishing->call->arena, value, &text))
        return "the server does not say why";
    char *copy = sink->host->allocate(sink->host, publishing->call->arena, text.size + 1);
    if (!copy) return "the server says why, and there is no memory for it";
    memcpy(copy, text.data, text.size);
    return copy;
}

static void take_failure(struct publishing *publishing, size_t index, const postern_json_value *failure)
{
    struct nats_sink *sink = publishing->sink;
    int64_t code = 0;
    sink->json->integer(sink->host, sink->json->get(sink->host, failure, KIT_TEXT("err_code")), &code);
    const char *words = string_of(publishing, sink->json->get(sink->host, failure, KIT_TEXT("description")));
    struct nats_verdict verdict = nats_judge_code(code);
    if (verdict.stream_is_missing) verdict.status = nats_no_stream(sink, &verdict.remedy);
    if (verdict.fate == BROKER_REJECTED)
        broker_reject(&publishing->tally, index, words);
    else
        broker_fail(&publishing->tally, index, verdict.status, verdict.remedy, words);
}

/* {"stream":"S","seq":7}, with "duplicate":true for a repeat, or {"error":{"err_code":...}} */
static void take_text(struct publishing *publishing, size_t index, postern_text text)
{
    struct nats_sink *sink = publishing->sink;
    const postern_json *json = sink->json;
    const postern_json_value *answer = NULL, *failure = NULL;
    int64_t sequence = 0;
    if (json->parse(sink->host, publishing->call->arena, text, &answer, NULL) >= 0)
        failure = json->get(sink->host, answer, KIT_TEXT("error"));
    if (failure) {
        take_failure(publishing, index, failure);
    } else if (json->integer(sink->host, json->get(sink->host, answer, KIT_TEXT("seq")), &sequence)) {
        bool repeat = json->boolean(sink->host, json->get(sink->host, answer, KIT_TEXT("duplicate")));
        if (repeat && sink->metrics) sink->metrics->add(sink->host, sink->repeats, 1);
        atomic_store(&sink->no_stream_since_ms, 0);
        broker_safe(&publishing->tally, index);
    } else {
        broker_fail(&publishing->tally, index, POSTERN_E_CONFIG,
                    "something else than JetStream answers on this subject: check subject",
                    "the answer is none of JetStream");
    }
}

static void take_answer(struct publishing *publishing, natsMsg *message)
{
    const char *subject = natsMsg_GetSubject(message), *number = strrchr(subject, '.');
    size_t index = SIZE_MAX;
    if (!number || sscanf(number, ".%zu", &index) != 1) return;
    publishing->on_their_way--;
    take_text(publishing, index, kit_span(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message)));
}

/* The library does not say for which message. */
static void take_no_responders(struct publishing *publishing)
{
    const struct nats_sink *sink = publishing->sink;
    const char *remedy;
    char words[320];
    postern_status status = nats_no_stream(publishing->sink, &remedy);
    snprintf(words, sizeof words, "no stream takes the subject %.*s",
             (int)(sink->subject.size < 200 ? sink->subject.size : 200), sink->subject.data);
    break_off(publishing, status, remedy, words);
}

static void look_around(struct publishing *publishing)
{
    struct nats_sink *sink = publishing->sink;
    char refusal[NATS_REFUSAL_SIZE];
    if (sink->host->stopping(sink->host))
        break_off(publishing, POSTERN_E_STOPPED, NULL, "told to stop");
    else if (nats_refusal_read(sink->refusal, refusal))
        break_off(publishing, POSTERN_E_CONFIG,
                  "allow this login to publish the subject and to subscribe to inbox_prefix.>", refusal);
    else if (broker_is_late(&publishing->tally, sink->timeout_ms))
        break_off(publishing, POSTERN_E_RETRY, NULL, "no acknowledgement within timeout");
}

/* Waits a moment for one. */
static void await_answer(struct publishing *publishing)
{
    natsMsg *message = NULL;
    natsStatus status = natsSubscription_NextMsg(&message, publishing->answers, LOOK_MS);
    if (status == NATS_OK)
        take_answer(publishing, message);
    else if (status == NATS_TIMEOUT)
        look_around(publishing);
    else if (status == NATS_NO_RESPONDERS)
        take_no_responders(publishing);
    else
        break_off(publishing, POSTERN_E_RETRY, NULL, "the connection was lost");
    natsMsg_Destroy(message);
}

/* ---- Messages ---- */

/* The event's subject and message id, as strings; false if one is too long. */
static bool name_message(const struct nats_sink *sink, const postern_sink_event *event,
                         char subject[SUBJECT_LIMIT], char id[ID_LIMIT])
{
    struct kit_writer to_subject = kit_writer_in_buffer(subject, SUBJECT_LIMIT);
    struct kit_writer to_id = kit_writer_in_buffer(id, ID_LIMIT);
    broker_write_address(&to_subject, sink->subject, event, '%');
    kit_write(&to_subject, kit_span("", 1));
    kit_write_template(&to_id, sink->message_id, event, true);
    kit_write(&to_id, kit_span("", 1));
    return !to_subject.failed && !to_id.failed;
}

static natsStatus send_event(struct publishing *publishing, size_t index, const char *subject, const char *id)
{
    struct nats_sink *sink = publishing->sink;
    const postern_sink_event *event = publishing->tally.batch->events[index];
    natsMsg *message = NULL;
    char reply[sizeof publishing->inbox + 24];
    snprintf(reply, sizeof reply, "%s.%zu", publishing->inbox, index);
    natsStatus status =
        event->text.size > INT32_MAX
            ? NATS_MAX_PAYLOAD
            : natsMsg_Create(&message, subject, reply, event->text.data, (int)event->text.size);
    if (status == NATS_OK) status = natsMsgHeader_Set(message, "Nats-Msg-Id", id);
    if (status == NATS_OK) status = natsMsgHeader_Set(message, "Nats-Expected-Stream", sink->stream);
    if (status == NATS_OK) status = natsConnection_PublishMsg(sink->connection, message);
    natsMsg_Destroy(message);
    return status;
}

static void publish(struct publishing *publishing, size_t index)
{
    char subject[SUBJECT_LIMIT], id[ID_LIMIT];
    if (!name_message(publishing->sink, publishing->tally.batch->events[index], subject, id)) {
        broker_reject(&publishing->tally, index, "its subject or message id is too long");
        return;
    }
    natsStatus status = send_event(publishing, index, subject, id);
    if (status == NATS_OK)
        publishing->on_their_way++;
    else if (status == NATS_MAX_PAYLOAD)
        broker_reject(&publishing->tally, index, "it is larger than the server's max_payload");
    else if (status == NATS_NO_MEMORY)
        break_off(publishing, POSTERN_E_MEMORY, NULL, "out of memory");
    else
        break_off(publishing, POSTERN_E_RETRY, NULL, "the connection does not take more, or was lost");
}

static void publish_all(struct publishing *publishing)
{
    size_t window = (size_t)publishing->sink->window;
    for (size_t i = 0; i < publishing->tally.batch->count && !publishing->broken; i++) {
        while (publishing->on_their_way >= window && !publishing->broken)
            await_answer(publishing);
        if (!publishing->broken) publish(publishing, i);
    }
    while (publishing->tally.open && !publishing->broken)
        await_answer(publishing);
}

postern_status nats_write(void *self, const postern_call *call, const postern_batch *batch,
                          postern_result *result, postern_error *error)
{
    struct nats_sink *sink = self;
    struct publishing publishing = {.sink = sink, .call = call};
    char answers[sizeof publishing.inbox + 2];
    postern_status status = broker_tally_begin(&publishing.tally, sink->host, call, batch, error);
    if (status < 0) return status;
    snprintf(publishing.inbox, sizeof publishing.inbox, "%s.%016" PRIx64 "%" PRIx64, sink->inbox_prefix,
             call->random, atomic_fetch_add(&sink->inboxes, 1));
    snprintf(answers, sizeof answers, "%s.*", publishing.inbox);
    if (natsConnection_SubscribeSync(&publishing.answers, sink->connection, answers) != NATS_OK)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the connection was lost");
    natsSubscription_SetPendingLimits(publishing.answers, -1, -1); /* the window is the limit */
    publish_all(&publishing);
    natsSubscription_Destroy(publishing.answers);
    return broker_tally_end(&publishing.tally, result, error);
}
