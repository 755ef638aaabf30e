/* How many requests of one account go out in a second. Pure.
 *
 * A token bucket that holds one token and fills `per_second` times a second. Whoever comes takes a turn, now
 * or later: turns are given in the order in which they are asked for, so that none of those who wait starves,
 * and each wakes once. It saves nothing up: in no second are there more turns than `per_second`. */
#ifndef POSTERN_COLLECT_PLAN_REQUEST_RATE_H
#define POSTERN_COLLECT_PLAN_REQUEST_RATE_H

#include <stdint.h>

struct request_rate {
    int64_t next_us; /* monotonic; before it all turns are taken */
};

/* Takes the next turn and returns when it is: monotonic, never before now. `per_second` 0: no bound. */
int64_t request_rate_take(struct request_rate *rate, int64_t per_second, int64_t now_ms);

#endif
