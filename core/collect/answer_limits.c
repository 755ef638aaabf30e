#include "collect/answer_limits.h"
#include "base/smaller.h"

/* Beyond, no stream asks; what is under way (http.max_connections) still comes. */
#define ANSWERS_HELD ((int64_t)64 << 20)

/* An answer leaves one for each event, and a few for files and for what is no record. */
#define PLACES_BESIDE ((size_t)1 << 16)
/* What the tries at one answer leave is one value in the journal, and SQLite takes up to 1e9 bytes: 8 for
 * each place, and twice this. */
#define PLACES     ((size_t)4 << 20)
#define TRIES_SIZE ((size_t)128 << 20)

struct answer_limits answer_limits_of(const struct config *config)
{
    return (struct answer_limits){
        .page_size = (size_t)config->journal.page_size,
        .page_events = (size_t)config->journal.page_events,
        .step_size = (size_t)config->journal.commit_size,
        .held_size = ANSWERS_HELD,
        .spill_above = config->http.spill_above,
        .record_size = (size_t)config->limits.record_size,
        .arena_size = (size_t)config->limits.answer_memory,
        .position_size = POSITION_LIMIT,
        .events = (size_t)config->limits.answer_events,
        /* One thing that cannot be read leaves room for others. */
        .dead_size =
            smaller_size((size_t)config->journal.dead_limit / 4, (size_t)config->limits.set_aside_size / 2),
        .snapshot = {config->limits.snapshot_items, config->limits.snapshot_size},
        .places = smaller_size((size_t)config->limits.answer_events + PLACES_BESIDE, PLACES),
        .tries_size = smaller_size((size_t)config->limits.set_aside_size, TRIES_SIZE),
        .set_aside_count = (size_t)config->limits.set_aside_count,
        .set_aside_size = (size_t)config->limits.set_aside_size,
    };
}
