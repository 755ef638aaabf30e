/* What a commit is made of. Writer thread, in its transaction. */
#ifndef POSTERN_JOURNAL_SQLITE_COMMIT_PARTS_H
#define POSTERN_JOURNAL_SQLITE_COMMIT_PARTS_H

#include "journal/journal.h"
#include "journal/sqlite/database.h"

/* The whole, in the order in which its parts depend on each other. */
postern_status commit_apply(struct journal *journal, struct journal_commit *commit, postern_error *error);

/* Where it is not there yet. */
postern_status account_make(struct journal *journal, const char *name, postern_error *error);
postern_status stream_make(struct journal *journal, const struct enrolled *stream, postern_error *error);
postern_status account_update(struct database *database, const struct account_record *record,
                              postern_error *error);
/* Groups of the log of idle polls up to this one say nothing of the stream any more. */
postern_status stream_update(struct database *database, const struct stream_record *record,
                             int64_t idle_group, postern_error *error);
postern_status pages_store(struct journal *journal, struct journal_commit *commit, postern_error *error);
struct coverage_commit {
    const struct stream_record *stream;
    const struct coverage_read *read;
    int64_t remember_ms; /* token: how long the vendor keeps what it did not hand out yet; 0 = for ever */
    int64_t most_ranges, now_ms;
    int64_t joined_reads; /* so many more that it stands for */
};
/* The day of the ledger on which it counts what was read until then. */
static inline int64_t coverage_day(int64_t until_ms)
{
    return until_ms / 86400000;
}
/* Whether it does no more than to move the end of the stream's newest range: all holes stay as they are. */
postern_status coverage_moves_only_the_end(struct database *database, const struct coverage_commit *commit,
                                           bool *only, postern_error *error);
postern_status coverage_extend(struct database *database, const struct coverage_commit *commit,
                               postern_error *error);
postern_status downloads_update(struct database *database, const struct journal_commit *commit,
                                postern_error *error);
postern_status tries_update(struct database *database, const struct journal_commit *commit,
                            postern_error *error);
postern_status calls_update(struct database *database, const struct journal_calls *calls,
                            postern_error *error);
postern_status snapshot_update(struct journal *journal, const struct journal_commit *commit,
                               postern_error *error);
postern_status delivery_update(struct journal *journal, const struct delivery_move *move,
                               postern_error *error);
postern_status dead_letters_update(struct journal *journal, const struct journal_commit *commit,
                                   postern_error *error);
/* The account's name as it is now: it may have been renamed while the letter was written. */
postern_status names_of_letter(struct database *database, const struct journal_commit *commit,
                               struct dead_letter *letter, postern_error *error);
/* *size (may be NULL): what it took; -1 = it was gone already. */
postern_status dead_letter_remove(struct journal *journal, int64_t id, int64_t *size, postern_error *error);
postern_status request_update(struct journal *journal, const struct journal_commit *commit,
                              postern_error *error);

#endif
