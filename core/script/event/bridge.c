#include "script/event/bridge.h"

#include "base/array.h"
#include "base/text.h"
#include "parse/one_line.h"
#include "sandbox/sandbox.h"
#include "script/event/wrong_values.h"
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
    sandbox_out_of_memory(L);
}

/* ---- Going back ---- */

struct bridge_mark bridge_mark(const struct bridge *bridge)
{
    const struct wrong_values *values = *bridge->wrong_values;
    return (struct bridge_mark){bridge->spare_tapes_taken, bridge->line.size,
                                arena_mark(bridge->names), bridge->wrong_types,
                                bridge->replaced_bytes,    values ? wrong_values_mark(values) : 0};
}

void bridge_rewind(struct bridge *bridge, struct bridge_mark mark)
{
    bridge_return_tapes(bridge, mark.tapes_taken);
    bridge->line.failed = false;
    bridge_end_line(bridge, mark.line_size);
    arena_rewind(bridge->names, mark.names, bridge->keep);
    bridge->wrong_types = mark.wrong_types;
    if (*bridge->wrong_values) wrong_values_rewind(*bridge->wrong_values, mark.wrong_values);
    bridge->replaced_bytes = mark.replaced_bytes;
}

void bridge_end_line(struct bridge *bridge, size_t before)
{
    bridge->line.size = before;
    if (before == 0 && bridge->line.capacity > bridge->keep) buffer_free(&bridge->line);
}

void bridge_begin_event(lua_State *L, struct bridge *bridge)
{
    bridge->generation++;
    if (bridge->anchor_count == 0) return;
    bridge->anchor_count = 0;
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, bridge->anchors);
}

void bridge_end_event(struct bridge *bridge)
{
    bridge->generation++;
    bridge_return_tapes(bridge, 0);
    bridge->line.failed = false;
    bridge_end_line(bridge, 0);
    json_tape_trim(bridge->tape, bridge->keep * 4);
    if (arena_used(bridge->names) > 0) arena_reset(bridge->names, bridge->keep);
    if (arena_used(bridge->work) > 0) arena_reset(bridge->work, bridge->keep);
    sandbox_release(bridge->sandbox, bridge->output_bytes);
    bridge->output_bytes = 0;
}

/* ---- Outputs ---- */

void *bridge_output(lua_State *L, struct bridge *bridge, size_t bytes)
{
    if (!sandbox_reserve(bridge->sandbox, bytes)) bridge_out_of_memory(L);
    bridge->output_bytes += bytes;
    void *room = arena_allocate_raw(bridge->outputs, bytes);
    if (!room) bridge_out_of_memory(L);
    return room;
}

postern_text bridge_keep(lua_State *L, struct bridge *bridge, postern_text text)
{
    char *copy = bridge_output(L, bridge, text.size);
    memcpy(copy, text.data, text.size);
    return (postern_text){copy, text.size};
}

/* ---- Tapes ---- */

#define SPARE_TAPES_KEPT ((size_t)8)

static bool make_tape(struct bridge *bridge)
{
    const struct allocator *allocator = sandbox_allocator(bridge->sandbox);
    if (!array_reserve_counted(allocator, &bridge->spare_tapes, &bridge->spare_tapes_capacity,
                               bridge->spare_tapes_made + 1, sizeof(struct json_tape *), SIZE_MAX))
        return false;
    struct json_tape *tape = json_tape_new_counted(allocator);
    if (tape) bridge->spare_tapes[bridge->spare_tapes_made++] = tape;
    return tape != NULL;
}

struct json_tape *bridge_take_tape(lua_State *L, struct bridge *bridge)
{
    if (bridge->spare_tapes_taken == bridge->spare_tapes_made && !make_tape(bridge)) bridge_out_of_memory(L);
    return bridge->spare_tapes[bridge->spare_tapes_taken++];
}

void bridge_return_tapes(struct bridge *bridge, size_t taken)
{
    while (bridge->spare_tapes_taken > taken)
        json_tape_trim(bridge->spare_tapes[--bridge->spare_tapes_taken], bridge->keep);
    size_t kept = taken > SPARE_TAPES_KEPT ? taken : SPARE_TAPES_KEPT;
    while (bridge->spare_tapes_made > kept)
        json_tape_free(bridge->spare_tapes[--bridge->spare_tapes_made]);
}

void bridge_return_tape(struct bridge *bridge)
{
    bridge_return_tapes(bridge, bridge->spare_tapes_taken - 1);
}

postern_status bridge_parse(lua_State *L, struct json_tape *tape, postern_text text, postern_arena *arena,
                            const struct json_node **root, postern_error *error)
{
    postern_status status =
        arena ? json_parse_one_line(tape, text, arena, root, error) : json_parse(tape, text, root, error);
    if (status == POSTERN_E_MEMORY) bridge_out_of_memory(L);
    return status;
}
