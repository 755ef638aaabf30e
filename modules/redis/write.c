#include "redis_sink.h"
#include <inttypes.h>

/* ---- Plans ---- */

static bool has_left(const struct redis_stream *stream, const struct redis_group *group)
{
    for (size_t i = stream->first_event; i != NO_EVENT; i = group->next_event[i])
        if (!group->there[i]) return true;
    return false;
}

/* Another N, behind everything in the stream; as a time of day it is what Redis itself would take. */
static postern_status add_range(struct redis_sink *sink, struct redis_stream *stream,
                                const postern_call *call, postern_error *error)
{
    struct redis_plan *plan = &stream->plan;
    uint64_t first, second, range = call->now_ms > 0 ? (uint64_t)call->now_ms : 1;
    postern_status status = redis_last_id(sink, stream, &first, &second, error);
    if (status < 0) return status;
    if (range <= first) range = first + 1;
    if (plan->range_count == MOST_RANGES)
        memmove(plan->ranges, plan->ranges + 1, --plan->range_count * sizeof *plan->ranges);
    plan->ranges[plan->range_count++] = range;
    stream->next_number = 0;
    stream->used_ms = call->steady_ms;
    return POSTERN_OK;
}

/* Finds out what is there of the batch, and where what is left is to stand. *changed: the record must be
 * committed before anything is written. */
static postern_status plan_stream(struct redis_sink *sink, struct redis_stream *stream,
                                  struct redis_group *group, const postern_call *call, bool *changed,
                                  postern_error *error)
{
    bool taken = false;
    postern_status status = POSTERN_OK;
    if (stream->plan.batch != group->name) {
        uint64_t newest = stream->plan.range_count ? stream->plan.ranges[stream->plan.range_count - 1] : 0;
        stream->plan = (struct redis_plan){.batch = group->name, .events = group->events};
        stream->may_be_written = false;
        *changed = true;
        status = add_range(sink, stream, call, error);
        if (stream->plan.range_count && stream->plan.ranges[0] <= newest) stream->plan.ranges[0] = newest + 1;
        return status;
    }
    if (!stream->may_be_written) {
        stream->next_number = 0;
        return POSTERN_OK;
    }
    status = redis_recover(sink, stream, group, &taken, error);
    if (status < 0 || !taken || !has_left(stream, group)) return status;
    *changed = true;
    return add_range(sink, stream, call, error);
}

static postern_status plan_all(struct redis_sink *sink, struct redis_group *group, const postern_call *call,
                               postern_result *result, postern_error *error)
{
    bool any = false;
    for (struct redis_stream *stream = group->first; stream; stream = stream->next_wanted) {
        bool changed = false;
        postern_status status = plan_stream(sink, stream, group, call, &changed, error);
        if (status >= 0 && changed) status = redis_stream_record(stream, result);
        if (status < 0) return status;
        any = any || changed;
    }
    return any ? POSTERN_COMMIT_STATE : POSTERN_OK;
}

/* ---- Entries ---- */

static void add_entry(const struct redis_sink *sink, struct redis_stream *stream,
                      const postern_sink_event *event, struct kit_writer *writer)
{
    char id[48], most[24];
    uint64_t range = stream->plan.ranges[stream->plan.range_count - 1];
    snprintf(id, sizeof id, "%" PRIu64 "-%" PRIu64, range, redis_place(&stream->plan, stream->next_number++));
    snprintf(most, sizeof most, "%" PRId64, sink->maxlen);
    resp_write_count(writer, sink->maxlen ? 10 : 7);
    resp_write_word(writer, KIT_TEXT("XADD"));
    resp_write_word(writer, stream->key);
    if (sink->maxlen) {
        resp_write_word(writer, KIT_TEXT("MAXLEN"));
        resp_write_word(writer, KIT_TEXT("~"));
        resp_write_word(writer, kit_text(most));
    }
    resp_write_word(writer, kit_text(id));
    resp_write_word(writer, KIT_TEXT("id"));
    resp_write_word(writer, event->id);
    resp_write_word(writer, KIT_TEXT("event"));
    resp_write_word(writer, event->text);
}

/* The words of MULTI, of each XADD and of EXEC; the first refusal counts. What of the entries is there then
 * is looked at before the next try. */
static postern_status read_outcome(struct redis_sink *sink, size_t count, postern_error *error)
{
    struct resp_reply reply = {0};
    bool refused = false;
    postern_status found = POSTERN_OK, status = POSTERN_OK;
    int64_t items = 0;
    for (size_t left = count + 2; left > 0 && status >= 0; left--) {
        status = redis_next(&sink->session, &reply, error);
        if (status >= 0 && reply.kind == RESP_ERROR && !refused) {
            refused = true;
            found = redis_refused(&sink->session, "the entries were not taken", reply.text, error);
        }
        if (status >= 0 && reply.kind == RESP_ARRAY && !reply.absent && items == 0)
            left += (size_t)(items = reply.number);
    }
    if (status >= 0 && !refused && items != (int64_t)count)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: the transaction was given up", sink->target.name);
    return status < 0 ? status : found;
}

/* Up to `chunk` entries in one transaction, from the event *at on. */
static postern_status write_some(struct redis_sink *sink, struct redis_stream *stream,
                                 const struct redis_group *group, const postern_call *call, size_t *at,
                                 postern_error *error)
{
    size_t count = 0;
    postern_text commands = {0};
    struct kit_writer writer = kit_writer_in_arena(sink->host, call->arena);
    kit_write_string(&writer, "*1\r\n$5\r\nMULTI\r\n");
    for (; *at != NO_EVENT && count < (size_t)sink->chunk; *at = group->next_event[*at]) {
        if (group->there[*at]) continue;
        add_entry(sink, stream, group->batch->events[*at], &writer);
        count++;
    }
    kit_write_string(&writer, "*1\r\n$4\r\nEXEC\r\n");
    if (count == 0) return POSTERN_OK;
    postern_status status = kit_written(&writer, &commands, error);
    if (status >= 0) status = redis_send(&sink->session, commands, error);
    return status < 0 ? status : read_outcome(sink, count, error);
}

static postern_status write_stream(struct redis_sink *sink, struct redis_stream *stream,
                                   const struct redis_group *group, const postern_call *call,
                                   postern_error *error)
{
    postern_status status = POSTERN_OK;
    stream->may_be_written = true;
    for (size_t at = stream->first_event; at != NO_EVENT && status >= 0;)
        status = write_some(sink, stream, group, call, &at, error);
    return status;
}

/* ---- A batch ---- */

/* The one event of `sink test`: into a stream beside the real one, which is removed in the same transaction.
 */
static postern_status write_test(struct redis_sink *sink, const postern_call *call,
                                 const postern_sink_event *event, postern_error *error)
{
    char key[KEY_LIMIT];
    postern_text commands = {0};
    struct redis_stream stream = {.plan = {.ranges = {1}, .range_count = 1}};
    struct kit_writer name = kit_writer_in_buffer(key, sizeof key);
    struct kit_writer writer = kit_writer_in_arena(sink->host, call->arena);
    kit_write_template(&name, sink->key, event, false);
    kit_write_string(&name, ":postern-test");
    stream.key = kit_span(key, name.size);
    kit_write_string(&writer, "*1\r\n$5\r\nMULTI\r\n");
    add_entry(sink, &stream, event, &writer);
    resp_write_count(&writer, 2);
    resp_write_word(&writer, KIT_TEXT("DEL"));
    resp_write_word(&writer, stream.key);
    kit_write_string(&writer, "*1\r\n$4\r\nEXEC\r\n");
    postern_status status = kit_written(&writer, &commands, error);
    if (status >= 0) status = redis_send(&sink->session, commands, error);
    return status < 0 ? status : read_outcome(sink, 2, error);
}

/* A server closes connections that it thinks idle. */
static postern_status renew(struct redis_sink *sink, postern_error *error)
{
    if (net_check(sink->session.connection, NULL) >= 0) return POSTERN_OK;
    redis_session_close(&sink->session);
    return redis_connect(sink, error);
}

postern_status redis_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct redis_sink *sink = self;
    struct redis_group group;
    postern_status status = renew(sink, error);
    if (status >= 0 && call->flags & POSTERN_CALL_TEST)
        return write_test(sink, call, batch->events[0], error);
    if (status >= 0) status = redis_group_make(sink, call, batch, result, &group, error);
    if (status >= 0) status = plan_all(sink, &group, call, result, error);
    if (status != POSTERN_OK) return status;
    for (struct redis_stream *stream = group.first; stream && status >= 0; stream = stream->next_wanted)
        status = write_stream(sink, stream, &group, call, error);
    for (struct redis_stream *stream = group.first; stream && status >= 0 && group.is_letter;
         stream = stream->next_wanted)
        status = redis_stream_unrecord(stream, result);
    return status;
}
