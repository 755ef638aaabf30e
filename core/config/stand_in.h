/* The value of an unknown name: does everything and says nothing, so that evaluation goes on behind a mistake
 * that has been noted. */
#ifndef POSTERN_CONFIG_STAND_IN_H
#define POSTERN_CONFIG_STAND_IN_H

#include <lua.h>

void stand_in_open(lua_State *L);
void stand_in_push(lua_State *L);

#endif
