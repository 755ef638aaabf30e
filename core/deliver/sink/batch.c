#include "deliver/sink/batch.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/request_mark.h"
#include <stdlib.h>
#include <string.h>

#define RESULT_LIMIT ((size_t)64 << 20)

static bool list_events(struct batch *batch)
{
    for (const struct transform *page = batch->pages; page; page = page->next) {
        batch->count += page->count;
        batch->bytes += page->bytes;
        batch->page_count++;
    }
    size_t count = batch->count ? batch->count : 1, next = 0;
    batch->events = calloc(count, sizeof *batch->events);
    batch->sent = calloc(count, sizeof(const postern_sink_event *));
    batch->places = calloc(count, sizeof *batch->places);
    if (!batch->events || !batch->sent || !batch->places) return false;
    for (const struct transform *page = batch->pages; page; page = page->next)
        for (size_t i = 0; i < page->count; i++)
            batch->events[next++] = (struct batch_event){.page = page, .index = i};
    return true;
}

struct batch *batch_new(struct delivery *delivery, struct transform *pages, int64_t end)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) return NULL;
    batch->delivery = delivery;
    batch->pages = pages;
    batch->end = end;
    batch->id = (uint64_t)end;
    batch->attempt = 1;
    batch->error = (postern_error)ERROR_INIT;
    batch->arena = arena_new(RESULT_LIMIT);
    batch->reasons = arena_new(RESULT_LIMIT);
    if (batch->arena && batch->reasons && list_events(batch)) return batch;
    batch_free(batch);
    return NULL;
}

struct transform *batch_free(struct batch *batch)
{
    struct transform *pages = batch->pages;
    arena_free(batch->arena);
    arena_free(batch->reasons);
    free(batch->events);
    free(batch->sent);
    free(batch->places);
    free(batch->letters);
    free(batch);
    return pages;
}

bool batch_keeps_rejections(const struct batch *batch)
{
    return batch->status != POSTERN_E_CONFIG && batch_count(batch, VERDICT_ACCEPTED) > 0;
}

bool batch_begin_try(struct batch *batch)
{
    bool keeps = batch_keeps_rejections(batch);
    if (!keeps) arena_reset(batch->reasons, RESULT_LIMIT);
    arena_reset(batch->arena, RESULT_LIMIT);
    batch->entries = NULL;
    batch->entry_count = batch->entry_capacity = 0;
    free(batch->letters);
    batch->letters = NULL;
    batch->letter_count = 0;
    batch->sent_count = batch->sent_bytes = 0;
    batch->error = (postern_error)ERROR_INIT;
    batch->status = POSTERN_OK;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_event *event = &batch->events[i];
        if (event->verdict == VERDICT_ACCEPTED || (event->verdict == VERDICT_REJECTED && keeps)) continue;
        const postern_sink_event *out = &event->page->events[event->index];
        event->verdict = VERDICT_OPEN;
        event->reason = NULL;
        batch->places[batch->sent_count] = i;
        batch->sent[batch->sent_count++] = out;
        batch->sent_bytes += out->text.size;
    }
    return batch->sent_count > 0;
}

size_t batch_count(const struct batch *batch, enum verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        count += batch->events[i].verdict == verdict;
    return count;
}

bool batch_is_delivered(const struct batch *batch, const struct batch_event *event)
{
    return event->verdict == VERDICT_ACCEPTED || (event->verdict == VERDICT_OPEN && batch->status >= 0);
}

size_t batch_delivered_count(const struct batch *batch)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        count += batch_is_delivered(batch, &batch->events[i]);
    return count;
}

bool batch_was_taken_in_part(const struct batch *batch)
{
    bool keeps = batch_keeps_rejections(batch);
    for (size_t i = 0; i < batch->sent_count; i++) {
        enum verdict verdict = batch->events[batch->places[i]].verdict;
        if (verdict == VERDICT_ACCEPTED || (verdict == VERDICT_REJECTED && keeps)) return true;
    }
    return false;
}

bool batch_is_rejected_as_one(const struct batch *batch)
{
    if (batch->count < 2) return false;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_event *event = &batch->events[i];
        if (event->verdict != VERDICT_REJECTED || !request_mark_alike(event->reason, batch->events[0].reason))
            return false;
    }
    return true;
}
