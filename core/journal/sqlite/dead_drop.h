/* Dead letters that go for good: dropped by hand, or expired. */
#ifndef POSTERN_JOURNAL_SQLITE_DEAD_DROP_H
#define POSTERN_JOURNAL_SQLITE_DEAD_DROP_H

#include "journal/journal.h"

/* Removes some of those that are older than `dead_retain_ms`, and says so. True if there may be more. Writer
 * thread, between groups. */
bool dead_letters_expire(struct journal *journal);

#endif
