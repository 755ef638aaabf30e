#include "script/event/line.h"

void line_push(lua_State *L, struct bridge *bridge, postern_text text)
{
    struct line *line = lua_newuserdatauv(L, sizeof *line, 0);
    *line = (struct line){bridge->generation, text};
    bridge_set_type(L, &bridge->line_type);
}

postern_text line_check(lua_State *L, int index, const struct bridge *bridge)
{
    const struct line *line = lua_touserdata(L, index);
    if (line->generation != bridge->generation) luaL_error(L, "this line belongs to an event that is over");
    return line->text;
}

static int line_tostring(lua_State *L)
{
    postern_text text = line_check(L, 1, bridge_of_closure(L));
    lua_pushlstring(L, text.data, text.size);
    return 1;
}

void line_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg metamethods[] = {{"__tostring", line_tostring}, {NULL, NULL}};
    bridge_open_type(L, bridge, "line", metamethods, &bridge->line_type);
}
