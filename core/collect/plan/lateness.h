/* Whether a stream is polled as often as its interval says, and what its polls wait for. Pure; times are
 * monotonic ms.
 *
 * A poll that ends more than half an interval late costs the stream a place in its grid (schedule.h). So
 * what is looked at is how far apart polls fall due. Late is a stream that loses two places in a row, or more
 * than every fourth: one poll that was held up is no trouble. What is said elsewhere is not counted here:
 * trouble, an account that fails, a quota, a full journal; nor that a long backlog is being read. */
#ifndef POSTERN_COLLECT_PLAN_LATENESS_H
#define POSTERN_COLLECT_PLAN_LATENESS_H

#include "base/late_polls.h"
#include <stdbool.h>

#define LATENESS_INTERVAL ((int64_t)1000) /* one interval; lengths of time are thousandths of it */

/* Zeroed at the start. One for each of thousands of streams: every byte counts. */
struct lateness {
    uint16_t waited;                      /* of the poll at hand, in all */
    uint16_t longest;                     /* and for one cause at a time, the longest */
    uint16_t every;                       /* how far apart the polls are; 0 = as far as they should be */
    uint8_t longest_cause : 3, cause : 3; /* `cause`: of the last poll that was late */
    uint8_t requests : 2;                 /* of the poll at hand: 0, 1 or more */
    uint8_t strikes : 3; /* three for each late poll, less one for each that was not, from 0 to 7 */
    bool is_late : 1;    /* since there were four, until there are none */
    bool is_said : 1;    /* why the poll at hand begins late stands elsewhere */
};

/* The poll at hand has waited for that. */
void lateness_wait(struct lateness *lateness, enum late_cause cause, int64_t interval_ms, int64_t waited_ms);
/* It has taken so long by itself. Something of that is to be expected: a wait of half that length is rather
 * the cause. */
void lateness_take(struct lateness *lateness, enum late_cause cause, int64_t interval_ms, int64_t took_ms);
/* A request of it is made. */
void lateness_ask(struct lateness *lateness);
/* The poll is over, and the next one falls due so long behind it. Sets `is_late`. */
void lateness_end(struct lateness *lateness, int64_t interval_ms, int64_t apart_ms);

#endif
