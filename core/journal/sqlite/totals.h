/* Sums over the tables, and facts that the daemon leaves for readers of other processes. */
#ifndef POSTERN_JOURNAL_SQLITE_TOTALS_H
#define POSTERN_JOURNAL_SQLITE_TOTALS_H

#include "journal/sqlite/database.h"

/* The highest sequence number ever given to a page; 0 = none yet. */
postern_status last_sequence(struct database *database, int64_t *sequence, postern_error *error);
postern_status dead_totals(struct database *database, int64_t *count, int64_t *bytes, postern_error *error);

postern_status meta_set(struct database *database, const char *key, int64_t value, postern_error *error);
postern_status meta_get(struct database *database, const char *key, int64_t *value, postern_error *error);

#endif
