/* Tables that scripts read and cannot change: the libraries, and a script's globals once it is loaded. What
 * one event could write there, the next one, perhaps of another customer, would read.
 *
 * Lua asks a metatable only about keys that a table has not, so a read-only table is an empty one in front of
 * the real one, which stays out of a script's reach. */
#include "sandbox/state.h"

/* Its address is the key by which rawset knows the metatable of a read-only table. */
static const char read_only_key = 0;

/* Upvalue: the name of the table. */
static int refuse_assignment(lua_State *L)
{
    const char *table = lua_tostring(L, lua_upvalueindex(1));
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2);
    return luaL_error(
        L,
        "%s.%s cannot be set: libraries are read-only, so that nothing of one event reaches the next; "
        "write \"local\" for a function of your own",
        table, key);
}

/* Copies the fields of the table at `from` into the one on the top of the stack. */
static void copy_fields(lua_State *L, int from)
{
    int into = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, from)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, into);
    }
}

/* pairs(view): over a copy of what the view shows and of what lies in it, because the walk hands out the
 * table that it walks over. Upvalue: the real table. */
static int pairs_of_copy(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    copy_fields(L, lua_upvalueindex(1));
    copy_fields(L, 1);
    lua_replace(L, 1);
    return library_pairs(L);
}

void read_only_open(lua_State *L, int metatable)
{
    metatable = lua_absindex(L, metatable);
    lua_getfield(L, metatable, "__index");
    lua_pushcclosure(L, pairs_of_copy, 1);
    lua_setfield(L, metatable, "__pairs");
    lua_pushliteral(L, "protected");
    lua_setfield(L, metatable, "__metatable");
}

void read_only_close(lua_State *L, int metatable, lua_CFunction refuse, const char *name)
{
    metatable = lua_absindex(L, metatable);
    lua_pushstring(L, name);
    lua_pushcclosure(L, refuse, 1);
    lua_setfield(L, metatable, "__newindex");
    lua_pushboolean(L, true);
    lua_rawsetp(L, metatable, &read_only_key);
}

void sandbox_make_read_only(lua_State *L, const char *name)
{
    int real = lua_gettop(L);
    lua_newtable(L);
    lua_createtable(L, 0, 6); /* its metatable */
    lua_pushvalue(L, real);
    lua_setfield(L, -2, "__index");
    if (luaL_getmetafield(L, real, "__call") != LUA_TNIL) lua_setfield(L, -2, "__call");
    read_only_open(L, -1);
    read_only_close(L, -1, refuse_assignment, name);
    lua_setmetatable(L, -2);
    lua_replace(L, real);
}

int library_rawset(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    if (lua_getmetatable(L, 1)) {
        if (lua_rawgetp(L, -1, &read_only_key) != LUA_TNIL)
            return luaL_argerror(L, 1, "the table is read-only");
        lua_settop(L, 3);
    }
    lua_rawset(L, 1);
    return 1;
}
