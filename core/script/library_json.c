/* postern.json.decode */
#include "base/error.h"
#include "script/library_parts.h"
#include "script/value.h"

/* One tape per state, freed with it. */
#define TAPE "postern.json tape"

struct tape_box {
    struct json_tape *tape;
};

static int free_tape(lua_State *L)
{
    struct tape_box *box = lua_touserdata(L, 1);
    json_tape_free(box->tape);
    box->tape = NULL;
    return 0;
}

/* postern.json.decode(text): the value, or nil and why not. */
static int decode(lua_State *L)
{
    struct tape_box *box = lua_touserdata(L, lua_upvalueindex(1));
    postern_text text;
    if (!argument_text(L, 1, &text)) return library_nil(L);
    library_charge(L, text.size * 4);
    const struct json_node *root;
    postern_error error = ERROR_INIT;
    if (json_parse(box->tape, text, &root, &error) < 0) {
        lua_pushnil(L);
        lua_pushstring(L, error.message);
        return 2;
    }
    value_push(L, box->tape, root);
    return 1;
}

void library_open_json(lua_State *L)
{
    lua_newtable(L);
    struct tape_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->tape = NULL;
    if (luaL_newmetatable(L, TAPE)) {
        lua_pushcfunction(L, free_tape);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    box->tape = json_tape_new();
    if (!box->tape) luaL_error(L, "not enough memory");
    lua_pushcclosure(L, decode, 1);
    lua_setfield(L, -2, "decode");
    lua_setfield(L, -2, "json");
}
