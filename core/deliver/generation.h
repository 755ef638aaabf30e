/* Everything that delivering builds from one configuration. A reload builds a new one, which takes over from
 * the old one the sinks whose settings did not change, open as they are. */
#ifndef POSTERN_DELIVER_GENERATION_H
#define POSTERN_DELIVER_GENERATION_H

#include "deliver/deliverer.h"
#include "deliver/sink/runner.h"

struct generation_sink {
    struct sink_runner *runner;
    const struct config_sink *config;
    bool takes_more_than_notices;
    bool kept;                   /* the runner belongs to the old generation until it is replaced */
    struct delivery *deliveries; /* not adopted yet */
};

struct generation {
    const struct config *config; /* borrowed */
    struct route_parts route;
    struct pipeline **pipelines;
    size_t pipeline_count;
    struct generation_sink *sinks; /* only those that a pipeline names */
    size_t sink_count;
};

/* Compiles and creates all of it, starts nothing. `old` (may be NULL) is not changed. */
postern_status generation_new(const struct deliverer_parts *parts, const struct generation *old,
                              struct generation **generation, postern_error *error);
/* Loads where each delivery stands, and lets go of those that are not in this generation. The sinks of
 * another generation that this one does not keep must have ended. */
postern_status generation_load(struct generation *generation, postern_error *error);
/* Starts the sinks that are new; if one cannot be started, none is left. */
postern_status generation_start(struct generation *generation, postern_error *error);
/* The old generation loses its sinks to the new one, whose deliveries they adopt. */
void generation_take_over(struct generation *generation, struct generation *old);
/* Asks all to end, but those that `heir` (may be NULL) keeps; waits for none. */
void generation_begin_stop(struct generation *generation, const struct generation *heir);
/* Waits for those at most `grace_ms` of real time, less if `told_to_stop` (may be NULL) says so. NULL if all
 * have ended; else the name of a sink that has not: the generation must not be freed. */
const char *generation_stop(struct generation *generation, const struct generation *heir, int64_t grace_ms,
                            bool (*told_to_stop)(void));
/* After a stop that was not meant: all go on where they stood. */
void generation_go_on(struct generation *generation);
void generation_free(struct generation *generation); /* NULL is fine */
/* Says and keeps what deliveries have given up to make room in the journal. */
void generation_name_skipped(struct generation *generation);
void generation_wake(struct generation *generation);
struct sink_runner *generation_runner(const struct generation *generation, const char *sink);

#endif
