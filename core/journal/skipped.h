/* What a delivery does not deliver though the journal had it: each range is named when it becomes certain,
 * and kept to be shown later. */
#ifndef POSTERN_JOURNAL_SKIPPED_H
#define POSTERN_JOURNAL_SKIPPED_H

#include "base/arena.h"
#include "journal/states.h"
#include <stdint.h>

struct journal;

struct skipped_range {
    const char *delivery; /* "pipeline/sink" */
    enum skip_reason reason;
    int64_t from_ms, until_ms; /* when the events were received */
    int64_t events;
    int64_t noted_ms;
};

/* All that are kept (the newest SKIPPED_KEPT), newest first, in the arena. */
#define SKIPPED_KEPT 1000
postern_status journal_skipped(struct journal *journal, postern_arena *arena,
                               const struct skipped_range **ranges, size_t *count, postern_error *error);
/* Says and keeps what a delivery that begins, has come back, or has dropped its oldest pages does not get of
 * the streams that `wanted` accepts, which may be asked on the writer's thread. Nothing if all is there. */
postern_status journal_name_skipped(struct journal *journal, int64_t delivery_id, const char *delivery,
                                    bool (*wanted)(void *context, const char *account, const char *source),
                                    void *context, postern_error *error);
/* In words: what happened to the events. */
const char *skip_reason_words(enum skip_reason reason);

#endif
