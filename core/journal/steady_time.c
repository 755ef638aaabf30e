#include "journal/steady_time.h"
#include "base/smaller.h"

void steady_time_start(struct steady_time *time, const struct steady_mark *mark, int64_t monotonic_ms)
{
    *time = (struct steady_time){*mark, monotonic_ms};
}

static int64_t elapsed(const struct steady_time *time, int64_t monotonic_ms)
{
    return monotonic_ms > time->monotonic_ms ? monotonic_ms - time->monotonic_ms : 0;
}

int64_t steady_time_now(const struct steady_time *time, int64_t monotonic_ms)
{
    return time->mark.steady_ms + elapsed(time, monotonic_ms);
}

/* All clocks went on alike; also what was not heard yet stays open for the next who hears it. */
struct steady_mark steady_time_mark(const struct steady_time *time, int64_t monotonic_ms)
{
    struct steady_mark mark = time->mark;
    int64_t passed = elapsed(time, monotonic_ms);
    mark.steady_ms += passed;
    mark.wall_ms += passed;
    if (mark.server_ms) mark.server_ms += passed;
    return mark;
}

void steady_time_hear(struct steady_time *time, int64_t server_ms, int64_t wall_ms, int64_t monotonic_ms)
{
    int64_t passed = elapsed(time, monotonic_ms);
    int64_t by_wall = wall_ms - time->mark.wall_ms, by_server = server_ms - time->mark.server_ms;
    int64_t believed = smaller(by_wall, by_server);
    if (time->mark.server_ms && believed > passed) passed = believed;
    time->mark = (struct steady_mark){time->mark.steady_ms + passed, wall_ms, server_ms};
    time->monotonic_ms = monotonic_ms;
}
