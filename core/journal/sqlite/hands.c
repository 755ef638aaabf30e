#include "journal/sqlite/hands.h"
#include "base/smaller.h"
#include "journal/sqlite/store.h"

void hands_start(struct hands *hands)
{
    *hands = (struct hands){.first = NULL};
    pthread_mutex_init(&hands->lock, NULL);
}

void hands_stop(struct hands *hands)
{
    pthread_mutex_destroy(&hands->lock);
}

/* ---- The writer's ---- */

void hands_freeze(struct hands *hands)
{
    if (hands->frozen) return;
    pthread_mutex_lock(&hands->lock);
    hands->frozen = true;
}

void hands_thaw(struct hands *hands)
{
    if (!hands->frozen) return;
    hands->frozen = false;
    pthread_mutex_unlock(&hands->lock);
}

int64_t hands_until(const struct hands *hands, int64_t delivery_id)
{
    int64_t until = 0;
    for (const struct journal_hand *hand = hands->first; hand; hand = hand->next)
        if (hand->delivery_id == delivery_id) until = larger(until, hand->until);
    return until;
}

void hands_lose(struct hands *hands, int64_t delivery_id)
{
    for (struct journal_hand *hand = hands->first; hand; hand = hand->next)
        if (hand->delivery_id == delivery_id) hand->lost = true;
}

/* ---- The deliveries' ---- */

int64_t journal_given_up(struct journal *journal)
{
    return atomic_load(&journal->hands.drops);
}

void journal_hand_add(struct journal *journal, struct journal_hand *hand)
{
    struct hands *hands = &journal->hands;
    pthread_mutex_lock(&hands->lock);
    hand->next = hands->first;
    hands->first = hand;
    pthread_mutex_unlock(&hands->lock);
}

void journal_hand_remove(struct journal *journal, struct journal_hand *hand)
{
    struct hands *hands = &journal->hands;
    pthread_mutex_lock(&hands->lock);
    for (struct journal_hand **place = &hands->first; *place; place = &(*place)->next)
        if (*place == hand) {
            *place = hand->next;
            break;
        }
    pthread_mutex_unlock(&hands->lock);
}

bool journal_hand_take(struct journal *journal, struct journal_hand *hand, int64_t until, int64_t seen)
{
    pthread_mutex_lock(&journal->hands.lock);
    bool same = journal_given_up(journal) == seen;
    if (same) hand->until = larger(hand->until, until);
    pthread_mutex_unlock(&journal->hands.lock);
    return same;
}

void journal_hand_keep(struct journal *journal, struct journal_hand *hand, int64_t until)
{
    pthread_mutex_lock(&journal->hands.lock);
    hand->until = smaller(hand->until, until);
    pthread_mutex_unlock(&journal->hands.lock);
}

bool journal_hand_lost(struct journal *journal, struct journal_hand *hand)
{
    pthread_mutex_lock(&journal->hands.lock);
    bool lost = hand->lost;
    hand->lost = false;
    pthread_mutex_unlock(&journal->hands.lock);
    return lost;
}
