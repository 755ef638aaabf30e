/* Space: the limit of the journal, a full disk, the size of the write-ahead log. All three stop collecting,
 * say so, and end by themselves. Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_SPACE_H
#define POSTERN_JOURNAL_SQLITE_SPACE_H

#include "journal/journal.h"

struct space {
    int64_t needed; /* by the commit that did not fit */
    bool over_limit, disk_full, wal_stuck, full_written;
    enum space_kind disk_trouble; /* which, while disk_full */
    char ended[96];               /* how the trouble that ended last did, while nobody was told; "" = none */
    int64_t next_probe_ms;
    int64_t forgotten_ids;     /* for want of space, and not said yet */
    int64_t next_forgotten_ms; /* monotonic: when it may be said again */
};

/* What undelivered events may take before streams are told to stop. Pure. */
int64_t space_usable(int64_t max_size);
/* Makes room for a commit's pages, removing delivered ones and then remembered ids if need be;
 * POSTERN_E_LIMIT if undelivered ones leave none. In the transaction. */
postern_status space_admit(struct journal *journal, int64_t bytes, postern_error *error);
/* Between groups: removes delivered pages and remembered ids above the limit, tries a disk that failed, says
 * whether it is full.
 */
void space_review(struct journal *journal);
/* A write failed: counts as full until a probe succeeds. */
void space_disk_failed(struct journal *journal, const postern_error *error);
bool space_in_trouble(const struct space *space);
/* Copies the write-ahead log into the database when it is large; `all`: however small it is, and empties its
 * file. */
void wal_checkpoint(struct journal *journal, bool all);

#endif
