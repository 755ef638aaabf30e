/* The globals of one script. While it loads it may make some (functions above all); they are its own, and no
 * other script sees them. Once it is loaded they are sealed: a forgotten `local` is an error and not a way
 * from one event to the next. */
#include "sandbox/state.h"

void environment_push(lua_State *L)
{
    lua_newtable(L);           /* the environment */
    lua_newtable(L);           /* its metatable */
    lua_createtable(L, 0, 40); /* what stands behind it */
    lua_pushglobaltable(L);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, LUA_GNAME);
    lua_setfield(L, -2, "__index");
    read_only_open(L, -1);
    lua_setmetatable(L, -2);
}

static int refuse_global(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    return luaL_error(L,
                      "\"%s\" is no local variable, and globals cannot be set once the script is loaded: "
                      "write \"local %s\" "
                      "(what an event leaves in a global, the next event would read)",
                      name, name);
}

static int refuse_unknown(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "globals have texts as names, not a %s", luaL_typename(L, 2));
    return luaL_error(L,
                      "there is no variable \"%s\": no local one, and no global one that the script sets "
                      "while it loads",
                      lua_tostring(L, 2));
}

void sandbox_seal_environment(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (!lua_getmetatable(L, index)) return;
    int metatable = lua_gettop(L);
    lua_getfield(L, metatable, "__index");
    lua_pushnil(L);
    while (lua_next(L, index)) { /* to a field that is there nil may be assigned during the walk */
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, index);
    }
    lua_createtable(L, 0, 1); /* the metatable of what stands behind it */
    lua_pushcfunction(L, refuse_unknown);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, metatable + 1);
    read_only_close(L, metatable, refuse_global, "globals");
    lua_settop(L, metatable - 1);
}
