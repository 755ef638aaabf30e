#include "kafka_sink.h"
#include "report.h"
#include "shared/broker/address.h"

#define TOPIC_LIMIT 250 /* with its NUL */
#define KEY_LIMIT   1024
#define POLL_MS     100   /* how soon an order to stop is noticed */
#define GRACE_MS    10000 /* for the library's own report that a message timed out */

/* One write, and what a message of it carries until its report. */
struct producing {
    struct kafka_sink *sink;
    struct broker_tally tally;
    struct ticket {
        struct producing *of;
        size_t index;
    } * tickets;
    bool stopped, given_up;
};

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
    enum broker_fate fate = kafka_judge((int)code).fate;
    if (fate == BROKER_SAFE) {
        producing->sink->outage_said = false;
        producing->sink->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
        broker_safe(&producing->tally, index);
    } else if (fate == BROKER_REJECTED) {
        broker_reject(&producing->tally, index, rd_kafka_err2str(code));
    } else {
        fail(producing, index, code);
    }
}

void kafka_take_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_sink *sink = opaque;
    const struct ticket *ticket = message->_private;
    (void)handle;
    pthread_mutex_lock(&sink->lock);
    take_outcome(ticket->of, ticket->index, message->err);
    pthread_mutex_unlock(&sink->lock);
}

/* Lets reports come in: here, or on the thread of another write, which says when it has them. */
static void poll_reports(struct kafka_sink *sink, int wait_ms)
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

static size_t open_count(struct producing *producing)
{
    pthread_mutex_lock(&producing->sink->lock);
    size_t open = producing->tally.open;
    pthread_mutex_unlock(&producing->sink->lock);
    return open;
}

/* What is still on its way comes back with a report at once: the messages lie in the batch's memory, so
 * nothing of them may outlive the write. */
static void give_up(struct producing *producing)
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

static void await_reports(struct producing *producing)
{
    poll_reports(producing->sink, POLL_MS);
    give_up(producing);
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

static void settle(struct producing *producing, size_t index, rd_kafka_resp_err_t code)
{
    pthread_mutex_lock(&producing->sink->lock);
    take_outcome(producing, index, code);
    pthread_mutex_unlock(&producing->sink->lock);
}

static void produce(struct producing *producing, size_t index)
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
    producing->tickets[index] = (struct ticket){producing, index};
    rd_kafka_resp_err_t code;
    while ((code = send_event(producing, index, topic, kit_span(key, to_key.size))) ==
               RD_KAFKA_RESP_ERR__QUEUE_FULL &&
           !producing->given_up)
        await_reports(producing);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) settle(producing, index, code); /* else the report will say */
}

postern_status kafka_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct kafka_sink *sink = self;
    struct producing producing = {
        .sink = sink,
        .tickets = sink->host->allocate(sink->host, call->arena, (batch->count + 1) * sizeof(struct ticket))};
    if (!producing.tickets) return kit_no_memory(error);
    postern_status status = broker_tally_begin(&producing.tally, sink->host, call, batch, error);
    if (status < 0) return status;
    for (size_t i = 0; i < batch->count; i++) {
        if (producing.given_up)
            settle(&producing, i, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
        else
            produce(&producing, i);
        poll_reports(sink, 0);
    }
    while (open_count(&producing))
        await_reports(&producing);
    return broker_tally_end(&producing.tally, result, error);
}
