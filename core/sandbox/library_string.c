/* The string library. What is linear in its arguments is Lua's own; what can loop longer is ours. */
#include "sandbox/state.h"
#include <lualib.h>
#include <string.h>

/* string.rep(text, count [, separator]) */
static int string_rep(lua_State *L)
{
    size_t size, separator_size;
    const char *text = luaL_checklstring(L, 1, &size);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_size);
    if (count <= 0 || size + separator_size == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t limit = (size_t)sandbox_of_state(L)->limits.memory_bytes;
    if (size + separator_size > limit || (lua_Unsigned)count > limit / (size + separator_size)) {
        lua_newuserdatauv(L, limit + 1, 0); /* is refused, with the words for everyone who wants too much */
        return luaL_error(L, "not enough memory");
    }
    size_t total = (size_t)count * size + ((size_t)count - 1) * separator_size;
    sandbox_charge(L, sandbox_bytes_cost(total) + count / 4);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(L, &out, total);
    /* What is there already is copied: each time twice as much. */
    size_t filled = size + (count > 1 ? separator_size : 0);
    memcpy(mempcpy(to, text, size), separator, filled - size);
    for (size_t more; filled < total; filled += more) {
        more = filled < total - filled ? filled : total - filled;
        memcpy(to + filled, to, more);
    }
    luaL_pushresultsize(&out, total);
    return 1;
}

/* Lua's own function, which works through the whole of its first argument. Upvalue: that function. */
static int charged(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING) sandbox_charge(L, 4 * sandbox_bytes_cost(lua_rawlen(L, 1)));
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* The metatable of all texts: methods, but no arithmetic, and closed to scripts. */
static void set_metatable(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "protected");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void library_string_open(lua_State *L)
{
    static const char *const from_lua[] = {"byte", "char", "len", "sub"};
    static const char *const whole_texts[] = {"lower", "upper", "reverse"};
    static const luaL_Reg ours[] = {
        {"rep", string_rep},
        {"format", library_format},
        {"find", library_find},
        {"match", library_match},
        {"gmatch", library_gmatch},
        {"gsub", library_gsub},
        {NULL, NULL},
    };
    luaL_newlib(L, ours);
    lua_pushcfunction(L, luaopen_string);
    lua_call(L, 0, 1);
    for (size_t i = 0; i < sizeof(from_lua) / sizeof(*from_lua); i++) {
        lua_getfield(L, -1, from_lua[i]);
        lua_setfield(L, -3, from_lua[i]);
    }
    for (size_t i = 0; i < sizeof(whole_texts) / sizeof(*whole_texts); i++) {
        lua_getfield(L, -1, whole_texts[i]);
        lua_pushcclosure(L, charged, 1);
        lua_setfield(L, -3, whole_texts[i]);
    }
    lua_pop(L, 1);
    set_metatable(L);
}
