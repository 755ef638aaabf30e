#include "deliver/generation.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/real_time.h"
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 50

static struct sink_runner *find_runner(const struct generation *generation, const char *sink)
{
    for (size_t i = 0; i < generation->runner_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): as many as are counted are there */
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
    if (!made) return error_no_memory(error, NULL);
    made->pipelines = calloc(config->pipeline_count + 1, sizeof *made->pipelines);
    made->runners = calloc(config->sink_count + 1, sizeof *made->runners);
    if (!made->pipelines || !made->runners) {
        generation_free(made);
        return error_no_memory(error, NULL);
    }
    made->parts = *parts;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < config->pipeline_count && status >= 0; i++)
        status = make_pipeline(made, &config->pipelines[i], error);
    if (status < 0) {
        generation_free(made);
        return status;
    }
    *generation = made;
    return POSTERN_OK;
}

static postern_status keep_deliveries(struct generation *generation, postern_error *error)
{
    size_t most = generation->pipeline_count * generation->parts.config->sink_count + 1, count = 0;
    _cleanup_(freep) const char **names = calloc(most, sizeof *names);
    if (!names) return error_no_memory(error, NULL);
    for (size_t i = 0; i < generation->runner_count; i++)
        for (struct delivery *delivery = generation->runners[i]->deliveries; delivery;
             delivery = delivery->next)
            names[count++] = delivery->name;
    return journal_deliveries_keep(generation->parts.journal, names, count, error);
}

postern_status generation_load(struct generation *generation, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < generation->runner_count && status >= 0; i++)
        status = sink_runner_load(generation->runners[i], error);
    return status < 0 ? status : keep_deliveries(generation, error);
}

postern_status generation_start(struct generation *generation, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < generation->runner_count && status >= 0; i++)
        status = sink_runner_start(generation->runners[i], error);
    if (status >= 0) return status;
    generation_begin_stop(generation);
    while (generation_stop(generation, LOOK_MS, NULL))
        ;
    return status;
}

void generation_begin_stop(struct generation *generation)
{
    for (size_t i = 0; i < generation->runner_count; i++)
        sink_runner_stop(generation->runners[i]);
}

const char *generation_stop(struct generation *generation, int64_t grace_ms, bool (*told_to_stop)(void))
{
    int64_t until = real_ms() + grace_ms;
    const char *late = NULL;
    generation_begin_stop(generation);
    for (size_t i = 0; i < generation->runner_count; i++) {
        struct sink_runner *runner = generation->runners[i];
        bool ended;
        while (!(ended = sink_runner_join(runner, LOOK_MS)) && real_ms_left(until) > 0 &&
               !(told_to_stop && told_to_stop()))
            ;
        if (!ended) late = runner->config->name;
    }
    return late;
}

/* Sinks that ended are started again; one that cannot be waits for the next reload, and says so. */
void generation_go_on(struct generation *generation)
{
    postern_error error = ERROR_INIT;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < generation->runner_count; i++) {
        struct sink_runner *runner = generation->runners[i];
        if (sink_runner_go_on(runner)) continue;
        sink_runner_join(runner, 0);
        if (status >= 0) status = sink_runner_load(runner, &error);
        if (status >= 0) status = sink_runner_start(runner, &error);
        if (status < 0) log_error(POSTERN_LOG_ERROR, runner->config->name, &error);
    }
    if (keep_deliveries(generation, &error) < 0) log_error(POSTERN_LOG_WARNING, "deliveries", &error);
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
