#include "script/library/arguments.h"

#include "sandbox/sandbox.h"
#include <lauxlib.h>

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
