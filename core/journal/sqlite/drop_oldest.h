/* Deliveries that give up their oldest undelivered pages when these fill the journal. */
#ifndef POSTERN_JOURNAL_SQLITE_DROP_OLDEST_H
#define POSTERN_JOURNAL_SQLITE_DROP_OLDEST_H

#include "journal/journal.h"

/* Removes some of the oldest pages that nobody has in hand and moves the cursors over them, noting what is
 * lost. *moved: whether there was anything to give up; not if a delivery that waits needs the same pages.
 * Writer thread, in its transaction. */
postern_status drop_oldest_pages(struct journal *journal, bool *moved, postern_error *error);

#endif
