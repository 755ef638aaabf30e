/* What stands for nothing: Lua's nil, and postern.null for JSON's null. */
#ifndef POSTERN_SCRIPT_EVENT_NULL_H
#define POSTERN_SCRIPT_EVENT_NULL_H

#include <lua.h>
#include <stdbool.h>

/* Pushes the value that stands for JSON's null, `postern.null`. */
void script_push_null(lua_State *L);
/* True for nil, no argument at all, and postern.null. */
bool script_is_nothing(lua_State *L, int index);
/* Returns nil from a function. */
static inline int script_return_nil(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}

#endif
