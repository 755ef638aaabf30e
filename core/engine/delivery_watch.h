/* What waits for each delivery, and how its sink stands: kept as metrics, and told when a backlog grows over
 * what the settings say. On the engine's thread. */
#ifndef POSTERN_ENGINE_DELIVERY_WATCH_H
#define POSTERN_ENGINE_DELIVERY_WATCH_H

#include "base/clock.h"
#include "config/config.h"
#include "journal/journal.h"
#include "report/backlog_limits.h"
#include "report/metrics.h"

struct delivery_watch {
    int64_t due_ms; /* real time: when it looks again */
    struct said_backlog {
        int64_t delivery_id;
    } * said; /* those of which the log has said that too much waits */
    size_t said_count;
    bool has_looked; /* since the start: what was said before it is not known to this process */
};

struct watched {
    struct journal *journal;
    struct metrics *metrics;
    const struct config *config;
    struct backlog_limits limits;
    const struct clock *clock;
};

/* Looks if it is due: now and then, and the more rarely the longer a look takes. */
void delivery_watch_look(struct delivery_watch *watch, const struct watched *watched);
void delivery_watch_clear(struct delivery_watch *watch);

#endif
