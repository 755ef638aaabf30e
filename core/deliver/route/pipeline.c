#include "deliver/route/pipeline.h"
#include "base/cleanup.h"
#include "base/error.h"
#include <string.h>

postern_status pipeline_new(const struct config_pipeline *config, const struct sandbox_limits *limits,
                            size_t workers, struct pipeline **pipeline, postern_error *error)
{
    struct pipeline *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->config = config;
    made->worker_count = workers;
    made->runners = calloc(workers, sizeof(struct script_runner *));
    postern_status status = made->runners
                                ? script_set_load((const char *const *)config->transform.items,
                                                  (const char *const *)config->scripts,
                                                  config->transform.count, limits, &made->scripts, error)
                                : error_no_memory(error, NULL);
    if (status < 0) {
        error_prefix(error, "pipeline \"%s\": ", config->name);
        pipeline_free(made);
        return status;
    }
    *pipeline = made;
    return POSTERN_OK;
}

void pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline) return;
    for (size_t i = 0; pipeline->runners && i < pipeline->worker_count; i++)
        if (pipeline->runners[i]) script_runner_free(pipeline->runners[i]);
    if (pipeline->scripts) script_set_release(pipeline->scripts);
    free(pipeline->runners);
    free(pipeline);
}

/* "*" means every source of the modules, not Postern's own notices: those are asked for by name. */
bool pipeline_wants(const struct pipeline *pipeline, const char *account, const char *source)
{
    const struct config_names *from = &pipeline->config->from;
    if (!config_names_match(&pipeline->config->accounts, account)) return false;
    if (strcmp(source, "notices") != 0) return config_names_match(from, source);
    for (size_t i = 0; i < from->count; i++)
        if (strcmp(from->items[i], source) == 0) return true;
    return false;
}

struct script_runner *pipeline_runner(struct pipeline *pipeline, size_t worker, postern_error *error)
{
    if (!pipeline->runners[worker]) pipeline->runners[worker] = script_runner_new(pipeline->scripts, error);
    return pipeline->runners[worker];
}
