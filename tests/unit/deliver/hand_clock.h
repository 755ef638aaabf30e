/* A clock that stands until it is moved on, and with it a sink that is left alone until its next try. */
#ifndef TESTS_UNIT_DELIVER_HAND_CLOCK_H
#define TESTS_UNIT_DELIVER_HAND_CLOCK_H

#include "journal/breakers.h"
#include "world.h"

static _Atomic int64_t passed_ms;

static inline int64_t hand_wall_ms(const struct clock *clock)
{
    (void)clock;
    return 1767225600000 + atomic_load(&passed_ms);
}

static inline int64_t hand_ms(const struct clock *clock)
{
    (void)clock;
    return 1000 + atomic_load(&passed_ms);
}

/* It is looked at often, as any test clock. */
static const struct clock hand_clock = {.wall_ms = hand_wall_ms, .monotonic_ms = hand_ms, .rate = 1000};

/* What the journal knows of the toy's breaker; closed if nothing. */
static inline struct breaker_record breaker_of(struct world *world)
{
    postern_error error = ERROR_INIT;
    const struct breaker_record *records = NULL;
    size_t count = 0;
    postern_arena *arena = arena_new(1 << 16);
    must(journal_breakers(world->journal, arena, &records, &count, &error), &error);
    struct breaker_record record = count ? records[0] : (struct breaker_record){.state = BREAKER_CLOSED};
    assert_true(count <= 1);
    record.sink = NULL;
    arena_free(arena);
    return record;
}

static inline bool is_left_alone_until(struct world *world, int64_t after_ms)
{
    struct breaker_record record = breaker_of(world);
    return record.state == BREAKER_OPEN && record.next_ms > after_ms;
}

/* The next try, at the time that is noted for it. */
static inline void go_to_next_try(struct world *world)
{
    int64_t next_ms = breaker_of(world).next_ms;
    atomic_store(&passed_ms, next_ms - 1767225600000);
    WAIT_UNTIL(is_left_alone_until(world, next_ms));
}

#endif
