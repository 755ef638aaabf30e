/* What a script does with an event: event.k, event.k = v, #list, ==, pairs. */
#ifndef POSTERN_SCRIPT_EVENT_VIEW_H
#define POSTERN_SCRIPT_EVENT_VIEW_H

#include "script/event/bridge.h"

/* Makes the metatable of views. */
void event_view_open(lua_State *L, struct bridge *bridge);
/* __pairs (walk.c) */
int view_pairs(lua_State *L);

#endif
