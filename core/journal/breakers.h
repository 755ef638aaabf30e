/* What is known of the breakers of sinks: only those that are not closed, so that a sink which works costs
 * nothing. Noted for `status`, and for a start, which tries such a sink with care. */
#ifndef POSTERN_JOURNAL_BREAKERS_H
#define POSTERN_JOURNAL_BREAKERS_H

#include "base/arena.h"
#include "journal/states.h"
#include <stdint.h>

struct journal;

struct breaker_record {
    const char *sink;
    enum breaker_state state;
    int64_t since_ms; /* since when it is not closed */
    int64_t next_ms;  /* when it is tried again */
};

/* Replaces what is known of the sink; closed: forgets it. */
postern_status journal_breaker_note(struct journal *journal, const struct breaker_record *record,
                                    postern_error *error);
/* In the order of the sinks' names, in the arena. */
postern_status journal_breakers(struct journal *journal, postern_arena *arena,
                                const struct breaker_record **records, size_t *count, postern_error *error);

#endif
