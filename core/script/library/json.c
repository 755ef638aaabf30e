/* postern.json.decode, postern.json.encode. */
#include "base/error.h"
#include "script/event/bridge.h"
#include "script/event/encode.h"
#include "script/event/value.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

#define TAPE_BOX   "postern.json tape"
#define BUFFER_BOX "postern.json buffer"

/* ---- Reading: one tape per state, freed with it ---- */

static int free_tape(lua_State *L)
{
    json_tape_freep(lua_touserdata(L, 1));
    return 0;
}

/* postern.json.decode(text): the value, or nil and why not. */
static int decode(lua_State *L)
{
    struct json_tape **tape = lua_touserdata(L, lua_upvalueindex(1));
    postern_text text;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size * 4);
    const struct json_node *root;
    postern_error error = ERROR_INIT;
    if (json_parse(*tape, text, &root, &error) < 0) {
        lua_pushnil(L);
        lua_pushstring(L, error.message);
        return 2;
    }
    value_push(L, *tape, root);
    return 1;
}

/* ---- Writing: a buffer that Lua owns, since encoding raises errors ---- */

static int free_buffer(lua_State *L)
{
    buffer_free(lua_touserdata(L, 1));
    return 0;
}

/* postern.json.encode(value): its text. */
static int encode(lua_State *L)
{
    const struct script_library_context *context = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_isnoneornil(L, 1)) return script_return_nil(L);
    if (!context->bridge) return luaL_error(L, "postern.json.encode is not available here");
    struct buffer *out = lua_newuserdatauv(L, sizeof *out, 0);
    *out = (struct buffer){.limit = context->bridge->line.limit};
    luaL_setmetatable(L, BUFFER_BOX);
    encode_lua_value(L, context->bridge, 1, "value", out);
    if (out->failed) return luaL_error(L, "not enough memory");
    library_push(L, buffer_text(out));
    buffer_free(out);
    *out = (struct buffer){0};
    return 1;
}

static void make_box(lua_State *L, const char *name, lua_CFunction release)
{
    if (luaL_newmetatable(L, name)) {
        lua_pushcfunction(L, release);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
}

void library_open_json(lua_State *L, const struct script_library_context *context)
{
    make_box(L, TAPE_BOX, free_tape);
    make_box(L, BUFFER_BOX, free_buffer);
    lua_createtable(L, 0, 2);
    struct json_tape **tape = lua_newuserdatauv(L, sizeof(struct json_tape *), 0);
    *tape = NULL;
    luaL_setmetatable(L, TAPE_BOX);
    *tape = json_tape_new();
    if (!*tape) luaL_error(L, "not enough memory");
    lua_pushcclosure(L, decode, 1);
    lua_setfield(L, -2, "decode");
    lua_pushlightuserdata(L, (void *)context);
    lua_pushcclosure(L, encode, 1);
    lua_setfield(L, -2, "encode");
    lua_setfield(L, -2, "json");
}
