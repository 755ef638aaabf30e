/* Reading two accounts of the journal for a comparison: `postern account migrate`. */
#ifndef POSTERN_COMMANDS_PARITY_READING_H
#define POSTERN_COMMANDS_PARITY_READING_H

#include "journal/journal.h"
#include "report/parity.h"

#define PARITY_SOURCES 64

/* What of a source can be compared: from when on both sides have all, and up to when. */
struct parity_range {
    char source[64];
    int64_t from_ms, until_ms;
    int64_t oldest_event_ms[PARITY_SIDES];
    bool has[PARITY_SIDES];  /* the side has streams of it */
    bool read[PARITY_SIDES]; /* and all of them have come to the present */
    bool is_list;            /* what they show depends on when they look */
};

enum parity_range_state {
    RANGE_COMPARED,
    RANGE_LIST,     /* both sides are read, each at times of its own: what comes and goes differs */
    RANGE_QUIET,    /* both sides are read, and neither had anything */
    RANGE_UNREAD,   /* the new API has not been read to the present, or may not be */
    RANGE_OLD_ONLY, /* the new API has no such source */
    RANGE_NEW_ONLY,
};
enum parity_range_state parity_range_state(const struct parity_range *range);

struct parity_reading {
    struct journal *journal;
    const char *account[PARITY_SIDES];
    int64_t added_ms[PARITY_SIDES];
    const char *script;       /* that brings both sides to one form: a path, or the name of a packaged one */
    const char *message_path; /* where the message's id stands in what it makes: "email.message_id" */
    int64_t settle_ms;        /* the newest events of streams that follow a token may come late */
    size_t messages_most;
    struct parity_range ranges[PARITY_SOURCES];
    size_t range_count;
    struct parity *parity;
    int64_t failed; /* events on which the script failed */
};

/* Reads both sides; `parity` is set and compared then. */
postern_status parity_read(struct parity_reading *reading, postern_error *error);
/* Calls `each` for every event whose message the other side has less often, in the order of the journal. */
postern_status parity_each_missing(struct parity_reading *reading, enum parity_side side,
                                   void (*each)(void *context, const struct parity_event *event),
                                   void *context, postern_error *error);
void parity_reading_clear(struct parity_reading *reading);

#endif
