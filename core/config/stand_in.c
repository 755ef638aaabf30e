#include "config/stand_in.h"
#include <lauxlib.h>

#define METATABLE "unknown name"

void stand_in_push(lua_State *L)
{
    luaL_getmetatable(L, METATABLE);
    lua_getfield(L, -1, "value");
}

static int itself(lua_State *L)
{
    stand_in_push(L);
    return 1;
}

static int text(lua_State *L)
{
    lua_pushliteral(L, "?");
    return 1;
}

static int nothing(lua_State *L)
{
    (void)L;
    return 0;
}

static int empty_walk(lua_State *L)
{
    lua_pushcfunction(L, nothing);
    return 1;
}

void stand_in_open(lua_State *L)
{
    static const char *const same[] = {"__call", "__index", "__concat", "__add", "__sub", "__mul",
                                       "__div",  "__mod",   "__pow",    "__unm", "__idiv"};
    luaL_newmetatable(L, METATABLE);
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        lua_pushcfunction(L, itself);
        lua_setfield(L, -2, same[i]);
    }
    lua_pushcfunction(L, text);
    lua_setfield(L, -2, "__tostring");
    lua_pushcfunction(L, nothing);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, empty_walk);
    lua_setfield(L, -2, "__pairs");
    lua_newuserdatauv(L, 1, 0);
    lua_pushvalue(L, -2);
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "value");
    lua_pop(L, 1);
}
