#include "script/event/null.h"

#include <lauxlib.h>

static const char null_address = 0;

void script_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&null_address);
}

bool script_is_nothing(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ||
           (lua_islightuserdata(L, index) && lua_touserdata(L, index) == &null_address);
}
