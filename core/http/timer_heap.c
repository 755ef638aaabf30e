#include "http/timer_heap.h"
#include "base/array.h"
#include <stdlib.h>

static void place(struct timer_heap *heap, struct network_timer *timer, size_t slot)
{
    heap->slots[slot] = timer;
    timer->slot = slot;
}

static void move_up(struct timer_heap *heap, struct network_timer *timer, size_t slot)
{
    for (; slot > 1 && timer->deadline_ms < heap->slots[slot / 2]->deadline_ms; slot /= 2)
        place(heap, heap->slots[slot / 2], slot);
    place(heap, timer, slot);
}

static void move_down(struct timer_heap *heap, struct network_timer *timer, size_t slot)
{
    for (size_t child; (child = 2 * slot) <= heap->count; slot = child) {
        if (child < heap->count && heap->slots[child + 1]->deadline_ms < heap->slots[child]->deadline_ms)
            child++;
        if (timer->deadline_ms <= heap->slots[child]->deadline_ms) break;
        place(heap, heap->slots[child], slot);
    }
    place(heap, timer, slot);
}

/* To where its deadline belongs. */
static void settle(struct timer_heap *heap, struct network_timer *timer, size_t slot)
{
    if (slot > 1 && timer->deadline_ms < heap->slots[slot / 2]->deadline_ms)
        move_up(heap, timer, slot);
    else
        move_down(heap, timer, slot);
}

static bool grow(struct timer_heap *heap)
{
    return array_reserve(&heap->slots, &heap->capacity, heap->count + 2, sizeof(struct network_timer *),
                         SIZE_MAX); /* the first slot is not used */
}

bool timer_heap_set(struct timer_heap *heap, struct network_timer *timer, int64_t deadline_ms)
{
    if (!timer->slot) {
        if (!grow(heap)) return false;
        timer->slot = ++heap->count;
    }
    timer->deadline_ms = deadline_ms;
    settle(heap, timer, timer->slot);
    return true;
}

void timer_heap_cancel(struct timer_heap *heap, struct network_timer *timer)
{
    if (!timer->slot) return;
    size_t slot = timer->slot;
    struct network_timer *last = heap->slots[heap->count--];
    timer->slot = 0;
    if (last != timer) settle(heap, last, slot);
}

struct network_timer *timer_heap_first(const struct timer_heap *heap)
{
    return heap->count ? heap->slots[1] : NULL;
}

void timer_heap_free(struct timer_heap *heap)
{
    free(heap->slots);
    *heap = (struct timer_heap){0};
}
