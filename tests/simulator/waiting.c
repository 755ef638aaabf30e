#include "waiting.h"
#include <stdlib.h>

struct waiting {
    struct account *account;
    struct event event;
};

static void tell(const struct world *world, const struct account *account, const struct event *event)
{
    world->listener.visible(world->listener.context, account, event, true, NULL, NULL);
}

void waiting_add(struct world *world, struct account *account, const struct event *event, int64_t now_ms)
{
    if (event_due_ms(event) <= now_ms) {
        tell(world, account, event);
        return;
    }
    if (world->waiting_count == world->waiting_capacity) {
        world->waiting_capacity = world->waiting_capacity ? world->waiting_capacity * 2 : 64;
        world->waiting = must_grow(world->waiting, world->waiting_capacity * sizeof *world->waiting);
    }
    world->waiting[world->waiting_count++] = (struct waiting){account, *event};
}

void waiting_tell(struct world *world, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < world->waiting_count; i++) {
        struct waiting *one = &world->waiting[i];
        if (event_due_ms(&one->event) <= now_ms)
            tell(world, one->account, &one->event);
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
        if (one->account == account && one->event.source == HOLD_QUEUE && one->event.type == QUEUE_LEFT &&
            one->event.sequence == item->sequence)
            one->event.gone_ms = now_ms;
    }
}

void waiting_free(struct world *world)
{
    free(world->waiting);
    world->waiting = NULL;
}
