/* Everything that delivering builds from one configuration: replaced as a whole at a reload. */
#ifndef POSTERN_DELIVER_GENERATION_H
#define POSTERN_DELIVER_GENERATION_H

#include "deliver/sink/runner.h"

struct generation {
    struct deliverer_parts parts;
    struct pipeline **pipelines;
    size_t pipeline_count;
    struct sink_runner **runners; /* only sinks that a pipeline names */
    size_t runner_count;
};

/* Compiles and creates all of it, starts nothing. */
postern_status generation_new(const struct deliverer_parts *parts, struct generation **generation,
                              postern_error *error);
/* Loads where each delivery stands, and lets go of those that are not in this generation. Another generation
 * must have ended. */
postern_status generation_load(struct generation *generation, postern_error *error);
/* Starts the threads; if one cannot be started, none is left. */
postern_status generation_start(struct generation *generation, postern_error *error);
/* Asks all to end, waits for none. */
void generation_begin_stop(struct generation *generation);
/* Waits at most `grace_ms` of real time, less if `told_to_stop` (may be NULL) says so. NULL if all have
 * ended; else the name of a sink that has not: the generation must not be freed. */
const char *generation_stop(struct generation *generation, int64_t grace_ms, bool (*told_to_stop)(void));
/* After a stop that was not meant: all go on where they stood. */
void generation_go_on(struct generation *generation);
void generation_free(struct generation *generation);
void generation_wake(struct generation *generation);

#endif
