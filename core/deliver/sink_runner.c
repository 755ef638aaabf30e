#include "deliver/sink_runner.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "deliver/sink_writer.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* How much of a delivery may be read ahead of its sink. */
#define MOST_PAGES_IN_HAND         4
#define MOST_BYTES_IN_HAND         ((size_t)16 << 20)
#define IDLE_MS                    1000
#define DEAD_LETTERS_FULL_RETRY_MS 30000

/* Retried dead letters have batch ids of their own, far above those of pages. */
#define LETTER_BATCH (1ULL << 63)

static postern_options *make_options(struct sink_runner *runner)
{
    const struct config_sink *config = runner->config;
    runner->values = calloc(config->value_count + 1, sizeof *runner->values);
    if (!runner->values) return NULL;
    for (size_t i = 0; i < config->value_count; i++) {
        const struct config_value *from = &config->values[i];
        struct option_value *to = &runner->values[i];
        *to = (struct option_value){.name = from->name, .type = from->type, .integer = from->integer};
        to->text = from->secret ? secret_reveal(from->secret) : text_of(from->text);
        if (!from->item_count) continue;
        postern_text *items = calloc(from->item_count, sizeof *items);
        if (!items) return NULL;
        for (size_t k = 0; k < from->item_count; k++)
            items[k] = text_of(from->items[k]);
        to->items = items;
        to->item_count = from->item_count;
    }
    return options_new(runner->sink->options, runner->values, config->value_count);
}

postern_status sink_runner_new(const struct config_sink *config, const postern_sink *sink,
                               const struct deliverer_parts *parts, struct sink_runner **runner,
                               postern_error *error)
{
    struct sink_runner *made = calloc(1, sizeof *made);
    if (!made) return error_set(error, POSTERN_E_MEMORY, "out of memory");
    made->config = config;
    made->sink = sink;
    made->parts = parts;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    made->options = make_options(made);
    postern_status status = POSTERN_OK;
    if (!made->options)
        status = error_set(error, POSTERN_E_MEMORY, "out of memory");
    else if (sink->create)
        status = sink->create(module_host(), made->options, &made->self, error);
    if (status < 0) {
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
    if (!delivery) return error_set(error, POSTERN_E_MEMORY, "out of memory");
    snprintf(delivery->name, sizeof delivery->name, "%s/%s", pipeline->config->name, runner->config->name);
    delivery->pipeline = pipeline;
    delivery->runner = runner;
    delivery->last = &delivery->first;
    delivery->next = runner->deliveries;
    runner->deliveries = delivery;
    return POSTERN_OK;
}

/* ---- Feeding: pages out of the journal, through the scripts on the workers ---- */

static bool wants_page(void *context, int64_t stream_id, const char *account, const char *source)
{
    (void)stream_id;
    return pipeline_wants(context, account, source);
}

static void transform_is_ready(struct transform *transform)
{
    struct delivery *delivery = transform->context;
    pthread_mutex_lock(&delivery->runner->lock);
    transform->is_ready = true;
    pthread_cond_broadcast(&delivery->runner->changed);
    pthread_mutex_unlock(&delivery->runner->lock);
}

static void run_transform(struct worker_job *job, size_t worker)
{
    struct transform *transform = (struct transform *)job; /* its first member */
    transform_run(transform, worker);
    transform->ready(transform);
}

static bool submit(struct delivery *delivery, const struct page_view *page)
{
    struct transform *transform = transform_new(delivery->pipeline, delivery->name, page);
    if (!transform) return false;
    transform->job.run = run_transform;
    transform->ready = transform_is_ready;
    transform->context = delivery;
    *delivery->last = transform;
    delivery->last = &transform->next;
    delivery->in_hand++;
    delivery->bytes_in_hand += page->bytes;
    delivery->read_until = page->sequence;
    workers_submit(delivery->runner->parts->workers, &transform->job);
    return true;
}

/* Takes pages while there is room. */
static void feed(struct delivery *delivery)
{
    struct journal *journal = delivery->runner->parts->journal;
    postern_error error = ERROR_INIT;
    while (delivery->in_hand < MOST_PAGES_IN_HAND && delivery->bytes_in_hand < MOST_BYTES_IN_HAND) {
        const struct page_view *page = NULL;
        int64_t end = 0, next = 0;
        if (journal_end(journal, &end, &error) < 0) break;
        postern_status status = journal_next_page(journal, delivery->read_until, wants_page,
                                                  delivery->pipeline, &page, &next, &error);
        if (status == POSTERN_E_PROTOCOL && next > delivery->read_until) {
            log_error(POSTERN_LOG_ERROR, delivery->name, &error);
            delivery->read_until = next;
            continue;
        }
        if (status < 0) break;
        if (!page) {
            if (end > delivery->read_until) delivery->read_until = end;
            if (!delivery->first && delivery->read_until > delivery->cursor)
                delivery_skip_to(delivery, delivery->read_until);
            if (!delivery->first) atomic_store(&delivery->passed, delivery->cursor);
            return;
        }
        if (!submit(delivery, page)) {
            page_release(page);
            return;
        }
    }
    if (error.code < 0) log_error(POSTERN_LOG_WARNING, delivery->name, &error);
}

/* ---- Delivering ---- */

static bool is_stopping(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    bool stopping = runner->stopping;
    pthread_mutex_unlock(&runner->lock);
    return stopping;
}

static int64_t backoff_after(struct sink_runner *runner, const postern_error *error)
{
    if (error->retry_after_ms > 0) return error->retry_after_ms;
    int doublings = runner->failures < 8 ? runner->failures : 8;
    int64_t ceiling = 1000LL << doublings; /* 2 s, 4 s ... about 4 min */
    return ceiling / 2 + (int64_t)random_below(runner->parts->random, (uint64_t)ceiling / 2);
}

/* Waits without missing the order to stop. */
static void pause_runner(struct sink_runner *runner, int64_t ms)
{
    int64_t deadline = clock_monotonic_ms(runner->parts->clock) + ms;
    pthread_mutex_lock(&runner->lock);
    while (!runner->stopping && clock_monotonic_ms(runner->parts->clock) < deadline)
        clock_wait(runner->parts->clock, &runner->changed, &runner->lock, deadline);
    pthread_mutex_unlock(&runner->lock);
}

static void report_failure(struct delivery *delivery, const postern_error *error, int64_t wait_ms)
{
    char words[32];
    log_write(error->code == POSTERN_E_CONFIG ? POSTERN_LOG_ERROR : POSTERN_LOG_WARNING, delivery->name,
              "%s%s%s; next try in %s", error->message, error->remedy[0] ? ". " : "", error->remedy,
              duration_format(wait_ms, words));
    delivery_show(delivery, error->code == POSTERN_E_LIMIT ? "stopped" : "retrying", error);
}

static void take_off(struct delivery *delivery, struct transform *transform)
{
    delivery->first = transform->next;
    if (!delivery->first) delivery->last = &delivery->first;
    delivery->in_hand--;
    delivery->bytes_in_hand -= transform->page->bytes;
    delivery->cursor = transform->sequence;
    atomic_store(&delivery->passed, delivery->cursor);
    atomic_fetch_add(&delivery->runner->moves, 1);
    transform_free(transform);
}

/* Delivers the first page in hand, however often it takes; false if told to stop before that. */
static bool deliver_first(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    struct transform *transform = delivery->first;
    for (uint32_t attempt = 1;; attempt++) {
        postern_error error = ERROR_INIT;
        postern_status status =
            transform->out_of_memory
                ? error_set(&error, POSTERN_E_MEMORY, "out of memory while running the scripts")
                : sink_deliver(delivery, transform, (uint64_t)transform->sequence, 0, attempt, &error);
        if (status >= 0) {
            runner->failures = 0;
            take_off(delivery, transform);
            return true;
        }
        runner->failures++;
        int64_t wait = status == POSTERN_E_LIMIT ? DEAD_LETTERS_FULL_RETRY_MS : backoff_after(runner, &error);
        report_failure(delivery, &error, wait);
        if (is_stopping(runner)) return false;
        pause_runner(runner, wait);
        if (is_stopping(runner)) return false;
    }
}

static bool first_is_ready(struct delivery *delivery)
{
    pthread_mutex_lock(&delivery->runner->lock);
    bool ready = delivery->first && delivery->first->is_ready;
    pthread_mutex_unlock(&delivery->runner->lock);
    return ready;
}

/* One page of each delivery in turn, so that none starves another. False if nothing was ready. */
static bool deliver_round(struct sink_runner *runner)
{
    bool any = false;
    for (struct delivery *delivery = runner->deliveries; delivery && !is_stopping(runner);
         delivery = delivery->next) {
        feed(delivery);
        if (first_is_ready(delivery)) any = deliver_first(delivery) || any;
    }
    return any;
}

/* ---- Dead letters on request ---- */

static postern_status retry_letter(struct dead_retry *retry)
{
    struct delivery *delivery = retry->delivery;
    struct sink_runner *runner = delivery->runner;
    struct transform *transform = transform_new(delivery->pipeline, delivery->name, NULL);
    if (!transform) return error_set(retry->error, POSTERN_E_MEMORY, "out of memory");
    transform->letter = retry->letter;
    transform->job.run = run_transform;
    transform->ready = transform_is_ready;
    transform->context = delivery;
    workers_submit(runner->parts->workers, &transform->job);
    pthread_mutex_lock(&runner->lock);
    while (!transform->is_ready)
        pthread_cond_wait(&runner->changed, &runner->lock);
    pthread_mutex_unlock(&runner->lock);
    postern_status status = POSTERN_OK;
    if (transform->dead_count)
        status = error_set(retry->error, POSTERN_E_RETRY, "it failed again: %s", transform->dead[0]->reason);
    if (status >= 0)
        status = sink_deliver(delivery, transform, LETTER_BATCH | (uint64_t)retry->letter->id,
                              retry->letter->id, 1, retry->error);
    transform_free(transform);
    return status;
}

static void serve_retries(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    while (runner->retries) {
        struct dead_retry *retry = runner->retries;
        runner->retries = retry->next;
        bool stopping = runner->stopping;
        pthread_mutex_unlock(&runner->lock);
        postern_status status =
            stopping ? error_set(retry->error, POSTERN_E_RETRY, "Postern is stopping") : retry_letter(retry);
        pthread_mutex_lock(&runner->lock);
        retry->status = status;
        retry->done = true;
        pthread_cond_broadcast(&runner->changed);
    }
    pthread_mutex_unlock(&runner->lock);
}

postern_status sink_runner_retry(struct sink_runner *runner, struct dead_retry *retry)
{
    pthread_mutex_lock(&runner->lock);
    if (runner->stopping) {
        pthread_mutex_unlock(&runner->lock);
        return error_set(retry->error, POSTERN_E_RETRY, "Postern is stopping");
    }
    retry->next = runner->retries;
    runner->retries = retry;
    pthread_cond_broadcast(&runner->changed);
    while (!retry->done)
        pthread_cond_wait(&runner->changed, &runner->lock);
    pthread_mutex_unlock(&runner->lock);
    return retry->status;
}

/* ---- The thread ---- */

/* Until something happens: a page came, a transform is ready, a request, the end; or the quiet moment. True
 * if it was the quiet moment. */
static bool wait_for_work(struct sink_runner *runner)
{
    int64_t deadline = clock_monotonic_ms(runner->parts->clock) + IDLE_MS;
    bool quiet = false;
    pthread_mutex_lock(&runner->lock);
    for (;;) {
        bool work = runner->stopping || runner->pages_came || runner->retries;
        for (struct delivery *delivery = runner->deliveries; delivery && !work; delivery = delivery->next)
            work = delivery->first && delivery->first->is_ready;
        if (work) break;
        if (clock_monotonic_ms(runner->parts->clock) >= deadline) {
            quiet = true;
            break;
        }
        clock_wait(runner->parts->clock, &runner->changed, &runner->lock, deadline);
    }
    runner->pages_came = false;
    pthread_mutex_unlock(&runner->lock);
    return quiet;
}

/* Everything that is on the workers comes back before it is thrown away: the journal has it. */
static void drain_transforms(struct sink_runner *runner)
{
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next) {
        for (struct transform *transform = delivery->first, *next; transform; transform = next) {
            pthread_mutex_lock(&runner->lock);
            while (!transform->is_ready)
                pthread_cond_wait(&runner->changed, &runner->lock);
            pthread_mutex_unlock(&runner->lock);
            next = transform->next;
            transform_free(transform);
        }
        delivery->first = NULL;
    }
}

static void *run_sink(void *argument)
{
    struct sink_runner *runner = argument;
    while (!is_stopping(runner)) {
        serve_retries(runner);
        if (deliver_round(runner)) continue;
        if (!wait_for_work(runner)) continue;
        postern_error error = ERROR_INIT;
        if (sink_idle(runner, &error) < 0) log_error(POSTERN_LOG_WARNING, runner->config->name, &error);
    }
    serve_retries(runner);
    drain_transforms(runner);
    sink_close(runner);
    return NULL;
}

postern_status sink_runner_start(struct sink_runner *runner, postern_error *error)
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
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&runner->thread, NULL, run_sink, runner);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) return error_set_errno(error, POSTERN_E_MEMORY, failed, "cannot start a thread");
    runner->started = true;
    return POSTERN_OK;
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
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
}

bool sink_runner_join(struct sink_runner *runner, const struct timespec *deadline)
{
    if (!runner->started) return true;
    if (pthread_timedjoin_np(runner->thread, NULL, deadline) != 0) return false;
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
    for (size_t i = 0; runner->values && i < runner->config->value_count; i++)
        free((void *)(uintptr_t)runner->values[i].items);
    free(runner->values);
    if (runner->options) options_free(runner->options);
    pthread_cond_destroy(&runner->changed);
    pthread_mutex_destroy(&runner->lock);
    free(runner);
}
