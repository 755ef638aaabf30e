/* The time by which things are forgotten: it only ever goes on, and as slowly as the truth. While the journal
 * is open it advances by the monotonic clock. What lies between, a downtime or a machine that slept, counts
 * by the smaller of two differences: that of our wall clock and that of the vendor's. So a clock that jumps,
 * ours or theirs, makes nothing look old; until the vendor has been heard, a downtime counts as no time at
 * all. Pure. */
#ifndef POSTERN_JOURNAL_STEADY_TIME_H
#define POSTERN_JOURNAL_STEADY_TIME_H

#include <stdint.h>

/* What the clocks showed at one moment; kept in the journal. */
struct steady_mark {
    int64_t steady_ms;
    int64_t wall_ms;   /* ours */
    int64_t server_ms; /* the vendor's; 0 = never heard */
};

struct steady_time {
    struct steady_mark mark;
    int64_t monotonic_ms; /* when the mark was true */
};

/* Goes on from what was kept. */
void steady_time_start(struct steady_time *time, const struct steady_mark *mark, int64_t monotonic_ms);
int64_t steady_time_now(const struct steady_time *time, int64_t monotonic_ms);
/* The vendor said what time it is. */
void steady_time_hear(struct steady_time *time, int64_t server_ms, int64_t wall_ms, int64_t monotonic_ms);
/* What to keep, so that the next start can go on from here. */
struct steady_mark steady_time_mark(const struct steady_time *time, int64_t monotonic_ms);

#endif
