/* The lists of accounts that are not configured any more: kept for a while, in case one comes back, then
 * forgotten. Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_SNAPSHOT_FORGET_H
#define POSTERN_JOURNAL_SQLITE_SNAPSHOT_FORGET_H

#include "journal/journal.h"

/* One small step of what is due; true if there may be more. */
bool snapshot_forget_step(struct journal *journal);

#endif
