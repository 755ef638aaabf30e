/* What running maps needs from event to event: a stack of values, space for texts, documents being written.
 */
#ifndef POSTERN_SCRIPT_MAP_MACHINE_H
#define POSTERN_SCRIPT_MAP_MACHINE_H

#include "base/arena.h"

struct map_machine;

/* What a run has put on the machine so far. */
struct machine_mark {
    size_t count, group_count, small_left, written;
    struct arena_mark scratch;
};

/* NULL if out of memory. */
struct map_machine *map_machine_new(size_t memory_limit);
void map_machine_free(struct map_machine *machine);
struct machine_mark map_machine_mark(const struct map_machine *machine);
/* Forgets what came behind the mark. */
void map_machine_rewind(struct map_machine *machine, struct machine_mark mark);
/* Forgets what the last event left. */
void map_machine_reset(struct map_machine *machine);

#endif
