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

/* Those that are in no pipeline any more: what the sink has of them may come again, should they ever come
 * back. While the list is whole, because all of it is looked through. */
static void forget_unconfirmed_of_leaving(struct sink_runner *runner, struct delivery *fresh)
{
    for (struct delivery *old = runner->deliveries; old; old = old->next)
        if (old->first && old->first->stage == BATCH_WRITTEN && !*find(&fresh, old->name))
            round_forget_unconfirmed(runner);
}

static void merge(struct sink_runner *runner, struct delivery *fresh)
{
    struct delivery *kept = NULL, **last = &kept, *left = NULL;
    forget_unconfirmed_of_leaving(runner, fresh);
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
        delivery_drop(old);
        delivery_free(old);
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
