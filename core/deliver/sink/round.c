#include "deliver/sink/round.h"
#include "base/arena.h"
#include "base/error.h"
#include "deliver/sink/commit.h"
#include "deliver/sink/gather.h"
#include "deliver/sink/trouble.h"
#include <stdatomic.h>

/* The lock is taken: a batch in flight changes its stage on the crew. */
static enum batch_stage stage_of(const struct batch *batch)
{
    struct sink_runner *runner = batch->delivery->runner;
    pthread_mutex_lock(&runner->owner.lock);
    enum batch_stage stage = batch->stage;
    pthread_mutex_unlock(&runner->owner.lock);
    return stage;
}

struct batch *round_unconfirmed(const struct sink_runner *runner)
{
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        for (struct batch *batch = delivery->first; batch; batch = batch->next)
            if (stage_of(batch) == BATCH_WRITTEN) return batch;
    return NULL;
}

void round_forget_unconfirmed(struct sink_runner *runner)
{
    struct batch *batch = round_unconfirmed(runner);
    if (!batch || sink_is_concurrent(runner->instance)) return;
    sink_close(runner->instance);
    batch->stage = BATCH_CLOSED;
    batch->attempt++;
}

/* ---- Committing ---- */

static struct batch_plan plan_behind(const struct delivery *delivery, int64_t cursor)
{
    struct batch_plan plan = delivery->plan;
    plan_pass(&plan, cursor);
    for (const struct batch *batch = delivery->first; batch; batch = batch->next)
        if (batch->end > cursor) plan_add(&plan, batch->end);
    return plan;
}

/* The delivery's dead letters may be full, or the journal refuses. */
static void commit_failed(struct delivery *delivery, postern_status status, const postern_error *error)
{
    if (status != POSTERN_E_LIMIT) {
        trouble_with_journal(delivery, status, error);
        return;
    }
    round_forget_unconfirmed(delivery->runner); /* others may write meanwhile */
    trouble_with_letters(delivery, error);
}

static bool is_one_too_many(const struct batch *batch)
{
    const struct delivery *delivery = batch->delivery;
    return stage_of(batch) == BATCH_WRITTEN &&
           refusals_exceed(&delivery->refusals, batch, delivery->runner->batching.refused_in_a_row);
}

/* True if the first batch was written, and is one too many that was refused: then its write counts as failed,
 * and so do those behind it that were refused meanwhile. */
static bool refuses_first(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    if (!delivery->first || !is_one_too_many(delivery->first)) return false;
    for (struct batch *batch = delivery->first; batch; batch = batch->next) {
        if (!is_one_too_many(batch)) continue;
        batch->status = trouble_in_a_row(delivery, batch, &batch->error);
        pthread_mutex_lock(&runner->owner.lock);
        batch->stage = BATCH_FAILED;
        runner->failed = runner->owner.news = true;
        pthread_mutex_unlock(&runner->owner.lock);
    }
    return true;
}

/* The first batch was written: its commit, with the plan for what comes next. */
static bool confirm(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    struct batch *batch = delivery->first;
    postern_error error = ERROR_INIT;
    bool plans = gather_plans(runner);
    if (plans && !batch->next) {
        gather_pages(delivery);
        gather_batch(delivery);
    }
    struct batch_plan plan = plan_behind(delivery, batch->end);
    struct refusals refusals = delivery->refusals;
    refusals_add(&refusals, batch);
    postern_status status = commit_batch(delivery, batch, &refusals, plans ? &plan : NULL, &error);
    if (status < 0) {
        commit_failed(delivery, status, &error);
        return false;
    }
    if (plans) delivery->plan = plan;
    delivery->refusals = refusals;
    trouble_has_ended(delivery);
    delivery_take_off(delivery);
    atomic_fetch_add(&runner->moves, 1);
    return true;
}

static bool confirm_first(struct delivery *delivery)
{
    bool any = false;
    while (delivery->first && stage_of(delivery->first) == BATCH_WRITTEN && trouble_is_over(delivery)) {
        if (refuses_first(delivery) || !confirm(delivery)) return any;
        any = true;
    }
    return any;
}

/* ---- What came of it ---- */

/* The next try whether the sink works again is another delivery's, so that one with a batch that always fails
 * does not keep the others waiting. */
static void go_last(struct sink_runner *runner, struct delivery *delivery)
{
    pthread_mutex_lock(&runner->owner.lock);
    struct delivery **place = &runner->deliveries;
    while (*place != delivery)
        place = &(*place)->next;
    *place = delivery->next;
    while (*place)
        place = &(*place)->next;
    *place = delivery;
    delivery->next = NULL;
    pthread_mutex_unlock(&runner->owner.lock);
}

/* Some of it, or it may: also of one that was written and could not be committed. */
static bool is_with_sink(const struct batch *batch)
{
    enum batch_stage stage = stage_of(batch);
    return stage == BATCH_IN_FLIGHT || stage == BATCH_WRITTEN || batch_count(batch, VERDICT_ACCEPTED) > 0 ||
           (batch->sent_count > 0 && batch_delivered_count(batch) > 0);
}

/* What failed need not be kept, unless the sink has some of it. */
static void empty_hand(struct delivery *delivery)
{
    for (const struct batch *batch = delivery->first; batch; batch = batch->next)
        if (is_with_sink(batch)) return;
    journal_hand_keep(delivery->runner->parts.journal, &delivery->hand, delivery->cursor);
}

/* All that was in flight is back: the sink is opened anew, and what failed is written again. */
static void take_failures(struct sink_runner *runner)
{
    struct delivery *reported = NULL;
    sink_close(runner->instance);
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next) {
        empty_hand(delivery); /* before anything waits for the journal */
        for (struct batch *batch = delivery->first; batch; batch = batch->next) {
            if (batch->stage != BATCH_FAILED) continue;
            batch->stage = BATCH_CLOSED;
            batch->attempt++;
            if (batch_was_taken_in_part(batch)) trouble_goes_forward(delivery);
            if (!reported) trouble_with_sink(delivery, batch->status, &batch->error);
            if (!reported) reported = delivery;
        }
    }
    if (reported) go_last(runner, reported);
}

static void take_outcomes(struct sink_runner *runner)
{
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        refuses_first(delivery);
    pthread_mutex_lock(&runner->owner.lock);
    bool failed = runner->failed && runner->in_flight == 0, worked = runner->worked && !runner->failed;
    if (failed) runner->failed = false;
    if (failed || worked) runner->worked = false;
    pthread_mutex_unlock(&runner->owner.lock);
    if (worked) trouble_is_not_the_sink(runner);
    if (failed) take_failures(runner);
}

void round_settle(struct sink_runner *runner)
{
    take_outcomes(runner);
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        confirm_first(delivery);
}

/* ---- Writing ---- */

/* Stands in `batch` what came of it; then the sink's thread goes on with it. */
static void write_batch(struct sink_runner *runner, struct batch *batch)
{
    postern_status status = sink_write(runner->instance, batch, batch->delivery->key);
    if (status >= 0 && batch_is_rejected_as_one(batch))
        batch->status = status = trouble_as_one(batch, &batch->error);
    pthread_mutex_lock(&runner->owner.lock);
    batch->stage = status < 0 ? BATCH_FAILED : BATCH_WRITTEN;
    runner->failed = runner->failed || status < 0;
    runner->worked = runner->worked || (status >= 0 && batch->sent_count > 0);
    runner->in_flight--;
    runner->owner.news = true;
    pthread_cond_broadcast(&runner->owner.changed);
    pthread_mutex_unlock(&runner->owner.lock);
}

static void write_on_crew(struct worker_job *job, size_t worker)
{
    struct batch *batch = (struct batch *)job; /* its first member */
    (void)worker;
    write_batch(batch->delivery->runner, batch);
}

static struct batch *first_closed(const struct delivery *delivery)
{
    struct batch *batch = delivery->first;
    while (batch && stage_of(batch) != BATCH_CLOSED)
        batch = batch->next;
    return batch;
}

/* Something else waits for a moment with nothing in flight, or there are enough: of a sink that failed, one
 * that tries it. */
static bool is_held(struct sink_runner *runner)
{
    size_t most = breaker_allows(&runner->breaker, runner->crew ? (size_t)runner->batching.parallel : 1,
                                 clock_monotonic_ms(runner->parts.clock));
    pthread_mutex_lock(&runner->owner.lock);
    bool held =
        runner->stopping || runner->failed || runner->errands || runner->adopts || runner->in_flight >= most;
    pthread_mutex_unlock(&runner->owner.lock);
    return held || (!sink_is_concurrent(runner->instance) && round_unconfirmed(runner));
}

/* Room for the dead letters of a batch, as far as they are known: those of its scripts, and once it was
 * written those that the sink rejected. */
static postern_status check_room(const struct delivery *delivery, const struct batch *batch,
                                 postern_error *error)
{
    struct journal *journal = delivery->runner->parts.journal;
    struct dead_letter **letters = NULL;
    size_t count = 0;
    if (batch->letters && !delivery->stopped) return POSTERN_OK;
    if (batch->letters) return journal_dead_room(journal, batch->letters, batch->letter_count, error);
    for (const struct transform *page = batch->pages; page; page = page->next)
        count += page->dead_count;
    if (count == 0) return POSTERN_OK;
    letters = arena_allocate(batch->arena, count * sizeof(struct dead_letter *));
    if (!letters) return error_no_memory(error, "for the dead letters");
    count = 0;
    for (const struct transform *page = batch->pages; page; page = page->next)
        for (size_t i = 0; i < page->dead_count; i++)
            letters[count++] = page->dead[i];
    return journal_dead_room(journal, letters, count, error);
}

/* What must be so before a batch is written: room for its dead letters, known beforehand so that a sink does
 * not get a batch in vain, again and again, or another one in its place when the scripts are mended
 * meanwhile; its plan. */
static bool prepare(struct delivery *delivery, struct batch *batch)
{
    struct sink_runner *runner = delivery->runner;
    postern_error error = ERROR_INIT;
    postern_status status = check_room(delivery, batch, &error);
    if (status < 0) {
        trouble_with_letters(delivery, &error);
        return false;
    }
    if (gather_plans(runner) && !plan_has(&delivery->plan, batch->end)) {
        struct batch_plan plan = plan_behind(delivery, delivery->cursor);
        status = commit_plan(delivery, &plan, &error);
        if (status >= 0) delivery->plan = plan;
    }
    if (status < 0) trouble_with_journal(delivery, status, &error);
    return status >= 0;
}

/* False if the sink cannot be opened. */
static bool open_for(struct delivery *delivery, struct batch *batch)
{
    struct sink_runner *runner = delivery->runner;
    postern_error error = ERROR_INIT;
    if (!batch->count) return true; /* it does not get there */
    trouble_tries_sink(runner);
    postern_status status = sink_open(runner->instance, batch->attempt, &error);
    if (status >= 0) return true;
    batch->attempt++;
    empty_hand(delivery);
    trouble_with_sink(delivery, status, &error);
    go_last(runner, delivery);
    return false;
}

/* From here on the journal does not give it up; if it has, that is looked at again at once. */
static bool take_in_hand(struct delivery *delivery, struct batch *batch)
{
    bool taken = delivery_take_in_hand(delivery, batch);
    if (!taken) delivery->runner->next_ms = 0;
    return taken;
}

static bool write_next(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    struct batch *batch = first_closed(delivery);
    if (!batch || !trouble_lets_write(delivery) || is_held(runner) || !prepare(delivery, batch) ||
        !take_in_hand(delivery, batch) || !open_for(delivery, batch))
        return false;
    pthread_mutex_lock(&runner->owner.lock);
    batch->stage = BATCH_IN_FLIGHT;
    runner->in_flight++;
    pthread_mutex_unlock(&runner->owner.lock);
    if (runner->crew) {
        batch->job.run = write_on_crew;
        workers_submit(runner->crew, &batch->job);
    } else {
        write_batch(runner, batch);
    }
    return true;
}

/* ---- In turn ---- */

static bool serve_delivery(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    size_t most = runner->crew ? (size_t)runner->batching.parallel : 1;
    delivery_follow(delivery);
    gather_pages(delivery);
    while (delivery->batch_count < most && gather_batch(delivery))
        gather_pages(delivery);
    bool any = write_next(delivery);
    if (!runner->crew) take_outcomes(runner);
    return confirm_first(delivery) || (any && runner->crew);
}

bool round_serve(struct sink_runner *runner)
{
    bool any = false;
    runner->next_ms = INT64_MAX;
    take_outcomes(runner); /* before anything is begun: it says when the next is due */
    for (struct delivery *delivery = runner->deliveries, *next; delivery; delivery = next) {
        next = delivery->next; /* it may go to the end */
        pthread_mutex_lock(&runner->owner.lock);
        bool stopping = runner->stopping;
        pthread_mutex_unlock(&runner->owner.lock);
        if (stopping) break;
        any = serve_delivery(delivery) || any;
    }
    return any;
}
