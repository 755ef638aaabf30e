#include "deliver/sink/instance.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "deliver/sink/commit.h"
#include "deliver/sink/result.h"
#include "module/registry.h"
#include <stdio.h>
#include <stdlib.h>

#define STATE_ARENA_LIMIT ((size_t)64 << 20)
/* A sink that asks for a commit of its state again and again never writes. */
#define MOST_STATE_COMMITS 10000

postern_status sink_instance_new(const struct config_sink *config, const postern_sink *sink,
                                 struct module_registry *registry, const struct route_parts *parts,
                                 struct sink_instance **instance, postern_error *error)
{
    struct sink_instance *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    text_to_string(text_of(config->name), made->name, sizeof made->name);
    made->sink = sink;
    made->parts = parts;
    pthread_mutex_init(&made->lock, NULL);
    if (config->missing) {
        made->missing = strdup(config->missing);
        if (made->missing) {
            *instance = made;
            return POSTERN_OK;
        }
        sink_instance_free(made);
        return error_no_memory(error, NULL);
    }
    postern_status status =
        module_instance_new(&(struct module_plan){.registry = registry,
                                                  .name = config->name,
                                                  .data = sink->data,
                                                  .table = registry_sink_options(registry, sink),
                                                  .values = config->values,
                                                  .value_count = config->value_count},
                            &made->host, error);
    if (status >= 0 && sink->create) status = sink->create(&made->host->host, &made->self, error);
    if (status < 0) {
        made->self = NULL; /* whoever fails to create has freed what there was */
        error_prefix(error, "sink \"%s\": ", config->name);
        config_error_at(&config->place, error);
        sink_instance_free(made);
        return status;
    }
    *instance = made;
    return POSTERN_OK;
}

void sink_instance_free(struct sink_instance *instance)
{
    if (!instance) return;
    if (instance->self && instance->sink->destroy) instance->sink->destroy(instance->self);
    module_instance_free(instance->host);
    free(instance->missing);
    pthread_mutex_destroy(&instance->lock);
    free(instance);
}

/* ---- Telling it to give up ---- */

void sink_interrupt(struct sink_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    if (!instance->interrupted) {
        instance->interrupted = true;
        if (instance->host) module_instance_interrupt(instance->host);
        if (instance->calls && instance->sink->interrupt) instance->sink->interrupt(instance->self);
    }
    pthread_mutex_unlock(&instance->lock);
}

void sink_resume(struct sink_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    instance->interrupted = false;
    if (instance->host) module_instance_resume(instance->host);
    pthread_mutex_unlock(&instance->lock);
}

static postern_status begin_call(struct sink_instance *instance, const char *step, postern_error *error)
{
    pthread_mutex_lock(&instance->lock);
    bool may = !instance->interrupted;
    if (may) {
        instance->calls++;
        pulse_step(&instance->pulse, step, clock_monotonic_ms(instance->parts->clock));
    }
    pthread_mutex_unlock(&instance->lock);
    return may ? POSTERN_OK : error_set(error, POSTERN_E_STOPPED, "Postern is stopping");
}

static void end_call(struct sink_instance *instance)
{
    pthread_mutex_lock(&instance->lock);
    if (--instance->calls)
        pulse_step(&instance->pulse, "write", clock_monotonic_ms(instance->parts->clock));
    else
        pulse_rest(&instance->pulse);
    pthread_mutex_unlock(&instance->lock);
}

/* ---- Calls ---- */

static postern_call call_for(const struct sink_instance *instance, postern_arena *arena, uint32_t attempt)
{
    return (postern_call){
        .size = sizeof(postern_call),
        .flags = instance->is_test ? POSTERN_CALL_TEST : 0,
        .attempt = attempt,
        .arena = arena,
        .now_ms = clock_wall_ms(instance->parts->clock),
        .random = random_number(instance->parts->random),
        .steady_ms = instance->is_test ? clock_wall_ms(instance->parts->clock)
                                       : journal_steady_ms(instance->parts->journal),
    };
}

/* A sink that says nothing leaves no empty line behind. */
static postern_status put_words(postern_status status, postern_error *error)
{
    if (status >= 0) return status;
    error->code = status;
    if (!error->message[0])
        snprintf(error->message, sizeof error->message, "the sink failed and does not say why (%s)",
                 status_name(status));
    return status;
}

postern_status sink_lacks_secret(const struct sink_instance *instance, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG, "%s", instance->missing);
    error_remedy(error,
                 "provide it: a file is looked for again every 30 seconds, and kill -HUP looks at once; a "
                 "variable of the environment needs a restart. The events wait in the journal");
    return POSTERN_E_CONFIG;
}

postern_status sink_open(struct sink_instance *instance, uint32_t attempt, postern_error *error)
{
    if (instance->is_open) return POSTERN_OK;
    if (instance->missing) return sink_lacks_secret(instance, error);
    postern_arena *arena = arena_new(STATE_ARENA_LIMIT);
    if (!arena) return error_no_memory(error, NULL);
    const postern_pair *state = NULL;
    size_t count = 0;
    postern_status status = POSTERN_OK;
    if (!instance->is_test)
        status = journal_sink_state(instance->parts->journal, instance->name, arena, &state, &count, error);
    if (status >= 0) status = begin_call(instance, "open", error);
    if (status >= 0) {
        postern_call call = call_for(instance, arena, attempt);
        status = put_words(instance->sink->open(instance->self, &call, state, count, error), error);
        end_call(instance);
    }
    instance->is_open = status >= 0;
    arena_free(arena);
    return status;
}

void sink_close(struct sink_instance *instance)
{
    if (instance->is_open && instance->sink->close) instance->sink->close(instance->self);
    instance->is_open = false;
}

static postern_status commit_state(struct sink_instance *instance, struct batch *batch, postern_error *error)
{
    if (instance->is_test) {
        batch->entry_count = 0;
        return POSTERN_OK;
    }
    failpoint("deliver-before-state");
    postern_status status = commit_sink_state(instance->parts->journal, instance->name, batch->entries,
                                              batch->entry_count, error);
    failpoint("deliver-after-state");
    batch->entry_count = 0;
    return status;
}

static postern_status write_once(struct sink_instance *instance, struct batch *batch,
                                 const postern_batch *face, struct write_result *result)
{
    postern_status status = begin_call(instance, "write", &batch->error);
    if (status < 0) return status;
    postern_call call = call_for(instance, batch->arena, batch->attempt);
    status = instance->sink->write(instance->self, &call, face, &result->face, &batch->error);
    end_call(instance);
    if (status > POSTERN_COMMIT_STATE) /* a count of bytes, an errno: perhaps nothing is safe */
        status = error_set(&batch->error, POSTERN_E_INVALID,
                           "the sink's write returned %d, which says nothing of the batch", (int)status);
    return put_words(status, &batch->error);
}

postern_status sink_write(struct sink_instance *instance, struct batch *batch, const char *key)
{
    if (!batch_begin_try(batch)) return batch->status; /* nothing is left of it */
    postern_batch face = {.size = sizeof face,
                          .attempt = batch->attempt,
                          .id = batch->id,
                          .delivery = text_of(key),
                          .events = batch->sent,
                          .count = batch->sent_count,
                          .bytes = batch->sent_bytes};
    struct write_result result = result_for_write(batch, !sink_is_concurrent(instance));
    postern_status status = POSTERN_COMMIT_STATE;
    for (int commits = 0; status == POSTERN_COMMIT_STATE; commits++) {
        status = write_once(instance, batch, &face, &result);
        if (status != POSTERN_COMMIT_STATE) break;
        postern_status committed = commit_state(instance, batch, &batch->error);
        if (committed < 0)
            status = committed;
        else if (commits == MOST_STATE_COMMITS)
            status = error_set(&batch->error, POSTERN_E_INVALID,
                               "the sink asks for a commit of its state without end");
    }
    return batch->status = status;
}

postern_status sink_probe(struct sink_instance *instance, const postern_report *report, postern_error *error)
{
    if (!sink_has_probe(instance)) return POSTERN_OK;
    postern_arena *arena = arena_new(STATE_ARENA_LIMIT);
    if (!arena) return error_no_memory(error, NULL);
    postern_status status = begin_call(instance, "probe", error);
    if (status >= 0) {
        postern_call call = call_for(instance, arena, 1);
        status = put_words(instance->sink->probe(instance->self, &call, report, error), error);
        end_call(instance);
    }
    arena_free(arena);
    return status;
}

static postern_status idle_once(struct sink_instance *instance, struct batch *keeper, postern_error *error)
{
    struct write_result result = result_for_idle(keeper, !sink_is_concurrent(instance));
    postern_status status = begin_call(instance, "idle", error);
    if (status < 0) return status;
    postern_call call = call_for(instance, keeper->arena, 1);
    status = put_words(instance->sink->idle(instance->self, &call, &result.face, error), error);
    end_call(instance);
    if (status >= 0 && keeper->entry_count) {
        postern_status committed = commit_state(instance, keeper, error);
        if (committed < 0) return committed;
    }
    return status;
}

postern_status sink_idle(struct sink_instance *instance, postern_error *error)
{
    if (!instance->sink->idle || !instance->is_open) return POSTERN_OK;
    struct batch *keeper = batch_new(NULL, NULL, 0);
    if (!keeper) return error_no_memory(error, NULL);
    postern_status status = POSTERN_COMMIT_STATE;
    for (int commits = 0; status == POSTERN_COMMIT_STATE && commits < MOST_STATE_COMMITS; commits++)
        status = idle_once(instance, keeper, error);
    if (status < 0) sink_close(instance);
    batch_free(keeper);
    return status;
}
