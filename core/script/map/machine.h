/* What running maps needs from event to event: a stack of values, space for texts, documents being written.
 */
#ifndef POSTERN_SCRIPT_MAP_MACHINE_H
#define POSTERN_SCRIPT_MAP_MACHINE_H

#include <stddef.h>

struct map_machine;

/* NULL if out of memory. */
struct map_machine *map_machine_new(size_t memory_limit);
void map_machine_free(struct map_machine *machine);
/* Forgets what the last event left. */
void map_machine_reset(struct map_machine *machine);

#endif
