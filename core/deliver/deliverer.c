#include "deliver/deliverer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/real_time.h"
#include "deliver/generation.h"
#include "deliver/replay/dead_retry.h"
#include "deliver/sink/instance.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_LOOK_MS   20
#define NAME_SKIPPED_MS 10000 /* what goes on and on is not said more often */

struct deliverer {
    struct deliverer_parts parts;
    pthread_mutex_t lock; /* guards `generation` against reload; held for moments */
    struct generation *generation;
    struct journal_listener listener;
    int64_t drops_named, named_ms; /* journal_given_up at the last time, which was then (real time) */
};

static void wake(void *context)
{
    struct deliverer *deliverer = context;
    pthread_mutex_lock(&deliverer->lock);
    if (deliverer->generation) generation_wake(deliverer->generation);
    pthread_mutex_unlock(&deliverer->lock);
}

postern_status deliverer_check_pipeline(const struct config_pipeline *config,
                                        const struct sandbox_limits *limits, postern_error *error)
{
    struct pipeline *pipeline = NULL;
    postern_status status = pipeline_new(config, limits, 1, &pipeline, error);
    if (status >= 0) pipeline_release(pipeline);
    return status;
}

postern_status deliverer_check_sink(const struct config_sink *config, struct module_registry *registry,
                                    postern_error *error)
{
    struct sink_instance *instance = NULL;
    const postern_sink *sink = registry_sink(registry, config->type);
    if (!sink) return error_set(error, POSTERN_E_CONFIG, "there is no sink \"%s\"", config->type);
    postern_status status =
        sink_instance_new(config, sink, registry, &(struct route_parts){0}, &instance, error);
    if (status >= 0) sink_instance_free(instance);
    return status;
}

postern_status deliverer_start(const struct deliverer_parts *parts, struct deliverer **deliverer,
                               postern_error *error)
{
    struct deliverer *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->parts = *parts;
    pthread_mutex_init(&made->lock, NULL);
    postern_status status = generation_new(parts, NULL, &made->generation, error);
    if (status >= 0) status = generation_load(made->generation, error);
    if (status >= 0) status = generation_start(made->generation, error);
    if (status < 0) {
        generation_free(made->generation);
        free(made);
        return status;
    }
    made->listener = (struct journal_listener){.wake = wake, .context = made};
    journal_listen(parts->journal, &made->listener);
    *deliverer = made;
    return POSTERN_OK;
}

static postern_status sink_is_busy(const char *sink, postern_error *error)
{
    error_set(error, POSTERN_E_RETRY, "the sink \"%s\" has not finished its batch", sink);
    error_remedy(error, "see with `postern status` what it waits for, and reload again");
    return POSTERN_E_RETRY;
}

struct reload {
    struct generation *fresh;
    const struct journal_renames *renames; /* NULL = none */
    postern_status (*between)(void *context, postern_error *error);
    void *context;
};

static void rename_back(struct deliverer *deliverer, const struct journal_renames *renames)
{
    postern_error error = ERROR_INIT;
    if (journal_rename_back(deliverer->parts.journal, renames, &error) < 0)
        log_error(POSTERN_LOG_ERROR, "deliveries", &error);
}

/* The old sinks close before the new ones open: they may be the same files. */
static postern_status change_generation(struct deliverer *deliverer, const struct reload *reload,
                                        postern_error *error)
{
    struct generation *old = deliverer->generation, *fresh = reload->fresh;
    const struct deliverer_parts *parts = &deliverer->parts;
    const char *busy = generation_stop(old, fresh, deliverer_patience(parts), parts->told_to_stop);
    postern_status status = busy ? sink_is_busy(busy, error) : POSTERN_OK;
    if (status >= 0 && reload->renames) status = journal_rename(parts->journal, reload->renames, error);
    bool renamed = status >= 0 && reload->renames;
    if (status >= 0) status = generation_load(fresh, error);
    if (status >= 0 && reload->between) status = reload->between(reload->context, error);
    if (status >= 0) status = generation_start(fresh, error);
    if (status >= 0) return status;
    if (renamed) rename_back(deliverer, reload->renames);
    generation_go_on(old);
    return status;
}

postern_status deliverer_reload(struct deliverer *deliverer, const struct config *config,
                                postern_status (*between)(void *context, postern_error *error), void *context,
                                postern_error *error)
{
    return deliverer_reload_renamed(deliverer, config, NULL, between, context, error);
}

postern_status deliverer_reload_renamed(struct deliverer *deliverer, const struct config *config,
                                        const struct journal_renames *renames,
                                        postern_status (*between)(void *context, postern_error *error),
                                        void *context, postern_error *error)
{
    struct deliverer_parts parts = deliverer->parts;
    parts.config = config;
    struct generation *old = deliverer->generation, *fresh = NULL;
    postern_status status = generation_new(&parts, renames ? NULL : old, &fresh, error);
    if (status < 0) return status;
    status = change_generation(deliverer, &(struct reload){fresh, renames, between, context}, error);
    if (status < 0) {
        generation_free(fresh);
        return status;
    }
    pthread_mutex_lock(&deliverer->lock);
    generation_take_over(fresh, old);
    deliverer->generation = fresh;
    deliverer->parts = parts;
    pthread_mutex_unlock(&deliverer->lock);
    generation_wake(fresh); /* what came while it was not known yet */
    generation_free(old);
    return POSTERN_OK;
}

/* ---- Draining ---- */

bool deliverer_has_passed(struct deliverer *deliverer, int64_t until)
{
    bool passed = true;
    pthread_mutex_lock(&deliverer->lock);
    for (size_t i = 0; i < deliverer->generation->sink_count; i++)
        passed = passed && sink_runner_has_passed(deliverer->generation->sinks[i].runner, until);
    pthread_mutex_unlock(&deliverer->lock);
    return passed;
}

/* True if waiting is in vain: what has not passed waits for other scripts. */
static bool is_held(struct deliverer *deliverer, int64_t until)
{
    bool held = true;
    pthread_mutex_lock(&deliverer->lock);
    for (size_t i = 0; i < deliverer->generation->sink_count; i++)
        held = held && sink_runner_is_held(deliverer->generation->sinks[i].runner, until);
    pthread_mutex_unlock(&deliverer->lock);
    return held;
}

static int64_t count_moves(struct deliverer *deliverer)
{
    int64_t moves = 0;
    pthread_mutex_lock(&deliverer->lock);
    for (size_t i = 0; i < deliverer->generation->sink_count; i++)
        moves += atomic_load(&deliverer->generation->sinks[i].runner->moves);
    pthread_mutex_unlock(&deliverer->lock);
    return moves;
}

static void set_flushes(struct deliverer *deliverer, bool flushes)
{
    pthread_mutex_lock(&deliverer->lock);
    for (size_t i = 0; i < deliverer->generation->sink_count; i++) {
        atomic_store(&deliverer->generation->sinks[i].runner->flushes, flushes);
        sink_runner_wake(deliverer->generation->sinks[i].runner);
    }
    pthread_mutex_unlock(&deliverer->lock);
}

bool deliverer_drain(struct deliverer *deliverer, int64_t until, int64_t deadline_ms, int64_t idle_ms)
{
    const struct clock *clock = deliverer->parts.clock;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    set_flushes(deliverer, true);
    int64_t moves = count_moves(deliverer), moved_ms = clock_monotonic_ms(clock);
    pthread_mutex_lock(&lock);
    for (;;) {
        int64_t now = clock_monotonic_ms(clock);
        if (is_held(deliverer, until)) break; /* or has passed */
        int64_t moves_now = count_moves(deliverer);
        if (moves_now != moves) moved_ms = now;
        moves = moves_now;
        if (now >= deadline_ms || now - moved_ms >= idle_ms) break;
        if (deliverer->parts.told_to_stop && deliverer->parts.told_to_stop()) break;
        clock_wait(clock, &never, &lock, now + DRAIN_LOOK_MS);
    }
    pthread_mutex_unlock(&lock);
    set_flushes(deliverer, false);
    return deliverer_has_passed(deliverer, until);
}

void deliverer_each_pulse(struct deliverer *deliverer,
                          void (*visit)(void *context, const char *sink, bool only_notices,
                                        struct pulse *pulse),
                          void *context)
{
    pthread_mutex_lock(&deliverer->lock);
    for (size_t i = 0; i < deliverer->generation->sink_count; i++) {
        const struct generation_sink *sink = &deliverer->generation->sinks[i];
        struct sink_instance *instance = sink->runner->instance;
        visit(context, instance->name, !sink->takes_more_than_notices, &instance->pulse);
    }
    pthread_mutex_unlock(&deliverer->lock);
}

/* ---- Dead letters ---- */

postern_status deliverer_retry_letters(struct deliverer *deliverer, struct dead_retry *retry,
                                       const char *delivery, const struct retry_request *request,
                                       struct retry_outcome *outcome)
{
    const struct deliverer_parts *parts = &deliverer->parts;
    const char *slash = strchr(delivery, '/');
    struct sink_runner *runner = slash ? generation_runner(deliverer->generation, slash + 1) : NULL;
    if (runner)
        return dead_retry_run(retry, runner, request, deliverer_patience(parts), parts->told_to_stop,
                              outcome);
    outcome->answer = RETRY_NOT_THERE;
    dead_retry_of_none(delivery, &outcome->error);
    dead_retry_free(retry);
    return POSTERN_E_CONFIG;
}

/* ---- Stopping ---- */

void deliverer_name_skipped(struct deliverer *deliverer, bool at_once)
{
    int64_t drops = journal_given_up(deliverer->parts.journal);
    if (drops == deliverer->drops_named) return;
    if (!at_once && real_ms() - deliverer->named_ms < NAME_SKIPPED_MS) return;
    deliverer->drops_named = drops;
    deliverer->named_ms = real_ms();
    generation_name_skipped(deliverer->generation);
}

bool deliverer_is_told_to_stop(const struct deliverer *deliverer)
{
    return deliverer->parts.told_to_stop && deliverer->parts.told_to_stop();
}

void deliverer_begin_stop(struct deliverer *deliverer)
{
    pthread_mutex_lock(&deliverer->lock);
    generation_begin_stop(deliverer->generation, NULL);
    pthread_mutex_unlock(&deliverer->lock);
}

bool deliverer_stop(struct deliverer *deliverer, int64_t grace_ms)
{
    journal_unlisten(deliverer->parts.journal, &deliverer->listener);
    const char *late = generation_stop(deliverer->generation, NULL, grace_ms, NULL);
    if (late) {
        log_write(POSTERN_LOG_WARNING, late,
                  "the sink does not end in time and is left alone; what it has not confirmed is sent again");
        return false;
    }
    generation_free(deliverer->generation);
    pthread_mutex_destroy(&deliverer->lock);
    free(deliverer);
    return true;
}
