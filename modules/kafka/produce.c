#include "produce.h"
#include "report.h"
#include "shared/broker/address.h"

#define TOPIC_LIMIT 250 /* with its NUL */
#define KEY_LIMIT   1024
#define GRACE_MS    10000 /* for the library's own report that a message timed out */

/* ---- Reports ---- */

/* The lock is taken. */
static void fail(struct producing *producing, size_t index, rd_kafka_resp_err_t code)
{
    const struct kafka_sink *sink = producing->sink;
    struct kafka_verdict verdict = kafka_judge((int)code);
    char words[400];
    /* What the connections say tells more than that time is over. */
    bool tells_more = code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && sink->trouble;
    snprintf(words, sizeof words, "%s%s%s", rd_kafka_err2str(code), tells_more ? ": " : "",
             tells_more ? sink->trouble_words : "");
    if (tells_more && kafka_judge((int)sink->trouble).status == POSTERN_E_CONFIG)
        verdict = kafka_judge((int)sink->trouble);
    if (producing->stopped) verdict.status = POSTERN_E_STOPPED;
    broker_fail(&producing->tally, index, verdict.status, verdict.remedy, words);
}

/* The lock is taken. */
static void take_outcome(struct producing *producing, size_t index, rd_kafka_resp_err_t code)
{
    struct kafka_verdict verdict = kafka_judge((int)code);
    if (verdict.fate == BROKER_SAFE) {
        producing->sink->outage_said = false;
        producing->sink->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
        broker_safe(&producing->tally, index);
    } else if (verdict.fate == BROKER_REJECTED) {
        broker_reject(&producing->tally, index, verdict.remedy);
    } else {
        fail(producing, index, code);
    }
}

/* A broker judges all messages of a record batch as one. The lock is taken. */
static bool is_for_all(const struct producing *producing, rd_kafka_resp_err_t code)
{
    return !producing->alone && kafka_judge((int)code).fate == BROKER_REJECTED;
}

void kafka_take_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_sink *sink = opaque;
    const struct kafka_ticket *ticket = message->_private;
    struct producing *producing = ticket->of;
    (void)handle;
    pthread_mutex_lock(&sink->lock);
    producing->pending--;
    if (is_for_all(producing, message->err)) {
        producing->refused[producing->refused_count++] = ticket->index;
        producing->refusal = message->err;
        producing->tally.moved_ms = broker_now_ms();
    } else {
        take_outcome(producing, ticket->index, message->err);
    }
    pthread_mutex_unlock(&sink->lock);
}

void kafka_poll_reports(struct kafka_sink *sink, int wait_ms)
{
    pthread_mutex_lock(&sink->lock);
    if (sink->polling) {
        if (wait_ms) pthread_cond_wait(&sink->polled, &sink->lock);
    } else {
        sink->polling = true;
        pthread_mutex_unlock(&sink->lock);
        rd_kafka_poll(sink->handle, wait_ms);
        pthread_mutex_lock(&sink->lock);
        sink->polling = false;
        pthread_cond_broadcast(&sink->polled);
    }
    pthread_mutex_unlock(&sink->lock);
}

size_t kafka_pending(struct producing *producing)
{
    pthread_mutex_lock(&producing->sink->lock);
    size_t pending = producing->pending;
    pthread_mutex_unlock(&producing->sink->lock);
    return pending;
}

/* What is still on its way comes back with a report at once: the messages lie in the batch's memory, so
 * nothing of them may outlive the write. */
void kafka_give_up_if_late(struct producing *producing)
{
    struct kafka_sink *sink = producing->sink;
    pthread_mutex_lock(&sink->lock);
    bool late = broker_is_late(&producing->tally, sink->delivery_timeout_ms + GRACE_MS);
    producing->stopped = producing->stopped || sink->host->stopping(sink->host);
    bool now = !producing->given_up && (producing->stopped || late);
    producing->given_up = producing->given_up || now;
    pthread_mutex_unlock(&sink->lock);
    if (now) rd_kafka_purge(sink->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void kafka_await_reports(struct producing *producing)
{
    kafka_poll_reports(producing->sink, KAFKA_POLL_MS);
    kafka_give_up_if_late(producing);
}

/* ---- Messages ---- */

static rd_kafka_resp_err_t send_event(struct producing *producing, size_t index, const char *topic,
                                      postern_text key)
{
    const postern_sink_event *event = producing->tally.batch->events[index];
    char received[24];
    int received_size = snprintf(received, sizeof received, "%lld", (long long)event->received_ms);
    return rd_kafka_producev(
        producing->sink->handle, RD_KAFKA_V_TOPIC(topic),
        RD_KAFKA_V_KEY(key.size ? key.data : NULL, key.size),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)event->text.data, event->text.size), RD_KAFKA_V_MSGFLAGS(0),
        RD_KAFKA_V_TIMESTAMP(event->received_ms), RD_KAFKA_V_OPAQUE(&producing->tickets[index]),
        RD_KAFKA_V_HEADER("postern-id", event->id.data, (ssize_t)event->id.size),
        RD_KAFKA_V_HEADER("postern-source", event->source.data, (ssize_t)event->source.size),
        RD_KAFKA_V_HEADER("postern-received", received, received_size), RD_KAFKA_V_END);
}

void kafka_settle(struct producing *producing, size_t index, rd_kafka_resp_err_t code)
{
    pthread_mutex_lock(&producing->sink->lock);
    take_outcome(producing, index, code);
    pthread_mutex_unlock(&producing->sink->lock);
}

/* Its report comes on whatever thread polls, maybe before it is known here that it was sent. */
static void send_message(struct producing *producing, size_t index, const char *topic, postern_text key)
{
    struct kafka_sink *sink = producing->sink;
    rd_kafka_resp_err_t code;
    producing->tickets[index] = (struct kafka_ticket){producing, index};
    pthread_mutex_lock(&sink->lock);
    producing->pending++;
    pthread_mutex_unlock(&sink->lock);
    while ((code = send_event(producing, index, topic, key)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
           !producing->given_up)
        kafka_await_reports(producing);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return; /* the report will say */
    pthread_mutex_lock(&sink->lock);
    producing->pending--;
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        broker_reject(&producing->tally, index, "it is larger than max_message");
    else
        take_outcome(producing, index, code);
    pthread_mutex_unlock(&sink->lock);
}

void kafka_produce(struct producing *producing, size_t index)
{
    struct kafka_sink *sink = producing->sink;
    const postern_sink_event *event = producing->tally.batch->events[index];
    char topic[TOPIC_LIMIT], key[KEY_LIMIT];
    struct kit_writer to_topic = kit_writer_in_buffer(topic, sizeof topic);
    struct kit_writer to_key = kit_writer_in_buffer(key, sizeof key);
    broker_write_address(&to_topic, sink->topic, event, '_');
    kit_write(&to_topic, kit_span("", 1));
    kit_write_template(&to_key, sink->key, event, false);
    if (to_topic.failed || to_key.failed) {
        pthread_mutex_lock(&sink->lock);
        broker_reject(&producing->tally, index, "its topic is longer than 249 bytes, or its key than 1,024");
        pthread_mutex_unlock(&sink->lock);
        return;
    }
    send_message(producing, index, topic, kit_span(key, to_key.size));
}
