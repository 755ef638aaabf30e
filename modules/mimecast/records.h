/* The records of a JSON list, one by one, out of a text that may be damaged: what is whole is found, and what
 * is not is named. A record is never made up: it is an object that keeps every rule of JSON. */
#ifndef MIMECAST_RECORDS_H
#define MIMECAST_RECORDS_H

#include "json_walk.h"

enum record_kind {
    RECORD,         /* an object */
    RECORD_STRANGE, /* a whole JSON value, but no object, or too deep */
    RECORD_BROKEN,  /* breaks the rules of JSON, and the list goes on behind it; no bytes: a comma is missing
                     */
    RECORDS_LOST,   /* from here on nothing can be told apart: all the rest of the text */
    RECORDS_END,    /* the list is over; the walk stands behind it */
};

struct record_list {
    struct json_walk walk;
    bool begun;
    bool at_record; /* the walk stands at the next record, whatever is in front of it */
};

struct record {
    postern_text text;
    const char *reason; /* why it is no RECORD, in the user's words */
    bool is_one;        /* however broken, it is one record and no more */
};

/* `text` begins with the list's opening bracket (white space may stand before it) and may go on behind the
 * list. */
struct record_list records_over(postern_text text);
/* The same over records that stand behind each other without a list around them, with commas or line ends
 * between, as they were set aside. A list's own beginning may be missing; what ends it ends this. */
struct record_list records_set_aside(postern_text text);
/* Steps to the next record. `member` (may be NULL) is called for its members; forget what it saw if the
 * result is not RECORD. Not to be called again after RECORDS_LOST or RECORDS_END. */
enum record_kind records_next(struct record_list *list, struct record *record, json_member member,
                              void *context);

#endif
