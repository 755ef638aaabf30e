/* Where two JSON values differ, in words. */
#ifndef POSTERN_PARSE_JSON_DIFFERENCE_H
#define POSTERN_PARSE_JSON_DIFFERENCE_H

#include "base/json_tape.h"

struct json_side {
    const struct json_tape *tape;
    const struct json_node *node; /* NULL = there is nothing */
};

/* Compares as a reader would: members in any order, numbers by value, texts unescaped; an empty list equals
 * an empty object, because an empty Lua table cannot tell. Appends a line "<indent>path: expected ..., got
 * ..." for each difference, `path` in front of every path. Returns their number. */
size_t json_difference(struct json_side expected, struct json_side actual, const char *indent,
                       const char *path, struct buffer *report);
/* What is at "a.b[2].c"; node NULL if there is nothing. A name may hold dots. */
struct json_side json_follow(struct json_side from, postern_text path);

#endif
