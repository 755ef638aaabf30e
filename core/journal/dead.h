/* Dead letters: what could not be read or delivered, with its bytes and the reason. */
#ifndef POSTERN_JOURNAL_DEAD_H
#define POSTERN_JOURNAL_DEAD_H

#include "journal/page_view.h"
#include "journal/states.h"

struct dead_letter {
    int64_t id; /* set when stored */
    int64_t created_ms;
    char account[64], source[64], stream[64];
    char delivery[130]; /* "pipeline/sink"; empty: the bytes could not be read as events */
    enum dead_stage stage;
    unsigned char event_id[EVENT_ID_SIZE]; /* zero if none */
    char type[64];
    int64_t received_ms, time_ms;
    char *reason;                           /* NUL-terminated */
    char *name;                             /* where it was (member, line), or NULL */
    char *script, *script_hash, *traceback; /* NULL if no script was involved */
    postern_text bytes;                     /* the raw event, or what could not be read */
    int64_t retries;
    int64_t stands_for; /* not stored: so many things are in it; 0 = one */
};

#endif
