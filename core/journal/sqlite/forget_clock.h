/* The steady time of this journal, kept in its database. */
#ifndef POSTERN_JOURNAL_SQLITE_FORGET_CLOCK_H
#define POSTERN_JOURNAL_SQLITE_FORGET_CLOCK_H

#include "base/clock.h"
#include "journal/sqlite/database.h"
#include "journal/steady_time.h"
#include <pthread.h>

struct forget_clock {
    const struct clock *clock;
    pthread_mutex_t lock;
    struct steady_time time;
    int64_t kept_ms; /* monotonic: when it was last written down; the writer's */
};

/* Before the writer runs. */
postern_status forget_clock_start(struct forget_clock *forget, const struct clock *clock,
                                  struct database *database, postern_error *error);
void forget_clock_stop(struct forget_clock *forget);
int64_t forget_clock_now(struct forget_clock *forget); /* any thread */
/* Writes it down if that was not done for a while, or `always`. In a transaction. */
postern_status forget_clock_keep(struct forget_clock *forget, struct database *database, bool always,
                                 postern_error *error);

#endif
