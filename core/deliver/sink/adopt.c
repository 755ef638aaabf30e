#include "deliver/sink/adopt.h"
#include "deliver/sink/round.h"

void adopt_free(struct delivery *list)
{
    for (struct delivery *delivery = list, *next; delivery; delivery = next) {
        next = delivery->next;
        delivery_free(delivery);
    }
}

static struct delivery **find(struct delivery **list, const char *name)
{
    while (*list && strcmp((*list)->name, name) != 0)
        list = &(*list)->next;
    return list;
}

/* What the old scripts made is thrown away, unless they make the same. A batch that the sink has and the
 * journal not yet stays what it is. */
static void change_pipeline(struct delivery *delivery, struct pipeline *pipeline)
{
    if (!pipeline_is_same(delivery->feed.pipeline, pipeline)) {
        delivery_drop_unwritten(delivery);
        delivery->share = (struct failure_share){0};
    }
    delivery_let_go(delivery);
    feed_change(&delivery->feed, pipeline);
}

/* One that is in no pipeline any more: what the sink has of it may come again, should it ever come back. */
static void leave(struct sink_runner *runner, struct delivery *delivery)
{
    if (delivery->first && delivery->first->stage == BATCH_WRITTEN) round_forget_unconfirmed(runner);
    delivery_drop(delivery);
    delivery_free(delivery);
}

static void merge(struct sink_runner *runner, struct delivery *fresh)
{
    struct delivery *kept = NULL, **last = &kept, *left = NULL;
    for (struct delivery *old = runner->deliveries, *next; old; old = next) {
        next = old->next;
        struct delivery **place = find(&fresh, old->name), *match = *place;
        if (!match) {
            old->next = left;
            left = old;
            continue;
        }
        *place = match->next;
        change_pipeline(old, match->feed.pipeline);
        delivery_free(match);
        old->next = NULL;
        *last = old;
        last = &old->next;
    }
    *last = fresh; /* those that are new */
    for (struct delivery *old = left, *next; old; old = next) {
        next = old->next;
        leave(runner, old);
    }
    runner->deliveries = kept;
}

void adopt_pending(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->owner.lock);
    bool now = runner->adopting = runner->adopts && runner->in_flight == 0;
    struct delivery *fresh = now ? runner->adopted : NULL;
    if (now) {
        runner->adopted = NULL;
        runner->adopts = false;
    }
    pthread_mutex_unlock(&runner->owner.lock);
    if (!now) return;
    merge(runner, fresh);
    pthread_mutex_lock(&runner->owner.lock);
    runner->adopting = false;
    pthread_mutex_unlock(&runner->owner.lock);
}
