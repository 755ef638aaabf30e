/* Dead letters: what could not be read or delivered, with its bytes and the reason. */
#ifndef POSTERN_JOURNAL_DEAD_H
#define POSTERN_JOURNAL_DEAD_H

#include "base/arena.h"
#include "journal/page_view.h"
#include "journal/states.h"
#include "journal/vendor_call.h"

struct dead_letter {
    int64_t id; /* set when stored */
    int64_t created_ms;
    int64_t stored_ms; /* by the steady time: how old it is; set when it is stored */
    char account[64], source[64], stream[64];
    char delivery[130]; /* "pipeline/sink"; empty: the bytes could not be read as events */
    enum dead_stage stage;
    unsigned char event_id[EVENT_ID_SIZE]; /* zero if none */
    char type[64];
    int64_t received_ms, time_ms;
    struct vendor_call
        call;     /* that brought it; of a file, the call whose answer named it. None of an event's */
    char *reason; /* NUL-terminated */
    char *name;   /* where it was (member, line), or NULL */
    char *script, *script_hash, *traceback; /* NULL if no script was involved */
    postern_text bytes;                     /* the raw event, or what could not be read */
    char *settled; /* of several events that scripts made of it, those that the sink has: their numbers,
                      such as "1 3"; NULL = none */
    int64_t retries;
    int64_t size;       /* of its row, about; set when it is read */
    int64_t stands_for; /* not stored: so many things are in it; 0 = one */
    int64_t replaces;   /* not stored: the settled letter whose number and time it takes over; 0 = none */
};

/* What a drop has removed so far, and behind which letter it goes on. */
struct dead_dropped {
    int64_t after, count, bytes;
};

/* Which letters are meant: those for which all holds that is set. */
struct dead_filter {
    const int64_t *ids; /* rising; NULL = any */
    size_t id_count;
    const char *account, *delivery;     /* NULL = any */
    const char *source;                 /* NULL = any */
    const char *reason, *script;        /* a part of it; NULL = any */
    enum dead_stage stage;              /* DEAD_UNKNOWN = any */
    int64_t created_from_ms, before_ms; /* before_ms is not in it; 0 = any */
};

bool dead_filter_takes(const struct dead_filter *filter, const struct dead_letter *letter);
/* JSON, as the arguments of a request; malloc'ed, NULL if out of memory. */
char *dead_filter_write(const struct dead_filter *filter);
/* Reads it into the arena; NULL if it is not what dead_filter_write writes, or out of memory. What it does
 * not know is refused: a filter must not take more than was meant. */
const struct dead_filter *dead_filter_read(const char *json, postern_arena *arena);

#endif
