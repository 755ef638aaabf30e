/* Finished lines: what a map made, and what a script says is ready (postern.line). */
#ifndef POSTERN_SCRIPT_EVENT_LINE_H
#define POSTERN_SCRIPT_EVENT_LINE_H

#include "script/event/bridge.h"

/* A full userdata. */
struct line {
    uint64_t generation;
    struct script_output output;
};

/* Adds postern.line to the table on the top of the stack. */
void line_open(lua_State *L, struct bridge *bridge);
void line_push(lua_State *L, struct bridge *bridge, struct script_output output);
/* What the line at `index` says; raises an error if its event is over. */
struct script_output line_check(lua_State *L, int index, const struct bridge *bridge);

#endif
