/* What is not needed any more goes, in small steps: bodies of delivered pages, ids that need not be
 * remembered, removed deliveries, lists of removed accounts, answered requests, free pages of the file.
 * Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_RETENTION_H
#define POSTERN_JOURNAL_SQLITE_RETENTION_H

#include "journal/journal.h"
#include "journal/sqlite/database.h"

/* Removes the bodies of delivered pages that came until `stored_until_ms`, the oldest first, at most
 * `limit`. In a transaction. */
postern_status retention_remove_bodies(struct journal *journal, int64_t stored_until_ms, size_t limit,
                                       size_t *removed, postern_error *error);
/* Removes the bodies of all pages in (after, until]. In a transaction. */
postern_status retention_remove_between(struct journal *journal, int64_t after, int64_t until,
                                        postern_error *error);
/* Window streams: forgets the ids of pages whose pass ended before `until_ms`. In a transaction. */
postern_status retention_forget_window(struct database *database, int64_t stream_id, int64_t until_ms,
                                       int64_t *forgotten, postern_error *error);
/* One small step of what is due; true if there may be more. */
bool retention_step(struct journal *journal);

#endif
