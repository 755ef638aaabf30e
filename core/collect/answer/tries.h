/* What the tries at one answer showed, laid over each other: what was whole in one of them is in the journal
 * or held, and what none could read is set aside when the tries are over. Between two tries it lies in the
 * journal (tries_kept.h). On the thread that reads the answer. */
#ifndef POSTERN_COLLECT_ANSWER_TRIES_H
#define POSTERN_COLLECT_ANSWER_TRIES_H

#include "collect/answer/set_aside.h"
#include "collect/answer/trail.h"
#include "journal/dead.h"

struct answer;

/* What one try could not read at one place. */
struct damaged_place {
    struct trail_place place;
    bool closed; /* an event was read behind it */
    size_t size; /* bytes that the letters keep */
    struct dead_letter **letters;
    size_t letter_count;
};

struct tries {
    struct places read; /* sorted */
    struct damaged_place *damage;
    size_t damage_count, letter_count, letter_size;
    struct set_aside_rest rest; /* letters that there was no room for */
    struct held_events held;
};

/* For letters, and the bytes that they keep. */
struct tries_room {
    size_t letters, letter_size;
};

/* One more try at the answer has come to nothing, or the last: takes out of it what it leaves. In front of
 * what earlier ones left, so that what both have is not held twice. False: no memory. */
bool tries_take(struct tries *tries, struct answer *answer, struct tries_room room);
/* Lays more over what is there. What there is no room for is only counted. False: no memory. */
bool tries_add_damage(struct tries *tries, struct damaged_place *damage, struct tries_room room); /* moved */
bool tries_know_better(const struct tries *tries, const struct damaged_place *damage); /* of that place */
bool tries_add_read(struct tries *tries, const struct places *sorted, size_t most);
void tries_add_rest(struct tries *tries, const struct set_aside_rest *rest);
/* Of what is held, drops what counts no more. */
void tries_drop_made_up(struct tries *tries);

/* The tries are over: gives the answer those letters that stand for what none of them could read, and its
 * trail those held events that count. False: no memory. */
bool tries_settle(struct tries *tries, struct answer *answer);
/* The same for tries at something else, which the answer brings to an end: beside what it has itself. */
bool tries_give(struct tries *tries, struct answer *answer);
/* There was but one. */
void tries_settle_first(struct answer *answer);
bool tries_are_empty(const struct tries *tries);
void damaged_place_free(struct damaged_place *damage);
void tries_free(struct tries *tries); /* also as _cleanup_(tries_free) */

#endif
