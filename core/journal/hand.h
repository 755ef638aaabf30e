/* What a delivery has in hand: pages that its sink has or may have, and that are therefore not given up for
 * room (when_full = "drop_oldest"). In memory alone: after a crash they come again. */
#ifndef POSTERN_JOURNAL_HAND_H
#define POSTERN_JOURNAL_HAND_H

#include "journal/journal.h"

struct journal_hand {
    int64_t delivery_id;
    int64_t until; /* pages up to here, those that the cursor has not passed; 0 = none */
    /* The journal's. */
    bool lost; /* pages behind them went */
    struct journal_hand *next;
};

/* To be removed before it goes; a delivery may have two, while a reload changes it. */
void journal_hand_add(struct journal *journal, struct journal_hand *hand);
void journal_hand_remove(struct journal *journal, struct journal_hand *hand);
/* Pages up to `until` are in hand, too. False: since journal_given_up was `seen` more was given up, perhaps
 * of these: look first. */
bool journal_hand_take(struct journal *journal, struct journal_hand *hand, int64_t until, int64_t seen);
/* What is behind `until` is not in hand any more. */
void journal_hand_keep(struct journal *journal, struct journal_hand *hand, int64_t until);
/* Whether pages behind those in hand were given up since it was asked last. */
bool journal_hand_lost(struct journal *journal, struct journal_hand *hand);

#endif
