/* The ids of the events that each stream remembers. The newest lie in their pages' rows; they are loaded when
 * asked for, dropped when not used for a while, within a limit on memory; a stream whose newest ids do not
 * fit is answered by a walk over them. Older ones lie in runs (known_older.h). Any thread. */
#ifndef POSTERN_JOURNAL_SQLITE_KNOWN_IDS_H
#define POSTERN_JOURNAL_SQLITE_KNOWN_IDS_H

#include "base/clock.h"
#include "journal/sqlite/readers.h"
#include "journal/sqlite/run_cache.h"
#include <stdatomic.h>

struct stream_ids;

struct known_ids {
    struct readers *readers;
    const struct clock *clock;
    size_t limit; /* bytes of memory; 0 = keep nothing */
    _Atomic size_t bytes;
    pthread_mutex_t lock;
    struct stream_ids *first;
    struct run_cache runs; /* within the same limit */
};

void known_ids_start(struct known_ids *ids, struct readers *readers, const struct clock *clock, size_t limit);
void known_ids_stop(struct known_ids *ids);
postern_status known_ids_check(struct known_ids *ids, int64_t stream_id, const unsigned char *asked,
                               const int64_t *times_ms, size_t count, bool *known, postern_error *error);
/* Pages with these ids were committed. */
void known_ids_add(struct known_ids *ids, int64_t stream_id, const unsigned char *added, size_t count);
/* So many ids of the stream are not remembered any more. */
void known_ids_forget(struct known_ids *ids, int64_t stream_id, size_t count);
/* Frees what was not used since `since_ms` (monotonic). True if something was freed. */
bool known_ids_release_memory(struct known_ids *ids, int64_t since_ms);

#endif
