#include "collect/plan/lateness.h"
#include "base/smaller.h"

#define SMOOTHED         4 /* each poll changes the average by a quarter of its difference */
#define FARTHEST         (8 * LATENESS_INTERVAL) /* what one poll may count, however late it was */
#define STRIKE           3
#define STRIKES          7
#define STRIKES_LATE     4
#define EXPLAINS         (LATENESS_INTERVAL / 4) /* what must have been waited for where a poll is late for it */
#define REQUESTS_COUNTED 2

_Static_assert(LATE_CAUSES <= 8, "a cause has three bits");

static int64_t in_intervals(int64_t time_ms, int64_t interval_ms)
{
    return interval_ms > 0 ? smaller(time_ms, INT32_MAX) * LATENESS_INTERVAL / interval_ms : 0;
}

/* `weight`: in the choice of the cause. */
static void add(struct lateness *lateness, enum late_cause cause, int64_t time, int64_t weight)
{
    if (time <= 0) return;
    lateness->waited = (uint16_t)smaller(lateness->waited + time, UINT16_MAX);
    if (weight <= lateness->longest) return;
    lateness->longest = (uint16_t)smaller(weight, UINT16_MAX);
    lateness->longest_cause = cause & 7;
}

void lateness_wait(struct lateness *lateness, enum late_cause cause, int64_t interval_ms, int64_t waited_ms)
{
    int64_t waited = in_intervals(waited_ms, interval_ms);
    add(lateness, cause, waited, waited);
}

void lateness_take(struct lateness *lateness, enum late_cause cause, int64_t interval_ms, int64_t took_ms)
{
    int64_t took = in_intervals(took_ms, interval_ms);
    add(lateness, cause, took, took / 2);
}

void lateness_ask(struct lateness *lateness)
{
    if (lateness->requests < REQUESTS_COUNTED) lateness->requests++;
}

/* One that lost a place in its grid for nothing that is counted here is taken for one in time. */
static int64_t counted(const struct lateness *lateness, int64_t apart)
{
    if (apart > LATENESS_INTERVAL && lateness->waited < EXPLAINS) return LATENESS_INTERVAL;
    return smaller(apart, FARTHEST);
}

void lateness_end(struct lateness *lateness, int64_t interval_ms, int64_t apart_ms)
{
    int64_t apart = counted(lateness, in_intervals(apart_ms, interval_ms));
    int64_t before = lateness->every ? lateness->every : LATENESS_INTERVAL;
    int64_t every = before + (apart - before) / SMOOTHED;
    bool was_late = apart > LATENESS_INTERVAL;
    int64_t strikes =
        was_late ? smaller(lateness->strikes + STRIKE, STRIKES) : larger(lateness->strikes - 1, 0);
    *lateness = (struct lateness){.every = (uint16_t)every,
                                  .cause = was_late ? lateness->longest_cause : lateness->cause,
                                  .strikes = (unsigned)strikes & STRIKES,
                                  .is_late = strikes >= (lateness->is_late ? 1 : STRIKES_LATE)};
}
