/* Everything that delivering builds from one configuration: replaced as a whole at a reload. */
#ifndef POSTERN_DELIVER_GENERATION_H
#define POSTERN_DELIVER_GENERATION_H

#include "deliver/sink_runner.h"

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
postern_status generation_start(struct generation *generation, postern_error *error);
/* False if a sink did not end within `grace_ms` of real time: then the generation must not be freed. */
bool generation_stop(struct generation *generation, int64_t grace_ms);
void generation_free(struct generation *generation);
void generation_wake(struct generation *generation);

#endif
