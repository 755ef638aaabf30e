/* Delivering: each pipeline × sink reads the journal with a cursor of its own, runs the pipeline's scripts on
 * the workers and writes to the sink on a thread of its own. */
#ifndef POSTERN_DELIVER_DELIVERER_H
#define POSTERN_DELIVER_DELIVERER_H

#include "base/pulse.h"
#include "base/random.h"
#include "base/workers.h"
#include "config/config.h"
#include "deliver/replay/dead_retry.h"
#include "journal/journal.h"
#include "journal/names.h"
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
    /* Asked by calls that wait for a sink: true = give up waiting, the program is to end. May be NULL. */
    bool (*told_to_stop)(void);
    int64_t patience_ms; /* how long a reload or a retry waits for a sink that is busy; real time; 0 = 10 s */
};
#define DELIVERER_PATIENCE_MS 10000

/* Compiles a pipeline's scripts as a start would, and throws them away. */
postern_status deliverer_check_pipeline(const struct config_pipeline *config,
                                        const struct sandbox_limits *limits, postern_error *error);
/* Makes a sink as a start would, without opening it, and throws it away. One whose secret is missing is not
 * made: that is said where secrets are read. */
postern_status deliverer_check_sink(const struct config_sink *config, struct module_registry *registry,
                                    postern_error *error);
/* Compiles all scripts and creates all sinks first; if one fails nothing is started. */
postern_status deliverer_start(const struct deliverer_parts *parts, struct deliverer **deliverer,
                               postern_error *error);
/* Builds the new generation; only if all of it is good does it take over. A sink whose settings did not
 * change stays open, and goes on with the new pipelines after its batch in hand, for which nobody waits. The
 * others are asked to end (after the batch in hand; a busy one is interrupted) before their successors begin.
 * `between` (may be NULL) is called then: whatever else takes over the new configuration does it there. If
 * anything fails, a sink that does not end in time included, the old generation goes on with the old
 * configuration. Also how edited scripts are taken over. */
postern_status deliverer_reload(struct deliverer *deliverer, const struct config *config,
                                postern_status (*between)(void *context, postern_error *error), void *context,
                                postern_error *error);
/* The same, when something is known to the journal under another name: no sink stays open, and what the
 * journal keeps is passed on when all have ended; taken back if the reload fails. */
postern_status deliverer_reload_renamed(struct deliverer *deliverer, const struct config *config,
                                        const struct journal_renames *renames,
                                        postern_status (*between)(void *context, postern_error *error),
                                        void *context, postern_error *error);
/* True if every delivery has passed `until` (a journal sequence number). */
bool deliverer_has_passed(struct deliverer *deliverer, int64_t until);
/* Waits until that is so, or `deadline_ms` (monotonic), or nothing moved for `idle_ms`, or all that is left
 * waits for other scripts. Batches do not wait for more meanwhile. */
bool deliverer_drain(struct deliverer *deliverer, int64_t until, int64_t deadline_ms, int64_t idle_ms);
/* Runs dead letters through their delivery (scripts and sink) again and waits for the outcome, at most
 * `patience_ms`; frees the retry. On the thread that also reloads. */
postern_status deliverer_retry_letters(struct deliverer *deliverer, struct dead_retry *retry,
                                       const char *delivery, const struct retry_request *request,
                                       struct retry_outcome *outcome);
/* What each sink is at, and whether nothing but notices goes there. Any thread. */
void deliverer_each_pulse(struct deliverer *deliverer,
                          void (*visit)(void *context, const char *sink, bool only_notices,
                                        struct pulse *pulse),
                          void *context);
/* Says and keeps what deliveries have given up to make room in the journal, now and then unless `at_once`. On
 * the thread that also reloads. */
void deliverer_name_skipped(struct deliverer *deliverer, bool at_once);
bool deliverer_is_told_to_stop(const struct deliverer *deliverer);
/* Tells all sinks to end after the batch in hand and the workers to leave their pages; does not wait. */
void deliverer_begin_stop(struct deliverer *deliverer);
/* Finishes the batch in hand (at most `grace_ms` of real time; one that takes longer than a moment is
 * interrupted), commits, closes the sinks. False: a sink hangs and still uses the parts, which must not be
 * freed. */
bool deliverer_stop(struct deliverer *deliverer, int64_t grace_ms);

static inline int64_t deliverer_patience(const struct deliverer_parts *parts)
{
    return parts->patience_ms > 0 ? parts->patience_ms : DELIVERER_PATIENCE_MS;
}

#endif
