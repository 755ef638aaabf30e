/* From Lua values to what a document holds. */
#include "script/event/handle.h"
#include "script/event/null.h"
#include "script/event/value.h"
#include <stdlib.h>

static struct event_value anchor(lua_State *L, int index, struct bridge *bridge)
{
    index = lua_absindex(L, index);
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge->anchors);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, ++bridge->anchor_count);
    lua_pop(L, 1);
    return (struct event_value){.kind = VALUE_LUA, .anchor = bridge->anchor_count};
}

static struct event_value text_value(lua_State *L, int index, struct view *view)
{
    struct event_value value = {.kind = VALUE_TEXT};
    postern_text text;
    text.data = lua_tolstring(L, index, &text.size);
    if (text.size == 0) return value;
    value.text = arena_copy(view->document->arena, text);
    if (!value.text.data) bridge_out_of_memory(L);
    return value;
}

struct event_value value_from_lua(lua_State *L, int index, struct view *view)
{
    struct bridge *bridge = view->bridge;
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        return (struct event_value){.kind = VALUE_ABSENT};
    case LUA_TBOOLEAN:
        return (struct event_value){.kind = VALUE_BOOLEAN, .boolean = lua_toboolean(L, index)};
    case LUA_TSTRING:
        return text_value(L, index, view);
    case LUA_TTABLE:
        return anchor(L, index, bridge);
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            return (struct event_value){.kind = VALUE_INTEGER, .integer = lua_tointeger(L, index)};
        return (struct event_value){.kind = VALUE_REAL, .real = lua_tonumber(L, index)};
    case LUA_TUSERDATA: {
        const struct view *part = view_test(L, index, bridge);
        if (part && part->document == view->document)
            return (struct event_value){.kind = VALUE_NODE, .node = part->node};
        if (part || bridge_is(L, index, bridge->number_type) || bridge_is(L, index, bridge->line_type))
            return anchor(L, index, bridge);
        break;
    }
    default:
        if (script_is_nothing(L, index)) return (struct event_value){.kind = VALUE_NULL};
    }
    luaL_error(L, "a %s cannot be put into an event", luaL_typename(L, index));
    abort();
}
