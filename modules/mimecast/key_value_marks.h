/* The places of a key_value line where a pair may begin (a "|" with a key and "=" behind it) and where a text
 * between backslashes may end. Which of them mean it, key_value.c decides. */
#ifndef MIMECAST_KEY_VALUE_MARKS_H
#define MIMECAST_KEY_VALUE_MARKS_H

#include "siem_keys.h"

struct mark {
    const char *at; /* where the key begins */
    postern_text key;
    const char *value;
    int known;  /* the key's number, -1 = none that we know */
    bool opens; /* its value begins with a backslash that ends no text itself */
};

/* The pair that begins at `at`; false if none does. */
bool mark_at(const char *at, const char *end, struct mark *mark);

/* The next place at or behind `from` where "|" stands in front of a pair; false if there is none. */
bool mark_next(const char *from, const char *end, struct mark *mark);

enum { LONGEST_ADDRESS = 1024 }; /* of mail, and of a message */

/* True if a plain value of this key may go on behind `end`. */
bool mark_may_go_on(int known, const char *value, const char *end);

/* True if a text between backslashes can end with this backslash. */
bool mark_is_closing(const char *at, const char *end);

struct closing {
    const char *at; /* NULL = there is none */
    /* The last place in front of it where another text begins that may have written it: one of outsiders, or
     * one between backslashes; `known`: of a key that we know. NULL = none. */
    const char *other, *known;
};

/* The next such backslash at or behind `from`, which is inside a text. */
struct closing mark_closing(const char *from, const char *end);

/* The last one in front of `end`; NULL if there is none. */
const char *mark_last_closing(const char *start, const char *end);

/* True if the line ends in a key, or in front of one. */
bool mark_is_cut(postern_text line);

#endif
