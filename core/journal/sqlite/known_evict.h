/* Forgetting before the time, for want of space: what streams that follow a token remember goes first, the
 * oldest of it before the rest. What a window stream needs to read its unsettled zone again goes last and
 * only `with_windows`: without it that reading repeats events. Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_KNOWN_EVICT_H
#define POSTERN_JOURNAL_SQLITE_KNOWN_EVICT_H

#include "journal/journal.h"

/* Forgets a run, or the ids of some pages whose raw events are gone; *forgotten 0: there is nothing that
 * would make room. In a transaction. */
postern_status known_evict(struct journal *journal, bool with_windows, int64_t *forgotten,
                           postern_error *error);
/* Between groups: says what was forgotten, not more often than once an hour. */
void known_evict_report(struct journal *journal);

#endif
