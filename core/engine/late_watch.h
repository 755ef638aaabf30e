/* Polls that come later than their interval says: the log says so once for all streams, and again every hour
 * while it lasts; metrics show it all the time. Times are monotonic ms. */
#ifndef POSTERN_ENGINE_LATE_WATCH_H
#define POSTERN_ENGINE_LATE_WATCH_H

#include "base/late_polls.h"
#include "report/metrics.h"
#include <stdbool.h>

#define LATE_REPEAT_MS ((int64_t)3600 * 1000)
#define LATE_OVER_MS   ((int64_t)60 * 1000) /* so long nobody is late before that is said */

/* Zeroed at the start. */
struct late_watch {
    bool is_said;
    int64_t said_ms, seen_ms; /* when it was last said, and when somebody was last late */
    bool is_said_of[LATE_CAUSES];
};

void late_watch_look(struct late_watch *watch, const struct late_polls *late, struct metrics *metrics,
                     int64_t now_ms);

#endif
