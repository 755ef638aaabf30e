/* Finished lines: what a map made. */
#ifndef POSTERN_SCRIPT_EVENT_LINE_H
#define POSTERN_SCRIPT_EVENT_LINE_H

#include "script/event/bridge.h"

/* A full userdata. */
struct line {
    uint64_t generation;
    postern_text text;
};

/* Makes the metatable of lines. */
void line_open(lua_State *L, struct bridge *bridge);
void line_push(lua_State *L, struct bridge *bridge, postern_text text);
/* The text of the line at `index`; raises an error if its event is over. */
postern_text line_check(lua_State *L, int index, const struct bridge *bridge);

#endif
