/* The receivers in the user's order: the first that works is used. */
#ifndef SYSLOG_TARGETS_H
#define SYSLOG_TARGETS_H

#include "shared/net/target.h"

struct targets {
    struct target_entry {
        struct net_target place;
        int64_t failed_ms; /* when it failed last */
        bool has_failed;
    } * entries;
    size_t count;
    size_t current;
    int64_t failback_ms; /* 0 = never */
};

#define MOST_TARGETS 16

postern_status targets_read(const postern_host *host, const struct net_scheme *schemes,
                            struct targets *targets, postern_error *error);
void targets_free(struct targets *targets);

/* The order in which to try them: those that did not fail lately in the user's order, then the others by how
 * long ago they failed. */
void targets_order(const struct targets *targets, int64_t now_ms, size_t order[MOST_TARGETS]);
void targets_note_failure(struct targets *targets, size_t index, int64_t now_ms);
/* True if one before the current one is due to be tried again: *index. */
bool targets_better(const struct targets *targets, int64_t now_ms, size_t *index);

static inline const struct net_target *targets_current(const struct targets *targets)
{
    return &targets->entries[targets->current].place;
}

#endif
