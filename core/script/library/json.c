/* postern.json.decode, postern.json.encode. */
#include "base/error.h"
#include "sandbox/sandbox.h"
#include "script/event/bridge.h"
#include "script/event/encode.h"
#include "script/event/value.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

#define TAPE_BOX "postern.json tape"

/* Upvalue 1 of both functions. */
static struct bridge *bridge_of(lua_State *L)
{
    const struct script_library_context *context = lua_touserdata(L, lua_upvalueindex(1));
    return context->bridge;
}

/* ---- Reading: without a bridge, with one tape per state, freed with it ---- */

static int free_tape(lua_State *L)
{
    json_tape_freep(lua_touserdata(L, 1));
    return 0;
}

/* postern.json.decode(text): the value, or nil and why not. */
static int decode(lua_State *L)
{
    struct bridge *bridge = bridge_of(L);
    postern_text text;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size * 4);
    struct json_tape **own = lua_touserdata(L, lua_upvalueindex(2));
    struct json_tape *tape = bridge ? bridge_take_tape(L, bridge) : *own;
    const struct json_node *root;
    postern_error error = ERROR_INIT;
    bool is_valid = bridge_parse(L, tape, text, NULL, &root, &error) >= 0;
    if (is_valid) {
        value_push(L, tape, root);
    } else {
        lua_pushnil(L);
        lua_pushstring(L, error.message);
    }
    if (bridge) bridge_return_tape(bridge);
    return is_valid ? 1 : 2;
}

/* ---- Writing ---- */

/* postern.json.encode(value): its text. */
static int encode(lua_State *L)
{
    struct bridge *bridge = bridge_of(L);
    if (lua_isnoneornil(L, 1)) return script_return_nil(L);
    if (!bridge) return luaL_error(L, "postern.json.encode is not available here");
    size_t before = bridge->line.size;
    encode_lua_value(L, bridge, 1, "value", &bridge->line);
    library_push(L, (postern_text){bridge->line.data + before, bridge->line.size - before});
    bridge_end_line(bridge, before);
    return 1;
}

static void push_own_tape(lua_State *L)
{
    if (luaL_newmetatable(L, TAPE_BOX)) {
        lua_pushcfunction(L, free_tape);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    struct json_tape **tape = lua_newuserdatauv(L, sizeof(struct json_tape *), 0);
    *tape = NULL;
    luaL_setmetatable(L, TAPE_BOX);
    *tape = json_tape_new_counted(sandbox_allocator(sandbox_of(L)));
    if (!*tape) luaL_error(L, "not enough memory");
}

void library_open_json(lua_State *L, const struct script_library_context *context)
{
    lua_createtable(L, 0, 2);
    lua_pushlightuserdata(L, (void *)context);
    push_own_tape(L);
    lua_pushcclosure(L, decode, 2);
    lua_setfield(L, -2, "decode");
    lua_pushlightuserdata(L, (void *)context);
    lua_pushcclosure(L, encode, 1);
    lua_setfield(L, -2, "encode");
    lua_setfield(L, -2, "json");
}
