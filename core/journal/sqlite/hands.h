/* What all deliveries have in hand (journal/hand.h), as the writer sees it while it gives pages up. */
#ifndef POSTERN_JOURNAL_SQLITE_HANDS_H
#define POSTERN_JOURNAL_SQLITE_HANDS_H

#include "journal/hand.h"
#include <pthread.h>

struct hands {
    pthread_mutex_t lock;
    struct journal_hand *first;
    bool frozen;           /* by the transaction under way; the writer's own */
    _Atomic int64_t drops; /* see journal_given_up */
};

void hands_start(struct hands *hands);
void hands_stop(struct hands *hands);
/* From the first page that is given up until the end of the transaction nobody takes anything in hand: it
 * might be what goes. Writer thread. */
void hands_freeze(struct hands *hands);
void hands_thaw(struct hands *hands);
/* Frozen: up to where the delivery has pages in hand; 0 = it has none. */
int64_t hands_until(const struct hands *hands, int64_t delivery_id);
/* Frozen: pages behind those in its hand are given up. */
void hands_lose(struct hands *hands, int64_t delivery_id);

#endif
