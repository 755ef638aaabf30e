#include "script/library/parts.h"

static const char null_address = 0;

void script_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&null_address);
}

bool script_is_nothing(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ||
           (lua_islightuserdata(L, index) && lua_touserdata(L, index) == &null_address);
}

bool argument_text(lua_State *L, int index, postern_text *text)
{
    if (lua_type(L, index) != LUA_TSTRING) return false;
    text->data = lua_tolstring(L, index, &text->size);
    return true;
}

bool argument_text_or_nothing(lua_State *L, int index, postern_text *text)
{
    if (argument_text(L, index, text)) return true;
    if (!script_is_nothing(L, index)) luaL_typeerror(L, index, "text");
    return false;
}

postern_text argument_required_text(lua_State *L, int index)
{
    postern_text text = {0};
    if (!argument_text(L, index, &text)) luaL_typeerror(L, index, "text");
    return text;
}

int library_nil(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}

void library_charge(lua_State *L, size_t bytes)
{
    /* a byte costs far less than an instruction of the interpreter */
    sandbox_charge(L, (int64_t)(bytes / 16 + 1));
}

void library_push(lua_State *L, postern_text text)
{
    lua_pushlstring(L, text.size ? text.data : "", text.size);
}

void library_set(lua_State *L, const char *name, postern_text text)
{
    if (text.size == 0) return;
    library_push(L, text);
    lua_setfield(L, -2, name);
}

void script_library_open(lua_State *L, const struct script_library_context *context)
{
    script_push_null(L);
    lua_setfield(L, -2, "null");
    library_open_text(L);
    library_open_time(L);
    library_open_network(L);
    library_open_hash(L);
    library_open_json(L, context);
    library_open_kv(L);
    library_open_lookup(L, context);
}
