#include "waiting.h"
#include <stdlib.h>

struct waiting {
    struct account *account;
    struct event event;
    bool is_end; /* that it is gone or replaced is told, not that it can be seen */
};

static int64_t due_ms(const struct waiting *one)
{
    return one->is_end ? one->event.gone_ms : event_due_ms(&one->event);
}

static void tell(const struct world *world, const struct waiting *one)
{
    const struct world_listener *listener = &world->listener;
    if (one->is_end)
        listener->gone(listener->context, one->account, &one->event);
    else
        listener->visible(listener->context, one->account, &one->event, true, NULL, NULL);
}

static void add(struct world *world, const struct waiting *one, int64_t now_ms)
{
    if (due_ms(one) <= now_ms) {
        tell(world, one);
        return;
    }
    if (world->waiting_count == world->waiting_capacity) {
        world->waiting_capacity = world->waiting_capacity ? world->waiting_capacity * 2 : 64;
        world->waiting = must_grow(world->waiting, world->waiting_capacity * sizeof *world->waiting);
    }
    world->waiting[world->waiting_count++] = *one;
}

void waiting_add(struct world *world, struct account *account, const struct event *event, int64_t now_ms)
{
    add(world, &(struct waiting){account, *event, false}, now_ms);
    if (event->gone_ms) add(world, &(struct waiting){account, *event, true}, now_ms);
    if (event->gone_ms && event->source == HOLD_QUEUE)
        add(world, &(struct waiting){account, event_leaving(event), false}, now_ms);
}

void waiting_tell(struct world *world, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < world->waiting_count; i++) {
        struct waiting *one = &world->waiting[i];
        if (due_ms(one) <= now_ms)
            tell(world, one);
        else
            world->waiting[kept++] = *one;
    }
    world->waiting_count = kept;
}

void waiting_leave_now(struct world *world, const struct account *account, const struct event *item,
                       int64_t now_ms)
{
    for (size_t i = 0; i < world->waiting_count; i++) {
        struct waiting *one = &world->waiting[i];
        if (one->account == account && one->event.source == HOLD_QUEUE &&
            one->event.sequence == item->sequence)
            one->event.gone_ms = now_ms;
    }
}

static const struct event *find(const struct waiting *one)
{
    const struct log *log = &one->account->logs[one->event.source];
    for (size_t i = 0; i < log->count; i++)
        if (log->events[i].sequence == one->event.sequence) return &log->events[i];
    return NULL;
}

void waiting_settle(struct world *world)
{
    size_t kept = 0;
    for (size_t i = 0; i < world->waiting_count; i++) {
        struct waiting one = world->waiting[i];
        const struct event *event = find(&one);
        if (!event) continue;
        one.event.gone_ms = event->gone_ms;
        bool ends = one.is_end || (event->source == HOLD_QUEUE && one.event.type == QUEUE_LEFT);
        if (!ends || event->gone_ms) world->waiting[kept++] = one;
    }
    world->waiting_count = kept;
}

void waiting_free(struct world *world)
{
    free(world->waiting);
    world->waiting = NULL;
}
