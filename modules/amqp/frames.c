#include "amqp_sink.h"
#include "reply.h"
#include "shared/broker/log.h"

static postern_text text_of(amqp_bytes_t bytes)
{
    return kit_span(bytes.bytes, bytes.len);
}

void mq_break_off(struct mq_publishing *publishing, postern_status status, const char *remedy,
                  const char *words)
{
    publishing->link->broken = true;
    broker_fail_open(&publishing->tally, status, remedy, words);
}

/* ---- Confirmations ---- */

static void answer(struct mq_publishing *publishing, size_t number, bool taken)
{
    if (publishing->answered[number]) return;
    publishing->answered[number] = true;
    publishing->open--;
    if (taken)
        broker_safe(&publishing->tally, publishing->indexes[number]);
    else
        broker_fail(&publishing->tally, publishing->indexes[number], POSTERN_E_RETRY,
                    "look at the queues: one is full and rejects (overflow), or cannot store",
                    "the broker did not take it (nack)");
}

/* `multiple`: it and all before. */
static void confirm(struct mq_publishing *publishing, uint64_t tag, bool multiple, bool taken)
{
    if (tag < publishing->first_tag && !(tag == 0 && multiple)) return; /* tag 0: all */
    size_t number = tag == 0 ? publishing->sent - 1 : (size_t)(tag - publishing->first_tag);
    if (number >= publishing->sent) return;
    for (size_t i = multiple ? publishing->lowest : number; i <= number; i++)
        answer(publishing, i, taken);
    while (publishing->lowest < publishing->sent && publishing->answered[publishing->lowest])
        publishing->lowest++;
}

/* ---- Returned messages: a method, then the head of the message, then its body, and later its ack ---- */

static void begin_return(struct mq_publishing *publishing, const amqp_basic_return_t *what)
{
    publishing->returned = true;
    snprintf(publishing->words, sizeof publishing->words,
             "returned with %d %.*s (exchange \"%.*s\", key \"%.*s\")", what->reply_code,
             (int)what->reply_text.len, (const char *)what->reply_text.bytes, (int)what->exchange.len,
             (const char *)what->exchange.bytes, (int)what->routing_key.len,
             (const char *)what->routing_key.bytes);
}

static void take_returned(struct mq_publishing *publishing, const amqp_basic_properties_t *properties)
{
    const postern_batch *batch = publishing->tally.batch;
    struct mq_verdict verdict = mq_judge_code(AMQP_NO_ROUTE);
    for (size_t i = publishing->lowest; i < publishing->sent && publishing->returned; i++) {
        size_t index = publishing->indexes[i];
        if (publishing->answered[i] || !kit_equal(batch->events[index]->id, text_of(properties->message_id)))
            continue;
        broker_fail(&publishing->tally, index, verdict.status, verdict.remedy, publishing->words);
        publishing->returned = false;
    }
}

/* ---- The end of the channel or the connection ---- */

static void take_close(struct mq_publishing *publishing, int code, amqp_bytes_t text)
{
    struct mq_verdict verdict = mq_judge_code(code);
    int64_t limit = mq_read_size_limit(text_of(text));
    char words[256];
    snprintf(words, sizeof words, "the broker closes with %d %.*s", code, (int)text.len,
             (const char *)text.bytes);
    if (limit > 0) { /* which event it was shows when it comes again */
        atomic_store(&publishing->sink->max_message, limit);
        verdict = (struct mq_verdict){POSTERN_E_RETRY, NULL};
    }
    mq_break_off(publishing, verdict.status, verdict.remedy, words);
}

/* ---- All of them ---- */

static void set_blocked(struct mq_publishing *publishing, bool blocked, postern_text why)
{
    if (blocked)
        broker_log(publishing->sink->host, POSTERN_LOG_WARNING,
                   "the broker takes nothing for now: %.*s; %zu events wait for it", (int)why.size, why.data,
                   publishing->tally.open);
    else if (publishing->link->blocked)
        broker_log(publishing->sink->host, POSTERN_LOG_INFO, "the broker takes messages again");
    publishing->link->blocked = blocked;
    publishing->tally.moved_ms = broker_now_ms();
}

static void take_method(struct mq_publishing *publishing, const amqp_method_t *method)
{
    if (method->id == AMQP_BASIC_ACK_METHOD) {
        const amqp_basic_ack_t *ack = method->decoded;
        confirm(publishing, ack->delivery_tag, ack->multiple, true);
    } else if (method->id == AMQP_BASIC_NACK_METHOD) {
        const amqp_basic_nack_t *nack = method->decoded;
        confirm(publishing, nack->delivery_tag, nack->multiple, false);
    } else if (method->id == AMQP_BASIC_RETURN_METHOD) {
        begin_return(publishing, method->decoded);
    } else if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *closed = method->decoded;
        take_close(publishing, closed->reply_code, closed->reply_text);
    } else if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = method->decoded;
        take_close(publishing, closed->reply_code, closed->reply_text);
    } else if (method->id == AMQP_CONNECTION_BLOCKED_METHOD) {
        const amqp_connection_blocked_t *blocked = method->decoded;
        set_blocked(publishing, true, text_of(blocked->reason));
    } else if (method->id == AMQP_CONNECTION_UNBLOCKED_METHOD) {
        set_blocked(publishing, false, kit_span(NULL, 0));
    }
}

bool mq_hear(struct mq_publishing *publishing, int64_t wait_ms)
{
    amqp_connection_state_t connection = publishing->link->connection;
    const struct timeval wait = {.tv_sec = (time_t)(wait_ms / 1000),
                                 .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
    amqp_frame_t frame;
    int status = amqp_simple_wait_frame_noblock(connection, &frame, &wait);
    if (status == AMQP_STATUS_TIMEOUT) return false;
    if (status != AMQP_STATUS_OK) {
        mq_break_off(publishing, POSTERN_E_RETRY, NULL, amqp_error_string2(status));
        return true;
    }
    if (frame.frame_type == AMQP_FRAME_METHOD)
        take_method(publishing, &frame.payload.method);
    else if (frame.frame_type == AMQP_FRAME_HEADER && publishing->returned)
        take_returned(publishing, frame.payload.properties.decoded);
    amqp_maybe_release_buffers(connection);
    return true;
}
