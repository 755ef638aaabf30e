/* Maps (postern.map) as the runner sees them. core/script/README.md describes what they do. */
#ifndef POSTERN_SCRIPT_MAP_MAP_H
#define POSTERN_SCRIPT_MAP_MAP_H

#include "script/event/bridge.h"

/* Adds `map` to the table on the top of the stack. */
void map_open(lua_State *L, struct bridge *bridge);
/* Runs the map at `index` over the root of a tape; returns the finished line, among the bridge's outputs. */
postern_text map_run(lua_State *L, struct bridge *bridge, int index, const struct json_tape *tape,
                     const struct json_node *root);

#endif
