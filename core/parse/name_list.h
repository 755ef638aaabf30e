/* Lists of names as people and programs write them into one text: a, b and "a", "b, c" and [a, b]. Pure
 * functions over text: the results point into the input. */
#ifndef POSTERN_PARSE_NAME_LIST_H
#define POSTERN_PARSE_NAME_LIST_H

#include <postern/module.h>

struct listed_names {
    postern_text rest;
    bool one;            /* what stands in no quotes is one name, commas and all */
    bool none_closes[2]; /* nothing behind here closes a ', a " */
};

/* Brackets around all of it are left out; "null", "None", "N/A", "[]" and a JSON object hold no names. `one`:
 * it is known that there is one. */
struct listed_names name_list_of(postern_text text, bool one);

/* Steps to the next name, without its quotes, trimmed; empty ones are skipped. A quote closes only in front
 * of a comma or at the end: "say "hi".txt", "b.txt" are two names. False at the end. */
bool name_list_next(struct listed_names *list, postern_text *name);

#endif
