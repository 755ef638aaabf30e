/* Polls that brought nothing new and wait to be stored. Each by itself would be a transaction of 20 to 30 kB
 * to say that nothing happened; thousands of streams wear a disk out with that. So the newest record of each
 * stream, with what it has read of the ledger, is kept in memory and written with those of all others: when
 * the first has waited for journal_settings.idle_flush_ms, when anything else of the stream is committed, in
 * the same transaction and before it, when somebody here reads or changes records, and at the end. A crash
 * loses that something was read, so it is read again, and the ids, which are forgotten only with what is
 * stored, keep that silent. [writer] */
#ifndef POSTERN_JOURNAL_SQLITE_IDLE_POLLS_H
#define POSTERN_JOURNAL_SQLITE_IDLE_POLLS_H

#include "journal/journal.h"
#include <stdatomic.h>

struct idle_poll;

struct idle_polls {
    struct idle_poll **by_stream; /* at the stream's id; NULL = nothing waits */
    size_t capacity;
    _Atomic size_t count;      /* that wait; any thread */
    struct idle_poll *applied; /* in the transaction under way */
    int64_t period_began_ms;   /* monotonic */
    int64_t at_once;           /* so many were stored by themselves in this period */
    int64_t due_ms;            /* monotonic; when those that wait are stored */
};

/* Takes over what the commit says; false: it is to be stored by itself. */
bool idle_polls_take(struct journal *journal, const struct journal_commit *commit);
/* When they are to be stored at the latest; INT64_MAX = none waits. */
int64_t idle_polls_due_ms(const struct idle_polls *polls);
/* What waits of the stream of that commit, as its first part. */
postern_status idle_polls_apply_before(struct journal *journal, const struct journal_commit *commit,
                                       postern_error *error);
/* The commit's part of the transaction was given up. */
void idle_polls_give_up(struct idle_polls *polls, const struct journal_commit *commit);
/* All that wait, each a part of the transaction; one that fails waits on. */
postern_status idle_polls_apply_all(struct journal *journal, postern_error *error);
/* The transaction ended: what was applied waits no longer, or still. */
void idle_polls_stored(struct journal *journal);
void idle_polls_failed(struct journal *journal);
void idle_polls_free(struct idle_polls *polls);

#endif
