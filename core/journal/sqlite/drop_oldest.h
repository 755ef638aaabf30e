/* Deliveries that give up their oldest undelivered pages when these fill the journal. */
#ifndef POSTERN_JOURNAL_SQLITE_DROP_OLDEST_H
#define POSTERN_JOURNAL_SQLITE_DROP_OLDEST_H

#include "journal/journal.h"

/* Moves the cursors of those that hold the oldest pages over some of them, noting what they lose. *moved:
 * whether there was anything to give up; not if a delivery that waits needs the same pages. Writer thread, in
 * its transaction. */
postern_status drop_oldest_pages(struct journal *journal, bool *moved, postern_error *error);

#endif
