/* The clock, injected so that logic is tested without waiting.
 *
 * A build with POSTERN_TESTING reads a test clock that it shares with the simulator (base/test_clock.h) when
 * the environment variable POSTERN_TEST_CLOCK names its file; every other build knows only the system's. */
#ifndef POSTERN_BASE_CLOCK_H
#define POSTERN_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *clock);      /* UTC, ms since 1970 */
    int64_t (*monotonic_ms)(const struct clock *clock); /* never goes back; only differences mean something */
    double rate;                                        /* this clock's ms per real ms: 1 for the system's */
};

/* The process's clock. Constant for the life of the process; every thread may use it. */
const struct clock *clock_process(void);

int64_t clock_wall_ms(const struct clock *clock);
int64_t clock_monotonic_ms(const struct clock *clock);

/* Both at one moment. */
struct clock_reading {
    int64_t wall_ms, monotonic_ms;
};
struct clock_reading clock_read(const struct clock *clock);

/* Real milliseconds to block, at most, until `deadline_ms` of the monotonic clock: 0 if it has passed. Under
 * a test clock never more than 5, because the clock may jump. */
int clock_timeout_ms(const struct clock *clock, int64_t deadline_ms);

/* Waits on `condition` (mutex held) until signalled or until `deadline_ms` of the monotonic clock; may wake
 * early. */
void clock_wait(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex,
                int64_t deadline_ms);

#endif
