#include "deliver/sink/runner.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/real_time.h"
#include "base/text.h"
#include "base/thread.h"
#include "base/units.h"
#include "deliver/sink/writer.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define IDLE_MS                    1000
#define DEAD_LETTERS_FULL_RETRY_MS 30000

postern_status sink_runner_new(const struct config_sink *config, const postern_sink *sink,
                               const struct deliverer_parts *parts, struct sink_runner **runner,
                               postern_error *error)
{
    struct sink_runner *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->config = config;
    made->sink = sink;
    made->parts = parts;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    const struct module_plan plan = {.registry = parts->registry,
                                     .name = config->name,
                                     .data = sink->data,
                                     .table = registry_sink_options(parts->registry, sink),
                                     .values = config->values,
                                     .value_count = config->value_count};
    postern_status status = module_instance_new(&plan, &made->module, error);
    if (status >= 0 && sink->create) status = sink->create(&made->module->host, &made->self, error);
    if (status < 0) {
        made->self = NULL; /* whoever fails to create has freed what there was */
        error_prefix(error, "sink \"%s\": ", config->name);
        sink_runner_free(made);
        return status;
    }
    *runner = made;
    return POSTERN_OK;
}

postern_status sink_runner_add(struct sink_runner *runner, struct pipeline *pipeline, postern_error *error)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery) return error_no_memory(error, NULL);
    snprintf(delivery->name, sizeof delivery->name, "%s/%s", pipeline->config->name, runner->config->name);
    delivery->pipeline = pipeline;
    delivery->runner = runner;
    delivery->last = &delivery->first;
    delivery->next = runner->deliveries;
    runner->deliveries = delivery;
    return POSTERN_OK;
}

/* ---- Delivering ---- */

static int64_t now_ms(const struct sink_runner *runner)
{
    return clock_monotonic_ms(runner->parts->clock);
}

static bool is_stopping(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    bool stopping = runner->stopping;
    pthread_mutex_unlock(&runner->lock);
    return stopping;
}

static int64_t backoff_after(struct sink_runner *runner, int failures, const postern_error *error)
{
    if (error->retry_after_ms > 0) return error->retry_after_ms;
    int doublings = failures < 8 ? failures : 8;
    int64_t ceiling = 1000LL << doublings; /* 2 s, 4 s ... about 4 min */
    return ceiling / 2 + (int64_t)random_below(runner->parts->random, (uint64_t)ceiling / 2);
}

static void report_failure(struct delivery *delivery, const postern_error *error, int64_t wait_ms)
{
    char wait[32], message[sizeof error->message + 64], text[ERROR_TEXT_SIZE];
    snprintf(message, sizeof message, "%s; next try in %s", error->message, duration_format(wait_ms, wait));
    log_write(error->code == POSTERN_E_CONFIG ? POSTERN_LOG_ERROR : POSTERN_LOG_WARNING, delivery->name, "%s",
              error_text(message, error->remedy, text));
    delivery_show(delivery, delivery->stopped ? "stopped" : "retrying", error);
}

/* The sink's failure is one of all its deliveries; what the scripts or their dead letters ran into is one of
 * this delivery alone. */
static void put_off(struct delivery *delivery, postern_status status, const postern_error *error)
{
    struct sink_runner *runner = delivery->runner;
    struct transform *transform = delivery->first;
    int64_t wait;
    delivery->failures++;
    delivery->stopped = status == POSTERN_E_LIMIT && (transform->written || delivery->stopped);
    if (delivery->stopped) {
        sink_forget_unconfirmed(runner); /* others may write meanwhile */
        wait = DEAD_LETTERS_FULL_RETRY_MS;
        delivery->not_before_ms = now_ms(runner) + wait;
    } else if (transform->out_of_memory) {
        wait = backoff_after(runner, (int)delivery->failures, error);
        delivery->not_before_ms = now_ms(runner) + wait;
        delivery_transform_again(delivery);
    } else {
        wait = backoff_after(runner, ++runner->failures, error);
        runner->not_before_ms = now_ms(runner) + wait;
    }
    report_failure(delivery, error, wait);
}

static void take_off(struct delivery *delivery)
{
    struct transform *transform = delivery->first;
    delivery->first = transform->next;
    if (!delivery->first) delivery->last = &delivery->first;
    delivery->in_hand--;
    delivery->bytes_in_hand -= transform->page->bytes;
    delivery->cursor = transform->sequence;
    delivery->failures = 0;
    delivery->stopped = false;
    atomic_store(&delivery->passed, delivery->cursor);
    atomic_fetch_add(&delivery->runner->moves, 1);
    transform_free(transform);
}

static postern_status try_first(struct delivery *delivery, postern_error *error)
{
    struct transform *transform = delivery->first;
    if (transform->out_of_memory) return error_no_memory(error, "while running the scripts");
    /* Known beforehand, so that a sink does not get the same batch again and again in vain. */
    if (delivery->stopped) {
        postern_status status = journal_dead_room(delivery->runner->parts->journal, transform->dead,
                                                  transform->dead_count, error);
        if (status < 0) return status;
    }
    return sink_deliver(delivery, transform, (uint64_t)transform->sequence, 0, delivery->failures + 1, error);
}

/* Tries the first page in hand; true if it is delivered. */
static bool deliver_first(struct delivery *delivery)
{
    postern_error error = ERROR_INIT;
    if (delivery->first->broken_off) { /* for a reload that did not come about */
        if (!delivery_transform_again(delivery)) delivery->not_before_ms = now_ms(delivery->runner) + IDLE_MS;
        return false;
    }
    postern_status status = try_first(delivery, &error);
    if (status < 0) {
        put_off(delivery, status, &error);
        return false;
    }
    delivery->runner->failures = 0;
    take_off(delivery);
    return true;
}

/* When the first page in hand may be tried, INT64_MAX if it is not ready or another one comes first: what the
 * sink wrote of that must be committed before it writes anything else. The lock is held. */
static int64_t due(const struct delivery *delivery)
{
    const struct sink_runner *runner = delivery->runner;
    if (!delivery->first || !delivery->first->is_ready) return INT64_MAX;
    const struct delivery *unconfirmed = sink_unconfirmed(runner);
    if (unconfirmed && unconfirmed != delivery) return INT64_MAX;
    return runner->not_before_ms > delivery->not_before_ms ? runner->not_before_ms : delivery->not_before_ms;
}

static bool is_due(struct delivery *delivery)
{
    pthread_mutex_lock(&delivery->runner->lock);
    int64_t when = due(delivery);
    pthread_mutex_unlock(&delivery->runner->lock);
    return when <= now_ms(delivery->runner);
}

/* One page of each delivery in turn, so that none starves another. False if nothing was delivered. */
static bool deliver_round(struct sink_runner *runner)
{
    bool any = false;
    for (struct delivery *delivery = runner->deliveries; delivery && !is_stopping(runner);
         delivery = delivery->next) {
        delivery_feed(delivery);
        if (is_due(delivery)) any = deliver_first(delivery) || any;
    }
    return any;
}

/* ---- The thread ---- */

/* Until something happens: a page came, one is due, a request, the end; or the quiet moment. True if it was
 * the quiet moment. */
static bool wait_for_work(struct sink_runner *runner)
{
    int64_t quiet_ms = now_ms(runner) + IDLE_MS;
    bool quiet = false;
    pthread_mutex_lock(&runner->lock);
    while (!runner->stopping && !runner->pages_came && !runner->retries) {
        int64_t now = now_ms(runner), next = quiet_ms;
        for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
            if (due(delivery) < next) next = due(delivery);
        quiet = now >= quiet_ms;
        if (now >= next) break;
        clock_wait(runner->parts->clock, &runner->changed, &runner->lock, next);
    }
    runner->pages_came = false;
    pthread_mutex_unlock(&runner->lock);
    return quiet;
}

static void serve(struct sink_runner *runner)
{
    while (!is_stopping(runner)) {
        sink_runner_serve_retries(runner);
        if (deliver_round(runner)) continue;
        if (!wait_for_work(runner) || sink_unconfirmed(runner)) continue;
        postern_error error = ERROR_INIT;
        if (sink_idle(runner, &error) < 0) log_error(POSTERN_LOG_WARNING, runner->config->name, &error);
    }
    sink_runner_serve_retries(runner);
    sink_close(runner);
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        delivery_drop_pages(delivery);
}

static bool may_end(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    runner->ended = runner->stopping;
    bool may = runner->ended;
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
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

postern_status sink_runner_load(struct sink_runner *runner, postern_error *error)
{
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next) {
        struct delivery_record record = {0};
        postern_status status = journal_delivery(runner->parts->journal, delivery->name,
                                                 delivery->pipeline->config->start_oldest, &record, error);
        if (status < 0) return status;
        delivery->id = record.id;
        delivery->cursor = delivery->read_until = record.cursor;
        atomic_store(&delivery->passed, record.cursor);
    }
    return POSTERN_OK;
}

postern_status sink_runner_start(struct sink_runner *runner, postern_error *error)
{
    runner->stopping = runner->ended = false;
    atomic_store(&runner->breaks_off, false);
    postern_status status = thread_start(&runner->thread, "sink", run_sink, runner, error);
    runner->started = status >= 0;
    return status;
}

void sink_runner_wake(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    runner->pages_came = true;
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
}

void sink_runner_stop(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    runner->stopping = true;
    atomic_store(&runner->breaks_off, true);
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
}

bool sink_runner_go_on(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    bool alive = runner->started && !runner->ended;
    if (alive) {
        runner->stopping = false;
        atomic_store(&runner->breaks_off, false);
    }
    pthread_mutex_unlock(&runner->lock);
    return alive;
}

bool sink_runner_join(struct sink_runner *runner, int64_t ms)
{
    if (!runner->started) return true;
    pthread_mutex_lock(&runner->lock);
    for (int64_t until = real_ms() + ms; !runner->ended && real_ms_left(until) > 0;)
        real_wait(&runner->changed, &runner->lock, real_ms_left(until));
    bool ended = runner->ended;
    pthread_mutex_unlock(&runner->lock);
    if (!ended) return false;
    pthread_join(runner->thread, NULL);
    runner->started = false;
    return true;
}

void sink_runner_free(struct sink_runner *runner)
{
    if (!runner) return;
    if (runner->self && runner->sink->destroy) runner->sink->destroy(runner->self);
    for (struct delivery *delivery = runner->deliveries, *next; delivery; delivery = next) {
        next = delivery->next;
        free(delivery);
    }
    module_instance_free(runner->module);
    pthread_cond_destroy(&runner->changed);
    pthread_mutex_destroy(&runner->lock);
    free(runner);
}
