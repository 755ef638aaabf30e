/* What the tries at one answer showed, laid over each other: what was whole in one of them is in the journal
 * or held, and what none could read is set aside when the tries are over. [of the stream, or of whoever reads
 * its answer meanwhile] */
#ifndef POSTERN_COLLECT_ANSWER_TRIES_H
#define POSTERN_COLLECT_ANSWER_TRIES_H

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
    struct tries *next;
    char *key;          /* of the download; NULL = the answer itself */
    struct places read; /* sorted */
    struct damaged_place *damage;
    size_t damage_count, letter_count;
    struct held_events held;
};

/* One more try has come to nothing, and what was whole in it is stored: remembers the rest, which is taken
 * out of the answer. Out of memory, less is remembered. */
void tries_remember(struct tries *tries, struct answer *answer);
/* The answer's tries are over: leaves those letters in it that stand for what none of them could read, and in
 * its trail those held events that count. All of it is the answer's until tries_remember takes it back,
 * because it could not be stored. False: no memory. */
bool tries_settle(struct answer *answer);

/* Of a list; made if there is none. NULL: no memory. */
struct tries *tries_of(struct tries **list, const char *key);
struct tries *tries_find(struct tries *list, const char *key);
void tries_free(struct tries **list);

#endif
