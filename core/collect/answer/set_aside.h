/* What could not be read as events is kept with its bytes and the reason, within what one answer may leave
 * behind: neighbours of one reason are one letter, and what goes beyond the limits is counted in the last
 * one. Any thread, one at a time for each answer. */
#ifndef POSTERN_COLLECT_ANSWER_SET_ASIDE_H
#define POSTERN_COLLECT_ANSWER_SET_ASIDE_H

#include "base/buffer.h"
#include "collect/answer/trail.h"
#include "journal/dead.h"

struct answer;

/* Neighbours of one reason, until something else comes. */
struct set_aside_run {
    char *name, *reason; /* malloc'ed; name NULL = none */
    char type[64];
    struct buffer kept; /* each followed by a line end, but for the last */
    int64_t count, size;
    struct trail_place place; /* of the first */
};

/* What the limits did not let in. */
struct set_aside_rest {
    int64_t count, size;
    struct trail_place place;
    char first[64], last[64]; /* their names */
};

struct set_asides {
    struct dead_letter **letters;
    size_t count;
    size_t size; /* bytes that they and the run keep */
    struct set_aside_run run;
    struct set_aside_rest rest;
};

/* Keeps what could not be read among the answer's letters. Their event_id is made of the bytes, so that they
 * are recognised when they are read again. */
postern_status answer_set_aside(struct answer *answer, postern_text name, postern_text bytes,
                                postern_text type, const char *reason);
/* The same for exactly one record. */
postern_status answer_set_record_aside(struct answer *answer, postern_text name, postern_text bytes,
                                       postern_text type, const char *reason);
/* What comes next is no neighbour of what came before. */
postern_status answer_set_aside_break(struct answer *answer);
/* Nothing more comes: the letters are complete. */
postern_status answer_set_aside_end(struct answer *answer);
/* One letter that counts what was not kept. */
postern_status answer_set_rest_aside(struct answer *answer, const struct set_aside_rest *rest);
void set_asides_free(struct set_asides *set_asides);
/* A letter of the answer, which must be filled; NULL: no memory. */
struct dead_letter *letter_new(const struct answer *answer, const struct trail_place *place);
/* Where an answer's letter was found. */
const struct trail_place *letter_place(const struct dead_letter *letter);
void dead_letter_free(struct dead_letter *letter);

#endif
