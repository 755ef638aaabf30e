#include "deliver/sink/result.h"
#include "base/arena.h"
#include "base/text.h"

/* The event that the sink means, NULL if there is none or its fate is settled (*status says which). */
static struct batch_event *open_event(postern_result *face, size_t index, postern_status *status)
{
    struct write_result *result = (struct write_result *)face; /* its first member */
    struct batch *batch = result->batch;
    *status = POSTERN_E_INVALID;
    if (result->is_idle || index >= batch->sent_count) return NULL;
    *status = POSTERN_OK;
    struct batch_event *event = &batch->events[batch->places[index]];
    return event->verdict == VERDICT_OPEN ? event : NULL;
}

static postern_status take_reject(postern_result *face, size_t index, const char *reason)
{
    postern_status status = POSTERN_OK;
    struct batch_event *event = open_event(face, index, &status);
    if (!reason) return POSTERN_E_INVALID;
    if (!event) return status;
    const char *copy = arena_copy(((struct write_result *)face)->batch->reasons, text_of(reason)).data;
    if (!copy) return POSTERN_E_MEMORY;
    event->reason = copy;
    event->verdict = VERDICT_REJECTED;
    return POSTERN_OK;
}

static postern_status take_accept(postern_result *face, size_t index)
{
    postern_status status = POSTERN_OK;
    struct batch_event *event = open_event(face, index, &status);
    if (event) event->verdict = VERDICT_ACCEPTED;
    return status;
}

static postern_status take_state(postern_result *face, postern_text key, postern_text value)
{
    struct write_result *result = (struct write_result *)face;
    struct batch *batch = result->batch;
    if (!result->takes_state || key.size == 0 || key.size > 4096 || value.size > POSITION_LIMIT)
        return POSTERN_E_INVALID;
    if (batch->entry_count == batch->entry_capacity) {
        size_t capacity = batch->entry_capacity ? batch->entry_capacity * 2 : 8;
        struct state_entry *entries = arena_allocate(batch->arena, capacity * sizeof *entries);
        if (!entries) return POSTERN_E_MEMORY;
        if (batch->entry_count) memcpy(entries, batch->entries, batch->entry_count * sizeof *entries);
        batch->entries = entries;
        batch->entry_capacity = capacity;
    }
    struct state_entry entry = {arena_copy(batch->arena, key), arena_copy(batch->arena, value)};
    if (!entry.key.data || !entry.value.data) return POSTERN_E_MEMORY;
    batch->entries[batch->entry_count++] = entry;
    return POSTERN_OK;
}

struct write_result result_for_write(struct batch *batch, bool takes_state)
{
    return (struct write_result){.face = {.size = sizeof(postern_result),
                                          .reject = take_reject,
                                          .accept = take_accept,
                                          .set_state = take_state},
                                 .batch = batch,
                                 .takes_state = takes_state};
}

struct write_result result_for_idle(struct batch *keeper, bool takes_state)
{
    struct write_result result = result_for_write(keeper, takes_state);
    result.is_idle = true;
    return result;
}
