#include "deliver/sink/runner.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/real_time.h"
#include "base/smaller.h"
#include "base/thread.h"
#include "deliver/sink/adopt.h"
#include "deliver/sink/round.h"
#include "deliver/sink/trouble.h"
#include "journal/breakers.h"
#include <stdatomic.h>
#include <stdlib.h>

#define BREAKERS_LIMIT ((size_t)8 << 20)
#define IDLE_MS        1000
#define ERRAND_LOOK_MS 50 /* how soon an order to stop is noticed */
/* So long after it was told to stop, a batch in hand may end by itself. */
#define COURTESY_MS 1000

/* An earlier process may have left it open: the sink is tried with care then. */
static postern_status restore_breaker(struct sink_runner *runner, postern_error *error)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(BREAKERS_LIMIT);
    const struct breaker_record *records = NULL;
    size_t count = 0;
    if (!arena) return error_no_memory(error, NULL);
    postern_status status = journal_breakers(runner->parts.journal, arena, &records, &count, error);
    for (size_t i = 0; status >= 0 && i < count; i++)
        if (strcmp(records[i].sink, runner->instance->name) == 0)
            breaker_restore(&runner->breaker, records[i].since_ms);
    return status;
}

postern_status sink_runner_new(const struct config_sink *config, const postern_sink *sink,
                               struct module_registry *registry, const struct route_parts *parts,
                               struct sink_runner **runner, postern_error *error)
{
    struct sink_runner *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->parts = *parts;
    made->batching = config->batching;
    if (made->batching.parallel < 1) made->batching.parallel = 1;
    pthread_mutex_init(&made->owner.lock, NULL);
    pthread_cond_init(&made->owner.changed, NULL);
    postern_status status = sink_instance_new(config, sink, registry, &made->parts, &made->instance, error);
    if (status >= 0 && made->batching.parallel > 1) {
        made->crew = workers_new((size_t)made->batching.parallel);
        if (!made->crew) status = error_no_memory(error, NULL);
    }
    if (status >= 0) status = restore_breaker(made, error);
    if (status < 0)
        sink_runner_free(made);
    else
        *runner = made;
    return status;
}

void sink_runner_free(struct sink_runner *runner)
{
    if (!runner) return;
    if (runner->crew) workers_free(runner->crew);
    sink_instance_free(runner->instance);
    adopt_free(runner->deliveries);
    adopt_free(runner->adopted);
    pthread_cond_destroy(&runner->owner.changed);
    pthread_mutex_destroy(&runner->owner.lock);
    free(runner);
}

/* ---- Errands ---- */

static void run_errands(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    while (runner->errands && runner->in_flight == 0) {
        struct sink_errand *errand = runner->errands;
        runner->errands = errand->next;
        bool stopping = runner->stopping;
        pthread_mutex_unlock(&runner->owner.lock);
        errand->run(errand, runner, stopping);
        pthread_mutex_lock(&runner->owner.lock);
        errand->done = true;
        if (errand->abandoned) errand->free(errand);
        pthread_cond_broadcast(&runner->owner.changed);
    }
    pthread_mutex_unlock(&runner->owner.lock);
}

/* Takes it out of the queue; false if the runner has it in hand. */
static bool withdraw(struct sink_runner *runner, const struct sink_errand *errand)
{
    struct sink_errand **place = &runner->errands;
    while (*place && *place != errand)
        place = &(*place)->next;
    if (!*place) return false;
    *place = errand->next;
    return true;
}

enum errand_outcome sink_runner_do(struct sink_runner *runner, struct sink_errand *errand,
                                   bool (*goes_on)(void *context), void *context)
{
    enum errand_outcome outcome = ERRAND_DONE;
    pthread_mutex_lock(&runner->owner.lock);
    struct sink_errand **last = &runner->errands;
    while (*last)
        last = &(*last)->next;
    *last = errand;
    runner->owner.news = true;
    pthread_cond_broadcast(&runner->owner.changed);
    while (!errand->done && goes_on(context))
        real_wait(&runner->owner.changed, &runner->owner.lock, ERRAND_LOOK_MS);
    if (!errand->done) {
        outcome = withdraw(runner, errand) ? ERRAND_TAKEN_BACK : ERRAND_ABANDONED;
        errand->abandoned = outcome == ERRAND_ABANDONED;
    }
    pthread_mutex_unlock(&runner->owner.lock);
    return outcome;
}

struct delivery *sink_runner_delivery(struct sink_runner *runner, const char *name)
{
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        if (strcmp(delivery->name, name) == 0) return delivery;
    return NULL;
}

/* ---- The thread ---- */

static int64_t now_ms(const struct sink_runner *runner)
{
    return clock_monotonic_ms(runner->parts.clock);
}

/* True if it is to stop; what has come until now is seen by the round that follows. */
static bool begin_round(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    runner->owner.news = false;
    bool stopping = runner->stopping;
    pthread_mutex_unlock(&runner->owner.lock);
    return stopping;
}

/* Until something happens, or is due; or the quiet moment: true if it was that. */
static bool wait_for_work(struct sink_runner *runner)
{
    int64_t quiet_ms = now_ms(runner) + IDLE_MS;
    bool quiet = false;
    pthread_mutex_lock(&runner->owner.lock);
    while (!runner->stopping && !runner->owner.news) {
        int64_t now = now_ms(runner), next = smaller(runner->next_ms, quiet_ms);
        quiet = now >= quiet_ms && runner->in_flight == 0;
        if (now >= next) break;
        clock_wait(runner->parts.clock, &runner->owner.changed, &runner->owner.lock, next);
    }
    pthread_mutex_unlock(&runner->owner.lock);
    return quiet;
}

static void wait_for_crew(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    while (runner->in_flight)
        pthread_cond_wait(&runner->owner.changed, &runner->owner.lock);
    pthread_mutex_unlock(&runner->owner.lock);
}

static void serve(struct sink_runner *runner)
{
    while (!begin_round(runner)) {
        adopt_pending(runner);
        run_errands(runner);
        if (runner->instance->missing) {
            trouble_with_secret(runner);
            wait_for_work(runner);
            continue;
        }
        if (round_serve(runner)) continue;
        if (wait_for_work(runner) && !round_unconfirmed(runner)) rest_take(runner);
    }
    wait_for_crew(runner);
    round_settle(runner);
    adopt_pending(runner);
    run_errands(runner);
    sink_close(runner->instance);
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        delivery_drop(delivery);
}

static bool may_end(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    runner->ended = runner->stopping;
    bool may = runner->ended;
    pthread_cond_broadcast(&runner->owner.changed);
    pthread_mutex_unlock(&runner->owner.lock);
    return may;
}

static void *run_sink(void *argument)
{
    struct sink_runner *runner = argument;
    do
        serve(runner);
    while (!may_end(runner));
    return NULL;
}

postern_status sink_runner_start(struct sink_runner *runner, postern_error *error)
{
    runner->stopping = runner->ended = runner->failed = false;
    atomic_store(&runner->owner.breaks_off, false);
    sink_resume(runner->instance);
    postern_status status = thread_start(&runner->thread, "sink", run_sink, runner, error);
    runner->started = status >= 0;
    return status;
}

/* ---- From other threads ---- */

void sink_runner_wake(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    runner->owner.news = true;
    pthread_cond_broadcast(&runner->owner.changed);
    pthread_mutex_unlock(&runner->owner.lock);
}

void sink_runner_stop(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    if (!runner->stopping) runner->stop_asked_ms = real_ms();
    runner->stopping = true;
    atomic_store(&runner->owner.breaks_off, true);
    pthread_cond_broadcast(&runner->owner.changed);
    pthread_mutex_unlock(&runner->owner.lock);
}

bool sink_runner_go_on(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    bool alive = runner->started && !runner->ended;
    if (alive) {
        runner->stopping = false;
        atomic_store(&runner->owner.breaks_off, false);
        sink_resume(runner->instance);
    }
    pthread_mutex_unlock(&runner->owner.lock);
    return alive;
}

bool sink_runner_join(struct sink_runner *runner, int64_t ms)
{
    if (!runner->started) return true;
    int64_t until = real_ms() + ms;
    pthread_mutex_lock(&runner->owner.lock);
    int64_t patient_until = runner->stop_asked_ms + COURTESY_MS;
    while (!runner->ended && real_ms_left(until) > 0) {
        if (real_ms_left(patient_until) == 0) sink_interrupt(runner->instance);
        real_wait(&runner->owner.changed, &runner->owner.lock, real_ms_left(until));
    }
    bool ended = runner->ended;
    pthread_mutex_unlock(&runner->owner.lock);
    if (!ended) return false;
    pthread_join(runner->thread, NULL);
    runner->started = false;
    return true;
}

static bool all_passed(struct sink_runner *runner, int64_t until, bool or_held)
{
    pthread_mutex_lock(&runner->owner.lock);
    bool settled = !runner->adopts && !runner->adopting, passed = settled;
    for (struct delivery *delivery = settled ? runner->deliveries : NULL; delivery; delivery = delivery->next)
        passed =
            passed && (atomic_load(&delivery->passed) >= until || (or_held && atomic_load(&delivery->held)));
    pthread_mutex_unlock(&runner->owner.lock);
    return passed;
}

bool sink_runner_has_passed(struct sink_runner *runner, int64_t until)
{
    return all_passed(runner, until, false);
}

bool sink_runner_is_held(struct sink_runner *runner, int64_t until)
{
    return all_passed(runner, until, true);
}

void sink_runner_adopt(struct sink_runner *runner, struct delivery *deliveries)
{
    pthread_mutex_lock(&runner->owner.lock);
    struct delivery *never_seen = runner->adopted;
    runner->adopted = deliveries;
    runner->adopts = runner->owner.news = true;
    pthread_cond_broadcast(&runner->owner.changed);
    pthread_mutex_unlock(&runner->owner.lock);
    adopt_free(never_seen);
}
