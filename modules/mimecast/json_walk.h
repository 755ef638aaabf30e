/* Walks JSON text in constant memory, for answers that may be large or damaged. What is small and whole is
 * read with the host's json/1 instead. */
#ifndef MIMECAST_JSON_WALK_H
#define MIMECAST_JSON_WALK_H

#include "text.h"

#define JSON_WALK_DEPTH 128 /* as the core's */

enum walk_fault {
    WALK_FINE,
    WALK_CUT,    /* the text ends in the middle of it */
    WALK_BROKEN, /* it breaks the rules of JSON */
    WALK_DEEP,   /* it is nested deeper than JSON_WALK_DEPTH */
};

struct json_walk {
    const char *at, *end;
    enum walk_fault fault;
};

/* Called for each member of the object that is being walked, not for those of objects inside it. The key as
 * written between the quotes, the value as written. */
typedef void (*json_member)(void *context, postern_text key, postern_text value);

struct json_walk json_walk_over(postern_text text);
void json_walk_space(struct json_walk *walk);
/* Walks over one value that keeps every rule of RFC 8259 and is nested at most JSON_WALK_DEPTH deep. On
 * failure `fault` says why and `at` is where. `member` may be NULL. */
bool json_walk_value(struct json_walk *walk, json_member member, void *context);
/* Walks over a member's key and the colon behind it. */
bool json_walk_key(struct json_walk *walk, postern_text *key);

#endif
