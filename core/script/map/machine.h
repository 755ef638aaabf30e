/* Maps (postern.map) as the rest of the bridge sees them. core/script/README.md describes what they do. */
#ifndef POSTERN_SCRIPT_MAP_MACHINE_H
#define POSTERN_SCRIPT_MAP_MACHINE_H

#include "script/event/bridge.h"

/* What running maps needs from event to event: a stack of values, space for texts, spare tapes. NULL if out
 * of memory. */
struct map_machine *map_machine_new(size_t memory_limit);
void map_machine_free(struct map_machine *machine);
/* Forgets what the last event left. */
void map_machine_reset(struct map_machine *machine);
/* A spare tape: the caller's until map_machine_return_tape, or the next event. Last taken, first returned.
 * Raises an error if too many are taken. */
struct json_tape *map_machine_take_tape(lua_State *L, struct map_machine *machine);
void map_machine_return_tape(struct map_machine *machine);

/* Adds `map` to the table on the top of the stack. */
void map_open(lua_State *L, struct bridge *bridge);
/* Runs the map at `index` over the root of a tape; returns the finished line, among the bridge's outputs. */
postern_text map_run(lua_State *L, struct bridge *bridge, int index, const struct json_tape *tape,
                     const struct json_node *root);

#endif
