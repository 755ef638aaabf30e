/* What the tables say at a glance: numbers that the daemon leaves under a name, for itself and for readers of
 * other processes, and the two that a start needs. Everything of the journal may ask here; this asks nothing
 * but the database. */
#ifndef POSTERN_JOURNAL_SQLITE_FACTS_H
#define POSTERN_JOURNAL_SQLITE_FACTS_H

#include "journal/sqlite/database.h"

postern_status meta_set(struct database *database, const char *key, int64_t value, postern_error *error);
postern_status meta_get(struct database *database, const char *key, int64_t *value, postern_error *error);

/* The highest sequence number ever given to a page; 0 = none yet. */
postern_status last_sequence(struct database *database, int64_t *sequence, postern_error *error);
postern_status dead_totals(struct database *database, int64_t *count, int64_t *bytes, postern_error *error);

#endif
