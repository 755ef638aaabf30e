/* What waits for a delivery: counted from the rows of the pages behind its cursor, each of which says how
 * many events it has; no page is opened. A delivery that keeps up costs one look. */
#ifndef POSTERN_JOURNAL_SQLITE_BACKLOG_H
#define POSTERN_JOURNAL_SQLITE_BACKLOG_H

#include "journal/records.h"
#include "journal/sqlite/database.h"

/* Fills in backlog_pages, _events, _bytes and waiting_since_ms of a record whose id and cursor are known. */
postern_status backlog_count(struct database *database, struct delivery_record *record, postern_error *error);

#endif
