/* Which deliveries a retry of many letters asks no more, and why: those whose sink is plainly not there. One
 * that refuses what it is given is there, and is asked for the rest. */
#ifndef POSTERN_DELIVER_REPLAY_GIVEN_UP_H
#define POSTERN_DELIVER_REPLAY_GIVEN_UP_H

#include "deliver/replay/dead_retry.h"

struct given_up {
    postern_arena *arena; /* of the list, which begins as NULL */
    struct asked_delivery *first;
};

/* NULL: it is to be asked. */
const postern_error *given_up_why(const struct given_up *given_up, const char *delivery);
/* What it said to a part, and what went wrong. False if out of memory. */
bool given_up_note(struct given_up *given_up, const char *delivery, enum retry_answer answer,
                   const postern_error *error);

#endif
