/* The thread-safe face of a fleet: brings calls to the network thread and waits for them. */
#include "collect/collector.h"

#include "base/error.h"
#include "base/real_time.h"
#include "base/smaller.h"
#include "collect/configured.h"
#include "collect/fleet.h"
#include "collect/stream/late_polls.h"
#include "collect/stream/source_instance.h"
#include "collect/stream/state.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct collector {
    struct collector_parts parts; /* config is not used after building */
    struct fleet *fleet;          /* belongs to the network thread while it runs */
    struct fleet_progress progress;
    struct late_tally late;
};

/* A call on the network thread, for which the caller waits. */
struct collector_call {
    struct network_task task;
    void (*run)(struct collector_call *call);
    struct fleet *fleet, *fresh;
    void (*each)(void *context, const char *stream, const char *message, const char *remedy);
    void *context;
    pthread_mutex_t mutex;
    pthread_cond_t done;
    bool is_done;
};

postern_status collector_check_source(const struct config_source *config, struct module_registry *registry,
                                      postern_error *error)
{
    struct source_instance instance;
    const postern_source *source = registry_source(registry, config->name);
    if (!source) return error_set(error, POSTERN_E_CONFIG, "there is no source \"%s\"", config->name);
    postern_status status = source_instance_create(registry, source, config, &instance, error);
    if (status >= 0) source_instance_destroy(&instance);
    return status;
}

static void call_end(void *context)
{
    struct collector_call *call = context;
    pthread_mutex_lock(&call->mutex);
    call->is_done = true;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->mutex);
}

static void call_run(struct network_task *task)
{
    struct collector_call *call = (struct collector_call *)task;
    call->run(call);
}

/* Sends it off and takes its mutex. `run` must see to it that call_end is called, now or later. */
static void begin(struct collector *collector, struct collector_call *call)
{
    call->fleet = collector->fleet;
    call->task.run = call_run;
    pthread_mutex_init(&call->mutex, NULL);
    pthread_cond_init(&call->done, NULL);
    network_post(collector->parts.network, &call->task);
    pthread_mutex_lock(&call->mutex);
}

static void end(struct collector_call *call)
{
    pthread_mutex_unlock(&call->mutex);
    pthread_cond_destroy(&call->done);
    pthread_mutex_destroy(&call->mutex);
}

static void call_and_wait(struct collector *collector, struct collector_call *call)
{
    begin(collector, call);
    while (!call->is_done)
        pthread_cond_wait(&call->done, &call->mutex);
    end(call);
}

static void run_go(struct collector_call *call)
{
    fleet_go(call->fleet);
    call_end(call);
}

static void run_pause(struct collector_call *call)
{
    fleet_pause(call->fleet, call_end, call);
}

static void run_pause_for_reload(struct collector_call *call)
{
    fleet_pause_for_reload(call->fleet, call_end, call);
}

static void run_hand_over(struct collector_call *call)
{
    fleet_hand_over_calls(call->fleet, call->fresh);
    call_end(call);
}

static void go(struct collector *collector)
{
    struct collector_call call = {.run = run_go};
    call_and_wait(collector, &call);
}

static void pause_for_reload(struct collector *collector)
{
    struct collector_call call = {.run = run_pause_for_reload};
    call_and_wait(collector, &call);
}

static void hand_over_calls(struct collector *collector, struct fleet *fresh)
{
    struct collector_call call = {.run = run_hand_over, .fresh = fresh};
    call_and_wait(collector, &call);
}

postern_status collector_start(const struct collector_parts *parts, struct collector **collector,
                               postern_error *error)
{
    struct collector *fresh = calloc(1, sizeof *fresh);
    if (!fresh) return error_no_memory(error, NULL);
    fresh->parts = *parts;
    late_tally_init(&fresh->late);
    fresh->progress.late = &fresh->late;
    postern_status status = fleet_build(parts, &fresh->progress, NULL, &fresh->fleet, error);
    if (status < 0) {
        late_tally_free(&fresh->late);
        free(fresh);
        return status;
    }
    fresh->parts.config = NULL;
    fleet_mark_configured(fresh->fleet);
    go(fresh);
    *collector = fresh;
    return POSTERN_OK;
}

/* The old fleet stands still while the new one is built, so that the journal holds all that it knows; if the
 * new one cannot be built, the old one goes on. */
postern_status collector_reload(struct collector *collector, const struct config *config,
                                postern_error *error)
{
    pause_for_reload(collector);
    fleet_store_accounts(collector->fleet);
    struct collector_parts parts = collector->parts;
    parts.config = config;
    struct fleet *fresh;
    postern_status status = fleet_build(&parts, &collector->progress, collector->fleet, &fresh, error);
    if (status == POSTERN_OK) {
        hand_over_calls(collector, fresh);
        fleet_free(collector->fleet);
        collector->fleet = fresh;
        fleet_mark_configured(fresh);
    }
    go(collector);
    return status;
}

void collector_progress(struct collector *collector, struct collector_progress *progress)
{
    struct fleet_progress *from = &collector->progress;
    *progress = (struct collector_progress){
        .streams = atomic_load(&from->streams),
        .finished = atomic_load(&from->finished),
        .failed = atomic_load(&from->failed),
        /* Where it is known when it goes on, that is no standstill. */
        .last_progress_ms = larger(atomic_load(&from->last_progress_ms), atomic_load(&from->waits_until_ms)),
        .requests = atomic_load(&from->requests),
        .events = atomic_load(&from->events),
    };
}

void collector_late_polls(struct collector *collector, struct late_polls *polls)
{
    late_tally_look(&collector->late, polls);
}

static void say_unfinished(const struct collector_call *call, const struct stream *stream)
{
    if (stream->finished && !stream->failed) return;
    char scope[STREAM_SCOPE_SIZE];
    const struct trouble_words *trouble = stream->record.trouble;
    call->each(call->context, stream_scope(stream, scope),
               trouble ? trouble->error : "has not been read to its end yet", trouble_remedy(trouble));
}

static void run_each_unfinished(struct collector_call *call)
{
    for (size_t i = 0; i < call->fleet->account_count; i++)
        for (size_t k = 0; k < call->fleet->accounts[i]->stream_count; k++)
            say_unfinished(call, &call->fleet->accounts[i]->streams[k]);
    call_end(call);
}

void collector_each_unfinished(struct collector *collector,
                               void (*each)(void *context, const char *stream, const char *message,
                                            const char *remedy),
                               void *context)
{
    struct collector_call call = {.run = run_each_unfinished, .each = each, .context = context};
    call_and_wait(collector, &call);
}

/* The call lives until its end comes, which may be after the caller has gone. */
static bool pause_within(struct collector *collector, int64_t grace_ms)
{
    struct collector_call *call = calloc(1, sizeof *call);
    if (!call) return false;
    call->run = run_pause;
    begin(collector, call);
    for (int64_t until = real_ms() + grace_ms; !call->is_done && real_ms_left(until) > 0;)
        real_wait(&call->done, &call->mutex, real_ms_left(until));
    if (!call->is_done) {
        pthread_mutex_unlock(&call->mutex);
        return false;
    }
    end(call);
    free(call);
    return true;
}

bool collector_stop(struct collector *collector, int64_t grace_ms)
{
    if (!collector) return true;
    if (!pause_within(collector, grace_ms)) return false;
    fleet_store_accounts(collector->fleet);
    fleet_free(collector->fleet);
    late_tally_free(&collector->late);
    free(collector);
    return true;
}
