#include "redis_sink.h"

static void add_event(struct redis_group *group, struct redis_stream *stream, size_t event)
{
    group->next_event[event] = NO_EVENT;
    if (stream->wanted) {
        group->next_event[stream->last_event] = event;
    } else {
        stream->wanted = true;
        stream->first_event = event;
        stream->next_wanted = NULL;
        *group->last = stream;
        group->last = &stream->next_wanted;
    }
    stream->last_event = event;
}

static void name_batch(struct redis_group *group)
{
    const postern_batch *batch = group->batch;
    group->is_letter = kit_is_letter(batch);
    group->name = kit_hash(KIT_HASH_OF_NOTHING, batch->delivery);
    group->name = kit_hash(group->name, kit_span((const char *)&batch->id, sizeof batch->id));
    group->events = KIT_HASH_OF_NOTHING;
    for (size_t i = 0; i < batch->count; i++)
        group->events = kit_hash(group->events, batch->events[i]->id);
}

/* The slot of an event; *key_at is where its key begins. */
static void write_slot(const struct redis_sink *sink, const struct redis_group *group, size_t event,
                       struct kit_writer *writer, size_t *key_at)
{
    char letter[24] = "-";
    if (group->is_letter) snprintf(letter, sizeof letter, "%llx", (unsigned long long)group->batch->id);
    kit_write(writer, group->batch->delivery);
    kit_write_string(writer, " ");
    kit_write_string(writer, letter);
    kit_write_string(writer, " ");
    *key_at = writer->size;
    kit_write_template(writer, sink->key, group->batch->events[event], false);
}

/* Events in a row mostly share their stream. */
static postern_status sort(struct redis_sink *sink, struct redis_group *group, postern_result *result,
                           postern_error *error)
{
    struct redis_stream *stream = NULL;
    for (size_t i = 0; i < group->batch->count; i++) {
        char slot[SLOT_LIMIT];
        size_t key_at;
        struct kit_writer writer = kit_writer_in_buffer(slot, sizeof slot);
        write_slot(sink, group, i, &writer, &key_at);
        if (writer.failed || writer.size == key_at) {
            postern_status status =
                result->reject(result, i, writer.failed ? "its key is too long" : "its key is empty");
            if (status < 0) return status;
            continue;
        }
        postern_text name = kit_span(slot, writer.size);
        if (!stream || !kit_equal(kit_span(stream->slot, stream->slot_size), name))
            stream = redis_stream_find(sink, name, key_at);
        if (!stream) return kit_no_memory(error);
        add_event(group, stream, i);
    }
    return POSTERN_OK;
}

postern_status redis_group_make(struct redis_sink *sink, const postern_call *call, const postern_batch *batch,
                                postern_result *result, struct redis_group *group, postern_error *error)
{
    const postern_host *host = sink->host;
    for (struct redis_stream *stream = sink->streams; stream; stream = stream->next)
        stream->wanted = false;
    *group =
        (struct redis_group){.batch = batch,
                             .next_event = host->allocate(host, call->arena, batch->count * sizeof(size_t)),
                             .there = host->allocate(host, call->arena, batch->count * sizeof(bool))};
    group->last = &group->first;
    if (!group->next_event || !group->there) return kit_no_memory(error);
    name_batch(group);
    return sort(sink, group, result, error);
}
