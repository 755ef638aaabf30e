#include "script/event/bridge.h"

#include "base/error.h"
#include "base/text.h"
#include "script/event/value.h"
#include "script/map/machine.h"
#include <stdlib.h>

#define WORK_MEMORY_KEPT ((size_t)64 << 10)

void bridge_register(lua_State *L, struct bridge *bridge, const luaL_Reg *functions)
{
    lua_pushlightuserdata(L, bridge);
    luaL_setfuncs(L, functions, 1);
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

postern_text bridge_keep(lua_State *L, struct bridge *bridge, postern_text text)
{
    char *copy = arena_allocate_raw(bridge->outputs, text.size);
    if (!copy) bridge_out_of_memory(L);
    memcpy(copy, text.data, text.size);
    return (postern_text){copy, text.size};
}

/* The metatable of tables that are lists even if they are empty (script/event/value.h). */
static void open_list_type(lua_State *L, struct bridge *bridge)
{
    luaL_newmetatable(L, VALUE_LIST);
    lua_pushliteral(L, "list");
    lua_setfield(L, -2, "__metatable");
    bridge->list_type = lua_topointer(L, -1);
    lua_pop(L, 1);
}

void bridge_open(lua_State *L, struct bridge *bridge, size_t memory_limit)
{
    bridge->L = L;
    bridge->work = arena_new(memory_limit);
    bridge->outputs = arena_new(memory_limit);
    bridge->tape = json_tape_new();
    bridge->line.limit = memory_limit;
    bridge->machine = map_machine_new(memory_limit);
    if (!bridge->work || !bridge->outputs || !bridge->tape || !bridge->machine)
        luaL_error(L, "not enough memory");
    lua_newtable(L);
    bridge->anchors = luaL_ref(L, LUA_REGISTRYINDEX);
    open_list_type(L, bridge);
    event_view_open(L, bridge);
    event_functions_open(L, bridge);
    map_open(L, bridge);
}

void bridge_free(struct bridge *bridge)
{
    map_machine_free(bridge->machine);
    json_tape_free(bridge->tape);
    arena_free(bridge->outputs);
    arena_free(bridge->work);
    buffer_free(&bridge->line);
}

void bridge_begin_event(lua_State *L, struct bridge *bridge)
{
    bridge->generation++;
    buffer_clear(&bridge->line);
    map_machine_reset(bridge->machine);
    if (arena_used(bridge->work) > 0) arena_reset(bridge->work, WORK_MEMORY_KEPT);
    if (bridge->anchor_count == 0) return;
    bridge->anchor_count = 0;
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, bridge->anchors);
}
