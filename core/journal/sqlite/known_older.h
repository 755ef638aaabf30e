/* Asking the runs of a stream: only those that hold events of the same hours, and all of them once an answer
 * is seen to repeat what they hold. Any thread. */
#ifndef POSTERN_JOURNAL_SQLITE_KNOWN_OLDER_H
#define POSTERN_JOURNAL_SQLITE_KNOWN_OLDER_H

#include "journal/sqlite/known_runs.h"
#include "journal/sqlite/run_cache.h"

/* For each id that is not known yet: sets known[i] if a run of the stream holds it. `times_ms` of the events;
 * NULL: any. What is damaged is said and passed over: it can only bring a repeat, while failing would stop
 * the stream for ever. */
postern_status known_older_check(struct database *database, struct run_cache *cache, int64_t now_ms,
                                 int64_t stream_id, const unsigned char *ids, const int64_t *times_ms,
                                 size_t count, bool *known, postern_error *error);

#endif
