#include "script/event/handle.h"

void view_push(lua_State *L, struct bridge *bridge, struct event_document *document,
               const struct json_node *node)
{
    struct view *view = lua_newuserdatauv(L, sizeof *view, 0);
    *view = (struct view){bridge, bridge->generation, document, node, NULL, 0};
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge->view_metatable);
    lua_setmetatable(L, -2);
}

static struct view *alive(lua_State *L, struct view *view)
{
    if (view->generation != view->bridge->generation)
        luaL_error(L, "this event is over: keep values or postern.table(event), not the event itself");
    return view;
}

struct view *view_test(lua_State *L, int index, struct bridge *bridge)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !bridge_is(L, index, bridge->view_type)) return NULL;
    return alive(L, lua_touserdata(L, index));
}

struct view *view_check(lua_State *L, int index, struct bridge *bridge)
{
    struct view *view = view_test(L, index, bridge);
    if (!view) luaL_typeerror(L, index, "event");
    return view;
}

struct view *view_self(lua_State *L)
{
    return alive(L, lua_touserdata(L, 1));
}
