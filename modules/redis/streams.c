#include "redis_sink.h"
#include <inttypes.h>
#include <stdlib.h>

/* Replays reach back less far. */
#define KEPT_MS (8 * 86400000LL)

struct redis_stream *redis_stream_find(struct redis_sink *sink, postern_text slot, size_t key_at)
{
    for (struct redis_stream *stream = sink->streams; stream; stream = stream->next)
        if (kit_equal(kit_span(stream->slot, stream->slot_size), slot)) return stream;
    struct redis_stream *made = calloc(1, sizeof *made);
    char *copy = made ? malloc(slot.size + 1) : NULL;
    if (!copy) {
        free(made);
        return NULL;
    }
    memcpy(copy, slot.data, slot.size);
    *made = (struct redis_stream){.next = sink->streams,
                                  .slot = copy,
                                  .slot_size = slot.size,
                                  .key = kit_span(copy + key_at, slot.size - key_at)};
    return sink->streams = made;
}

/* The first two words of a slot are none of its key; a letter's id is the second, else "-". */
static size_t find_key(postern_text slot)
{
    size_t at = 0;
    for (int blanks = 0; at < slot.size && blanks < 2; at++)
        blanks += slot.data[at] == ' ';
    return at;
}

/* "1 batch events used N N ..." */
static bool read_plan(postern_text value, struct redis_plan *plan, int64_t *used_ms)
{
    char text[512];
    int used;
    if (value.size >= sizeof text) return false;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    if (sscanf(text, "1 %" SCNx64 " %" SCNx64 " %" SCNd64 "%n", &plan->batch, &plan->events, used_ms,
               &used) != 3)
        return false;
    for (const char *at = text + used; plan->range_count < MOST_RANGES; plan->range_count++, at += used)
        if (sscanf(at, " %" SCNu64 "%n", &plan->ranges[plan->range_count], &used) != 1) break;
    return plan->range_count > 0;
}

postern_status redis_stream_read(struct redis_sink *sink, const postern_pair *entry)
{
    struct redis_plan plan = {0};
    int64_t used_ms;
    size_t key_at = find_key(entry->name);
    if (key_at == 0 || !read_plan(entry->value, &plan, &used_ms)) return POSTERN_OK;
    struct redis_stream *stream = redis_stream_find(sink, entry->name, key_at);
    if (!stream) return POSTERN_E_MEMORY;
    stream->plan = plan;
    stream->used_ms = used_ms;
    stream->may_be_written = true;
    return POSTERN_OK;
}

postern_status redis_stream_record(const struct redis_stream *stream, postern_result *result)
{
    char text[512];
    const struct redis_plan *plan = &stream->plan;
    int size = snprintf(text, sizeof text, "1 %" PRIx64 " %" PRIx64 " %" PRId64, plan->batch, plan->events,
                        stream->used_ms);
    for (size_t i = 0; i < plan->range_count; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, " %" PRIu64, plan->ranges[i]);
    return result->set_state(result, kit_span(stream->slot, stream->slot_size), kit_text(text));
}

postern_status redis_stream_unrecord(const struct redis_stream *stream, postern_result *result)
{
    return result->set_state(result, kit_span(stream->slot, stream->slot_size), kit_span(NULL, 0));
}

static void free_stream(struct redis_stream *stream)
{
    free(stream->slot);
    free(stream);
}

void redis_streams_free(struct redis_sink *sink)
{
    while (sink->streams) {
        struct redis_stream *stream = sink->streams;
        sink->streams = stream->next;
        free_stream(stream);
    }
}

postern_status redis_streams_forget_old(struct redis_sink *sink, int64_t now_ms, postern_result *result)
{
    for (struct redis_stream **link = &sink->streams, *stream; (stream = *link);) {
        if (now_ms - stream->used_ms <= KEPT_MS) {
            link = &stream->next;
            continue;
        }
        postern_status status = redis_stream_unrecord(stream, result);
        if (status < 0) return status;
        *link = stream->next;
        free_stream(stream);
    }
    return POSTERN_OK;
}
