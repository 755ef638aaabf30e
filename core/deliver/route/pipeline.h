/* A pipeline at run time: which pages it wants and its scripts, with one Lua state per worker. */
#ifndef POSTERN_DELIVER_ROUTE_PIPELINE_H
#define POSTERN_DELIVER_ROUTE_PIPELINE_H

#include "base/buffer.h"
#include "config/config.h"
#include "script/script.h"
#include <stdatomic.h>

/* Shared by count: pages that were begun under an old configuration end with its scripts. */
struct pipeline {
    atomic_size_t count;
    char name[64];
    bool start_oldest;
    struct failure_limit failures;
    struct config_names from, accounts; /* in the arena */
    postern_arena *arena;
    struct script_set *scripts;
    size_t worker_count;
    atomic_size_t mended;           /* events that were not strictly valid as they came */
    struct script_runner **runners; /* [worker], made at first use; each touched by its worker only */
};

/* Copies what it needs of `config` and compiles the scripts; *error names the pipeline. `workers` as in
 * workers_count. */
postern_status pipeline_new(const struct config_pipeline *config, const struct sandbox_limits *limits,
                            size_t workers, struct pipeline **pipeline, postern_error *error);
struct pipeline *pipeline_share(struct pipeline *pipeline);
void pipeline_release(struct pipeline *pipeline); /* NULL is fine */
bool pipeline_wants(const struct pipeline *pipeline, const char *account, const char *source);
/* The same as a text (journal/wants.h). */
void pipeline_write_wants(const struct pipeline *pipeline, struct buffer *out);
/* True if both take the same pages and make the same of them. */
bool pipeline_is_same(const struct pipeline *a, const struct pipeline *b);
/* The runner of a worker, made if need be. */
struct script_runner *pipeline_runner(struct pipeline *pipeline, size_t worker, postern_error *error);

#endif
