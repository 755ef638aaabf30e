#include "base/clock.h"
#include "base/real_time.h"
#include "base/test_clock.h"
#include <stdlib.h>
#include <time.h>

static int64_t system_wall(const struct clock *clock)
{
    struct timespec now;
    (void)clock;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_monotonic(const struct clock *clock)
{
    (void)clock;
    return real_ms();
}

static const struct clock system_clock = {system_wall, system_monotonic, 1.0};
static const struct clock *process_clock = &system_clock;
static pthread_once_t process_clock_once = PTHREAD_ONCE_INIT;

static void choose_process_clock(void)
{
#ifdef POSTERN_TESTING
    const char *path = getenv("POSTERN_TEST_CLOCK");
    const struct clock *shared = path ? test_clock_open(path) : NULL;
    if (shared) process_clock = shared;
#endif
}

const struct clock *clock_process(void)
{
    pthread_once(&process_clock_once, choose_process_clock);
    return process_clock;
}

int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock);
}

int64_t clock_monotonic_ms(const struct clock *clock)
{
    return clock->monotonic_ms(clock);
}

struct clock_reading clock_read(const struct clock *clock)
{
    return (struct clock_reading){clock_wall_ms(clock), clock_monotonic_ms(clock)};
}

int clock_timeout_ms(const struct clock *clock, int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_monotonic_ms(clock);
    if (left <= 0) return 0;
    if (clock != &system_clock) return 5;
    return left > 3600000 ? 3600000 : (int)left;
}

void clock_wait(const struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex,
                int64_t deadline_ms)
{
    int timeout = clock_timeout_ms(clock, deadline_ms);
    if (timeout == 0) return;
    real_wait(condition, mutex, timeout);
}
