/* A poll that brought nothing new and waits to be stored, and the newest one of each stream. One thread at a
 * time. */
#ifndef POSTERN_JOURNAL_SQLITE_IDLE_POLL_H
#define POSTERN_JOURNAL_SQLITE_IDLE_POLL_H

#include "journal/commit.h"

#define IDLE_POLL_STREAMS ((size_t)1 << 24) /* a stream's id is less, or its polls do not wait */

/* Of all such polls of a stream since its row was written. */
struct idle_poll {
    struct stream_record record; /* as the newest left it; the names are the journal's */
    struct coverage_read coverage;
    int64_t joined_reads, read_ms; /* of that: so many more; when the last was read */
    int64_t remember_ms, forgotten_ids;
    int64_t list_polls; /* snapshot: how often the list was read by then; 0 = it is none */
    int64_t group;      /* of the log that it was read from */
    int refusals;       /* so often the journal would not store it, for its own sake */
    bool has_coverage, forget_settled;
    bool is_noted;       /* it stands in the log as it is, ... */
    bool is_being_noted; /* ... or will, with the transaction under way */
    bool keeps_position; /* from the log: that of the stream's row is as good as its own was */
    const void *part;    /* of the transaction under way that stores it: a commit, or itself; NULL = none */
    struct idle_poll *next_applied;
};

struct idle_poll_table {
    struct idle_poll **by_stream; /* at the stream's id; NULL = nothing waits */
    size_t capacity;
};

struct idle_poll *idle_poll_find(const struct idle_poll_table *table, int64_t stream_id);
/* Takes the poll over, at its record's id, in the place of what was there. False, and it is still the
 * caller's: out of memory. */
bool idle_poll_put(struct idle_poll_table *table, struct idle_poll *poll);
/* Out of the table, and frees it. */
void idle_poll_drop(struct idle_poll_table *table, struct idle_poll *poll);
void idle_poll_free(struct idle_poll *poll);
void idle_poll_table_free(struct idle_poll_table *table); /* also as _cleanup_(...) */

#endif
