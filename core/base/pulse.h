/* A thread's sign of life: what it is doing, and since when. One thread (or whoever holds one lock) writes,
 * any other may look. A thread that waits for work rests, however long; one that is long in a step stands. */
#ifndef POSTERN_BASE_PULSE_H
#define POSTERN_BASE_PULSE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct pulse {
    _Atomic(const char *) step; /* a literal; NULL = it waits for work */
    _Atomic int64_t since_ms;   /* monotonic */
};

/* The time goes first: whoever looks in between takes a step for younger than it is, never for older. */
static inline void pulse_step(struct pulse *pulse, const char *step, int64_t now_ms)
{
    atomic_store(&pulse->since_ms, now_ms);
    atomic_store(&pulse->step, step);
}

static inline void pulse_rest(struct pulse *pulse)
{
    atomic_store(&pulse->step, NULL);
}

/* The step under way and how long it has taken; NULL = none. */
static inline const char *pulse_look(struct pulse *pulse, int64_t now_ms, int64_t *for_ms)
{
    const char *step = atomic_load(&pulse->step);
    *for_ms = now_ms - atomic_load(&pulse->since_ms);
    return step;
}

#endif
