/* How long something may take before `status` calls it wrong. */
#ifndef POSTERN_REPORT_TOLERANCE_H
#define POSTERN_REPORT_TOLERANCE_H

#include <stddef.h>
#include <stdint.h>

/* Where no daemon has said it: the same as in config/settings.c. */
#define TOLERANCE_STALLED_MS    ((int64_t)5 * 60000)
#define TOLERANCE_PENDING_MS    ((int64_t)45 * 60000)
#define TOLERANCE_MISSED_POLLS  3
#define TOLERANCE_BACKLOG_MS    ((int64_t)15 * 60000)
#define TOLERANCE_ONCE_MS       ((int64_t)25 * 3600000)
#define TOLERANCE_IDLE_FLUSH_MS ((int64_t)5 * 60000)

#define TOLERANCE_STREAMS 128

struct tolerance {
    int64_t stalled_ms;    /* one part of the program in one step */
    int64_t pending_ms;    /* a stream that was never read */
    int64_t missed_polls;  /* intervals without a success */
    int64_t backlog_ms;    /* events that wait while nothing is delivered */
    int64_t once_ms;       /* between two `run --once` */
    int64_t idle_flush_ms; /* what is stored of a stream may be so old */
    struct stream_interval {
        char stream[136]; /* its name and its authentication profile, with a blank between */
        int64_t interval_ms;
    } intervals[TOLERANCE_STREAMS];
    size_t interval_count;
};

#endif
