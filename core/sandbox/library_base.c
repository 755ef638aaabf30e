/* The basic functions: Lua's own where they are harmless, ours where they could hang, leak addresses, or
 * differ from run to run. */
#include "base/buffer.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/state.h"
#include <lualib.h>

const char *sandbox_tolstring(lua_State *L, int index, size_t *size)
{
    int type = lua_type(L, index);
    bool plain = type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TNIL || type == LUA_TBOOLEAN;
    if (plain) return luaL_tolstring(L, index, size);
    int field = luaL_getmetafield(L, index, "__tostring");
    if (field != LUA_TNIL) {
        lua_pop(L, 1);
        return luaL_tolstring(L, index, size);
    }
    int name = luaL_getmetafield(L, index, "__name");
    if (name != LUA_TSTRING) {
        if (name != LUA_TNIL) lua_pop(L, 1);
        lua_pushstring(L, lua_typename(L, type));
    }
    return lua_tolstring(L, -1, size);
}

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    sandbox_tolstring(L, 1, NULL);
    return 1;
}

#define PRINT_LIMIT 2000 /* bytes of one line in the log */

static int base_print(lua_State *L)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    int count = lua_gettop(L);
    char line[PRINT_LIMIT];
    size_t used = 0;
    for (int i = 1; i <= count; i++) {
        size_t size;
        const char *text = sandbox_tolstring(L, i, &size);
        if (i > 1 && used < sizeof(line)) line[used++] = ' ';
        if (size > sizeof(line) - used) size = sizeof(line) - used;
        memcpy(line + used, text, size);
        used += size;
        lua_pop(L, 1);
    }
    sandbox_charge(L, 100);
    log_write(POSTERN_LOG_INFO, sandbox->scope, "%.*s", (int)used, line);
    return 0;
}

/* pcall and xpcall never catch the end of time or steps. The handler of xpcall runs after the failed function
 * and not inside its error, where hooks are off and a loop could not be ended. */
static void rethrow_overrun(lua_State *L)
{
    if (sandbox_of_state(L)->overrun) sandbox_charge(L, 0);
}

/* lua_pcall for scripts: what it has caught has left no traces beside Lua either. */
static int call_protected(lua_State *L, int arguments)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    const struct sandbox_unwinder *unwinder = &sandbox->unwinder;
    _Alignas(16) unsigned char mark[SANDBOX_MARK_SIZE];
    if (unwinder->mark) unwinder->mark(unwinder->owner, mark);
    int status = lua_pcall(L, arguments, LUA_MULTRET, 0);
    rethrow_overrun(L);
    if (status != LUA_OK && unwinder->unwind) unwinder->unwind(unwinder->owner, mark);
    return status;
}

/* The results of a call may leave no room on the stack: what stands in front of them is put there before. */
static int base_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, true);
    lua_insert(L, 1);
    if (call_protected(L, lua_gettop(L) - 2) == LUA_OK) return lua_gettop(L);
    lua_pushboolean(L, false);
    lua_replace(L, 1);
    return 2;
}

static int base_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushboolean(L, true);
    lua_insert(L, 1);
    lua_pushvalue(L, 2); /* true, function, handler, arguments... → true, handler, function, arguments... */
    lua_remove(L, 2);
    lua_insert(L, 3);
    if (call_protected(L, lua_gettop(L) - 3) == LUA_OK) {
        lua_remove(L, 2);
        return lua_gettop(L);
    }
    lua_pushboolean(L, false);
    lua_replace(L, 1);
    lua_call(L, 1, LUA_MULTRET); /* handler(error) */
    return lua_gettop(L);
}

/* A finalizer would run with hooks off. Lua looks for it here and never later. Weak tables are off whatever a
 * script does (weak_tables.c); it is told where it asks for them. */
static int base_setmetatable(lua_State *L)
{
    static const char *const refused[] = {"__gc", "__mode"};
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    for (size_t i = 0; type == LUA_TTABLE && i < sizeof(refused) / sizeof(*refused); i++) {
        lua_pushstring(L, refused[i]);
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "a metatable with %s is not allowed here", refused[i]);
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int base_collectgarbage(lua_State *L)
{
    if (strcmp(luaL_checkstring(L, 1), "count") != 0)
        return luaL_argerror(L, 1, "only \"count\" is offered here");
    lua_pushnumber(L, (lua_Number)sandbox_of_state(L)->heap.used / 1024);
    return 1;
}

void library_base_open(lua_State *L)
{
    static const char *const removed[] = {"dofile", "loadfile", "load", "warn"};
    static const luaL_Reg ours[] = {
        {"tostring", base_tostring},
        {"print", base_print},
        {"pcall", base_pcall},
        {"xpcall", base_xpcall},
        {"setmetatable", base_setmetatable},
        {"collectgarbage", base_collectgarbage},
        {"pairs", library_pairs},
        {"next", library_next},
        {"rawset", library_rawset},
        {NULL, NULL},
    };
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1);
    for (size_t i = 0; i < sizeof(removed) / sizeof(*removed); i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, removed[i]);
    }
    luaL_setfuncs(L, ours, 0);
}
