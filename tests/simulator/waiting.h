/* Events that exist but cannot be seen yet; the world's listener is told of each when it is due. */
#ifndef SIMULATOR_WAITING_H
#define SIMULATOR_WAITING_H

#include "world.h"

/* Tells now if the event is due, else when it is; and when it leaves or is replaced. */
void waiting_add(struct world *world, struct account *account, const struct event *event, int64_t now_ms);
/* Tells all that is due. */
void waiting_tell(struct world *world, int64_t now_ms);
/* The item leaves the queue now, not when it would have. */
void waiting_leave_now(struct world *world, const struct account *account, const struct event *item,
                       int64_t now_ms);
/* What will happen was taken back: forgets what is in no log any more, and ends that will not come. */
void waiting_settle(struct world *world);
void waiting_free(struct world *world);

#endif
