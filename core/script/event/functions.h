/* postern.has, raw, type, table ...: what a script does with an event beside reading and setting its fields.
 */
#ifndef POSTERN_SCRIPT_EVENT_FUNCTIONS_H
#define POSTERN_SCRIPT_EVENT_FUNCTIONS_H

#include "script/event/bridge.h"

/* Adds them to the table on the top of the stack. */
void event_functions_open(lua_State *L, struct bridge *bridge);

#endif
