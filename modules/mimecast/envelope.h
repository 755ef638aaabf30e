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
    const char *const *lists; /* what the member that holds the records may be called; ends with NULL */
    postern_text meta, type, next_page; /* as written; empty if missing */
    /* The places where refusals stand, likewise: `fail` of API 1.0 and of the gateway, `errors` or `error` of
     * the newer endpoints, with `error_description`. */
    postern_text failures, errors, error, description;
    postern_text
        data; /* from where its value begins to the end of the text: the list may be cut. Empty if missing */
    const char *data_end; /* where that value seems to end; NULL if that is not seen */
    bool data_is_sound;   /* it keeps every rule of JSON */
    postern_text further; /* from a second "data" to the end of the last one; empty if there is one only */
    postern_text behind;  /* what stands behind a whole envelope, white space left out */
};

struct envelope envelope_read(postern_text text);
/* The same with another name than "data" for the list. */
struct envelope envelope_read_with(postern_text text, const char *const *lists);
/* After the records have been read, to `end`: what stands behind the list is read from there, if a damaged
 * record made it seem to end elsewhere. False if `rest`, all of it, cannot be told apart: it may hold
 * records. */
bool envelope_read_behind_data(struct envelope *envelope, const char *end, postern_text *rest);
/* Sets aside what stands under a second "data", of which no reader could know which is meant. */
postern_status envelope_further(const struct envelope *envelope, const struct reading *reading,
                                postern_text name);

/* What `meta` says. */
struct envelope_meta {
    int64_t status; /* 0 = not stated */
    bool is_last_token;
    bool bad_next;     /* `next` is there and is no text */
    postern_text next; /* token of the next page; empty = none */
};
postern_status envelope_meta(const struct reading *reading, const struct envelope *envelope,
                             struct envelope_meta *meta);
/* True if one of the places where refusals stand holds anything. */
bool envelope_failed(const struct envelope *envelope);
/* True if this one of them does. */
bool envelope_says(postern_text failure);

#endif
