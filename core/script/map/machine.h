/* What running maps needs from event to event: a stack of values, space for texts, documents being written.
 */
#ifndef POSTERN_SCRIPT_MAP_MACHINE_H
#define POSTERN_SCRIPT_MAP_MACHINE_H

#include "base/arena.h"

struct map_machine;

/* What a run has put on the machine so far. */
struct machine_mark {
    size_t count, running, group_count, small_left, written;
    struct arena_mark scratch;
};

/* Its memory comes from `allocator`; each part of it holds at most `keep` bytes while no map runs. NULL if
 * out of memory. */
struct map_machine *map_machine_new(size_t memory_limit, size_t keep, const struct allocator *allocator);
void map_machine_free(struct map_machine *machine);
struct machine_mark map_machine_mark(const struct map_machine *machine);
/* Forgets what came behind the mark, and gives back what is not worth keeping. */
void map_machine_rewind(struct map_machine *machine, struct machine_mark mark);
/* Forgets all. */
void map_machine_reset(struct map_machine *machine);

#endif
