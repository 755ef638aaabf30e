/* A batch over RELP: messages go out as long as not too many are unanswered, and each answer makes its event
 * safe by itself. */
#include "syslog_sink.h"

/* The messages on their way. */
struct relp_batch {
    struct syslog_sink *sink;
    const postern_call *call;
    postern_result *result; /* NULL: they are of no batch, but sent again */
    const postern_batch *events;
    struct refused_batch *refusals;
    size_t *sent; /* the event of each message, in the order of sending */
    bool *answered;
    size_t count, unanswered; /* messages */
    size_t refused;
    uint32_t first_number;
    char why[200];
};

static postern_status relp_batch_begin(struct relp_batch *batch, size_t most, postern_error *error)
{
    const postern_host *host = batch->sink->host;
    batch->sent = host->allocate(host, batch->call->arena, most * sizeof(size_t));
    batch->answered = host->allocate(host, batch->call->arena, most * sizeof(bool));
    batch->sink->out_size = 0;
    return batch->sent && batch->answered ? POSTERN_OK : kit_no_memory(error);
}

static const char *target_name(const struct relp_batch *batch)
{
    return targets_current(&batch->sink->targets)->name;
}

static void note_refusal(struct relp_batch *batch, const struct relp_answer *answer)
{
    snprintf(batch->why, sizeof batch->why, "the receiver refused the message: %d %.*s", answer->code,
             (int)(answer->text.size < 120 ? answer->text.size : 120),
             answer->text.size ? answer->text.data : "");
}

static postern_status take_refusal(struct relp_batch *batch, size_t event, const struct relp_answer *answer,
                                   postern_error *error)
{
    unsigned count = relp_refusals_add(batch->refusals, batch->events->events[event]);
    note_refusal(batch, answer);
    if (count == 0) return kit_no_memory(error);
    if (count >= batch->sink->refusals_most) return batch->result->reject(batch->result, event, batch->why);
    batch->refused++;
    return POSTERN_OK;
}

static postern_status take_answer(struct relp_batch *batch, postern_error *error)
{
    struct relp_answer answer;
    struct syslog_sink *sink = batch->sink;
    postern_status status = relp_next_answer(&sink->relp, sink->connection, target_name(batch),
                                             sink->net.timeout_ms, &answer, error);
    if (status < 0) return status;
    uint32_t place = relp_distance(batch->first_number, answer.number);
    if (place >= batch->count || batch->answered[place])
        return kit_fail(error, POSTERN_E_RETRY, NULL,
                        "%s: the receiver answers message %u, which is not open", target_name(batch),
                        answer.number);
    batch->answered[place] = true;
    batch->unanswered--;
    if (!batch->result) return POSTERN_OK;
    if (answer.code == 200) return batch->result->accept(batch->result, batch->sent[place]);
    return take_refusal(batch, batch->sent[place], &answer, error);
}

static postern_status flush(struct relp_batch *batch, postern_error *error)
{
    struct syslog_sink *sink = batch->sink;
    postern_status status = net_send(sink->connection, kit_span(sink->out, sink->out_size), error);
    sink->out_size = 0;
    return status;
}

/* Until there is room in the window, or with `all` until nothing is unanswered. */
static postern_status take_answers(struct relp_batch *batch, bool all, postern_error *error)
{
    size_t most = all ? 0 : (size_t)batch->sink->window - 1;
    postern_status status = POSTERN_OK;
    if (batch->unanswered > most) status = flush(batch, error);
    while (status >= 0 && batch->unanswered > most)
        status = take_answer(batch, error);
    return status;
}

static postern_status add(struct relp_batch *batch, size_t event, postern_text message, postern_error *error)
{
    struct syslog_sink *sink = batch->sink;
    uint32_t number;
    postern_status status = take_answers(batch, false, error);
    if (status >= 0 && sink->out_size + message.size + RELP_HEADER_ROOM + 1 > sink->out_capacity)
        status = flush(batch, error);
    if (status < 0) return status;
    char *at = sink->out + sink->out_size;
    at += relp_write_head(&sink->relp, "syslog", message.size, at, &number);
    memcpy(at, message.data, message.size);
    at[message.size] = '\n';
    sink->out_size = (size_t)(at + message.size + 1 - sink->out);
    if (batch->count == 0) batch->first_number = number;
    batch->sent[batch->count++] = event;
    batch->unanswered++;
    return POSTERN_OK;
}

postern_status relp_send_batch(struct syslog_sink *sink, const postern_call *call, const postern_batch *batch,
                               postern_result *result, postern_error *error)
{
    struct relp_batch sending = {.sink = sink, .call = call, .result = result, .events = batch};
    postern_status status = relp_batch_begin(&sending, batch->count, error);
    sending.refusals = relp_refusals_of(&sink->refusals, batch);
    if (!sending.refusals) return kit_no_memory(error);
    for (size_t i = 0; i < batch->count && status >= 0; i++) {
        postern_text message;
        status = make_message(sink, batch, i, result, &message);
        if (status >= 0 && message.size) status = add(&sending, i, message, error);
    }
    if (status >= 0) status = take_answers(&sending, true, error);
    if (status < 0 || sending.refused == 0) return status;
    return kit_fail(error, POSTERN_E_RETRY, "the receiver's log says why", "%s: %zu of %zu messages: %s",
                    target_name(&sending), sending.refused, sending.count, sending.why);
}

postern_status relp_send_lost(struct syslog_sink *sink, const postern_call *call, postern_error *error)
{
    size_t at = 0;
    postern_text message;
    struct relp_batch sending = {.sink = sink, .call = call};
    postern_status status = relp_batch_begin(&sending, recent_count_lost(&sink->recent), error);
    while (status >= 0 && recent_next_lost(&sink->recent, &at, &message))
        status = add(&sending, 0, message, error);
    return status < 0 ? status : take_answers(&sending, true, error);
}
