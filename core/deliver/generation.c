#include "deliver/generation.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct sink_runner *find_runner(const struct generation *generation, const char *sink)
{
    for (size_t i = 0; i < generation->runner_count; i++)
        if (strcmp(generation->runners[i]->config->name, sink) == 0) return generation->runners[i];
    return NULL;
}

static postern_status make_runner(struct generation *generation, const char *name,
                                  struct sink_runner **runner, postern_error *error)
{
    const struct config *config = generation->parts.config;
    *runner = find_runner(generation, name);
    if (*runner) return POSTERN_OK;
    for (size_t i = 0; i < config->sink_count; i++) {
        if (strcmp(config->sinks[i].name, name) != 0) continue;
        const postern_sink *sink = registry_sink(generation->parts.registry, config->sinks[i].type);
        if (!sink) break;
        postern_status status = sink_runner_new(&config->sinks[i], sink, &generation->parts, runner, error);
        if (status >= 0) generation->runners[generation->runner_count++] = *runner;
        return status;
    }
    return error_set(error, POSTERN_E_CONFIG, "there is no sink \"%s\"", name);
}

static postern_status make_pipeline(struct generation *generation, const struct config_pipeline *config,
                                    postern_error *error)
{
    struct pipeline *pipeline = NULL;
    postern_status status = pipeline_new(config, &generation->parts.config->limits.script,
                                         workers_count(generation->parts.workers), &pipeline, error);
    if (status < 0) return status;
    generation->pipelines[generation->pipeline_count++] = pipeline;
    for (size_t i = 0; i < config->to.count && status >= 0; i++) {
        struct sink_runner *runner = NULL;
        status = make_runner(generation, config->to.items[i], &runner, error);
        if (status >= 0) status = sink_runner_add(runner, pipeline, error);
    }
    return status;
}

postern_status generation_new(const struct deliverer_parts *parts, struct generation **generation,
                              postern_error *error)
{
    const struct config *config = parts->config;
    struct generation *made = calloc(1, sizeof *made);
    if (!made) return error_set(error, POSTERN_E_MEMORY, "out of memory");
    made->parts = *parts;
    made->pipelines = calloc(config->pipeline_count + 1, sizeof *made->pipelines);
    made->runners = calloc(config->sink_count + 1, sizeof *made->runners);
    postern_status status =
        made->pipelines && made->runners ? POSTERN_OK : error_set(error, POSTERN_E_MEMORY, "out of memory");
    for (size_t i = 0; i < config->pipeline_count && status >= 0; i++)
        status = make_pipeline(made, &config->pipelines[i], error);
    if (status < 0) {
        generation_free(made);
        return status;
    }
    *generation = made;
    return POSTERN_OK;
}

postern_status generation_start(struct generation *generation, postern_error *error)
{
    size_t most = generation->pipeline_count * generation->parts.config->sink_count + 1, count = 0;
    _cleanup_(freep) const char **names = calloc(most, sizeof *names);
    if (!names) return error_set(error, POSTERN_E_MEMORY, "out of memory");
    for (size_t i = 0; i < generation->runner_count; i++)
        for (struct delivery *delivery = generation->runners[i]->deliveries; delivery;
             delivery = delivery->next)
            names[count++] = delivery->name;
    postern_status status = journal_deliveries_keep(generation->parts.journal, names, count, error);
    for (size_t i = 0; i < generation->runner_count && status >= 0; i++)
        status = sink_runner_start(generation->runners[i], error);
    return status;
}

bool generation_stop(struct generation *generation, int64_t grace_ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += grace_ms / 1000;
    bool all = true;
    for (size_t i = 0; i < generation->runner_count; i++)
        sink_runner_stop(generation->runners[i]);
    for (size_t i = 0; i < generation->runner_count; i++) {
        if (sink_runner_join(generation->runners[i], &deadline)) continue;
        log_write(POSTERN_LOG_WARNING, generation->runners[i]->config->name,
                  "the sink does not end in time and is left alone; what it has not confirmed is sent again");
        all = false;
    }
    return all;
}

void generation_free(struct generation *generation)
{
    if (!generation) return;
    for (size_t i = 0; i < generation->runner_count; i++)
        sink_runner_free(generation->runners[i]);
    for (size_t i = 0; i < generation->pipeline_count; i++)
        pipeline_free(generation->pipelines[i]);
    free(generation->runners);
    free(generation->pipelines);
    free(generation);
}

void generation_wake(struct generation *generation)
{
    for (size_t i = 0; i < generation->runner_count; i++)
        sink_runner_wake(generation->runners[i]);
}
