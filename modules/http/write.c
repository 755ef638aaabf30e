#include "http_sink.h"

/* ---- What an answer leads to ---- */

static void take_all(struct writing *writing, enum fate fate)
{
    const struct bundle *request = &writing->request;
    for (size_t i = 0; i < request->count; i++) {
        if (fate_of(writing, i) != FATE_OPEN) continue;
        if (fate == FATE_ACCEPTED) settle_accepted(writing, i);
        if (fate == FATE_SENT) writing->fates[request->members[i]] = FATE_SENT;
    }
}

static void learn_size(struct writing *writing)
{
    atomic_size_t *size = &writing->sink->working_size;
    size_t half = writing->request.body.size / 2;
    if (half < atomic_load(size)) atomic_store(size, half);
}

static postern_status too_large(struct writing *writing, struct ranges *ranges, struct open_range taken,
                                const struct judged_answer *answer)
{
    if (writing->request.count == 1) {
        settle_rejected(writing, 0, "too large",
                        "the receiver refuses a request of %zu bytes with this one event (%d): %s",
                        writing->request.body.size, answer->status, answer->words);
        return POSTERN_OK;
    }
    count(writing->sink, COUNT_SPLIT_TOO_LARGE, 1);
    learn_size(writing);
    ranges_push(ranges, taken.from, taken.count);
    return POSTERN_OK;
}

static postern_status refused(struct writing *writing, struct ranges *ranges, const size_t *order,
                              struct open_range taken, const struct judged_answer *answer)
{
    if (writing->request.count > 1) {
        count(writing->sink, COUNT_SPLIT_REFUSED, 1);
        bisect(writing, ranges, order, taken);
        return POSTERN_OK;
    }
    settle_rejected(writing, 0, "refused", "the receiver answers %d: %s", answer->status, answer->words);
    return safety_stops(writing, writing->error) ? POSTERN_E_CONFIG : POSTERN_OK;
}

/* A receiver that names one event in each answer may go on like this for all of them: once so many were
 * refused that it may not be for what is in them, others are asked about first. */
static postern_status again(struct writing *writing, struct ranges *ranges, const size_t *order,
                            struct open_range taken, const struct judged_answer *answer)
{
    size_t open = count_open(writing);
    if (open == writing->request.count)
        return answer_fail(writing, answer, POSTERN_E_RETRY); /* it would go on like this for ever */
    if (safety_stops(writing, writing->error)) return POSTERN_E_CONFIG;
    if (safety_doubts(writing) && open >= 2 * SAFETY_ENOUGH)
        bisect(writing, ranges, order, taken);
    else
        ranges_push(ranges, taken.from, open ? taken.count : 0);
    return POSTERN_OK;
}

static postern_status act(struct writing *writing, struct ranges *ranges, const size_t *order,
                          struct open_range taken, enum outcome outcome, const struct judged_answer *answer)
{
    switch (outcome) {
    case OUTCOME_DELIVERED:
        take_all(writing, FATE_ACCEPTED);
        return POSTERN_OK;
    case OUTCOME_SENT:
        take_all(writing, FATE_SENT);
        return POSTERN_OK;
    case OUTCOME_AGAIN:
        return again(writing, ranges, order, taken, answer);
    case OUTCOME_TOO_LARGE:
        return too_large(writing, ranges, taken, answer);
    case OUTCOME_REFUSED:
        return refused(writing, ranges, order, taken, answer);
    case OUTCOME_CONFIGURATION:
        return answer_fail(writing, answer, POSTERN_E_CONFIG);
    case OUTCOME_RETRY:
    case OUTCOME_BY_TABLE:
        break;
    }
    return answer_fail(writing, answer, POSTERN_E_RETRY);
}

/* ---- The batch ---- */

static postern_status send_next(struct writing *writing, struct ranges *ranges, const struct groups *groups,
                                struct open_range range)
{
    struct judged_answer answer = {0};
    size_t done = request_fill(writing, groups->order + range.from, groups->ends + range.from, range.count);
    ranges_push(ranges, range.from + done, range.count - done);
    if (writing->status < 0) return writing->status;
    if (writing->request.count == 0) return POSTERN_OK; /* all settled */
    postern_status status = send_request(writing, &answer);
    if (status < 0 && status != POSTERN_E_STOPPED) count(writing->sink, COUNT_REQUESTS + OUTCOME_BY_TABLE, 1);
    if (status < 0) return status;
    cloud_request_mark(answer.http, writing->request_mark);
    enum outcome outcome = answer_judge(writing, &answer);
    count_answer(writing->sink, outcome, &answer);
    status = act(writing, ranges, groups->order, (struct open_range){range.from, done}, outcome, &answer);
    writing->request_mark[0] = '\0'; /* what is refused from now on, no answer says */
    return status < 0 ? status : writing->status;
}

static postern_status send_all(struct writing *writing)
{
    struct groups groups;
    struct ranges ranges = {.depth = 0};
    struct open_range range;
    postern_status status = POSTERN_OK;
    if (!groups_make(writing, &groups)) return kit_no_memory(writing->error);
    writing->parts = groups.parts;
    ranges_push(&ranges, 0, writing->batch->count);
    while (status >= 0 && ranges_pop(&ranges, &range))
        status = send_next(writing, &ranges, &groups, range);
    return status;
}

/* What was only sent is confirmed even if a later request failed: it need not come again then. */
static postern_status confirm(struct writing *writing, postern_status status)
{
    if (!writing->sink->preset->confirm || status == POSTERN_E_STOPPED) return status;
    postern_error first = *writing->error;
    postern_status confirmed = writing->sink->preset->confirm(writing);
    if (status < 0) *writing->error = first;
    return status < 0 ? status : confirmed < 0 ? confirmed : writing->status;
}

postern_status http_sink_write(void *self, const postern_call *call, const postern_batch *batch,
                               postern_result *result, postern_error *error)
{
    struct http_instance *sink = self;
    struct writing writing = {.sink = sink, .call = call, .batch = batch, .result = result, .error = error};
    writing.fates = sink->host->allocate(sink->host, call->arena, batch->count + 1);
    postern_status status = request_init(&writing.request, sink, batch->count, error);
    if (status >= 0 && !writing.fates) status = kit_no_memory(error);
    if (status >= 0) status = confirm(&writing, send_all(&writing));
    request_free(&writing.request);
    if (status < 0 && writing.accepted) atomic_store(&sink->begun_batch, batch->id);
    count(sink, COUNT_ACCEPTED, (double)writing.accepted);
    if (status == POSTERN_E_MEMORY) return kit_no_memory(error);
    if (status >= 0 && safety_stops(&writing, error)) return POSTERN_E_CONFIG;
    if (status >= 0 && writing.accepted + writing.rejected < batch->count)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the receiver did not take all of a batch");
    if (status >= 0) count(sink, COUNT_REJECTED, (double)writing.rejected);
    return status;
}
