/* Events that exist but cannot be seen yet; the world's listener is told of each when it is due. */
#ifndef SIMULATOR_WAITING_H
#define SIMULATOR_WAITING_H

#include "world.h"

/* Tells now if the event is due, else when it is. */
void waiting_add(struct world *world, struct account *account, const struct event *event, int64_t now_ms);
/* Tells all that is due. */
void waiting_tell(struct world *world, int64_t now_ms);
/* The item leaves the queue now, not when it would have. */
void waiting_leave_now(struct world *world, const struct account *account, const struct event *item,
                       int64_t now_ms);
void waiting_free(struct world *world);

#endif
