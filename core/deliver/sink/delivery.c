#include "deliver/sink/delivery.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/skipped.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define WANTS_LIMIT ((size_t)1 << 20)

struct delivery *delivery_new(struct pipeline *pipeline, const char *sink, struct sink_runner *runner,
                              const struct route_parts *parts, struct feed_owner *owner)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery) return NULL;
    snprintf(delivery->name, sizeof delivery->name, "%s/%s", pipeline->name, sink);
    text_to_string(text_of(sink), delivery->sink, sizeof delivery->sink);
    delivery->runner = runner;
    delivery->last = &delivery->first;
    feed_init(&delivery->feed, parts, owner, pipeline, delivery->name);
    return delivery;
}

static bool is_wanted(void *context, const char *account, const char *source)
{
    return pipeline_wants(context, account, source);
}

/* So that what waits for it can be counted from outside. */
static postern_status tell_wants(struct delivery *delivery, postern_error *error)
{
    _cleanup_(buffer_free) struct buffer wants = {.limit = WANTS_LIMIT};
    pipeline_write_wants(delivery->feed.pipeline, &wants);
    if (wants.failed) return error_no_memory(error, NULL);
    return journal_delivery_wants(delivery->feed.parts->journal, delivery->id, buffer_string(&wants), error);
}

postern_status delivery_load(struct delivery *delivery, postern_error *error)
{
    struct delivery_record record = {0};
    delivery->drops_seen = journal_given_up(delivery->feed.parts->journal); /* before it is read */
    postern_status status = journal_delivery(delivery->feed.parts->journal, delivery->name,
                                             delivery->feed.pipeline->start_oldest, &record, error);
    if (status < 0) return status;
    delivery->id = record.id;
    status = journal_name_skipped(delivery->feed.parts->journal, record.id, delivery->name, is_wanted,
                                  delivery->feed.pipeline, error);
    if (status < 0) return status;
    status = tell_wants(delivery, error);
    if (status < 0) return status;
    delivery->trouble_since_ms = record.trouble_since_ms;
    delivery->refusals = (struct refusals){(uint64_t)record.refused_kind, record.refused};
    if ((record.drops_oldest != 0) != delivery->drops_oldest)
        status = journal_delivery_drops_oldest(delivery->feed.parts->journal, record.id,
                                               delivery->drops_oldest, error);
    if (status < 0) return status;
    digest_hex(record.key, sizeof record.key, delivery->key);
    delivery->hand.delivery_id = record.id;
    journal_hand_add(delivery->feed.parts->journal, &delivery->hand);
    delivery->cursor = delivery->feed.read_until = record.cursor;
    plan_read(&delivery->plan, record.planned);
    plan_pass(&delivery->plan, record.cursor);
    atomic_store(&delivery->passed, record.cursor);
    return POSTERN_OK;
}

static struct batch *take_first(struct delivery *delivery)
{
    struct batch *batch = delivery->first;
    delivery->first = batch->next;
    if (!delivery->first) delivery->last = &delivery->first;
    delivery->batch_count--;
    return batch;
}

/* Everything but the first batches, up to `until`. */
static void drop_behind(struct delivery *delivery, int64_t until)
{
    struct batch **place = &delivery->first;
    delivery->batch_count = 0;
    for (; *place && (*place)->end <= until; place = &(*place)->next)
        delivery->batch_count++;
    struct batch *batch = *place;
    *place = NULL;
    delivery->last = place;
    for (struct batch *next; batch; batch = next) {
        next = batch->next;
        feed_give_back(&delivery->feed, batch_free(batch));
    }
    journal_hand_keep(delivery->feed.parts->journal, &delivery->hand, delivery_gathered(delivery));
    feed_rewind(&delivery->feed, delivery_gathered(delivery));
    delivery->gathering_since_ms = 0;
    delivery->at_damage = delivery->at_end = false;
}

void delivery_drop(struct delivery *delivery)
{
    drop_behind(delivery, 0);
}

void delivery_drop_unwritten(struct delivery *delivery)
{
    bool written = delivery->first && delivery->first->stage == BATCH_WRITTEN;
    drop_behind(delivery, written ? delivery->first->end : 0);
}

void delivery_free(struct delivery *delivery)
{
    journal_hand_remove(delivery->feed.parts->journal, &delivery->hand);
    feed_free(&delivery->feed);
    free(delivery);
}

int64_t delivery_gathered(const struct delivery *delivery)
{
    int64_t end = delivery->cursor;
    for (const struct batch *batch = delivery->first; batch; batch = batch->next)
        end = batch->end;
    return end;
}

void delivery_let_go(struct delivery *delivery)
{
    delivery->held_tries = 0;
    delivery->held_until_ms = 0;
    atomic_store(&delivery->held, false);
}

void delivery_moved(struct delivery *delivery, int64_t cursor)
{
    delivery->cursor = cursor;
    plan_pass(&delivery->plan, cursor);
    atomic_store(&delivery->passed, cursor);
}

void delivery_take_off(struct delivery *delivery)
{
    struct batch *batch = take_first(delivery);
    delivery->failures = delivery->sink_failures = 0;
    delivery->stopped = false;
    delivery_let_go(delivery);
    delivery_moved(delivery, batch->end);
    feed_settle(&delivery->feed, batch->page_count);
    feed_give_back(&delivery->feed, batch_free(batch));
}

void delivery_follow(struct delivery *delivery)
{
    struct journal *journal = delivery->feed.parts->journal;
    int64_t drops = journal_given_up(journal);
    struct delivery_record record = {0};
    postern_error error = ERROR_INIT;
    if (drops == delivery->drops_seen ||
        journal_delivery(journal, delivery->name, false, &record, &error) < 0)
        return;
    if (record.cursor > delivery->cursor) { /* it had nothing in hand */
        delivery_moved(delivery, record.cursor);
        delivery_drop(delivery); /* what is read begins there */
    }
    if (journal_hand_lost(journal, &delivery->hand)) drop_behind(delivery, delivery->hand.until);
    delivery->drops_seen = drops;
}

bool delivery_take_in_hand(struct delivery *delivery, const struct batch *batch)
{
    return journal_hand_take(delivery->feed.parts->journal, &delivery->hand, batch->end,
                             delivery->drops_seen);
}
