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

/* ---- What is there ---- */

static void note_there(const struct redis_stream *stream, struct redis_group *group, postern_text id)
{
    for (size_t i = stream->first_event; i != NO_EVENT; i = group->next_event[i])
        if (!group->there[i] && kit_equal(group->batch->events[i]->id, id)) {
            group->there[i] = true;
            return;
        }
}

/* One entry: its id, and its fields as names and values. *second: the number behind N in its id. */
static postern_status read_entry(struct redis_sink *sink, const struct redis_stream *stream,
                                 struct redis_group *group, uint64_t *second, postern_error *error)
{
    struct resp_reply reply;
    uint64_t first;
    bool is_id = false;
    postern_status status = redis_next(&sink->session, &reply, error); /* a list of two */
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status >= 0 && !read_id(reply.text, &first, second))
        status = kit_fail(error, POSTERN_E_RETRY, NULL, "XRANGE shows an entry without an id");
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    int64_t count = status >= 0 && reply.kind == RESP_ARRAY ? reply.number : 0;
    for (int64_t i = 0; i < count && status >= 0; i++) {
        status = redis_next(&sink->session, &reply, error);
        if (status >= 0 && is_id) note_there(stream, group, reply.text);
        is_id = status >= 0 && i % 2 == 0 && kit_is(reply.text, "id");
    }
    return status;
}

#define MOST_ENTRIES 100 /* looked at in one go */

/* Some entries from N-from on. *count: how many there were; *from goes on behind them. */
static postern_status look_at_some(struct redis_sink *sink, const struct redis_stream *stream,
                                   struct redis_group *group, uint64_t range, uint64_t *from, int64_t *count,
                                   postern_error *error)
{
    char begin[48], end[24];
    struct resp_reply reply;
    snprintf(begin, sizeof begin, "%" PRIu64 "-%" PRIu64, range, *from);
    snprintf(end, sizeof end, "%" PRIu64, range);
    const postern_text words[] = {KIT_TEXT("XRANGE"), stream->key,       kit_text(begin),
                                  kit_text(end),      KIT_TEXT("COUNT"), KIT_TEXT("100")};
    postern_status status = redis_send_words(&sink->session, words, 6, error);
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status >= 0 && reply.kind != RESP_ARRAY)
        status = redis_refused(&sink->session, "XRANGE", reply.text, error);
    *count = status >= 0 ? reply.number : 0;
    for (int64_t i = 0; status >= 0 && i < *count; i++) {
        uint64_t second = 0;
        status = read_entry(sink, stream, group, &second, error);
        *from = second + 1;
    }
    return status;
}

/* Looks for the events by their ids among all entries that may be theirs. */
static postern_status look_at_entries(struct redis_sink *sink, const struct redis_stream *stream,
                                      struct redis_group *group, postern_error *error)
{
    for (size_t i = 0; i < stream->plan.range_count; i++) {
        uint64_t from = 0;
        int64_t count = MOST_ENTRIES;
        while (count == MOST_ENTRIES) {
            postern_status status =
                look_at_some(sink, stream, group, stream->plan.ranges[i], &from, &count, error);
            if (status < 0) return status;
        }
    }
    return POSTERN_OK;
}

postern_status redis_recover(struct redis_sink *sink, struct redis_stream *stream, struct redis_group *group,
                             bool *taken, postern_error *error)
{
    uint64_t first, second, number = 0, range = stream->plan.ranges[stream->plan.range_count - 1];
    bool is_plain = stream->plan.range_count == 1 && stream->plan.events == group->events;
    postern_status status = redis_last_id(sink, stream, &first, &second, error);
    *taken = first > range;
    stream->next_number = first == range ? second + 1 : 0;
    if (status < 0) return status;
    if (!is_plain || *taken) return look_at_entries(sink, stream, group, error);
    /* In order and without holes: the last id tells how many are there, whatever readers have removed. */
    for (size_t i = stream->first_event; i != NO_EVENT && number < stream->next_number;
         i = group->next_event[i], number++)
        group->there[i] = true;
    return POSTERN_OK;
}
