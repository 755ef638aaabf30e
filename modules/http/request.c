#include "http_sink.h"
#include <stdlib.h>

/* More than any body takes when it is packed. */
static size_t packed_limit(size_t plain)
{
    return plain + plain / 64 + 4096;
}

postern_status request_init(struct bundle *request, const struct http_instance *sink, size_t most_events,
                            postern_error *error)
{
    size_t most = most_events < sink->max_events ? most_events : sink->max_events;
    *request = (struct bundle){.capacity = sink->max_body};
    request->memory = malloc(sink->max_body);
    request->members = malloc((most + 1) * sizeof *request->members);
    if (!request->memory || !request->members) return kit_no_memory(error);
    if (sink->packing == PACK_NONE) return POSTERN_OK;
    return pack_stream_new(sink->packing, PACK_DEFAULT_LEVEL, packed_limit(sink->max_body), &request->packer,
                           error);
}

void request_free(struct bundle *request)
{
    pack_stream_free(request->packer);
    free(request->memory);
    free(request->members);
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    const struct preset *preset = writing->sink->preset;
    if (preset->longest && event->text.size > preset->longest) return preset->too_long;
    if (preset->encode) return preset->encode(writing, event, body);
    kit_write(body, event->text);
    return NULL;
}

static bool opens_part(const struct writing *writing, size_t index)
{
    const struct bundle *request = &writing->request;
    if (!request->count) return true;
    return writing->parts && writing->parts[index] != writing->parts[request->members[request->count - 1]];
}

static int64_t rank_of(const struct writing *writing, size_t index)
{
    const struct preset *preset = writing->sink->preset;
    return preset->rank ? preset->rank(writing->batch->events[index]) : 0;
}

static bool is_too_far(const struct writing *writing, size_t index)
{
    int64_t span = writing->sink->preset->span;
    return span && !opens_part(writing, index) && rank_of(writing, index) - writing->request.part_rank > span;
}

enum added { ADDED, FULL, NEVER };

/* Adds the event, or leaves the body as it was. */
static enum added add(struct writing *writing, size_t index, const char **reason)
{
    const struct frame *frame = &writing->sink->frame;
    struct bundle *request = &writing->request;
    struct kit_writer *body = &request->body;
    const postern_sink_event *event = writing->batch->events[index];
    size_t before = body->size;
    if (request->count) kit_write_string(body, frame->between);
    if (!request->count) request->first = event;
    request->opens_part = opens_part(writing, index);
    *reason = encode(writing, event, body);
    kit_write_string(body, frame->after);
    if (!body->failed && !*reason) {
        if (request->opens_part) request->part_rank = rank_of(writing, index);
        request->members[request->count++] = index;
        request->last = event;
        return ADDED;
    }
    enum added outcome = *reason ? NEVER : FULL;
    writer_cut(body, before);
    return outcome;
}

static void reject(struct writing *writing, size_t index, const char *reason)
{
    struct bundle *request = &writing->request;
    request->members[request->count] = index; /* for a moment: it is settled as a member */
    settle_rejected(writing, request->count, reason, "%s", reason);
}

static void reject_too_large(struct writing *writing, size_t index)
{
    struct bundle *request = &writing->request;
    request->members[request->count] = index;
    settle_rejected(
        writing, request->count, "too large",
        "the event does not fit into a request: its text has %zu bytes, and max_body is %zu as the "
        "receiver wants it written",
        writing->batch->events[index]->text.size, writing->sink->max_body);
}

/* The body's end: what the frame and the preset put there has its room. */
static void begin(struct writing *writing, size_t most)
{
    const struct http_instance *sink = writing->sink;
    struct bundle *request = &writing->request;
    size_t room = sink->preset->reserve + strlen(sink->frame.close);
    request->count = 0;
    request->first = request->last = NULL;
    request->body = kit_writer_in_buffer(request->memory, most > room ? most - room : 1);
    kit_write_string(&request->body, sink->frame.open);
}

static void finish(struct writing *writing)
{
    struct bundle *request = &writing->request;
    request->body.capacity = request->capacity;
    if (writing->sink->preset->finish) writing->sink->preset->finish(writing, &request->body);
    kit_write_string(&request->body, writing->sink->frame.close);
}

/* What does not fit into the size that worked may still fit into max_body: then it goes alone. */
static bool add_alone(struct writing *writing, size_t index)
{
    const char *reason;
    begin(writing, writing->request.capacity);
    if (add(writing, index, &reason) == ADDED) return true;
    reject_too_large(writing, index);
    return false;
}

size_t request_fill(struct writing *writing, const size_t *order, const bool *ends, size_t count)
{
    const struct http_instance *sink = writing->sink;
    struct bundle *request = &writing->request;
    size_t i = 0;
    begin(writing, atomic_load(&sink->working_size));
    for (; i < count && request->count < sink->max_events; i++) {
        const char *reason;
        if (writing->fates[order[i]] == FATE_OPEN) {
            if (is_too_far(writing, order[i])) break;
            enum added outcome = add(writing, order[i], &reason);
            if (outcome == NEVER) reject(writing, order[i], reason);
            if (outcome == FULL && request->count) break;
            if (outcome == FULL && add_alone(writing, order[i])) return finish(writing), i + 1;
            if (outcome == FULL) begin(writing, atomic_load(&sink->working_size));
        }
        if (ends[i]) {
            i++;
            break;
        }
    }
    if (request->count) finish(writing);
    return i;
}
