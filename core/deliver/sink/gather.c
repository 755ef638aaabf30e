#include "deliver/sink/gather.h"
#include "base/error.h"
#include "base/log.h"
#include "base/smaller.h"
#include "deliver/sink/commit.h"
#include "deliver/sink/trouble.h"
#include <stdatomic.h>

bool gather_plans(const struct sink_runner *runner)
{
    const struct config_batching *batching = &runner->batching;
    return sink_is_stable(runner->instance) && (batching->events || batching->bytes || batching->wait_ms);
}

/* ---- Pages ---- */

/* False if the journal does not take it: later. */
static bool skip_to(struct delivery *delivery, int64_t sequence)
{
    postern_error error = ERROR_INIT;
    if (sequence > delivery->cursor && commit_skip(delivery, sequence, &error) < 0) {
        log_error(POSTERN_LOG_WARNING, delivery->name, &error);
        return false;
    }
    delivery_moved(delivery, larger(sequence, delivery->cursor));
    return true;
}

static bool bury_page(struct delivery *delivery, int64_t sequence, const postern_error *reason)
{
    postern_error error = ERROR_INIT;
    log_error(POSTERN_LOG_ERROR, delivery->name, reason);
    if (commit_damage(delivery, sequence, reason->message, &error) < 0) {
        log_error(POSTERN_LOG_WARNING, delivery->name, &error);
        return false;
    }
    delivery_moved(delivery, sequence);
    delivery->feed.read_until = sequence;
    return true;
}

void gather_pages(struct delivery *delivery)
{
    struct feed *feed = &delivery->feed;
    for (;;) {
        postern_error error = ERROR_INIT;
        int64_t damaged = 0;
        enum feed_outcome outcome = feed_fill(feed, &damaged, &error);
        bool in_hand = feed->first || delivery->first;
        delivery->at_end = outcome == FEED_AT_END;
        delivery->at_damage = outcome == FEED_DAMAGED;
        if (outcome == FEED_FAILED) log_error(POSTERN_LOG_WARNING, delivery->name, &error);
        if (outcome == FEED_AT_END && !in_hand) skip_to(delivery, feed->read_until);
        /* Its turn comes when all before it is delivered. */
        if (outcome != FEED_DAMAGED || in_hand || !bury_page(delivery, damaged, &error)) return;
    }
}

/* ---- Batches ---- */

struct extent {
    size_t pages, events, bytes;
    int64_t end;
    bool full;    /* no more may come to it */
    bool held;    /* the page behind it must not go on */
    bool waits;   /* for the scripts */
    bool planned; /* it ends where it was planned to end */
};

static bool is_full(const struct config_batching *batching, const struct extent *extent)
{
    if (!batching->events && !batching->bytes && !batching->wait_ms) return true; /* page by page */
    return (batching->events && extent->events >= (size_t)batching->events) ||
           (batching->bytes && extent->bytes >= (size_t)batching->bytes);
}

/* A page whose scripts were broken off for a stop that did not come about, or had no memory. */
static bool is_good(struct delivery *delivery, struct transform **place)
{
    struct transform *page = *place;
    if (page->broken_off) {
        feed_again(&delivery->feed, place);
        return false;
    }
    if (!page->out_of_memory) return true;
    if (trouble_is_over(delivery)) {
        trouble_with_memory(delivery);
        feed_again(&delivery->feed, place);
    }
    return false;
}

/* The scripts are tried on the page again from time to time: what they look up may have been the mistake. */
static void hold(struct delivery *delivery, struct transform **place, const struct failure_share *judged)
{
    struct transform *page = *place;
    if (!page->held)
        trouble_with_scripts(delivery, judged, page->dead[0]);
    else if (trouble_is_due(delivery->runner, delivery->held_until_ms))
        feed_again(&delivery->feed, place);
    if (*place == page) page->held = true;
}

/* True if the scripts failed on too many events: these wait in the journal. Its turn to be said comes when
 * all before it is delivered. */
static bool is_held(struct delivery *delivery, struct transform **place, bool is_next)
{
    struct transform *page = *place;
    struct failure_share own = {(int64_t)page->page->event_count, (int64_t)page->dead_count}, judged;
    if (page->counted) return false;
    if (failure_share_exceeds(&delivery->share, &delivery->feed.pipeline->failures, &own, &judged)) {
        if (is_next) hold(delivery, place, &judged);
        return true;
    }
    failure_share_add(&delivery->share, &own);
    page->counted = true;
    return false;
}

/* The pages of the queue that belong together, as far as that is known yet. */
static struct extent measure(struct delivery *delivery, int64_t planned)
{
    struct extent extent = {.planned = planned > 0};
    struct transform **place = &delivery->feed.first;
    for (; *place && !extent.full; place = &(*place)->next) {
        if (planned && (*place)->sequence > planned) {
            extent.full = true;
            break;
        }
        extent.waits = !feed_is_ready(&delivery->feed, *place) || !is_good(delivery, place);
        if (extent.waits) return extent;
        extent.held = is_held(delivery, place, !delivery->first && (planned || extent.pages == 0));
        if (extent.held) return extent;
        extent.pages++;
        extent.events += (*place)->count;
        extent.bytes += (*place)->bytes;
        extent.end = (*place)->sequence;
        extent.full = !planned && is_full(&delivery->runner->batching, &extent);
    }
    if (planned && !extent.full) extent.full = delivery->feed.read_until >= planned;
    if (planned && extent.full) extent.end = planned;
    return extent;
}

static bool time_is_up(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    if (runner->batching.wait_ms == 0 || atomic_load(&runner->flushes)) return true;
    return trouble_is_due(runner, delivery->gathering_since_ms + runner->batching.wait_ms);
}

/* What is measured shall not wait for more. */
static bool closes(struct delivery *delivery, const struct extent *extent)
{
    if (extent->full) return true;
    if (extent->planned) {
        if (extent->held) return false;
        if (!extent->waits && !delivery->at_damage) feed_want_more(&delivery->feed, true);
        return !extent->waits && delivery->at_damage && extent->pages > 0;
    }
    if (extent->pages == 0) return false;
    if (extent->held || (!extent->waits && delivery->at_damage)) return true;
    if (time_is_up(delivery)) return true;
    if (extent->waits || delivery->at_end) return false;
    return !feed_want_more(&delivery->feed, false);
}

static bool close_batch(struct delivery *delivery, const struct extent *extent)
{
    struct feed *feed = &delivery->feed;
    struct transform *pages = feed_take(feed, extent->pages);
    struct batch *batch = batch_new(delivery, pages, extent->end);
    delivery->gathering_since_ms = 0;
    if (!batch) {
        feed_give_back(feed, pages);
        feed_rewind(feed, delivery_gathered(delivery));
        trouble_with_memory(delivery);
        return false;
    }
    *delivery->last = batch;
    delivery->last = &batch->next;
    delivery->batch_count++;
    return true;
}

bool gather_batch(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    if (delivery->feed.first && !delivery->gathering_since_ms)
        delivery->gathering_since_ms = clock_monotonic_ms(runner->parts.clock);
    int64_t from = delivery_gathered(delivery), planned;
    do {
        planned = sink_is_stable(runner->instance) ? plan_next(&delivery->plan, from) : 0;
        struct extent extent = measure(delivery, planned);
        if (!closes(delivery, &extent)) return false;
        if (extent.pages) return close_batch(delivery, &extent);
        from = planned; /* nothing up to there is for this delivery any more */
    } while (planned);
    return false;
}
