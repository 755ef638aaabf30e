/* Delivering: each pipeline × sink reads the journal with a cursor of its own, runs the pipeline's scripts on
 * the workers and writes to the sink on a thread of its own. */
#ifndef POSTERN_DELIVER_DELIVERER_H
#define POSTERN_DELIVER_DELIVERER_H

#include "base/random.h"
#include "base/workers.h"
#include "config/config.h"
#include "journal/journal.h"
#include "module/registry.h"
#include "script/script.h"

struct deliverer;

struct deliverer_parts {
    const struct config *config; /* borrowed until stop or the next reload */
    struct module_registry *registry;
    struct journal *journal;
    struct workers *workers;
    const struct clock *clock;
    struct random_source *random;
};

/* Compiles all scripts and creates all sinks first; if one fails nothing is started. */
postern_status deliverer_start(const struct deliverer_parts *parts, struct deliverer **deliverer,
                               postern_error *error);
/* Builds the new generation; only if all of it is good is the old one drained (its batch in hand is finished)
 * and replaced. On failure the old one goes on untouched. Also how edited scripts are taken over. */
postern_status deliverer_reload(struct deliverer *deliverer, const struct config *config,
                                postern_error *error);
/* True if every delivery has passed `until` (a journal sequence number). */
bool deliverer_has_passed(struct deliverer *deliverer, int64_t until);
/* Waits until that is so, or `deadline_ms` (monotonic), or nothing moved for `idle_ms`. */
bool deliverer_drain(struct deliverer *deliverer, int64_t until, int64_t deadline_ms, int64_t idle_ms);
/* Runs one dead letter through its delivery (scripts and sink) again. Not while reloading; waits for the
 * outcome. */
postern_status deliverer_retry_dead(struct deliverer *deliverer, int64_t letter_id, postern_error *error);
/* Finishes the batch in hand (at most `grace_ms` of real time), commits, closes the sinks. False: a sink hangs and
 * still uses the parts, which must not be freed. */
bool deliverer_stop(struct deliverer *deliverer, int64_t grace_ms);

#endif
