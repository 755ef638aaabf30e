/* The envelope of an answer: {"meta":{...},"data":[...],"fail":[...]}, in any order, with any part missing,
 * and of a file with MTA logs: {"type":"MTA","data":[...]}. */
#ifndef MIMECAST_ENVELOPE_H
#define MIMECAST_ENVELOPE_H

#include "json_walk.h"
#include "reading.h"

enum envelope_state {
    ENVELOPE_NONE,    /* no JSON object at all */
    ENVELOPE_WHOLE,   /* its outline is right to the end */
    ENVELOPE_DAMAGED, /* ends early or breaks off */
};

struct envelope {
    enum envelope_state state;
    postern_text meta, type, failures; /* as written; empty if missing */
    postern_text
        data; /* from where its value begins to the end of the text: the list may be cut. Empty if missing */
    postern_text behind; /* what stands behind a whole envelope, white space left out */
};

struct envelope envelope_read(postern_text text);

/* What `meta` says. */
struct envelope_meta {
    int64_t status; /* 0 = not stated */
    bool is_last_token;
    bool bad_next;     /* `next` is there and is no text */
    postern_text next; /* token of the next page; empty = none */
};
postern_status envelope_meta(const struct reading *reading, const struct envelope *envelope,
                             struct envelope_meta *meta);
/* True if `fail` holds anything. */
bool envelope_failed(const struct envelope *envelope);

#endif
