/* A pipeline at run time: which pages it wants and its scripts, with one Lua state per worker. */
#ifndef POSTERN_DELIVER_ROUTE_PIPELINE_H
#define POSTERN_DELIVER_ROUTE_PIPELINE_H

#include "config/config.h"
#include "script/script.h"

struct pipeline {
    const struct config_pipeline *config;
    struct script_set *scripts;
    size_t worker_count;
    struct script_runner **runners; /* [worker], made at first use; each touched by its worker only */
};

/* Compiles the scripts; *error names the pipeline. `workers` as in workers_count. */
postern_status pipeline_new(const struct config_pipeline *config, const struct sandbox_limits *limits,
                            size_t workers, struct pipeline **pipeline, postern_error *error);
void pipeline_free(struct pipeline *pipeline);
bool pipeline_wants(const struct pipeline *pipeline, const char *account, const char *source);
/* The runner of a worker, made if need be. */
struct script_runner *pipeline_runner(struct pipeline *pipeline, size_t worker, postern_error *error);

#endif
