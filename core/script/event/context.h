/* ctx: what a script may know about the event beside its content. */
#ifndef POSTERN_SCRIPT_EVENT_CONTEXT_H
#define POSTERN_SCRIPT_EVENT_CONTEXT_H

#include "script/event/bridge.h"

/* Pushes ctx, the same for all scripts and events of the bridge. `lookup` is the index of that function. */
void context_push(lua_State *L, struct bridge *bridge, int lookup);

#endif
