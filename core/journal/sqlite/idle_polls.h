/* Polls that brought nothing new and wait to be stored. Each by itself would be a transaction of 20 to 30 kB
 * to say that nothing happened; thousands of streams wear a disk out with that. So the newest record of each
 * stream, with what it has read of the ledger, is kept in memory.
 *
 * When the first of them has waited for journal_settings.idle_flush_ms they are noted in the log
 * (idle_log.h), all in one transaction. Their streams' rows and ledgers are written when the log has become
 * long, when anything else of the stream is committed, in the same transaction and before it, when somebody
 * here reads or changes records, and at the end. What the journal refuses to store for its own sake is given
 * up after some tries, so that the log comes to its end. What a start finds in the log waits as if it had
 * been read just now; readers of another process put it over the rows (idle_overlay.h). A crash loses what is
 * not noted yet, so that is read again, and the ids, which are forgotten only with what is in the rows, keep
 * it silent. [writer] */
#ifndef POSTERN_JOURNAL_SQLITE_IDLE_POLLS_H
#define POSTERN_JOURNAL_SQLITE_IDLE_POLLS_H

#include "journal/journal.h"
#include "journal/sqlite/idle_log.h"
#include <stdatomic.h>

struct idle_polls {
    struct idle_poll_table waiting;
    _Atomic size_t count;          /* that wait; any thread */
    size_t unnoted;                /* of them, that the log does not have as they are */
    struct idle_poll *applied;     /* in the transaction under way */
    bool notes;                    /* the transaction under way adds to the log */
    struct idle_log log, kept_log; /* with the transaction under way, and without */
    bool log_is_damaged;           /* and not touched any more: what waits gets into the rows */
    int64_t period_began_ms;       /* monotonic */
    int64_t at_once;               /* so many were stored by themselves in this period */
    int64_t due_ms;                /* monotonic; when the unnoted are noted */
};

/* What is done with all that wait in a transaction. */
enum idle_step {
    IDLE_WAITS, /* nothing */
    IDLE_NOTED, /* they get into the log, or it is emptied, and they into the rows */
    IDLE_STORED /* they get into the rows */
};

/* What an earlier run of the program left in the log waits again. */
postern_status idle_polls_start(struct journal *journal, postern_error *error);
/* The log is damaged, as `words` say: from now on it is left alone. */
void idle_polls_leave_log(struct idle_polls *polls, const char *words);
/* Whether any wait, or the log holds what is not needed any more. */
bool idle_polls_wait(const struct idle_polls *polls);
/* Takes over what the commit says; false: it is to be stored by itself. */
bool idle_polls_take(struct journal *journal, const struct journal_commit *commit);
/* When they are to be noted at the latest; INT64_MAX = all are. */
int64_t idle_polls_due_ms(const struct idle_polls *polls);
/* What waits of the stream of that commit, as its first part. */
postern_status idle_polls_apply_before(struct journal *journal, const struct journal_commit *commit,
                                       postern_error *error);
/* The commit's part of the transaction was given up. */
void idle_polls_give_up(struct idle_polls *polls, const struct journal_commit *commit);
/* The step, in the transaction; a poll that cannot be stored waits on. */
postern_status idle_polls_step(struct journal *journal, enum idle_step step, postern_error *error);
/* The transaction ended: what was applied waits no longer, or still. */
void idle_polls_stored(struct journal *journal);
void idle_polls_failed(struct journal *journal);
void idle_polls_free(struct idle_polls *polls);

/* It waits no more. */
void idle_polls_drop(struct idle_polls *polls, struct idle_poll *poll);
/* Gives the record the names of its stream, which live as long as the journal is open; false: it has none. */
bool idle_polls_name(struct journal *journal, struct stream_record *record);

#endif
