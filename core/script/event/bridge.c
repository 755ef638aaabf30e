#include "script/event/bridge.h"

#include "base/error.h"
#include "base/text.h"
#include <stdlib.h>

void bridge_register(lua_State *L, struct bridge *bridge, const luaL_Reg *functions)
{
    lua_pushlightuserdata(L, bridge);
    luaL_setfuncs(L, functions, 1);
}

void bridge_open_type(lua_State *L, struct bridge *bridge, const char *name, const luaL_Reg *metamethods,
                      const void **type)
{
    lua_newtable(L);
    bridge_register(L, bridge, metamethods);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    *type = lua_topointer(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, type);
}

bool bridge_is(lua_State *L, int index, const void *type)
{
    if (!lua_getmetatable(L, index)) return false;
    bool is = lua_topointer(L, -1) == type;
    lua_pop(L, 1);
    return is;
}

void bridge_out_of_memory(lua_State *L)
{
    luaL_error(L, "the event and what was made of it need more memory than the script may use");
    abort();
}

struct bridge_mark bridge_mark(const struct bridge *bridge)
{
    return (struct bridge_mark){bridge->spare_tapes_taken, bridge->line.size, bridge->wrong_types,
                                bridge->replaced_bytes};
}

void bridge_rewind(struct bridge *bridge, struct bridge_mark mark)
{
    bridge->spare_tapes_taken = mark.tapes_taken;
    bridge->line.size = mark.line_size;
    bridge->line.failed = false;
    bridge->wrong_types = mark.wrong_types;
    bridge->replaced_bytes = mark.replaced_bytes;
}

postern_text bridge_keep(lua_State *L, struct bridge *bridge, postern_text text)
{
    char *copy = arena_allocate_raw(bridge->outputs, text.size);
    if (!copy) bridge_out_of_memory(L);
    memcpy(copy, text.data, text.size);
    return (postern_text){copy, text.size};
}

struct json_tape *bridge_take_tape(lua_State *L, struct bridge *bridge)
{
    if (bridge->spare_tapes_taken == BRIDGE_SPARE_TAPES)
        luaL_error(L, "more than %d texts with JSON in them are open for one event", BRIDGE_SPARE_TAPES);
    struct json_tape **tape = &bridge->spare_tapes[bridge->spare_tapes_taken];
    if (!*tape) *tape = json_tape_new();
    if (!*tape) luaL_error(L, "not enough memory");
    bridge->spare_tapes_taken++;
    return *tape;
}

void bridge_return_tape(struct bridge *bridge)
{
    bridge->spare_tapes_taken--;
}
