#include "script/event/line.h"

#include "base/text.h"
#include "parse/one_line.h"
#include "sandbox/sandbox.h"

void line_push(lua_State *L, struct bridge *bridge, struct script_output output)
{
    struct line *line = lua_newuserdatauv(L, sizeof *line, 0);
    *line = (struct line){bridge->generation, output};
    bridge_set_type(L, &bridge->line_type);
}

struct script_output line_check(lua_State *L, int index, const struct bridge *bridge)
{
    const struct line *line = lua_touserdata(L, index);
    if (line->generation != bridge->generation) luaL_error(L, "this line belongs to an event that is over");
    return line->output;
}

static int line_tostring(lua_State *L)
{
    postern_text text = line_check(L, 1, bridge_of_closure(L)).text;
    lua_pushlstring(L, text.data, text.size);
    return 1;
}

/* postern.line(text): a line of another form than JSON, which goes to the sink as it is. */
static int make_line(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "text");
    postern_text text;
    text.data = lua_tolstring(L, 1, &text.size);
    text = text_trim(text);
    luaL_argcheck(L, text.size > 0, 1, "an empty line");
    sandbox_charge(L, (int64_t)(text.size / 16));
    size_t before = bridge->line.size;
    bridge->replaced_bytes += text_append_one_line(&bridge->line, text);
    if (bridge->line.failed) bridge_out_of_memory(L);
    text = bridge_keep(L, bridge, (postern_text){bridge->line.data + before, bridge->line.size - before});
    bridge_end_line(bridge, before);
    line_push(L, bridge, (struct script_output){text, false});
    return 1;
}

void line_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg metamethods[] = {{"__tostring", line_tostring}, {NULL, NULL}};
    bridge_open_type(L, bridge, "line", metamethods, &bridge->line_type);
    bridge_register(L, bridge, (const luaL_Reg[]){{"line", make_line}, {NULL, NULL}});
}
