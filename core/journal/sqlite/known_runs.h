/* Runs: what a stream remembers of older events, as sorted fingerprints in blocks (journal/known/block.h). A
 * run is written once, by folding (fold.h), and removed as a whole; its number is never used again. */
#ifndef POSTERN_JOURNAL_SQLITE_KNOWN_RUNS_H
#define POSTERN_JOURNAL_SQLITE_KNOWN_RUNS_H

#include "journal/known/fingerprints.h"
#include "journal/known/hours.h"
#include "journal/sqlite/database.h"

#define KNOWN_RUN_COUNT (1 << 20) /* fingerprints in a run, at the most */

struct known_run {
    int64_t id, stream_id, count;
    int64_t pass_until_ms;                       /* window; else 0 */
    int64_t first_remember_ms, last_remember_ms; /* token: until when its oldest and newest are kept */
    struct event_hours hours;                    /* of its events */
};

/* In a transaction. Gives the run its number. */
postern_status known_run_write(struct database *database, struct known_run *run,
                               const struct fingerprints *fingerprints, postern_error *error);
postern_status known_run_remove(struct database *database, int64_t id, postern_error *error);
/* The stream's runs, newest first; malloc'ed. */
postern_status known_run_list(struct database *database, int64_t stream_id, struct known_run **runs,
                              size_t *count, postern_error *error);
/* All of a run. A damaged block is POSTERN_E_PROTOCOL, in words that name it. */
postern_status known_run_read(struct database *database, const struct known_run *run,
                              struct fingerprints *fingerprints, postern_error *error);
/* One that is asked for. */
struct asked_fingerprint {
    uint64_t fingerprint;
    unsigned hour;
    bool found;
    size_t index; /* the asker's */
};
/* Looks for some, sorted by fingerprint, in the blocks where they would lie. */
postern_status known_run_search(struct database *database, const struct known_run *run,
                                struct asked_fingerprint *const *asked, size_t count, postern_error *error);

#endif
