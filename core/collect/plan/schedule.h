/* When a stream asks: a fixed place in its interval, so that a thousand streams do not fire together, but
 * some of them, which costs less. Pure; times are monotonic ms. */
#ifndef POSTERN_COLLECT_PLAN_SCHEDULE_H
#define POSTERN_COLLECT_PLAN_SCHEDULE_H

#include "base/random.h"
#include <postern/module.h>

/* How often a stream is asked again that needs another configuration. */
#define SCHEDULE_RECHECK_MS (60LL * 60 * 1000)

/* The stream's place in its interval, [0, interval): the same at every start. */
int64_t schedule_phase(const char *account, const char *stream, int64_t interval_ms);
/* The first poll after a start of stream `index` of `count`: at once, so many in a second (0: all), spread
 * over at most one interval. */
int64_t schedule_first_due(int64_t now_ms, size_t index, size_t count, int64_t starts_per_second,
                           int64_t interval_ms);
/* The next poll after one that ended now: the next time of the stream's grid that is at least half an
 * interval away. */
int64_t schedule_next_due(int64_t now_ms, int64_t interval_ms, int64_t phase_ms);

/* What keeps a stream from asking, and how often it has tried in vain. */
struct pace {
    int64_t due_ms;        /* of the next poll */
    int64_t not_before_ms; /* back-off, rate limit, or a turn of the account's requests */
    int32_t failures;      /* in a row, of any kind: for the back-off */
    uint32_t attempt;      /* of the source at the present position: 1 at the first */
    int16_t limited;       /* 429 in a row */
    int16_t restarts;      /* refused positions since the last pass that was read to its end */
    int16_t stalls;        /* rounds in a row that ended because nothing moved (plan/progress.h) */
};

void pace_failed(struct pace *pace, int64_t now_ms, int64_t at_least_ms, struct random_source *random);
void pace_limited(struct pace *pace, int64_t now_ms, int64_t wait_ms);
/* The position was refused: the first restart comes at once, those that follow wait longer and longer,
 * whatever pages come in between. */
void pace_restarted(struct pace *pace, int64_t now_ms, struct random_source *random);
/* A round has ended because nothing moved: the next one comes later and later. */
void pace_stalled(struct pace *pace, int64_t now_ms, struct random_source *random);
void pace_succeeded(struct pace *pace);

#endif
