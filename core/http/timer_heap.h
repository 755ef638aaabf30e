/* Timers in a binary heap, earliest on top. One thread. */
#ifndef POSTERN_HTTP_TIMER_HEAP_H
#define POSTERN_HTTP_TIMER_HEAP_H

#include "http/network.h"

struct timer_heap {
    struct network_timer **slots; /* slot 0 is unused: a timer's slot 0 means "not set" */
    size_t count, capacity;
};

/* False if out of memory; the timer is then not set. */
bool timer_heap_set(struct timer_heap *heap, struct network_timer *timer, int64_t deadline_ms);
void timer_heap_cancel(struct timer_heap *heap, struct network_timer *timer);
/* The earliest timer or NULL; it stays in the heap. */
struct network_timer *timer_heap_first(const struct timer_heap *heap);
void timer_heap_free(struct timer_heap *heap);

#endif
