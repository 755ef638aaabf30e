#include "deliver/generation.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/real_time.h"
#include "deliver/sink/adopt.h"
#include "journal/skipped.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS     50
#define NAMES_LIMIT ((size_t)64 << 20)

static struct generation_sink *find_sink(const struct generation *generation, const char *sink)
{
    for (size_t i = 0; i < generation->sink_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): as many as are counted are there */
        if (strcmp(generation->sinks[i].config->name, sink) == 0) return &generation->sinks[i];
    return NULL;
}

struct sink_runner *generation_runner(const struct generation *generation, const char *sink)
{
    const struct generation_sink *found = find_sink(generation, sink);
    return found ? found->runner : NULL;
}

static bool keeps(const struct generation *heir, const struct sink_runner *runner)
{
    for (size_t i = 0; heir && i < heir->sink_count; i++)
        if (heir->sinks[i].runner == runner) return true;
    return false;
}

/* ---- Making one ---- */

static const struct config_sink *find_config(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->sink_count; i++)
        if (strcmp(config->sinks[i].name, name) == 0) return &config->sinks[i];
    return NULL;
}

static postern_status make_sink(struct generation *generation, struct module_registry *registry,
                                const struct generation *old, const char *name, struct generation_sink **made,
                                postern_error *error)
{
    *made = find_sink(generation, name);
    if (*made) return POSTERN_OK;
    const struct config_sink *config = find_config(generation->config, name);
    const postern_sink *sink = config ? registry_sink(registry, config->type) : NULL;
    if (!sink) return error_set(error, POSTERN_E_CONFIG, "there is no sink \"%s\"", name);
    struct generation_sink fresh = {.config = config};
    const struct generation_sink *before = old ? find_sink(old, name) : NULL;
    postern_status status = POSTERN_OK;
    fresh.kept = before && before->runner->started && config_sink_is_same(before->config, config);
    if (fresh.kept)
        fresh.runner = before->runner;
    else
        status = sink_runner_new(config, sink, registry, &generation->route, &fresh.runner, error);
    if (status < 0) return status;
    *made = &generation->sinks[generation->sink_count++];
    **made = fresh;
    return POSTERN_OK;
}

static postern_status add_delivery(struct generation_sink *sink, struct pipeline *pipeline,
                                   enum when_full when_full, postern_error *error)
{
    struct sink_runner *runner = sink->runner;
    struct delivery *delivery =
        delivery_new(pipeline, sink->config->name, runner, &runner->parts, &runner->owner);
    if (!delivery) return error_no_memory(error, NULL);
    bool is_of_notices = config_is_of_notices(&pipeline->from);
    sink->takes_more_than_notices = sink->takes_more_than_notices || !is_of_notices;
    if (when_full == WHEN_FULL_UNSET) /* a pager that is down must not stop what it is to watch */
        when_full = is_of_notices ? WHEN_FULL_DROP_OLDEST : sink->config->when_full;
    delivery->drops_oldest = when_full == WHEN_FULL_DROP_OLDEST;
    feed_allow(&delivery->feed, runner->batching.parallel, runner->batching.bytes);
    delivery->next = sink->deliveries;
    sink->deliveries = delivery;
    return POSTERN_OK;
}

static postern_status make_pipeline(struct generation *generation, const struct deliverer_parts *parts,
                                    const struct generation *old, const struct config_pipeline *config,
                                    postern_error *error)
{
    struct pipeline *pipeline = NULL;
    postern_status status =
        pipeline_new(config, &parts->config->limits.script, workers_count(parts->workers), &pipeline, error);
    if (status < 0) return status;
    generation->pipelines[generation->pipeline_count++] = pipeline;
    for (size_t i = 0; i < config->to.count && status >= 0; i++) {
        struct generation_sink *sink = NULL;
        status = make_sink(generation, parts->registry, old, config->to.items[i], &sink, error);
        if (status >= 0) status = add_delivery(sink, pipeline, config->when_full, error);
    }
    return status;
}

postern_status generation_new(const struct deliverer_parts *parts, const struct generation *old,
                              struct generation **generation, postern_error *error)
{
    const struct config *config = parts->config;
    struct generation *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->pipelines = calloc(config->pipeline_count + 1, sizeof *made->pipelines);
    made->sinks = calloc(config->sink_count + 1, sizeof *made->sinks);
    if (!made->pipelines || !made->sinks) {
        generation_free(made);
        return error_no_memory(error, NULL);
    }
    made->config = config;
    made->route = (struct route_parts){parts->journal, parts->workers, parts->clock, parts->random};
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < config->pipeline_count && status >= 0; i++)
        status = make_pipeline(made, parts, old, &config->pipelines[i], error);
    if (status < 0) {
        generation_free(made);
        return status;
    }
    *generation = made;
    return POSTERN_OK;
}

void generation_free(struct generation *generation)
{
    if (!generation) return;
    for (size_t i = 0; i < generation->sink_count; i++) {
        adopt_free(generation->sinks[i].deliveries);
        if (!generation->sinks[i].kept) sink_runner_free(generation->sinks[i].runner);
    }
    for (size_t i = 0; i < generation->pipeline_count; i++)
        pipeline_release(generation->pipelines[i]);
    free(generation->sinks);
    free(generation->pipelines);
    free(generation);
}

/* ---- Loading and starting ---- */

/* The names of all deliveries of this configuration, adopted or not: each pipeline names a sink once. */
static const char **delivery_names(const struct config *config, postern_arena *arena, size_t *count)
{
    size_t most = 1;
    for (size_t i = 0; i < config->pipeline_count; i++)
        most += config->pipelines[i].to.count;
    const char **names = arena_allocate(arena, most * sizeof *names);
    *count = 0;
    for (size_t i = 0; names && i < config->pipeline_count; i++) {
        const struct config_pipeline *pipeline = &config->pipelines[i];
        for (size_t k = 0; k < pipeline->to.count; k++) {
            const char *name = arena_printf(arena, "%s/%s", pipeline->name, pipeline->to.items[k]).data;
            if (!name) return NULL;
            names[(*count)++] = name;
        }
    }
    return names;
}

static postern_status keep_deliveries(struct generation *generation, postern_error *error)
{
    size_t count = 0;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(NAMES_LIMIT);
    const char **names = arena ? delivery_names(generation->config, arena, &count) : NULL;
    if (!names) return error_no_memory(error, NULL);
    return journal_deliveries_keep(generation->route.journal, names, count, error);
}

/* Those that a new configuration, which then failed, has let go of are taken back. */
static postern_status put_back_deliveries(struct generation *generation, postern_error *error)
{
    size_t count = 0;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(NAMES_LIMIT);
    const char **names = arena ? delivery_names(generation->config, arena, &count) : NULL;
    postern_status status = names ? POSTERN_OK : error_no_memory(error, NULL);
    for (size_t i = 0; i < count && status >= 0; i++) {
        struct delivery_record record = {0};
        status = journal_delivery(generation->route.journal, names[i], false, &record, error);
    }
    return status < 0 ? status : keep_deliveries(generation, error);
}

postern_status generation_load(struct generation *generation, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < generation->sink_count && status >= 0; i++)
        for (struct delivery *delivery = generation->sinks[i].deliveries; delivery && status >= 0;
             delivery = delivery->next)
            status = delivery_load(delivery, error);
    return status < 0 ? status : keep_deliveries(generation, error);
}

static void hand_over(struct generation_sink *sink)
{
    sink_runner_adopt(sink->runner, sink->deliveries);
    sink->deliveries = NULL;
}

postern_status generation_start(struct generation *generation, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < generation->sink_count && status >= 0; i++) {
        if (generation->sinks[i].kept) continue;
        hand_over(&generation->sinks[i]);
        status = sink_runner_start(generation->sinks[i].runner, error);
    }
    if (status >= 0) return status;
    for (size_t i = 0; i < generation->sink_count; i++) {
        if (generation->sinks[i].kept) continue;
        sink_runner_stop(generation->sinks[i].runner);
        while (!sink_runner_join(generation->sinks[i].runner, LOOK_MS))
            ;
    }
    return status;
}

void generation_take_over(struct generation *generation, struct generation *old)
{
    for (size_t i = 0; i < old->sink_count; i++)
        old->sinks[i].kept = keeps(generation, old->sinks[i].runner);
    for (size_t i = 0; i < generation->sink_count; i++) {
        if (!generation->sinks[i].kept) continue;
        generation->sinks[i].kept = false;
        hand_over(&generation->sinks[i]);
    }
}

/* ---- Stopping ---- */

void generation_begin_stop(struct generation *generation, const struct generation *heir)
{
    for (size_t i = 0; i < generation->sink_count; i++)
        if (!keeps(heir, generation->sinks[i].runner)) sink_runner_stop(generation->sinks[i].runner);
}

const char *generation_stop(struct generation *generation, const struct generation *heir, int64_t grace_ms,
                            bool (*told_to_stop)(void))
{
    int64_t until = real_ms() + grace_ms;
    const char *late = NULL;
    generation_begin_stop(generation, heir);
    for (size_t i = 0; i < generation->sink_count; i++) {
        struct sink_runner *runner = generation->sinks[i].runner;
        bool ended = keeps(heir, runner);
        while (!ended && !(ended = sink_runner_join(runner, LOOK_MS)) && real_ms_left(until) > 0 &&
               !(told_to_stop && told_to_stop()))
            ;
        if (!ended) late = runner->instance->name;
    }
    return late;
}

/* Sinks that ended are started again; one that cannot be waits for the next reload, and says so. */
void generation_go_on(struct generation *generation)
{
    postern_error error = ERROR_INIT;
    for (size_t i = 0; i < generation->sink_count; i++) {
        struct sink_runner *runner = generation->sinks[i].runner;
        if (sink_runner_go_on(runner)) continue;
        sink_runner_join(runner, 0);
        if (sink_runner_start(runner, &error) < 0)
            log_error(POSTERN_LOG_ERROR, runner->instance->name, &error);
    }
    if (put_back_deliveries(generation, &error) < 0) log_error(POSTERN_LOG_WARNING, "deliveries", &error);
}

void generation_wake(struct generation *generation)
{
    for (size_t i = 0; i < generation->sink_count; i++)
        sink_runner_wake(generation->sinks[i].runner);
}

static bool is_wanted(void *context, const char *account, const char *source)
{
    return pipeline_wants(context, account, source);
}

void generation_name_skipped(struct generation *generation)
{
    const struct config *config = generation->config;
    for (size_t i = 0; i < generation->pipeline_count; i++)
        for (size_t k = 0; k < config->pipelines[i].to.count; k++) {
            char name[sizeof((struct delivery_record){0}.name)];
            struct delivery_record record = {0};
            postern_error error = ERROR_INIT;
            snprintf(name, sizeof name, "%s/%s", config->pipelines[i].name, config->pipelines[i].to.items[k]);
            if (journal_delivery(generation->route.journal, name, false, &record, &error) < 0 ||
                journal_name_skipped(generation->route.journal, record.id, name, is_wanted,
                                     generation->pipelines[i], &error) < 0)
                log_error(POSTERN_LOG_WARNING, name, &error);
        }
}
