#include "deliver/sink/letters.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "deliver/route/outputs.h"
#include <stdlib.h>
#include <string.h>

#define SETTLED_LIMIT ((size_t)4 << 20)

static const struct journal_event *raw_of(const struct batch_event *event)
{
    return &event->page->origins[event->index];
}

static bool is_refused(const struct batch *batch, const struct batch_event *event)
{
    return event->verdict == VERDICT_REJECTED && (batch->status >= 0 || batch_keeps_rejections(batch));
}

size_t batch_outputs_end(const struct batch *batch, size_t first)
{
    const struct batch_event *events = batch->events;
    size_t end = first + 1;
    while (end < batch->count && events[end].page == events[first].page &&
           memcmp(raw_of(&events[end])->id, raw_of(&events[first])->id, EVENT_ID_SIZE) == 0)
        end++;
    return end;
}

bool batch_write_settled(const struct batch *batch, size_t first, size_t end, struct dead_letter *letter)
{
    _cleanup_(buffer_free) struct buffer numbers = {.limit = SETTLED_LIMIT};
    const struct dead_letter *before = batch->events[first].page->letter;
    if (before && before->settled) buffer_printf(&numbers, "%s", before->settled);
    for (size_t i = first; i < end; i++) {
        const struct batch_event *event = &batch->events[i];
        size_t number = output_number(event->page->events[event->index].id);
        if (number && batch_is_delivered(batch, event))
            buffer_printf(&numbers, "%s%zu", numbers.size ? " " : "", number);
    }
    if (numbers.failed || !numbers.size) return !numbers.failed;
    postern_text copy = arena_printf(batch->arena, "%s", buffer_string(&numbers));
    letter->settled = (char *)(uintptr_t)copy.data;
    return copy.data != NULL;
}

bool batch_is_open(const struct batch *batch, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (!batch_is_delivered(batch, &batch->events[i]) && !is_refused(batch, &batch->events[i]))
            return true;
    return false;
}

bool batch_letter(const struct batch *batch, size_t first, size_t end, struct dead_letter **letter)
{
    *letter = NULL;
    for (size_t i = first; i < end; i++) {
        const struct batch_event *event = &batch->events[i];
        if (!is_refused(batch, event)) continue;
        *letter = transform_letter(event->page, batch->arena, raw_of(event), DEAD_SINK, event->reason, NULL);
        return *letter && batch_write_settled(batch, first, end, *letter);
    }
    return true;
}

bool batch_write_letters(struct batch *batch)
{
    size_t most = batch_count(batch, VERDICT_REJECTED);
    for (const struct transform *page = batch->pages; page; page = page->next)
        most += page->dead_count;
    if (batch->letters || most == 0) return true;
    _cleanup_(freep) struct dead_letter **letters = calloc(most, sizeof *letters);
    size_t count = 0;
    if (!letters) return false;
    for (const struct transform *page = batch->pages; page; page = page->next)
        for (size_t i = 0; i < page->dead_count; i++)
            letters[count++] = page->dead[i];
    for (size_t first = 0, end; first < batch->count; first = end) {
        struct dead_letter *letter;
        end = batch_outputs_end(batch, first);
        if (!batch_letter(batch, first, end, &letter)) return false;
        if (letter) letters[count++] = letter;
    }
    batch->letter_count = count;
    batch->letters = STEAL_POINTER(letters);
    return true;
}
