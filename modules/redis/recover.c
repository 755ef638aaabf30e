#include "redis_sink.h"
#include <inttypes.h>

/* ---- Ids of entries ---- */

static bool read_id(postern_text text, uint64_t *first, uint64_t *second)
{
    char copy[48];
    if (text.size >= sizeof copy) return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return sscanf(copy, "%" SCNu64 "-%" SCNu64, first, second) == 2;
}

/* Of XINFO STREAM: names and values by turns. */
static postern_status find_last_id(struct redis_sink *sink, const struct resp_reply *list, uint64_t *first,
                                   uint64_t *second, postern_error *error)
{
    for (int64_t i = 0; i < list->number; i += 2) {
        struct resp_reply name, value;
        postern_status status = redis_next(&sink->session, &name, error);
        bool is_last_id = status >= 0 && kit_is(name.text, "last-generated-id");
        if (status >= 0) status = redis_next(&sink->session, &value, error);
        if (status >= 0 && is_last_id && !read_id(value.text, first, second))
            status = kit_fail(error, POSTERN_E_RETRY, NULL, "XINFO STREAM shows no id");
        if (status >= 0) status = redis_skip(&sink->session, &value, error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

postern_status redis_last_id(struct redis_sink *sink, const struct redis_stream *stream, uint64_t *first,
                             uint64_t *second, postern_error *error)
{
    struct resp_reply reply;
    const postern_text words[] = {KIT_TEXT("XINFO"), KIT_TEXT("STREAM"), stream->key};
    *first = *second = 0;
    postern_status status = redis_send_words(&sink->session, words, 3, error);
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status < 0) return status;
    if (reply.kind == RESP_ARRAY) return find_last_id(sink, &reply, first, second, error);
    if (reply.kind == RESP_ERROR && redis_says(reply.text, "ERR no such key")) return POSTERN_OK;
    return redis_refused(&sink->session, "XINFO STREAM", reply.text, error);
}

/* ---- Places ---- */

#define PLACE_BITS 22 /* what other writers may append between two entries of ours */
#define TAG        (((UINT64_C(1) << 20) - 1) << 42 | ((UINT64_C(1) << PLACE_BITS) - 1))

/* The tag is the batch's own: ids that Redis makes, and the entries of another delivery that took the same N,
 * meet none of these places, and stand above or below all of them or between two. */
static uint64_t first_place(const struct redis_plan *plan)
{
    uint64_t hash = kit_hash(plan->batch, kit_span((const char *)&plan->events, sizeof plan->events));
    return UINT64_C(1) << 62 | (hash & TAG);
}

uint64_t redis_place(const struct redis_plan *plan, uint64_t number)
{
    return first_place(plan) + (number << PLACE_BITS);
}

/* False if it is another writer's. */
static bool is_place(const struct redis_plan *plan, uint64_t second, uint64_t *number)
{
    uint64_t behind = second - first_place(plan);
    if (second < first_place(plan) || behind & ((UINT64_C(1) << PLACE_BITS) - 1)) return false;
    *number = behind >> PLACE_BITS;
    return true;
}

/* ---- What is there ---- */

/* False if the entry is another writer's. */
static bool note_there(const struct redis_stream *stream, struct redis_group *group, uint64_t second,
                       postern_text id)
{
    uint64_t number;
    if (!is_place(&stream->plan, second, &number)) return false;
    for (size_t i = stream->first_event; i != NO_EVENT; i = group->next_event[i])
        if (!group->there[i] && kit_equal(group->batch->events[i]->id, id)) return group->there[i] = true;
    return false;
}

/* One entry: its id, and its fields as names and values. *second: the number behind N in its id. */
static postern_status read_entry(struct redis_sink *sink, const struct redis_stream *stream,
                                 struct redis_group *group, uint64_t *second, bool *strange,
                                 postern_error *error)
{
    struct resp_reply reply;
    uint64_t first;
    bool is_id = false, is_ours = false;
    postern_status status = redis_next(&sink->session, &reply, error); /* a list of two */
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status >= 0 && !read_id(reply.text, &first, second))
        status = kit_fail(error, POSTERN_E_RETRY, NULL, "XRANGE shows an entry without an id");
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    int64_t count = status >= 0 && reply.kind == RESP_ARRAY ? reply.number : 0;
    for (int64_t i = 0; i < count && status >= 0; i++) {
        status = redis_next(&sink->session, &reply, error);
        if (status >= 0 && is_id && !is_ours) is_ours = note_there(stream, group, *second, reply.text);
        is_id = status >= 0 && i % 2 == 0 && kit_is(reply.text, "id");
    }
    *strange = *strange || !is_ours;
    return status;
}

#define MOST_ENTRIES 100 /* looked at in one go */

/* Where the next look begins, and whether something of another writer's was seen. */
struct look {
    uint64_t from;
    int64_t count; /* of the entries of the last look */
    bool strange;
};

static postern_status look_at_some(struct redis_sink *sink, const struct redis_stream *stream,
                                   struct redis_group *group, uint64_t range, struct look *look,
                                   postern_error *error)
{
    char begin[48], end[24];
    struct resp_reply reply;
    snprintf(begin, sizeof begin, "%" PRIu64 "-%" PRIu64, range, look->from);
    snprintf(end, sizeof end, "%" PRIu64, range);
    const postern_text words[] = {KIT_TEXT("XRANGE"), stream->key,       kit_text(begin),
                                  kit_text(end),      KIT_TEXT("COUNT"), KIT_TEXT("100")};
    postern_status status = redis_send_words(&sink->session, words, 6, error);
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status >= 0 && reply.kind != RESP_ARRAY)
        status = redis_refused(&sink->session, "XRANGE", reply.text, error);
    look->count = status >= 0 ? reply.number : 0;
    for (int64_t i = 0; status >= 0 && i < look->count; i++) {
        uint64_t second = 0;
        status = read_entry(sink, stream, group, &second, &look->strange, error);
        look->from = second + 1;
    }
    return status;
}

/* Looks for the events by their ids at all places that are theirs. *strange: somebody else wrote between. */
static postern_status look_at_entries(struct redis_sink *sink, const struct redis_stream *stream,
                                      struct redis_group *group, bool *strange, postern_error *error)
{
    for (size_t i = 0; i < stream->plan.range_count; i++) {
        struct look look = {.count = MOST_ENTRIES, .strange = *strange};
        while (look.count == MOST_ENTRIES) {
            postern_status status = look_at_some(sink, stream, group, stream->plan.ranges[i], &look, error);
            if (status < 0) return status;
        }
        *strange = look.strange;
    }
    return POSTERN_OK;
}

postern_status redis_recover(struct redis_sink *sink, struct redis_stream *stream, struct redis_group *group,
                             bool *taken, postern_error *error)
{
    uint64_t first, second, last, number = 0;
    uint64_t range = stream->plan.ranges[stream->plan.range_count - 1];
    bool is_plain = stream->plan.range_count == 1 && stream->plan.events == group->events, strange = false;
    postern_status status = redis_last_id(sink, stream, &first, &second, error);
    if (status < 0) return status;
    bool is_ours = first == range && is_place(&stream->plan, second, &last);
    *taken = first > range || (first == range && !is_ours);
    stream->next_number = is_ours ? last + 1 : 0;
    if (is_plain && first < range) return POSTERN_OK;
    status = look_at_entries(sink, stream, group, &strange, error);
    *taken = *taken || (is_plain && strange);
    if (status < 0 || !is_plain || *taken) return status;
    /* In order and without holes: the last id tells how many are there, whatever readers have removed. */
    for (size_t i = stream->first_event; i != NO_EVENT && number < stream->next_number;
         i = group->next_event[i], number++)
        group->there[i] = true;
    return POSTERN_OK;
}
