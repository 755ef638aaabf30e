#include "script/choose/kind.h"

/* A verdict is a userdata that holds its kind; its user value is the reason. */

enum choose_kind choose_kind_of(lua_State *L, const struct bridge *bridge, int index)
{
    if (lua_type(L, index) == LUA_TFUNCTION) return CHOOSE_FUNCTION;
    if (bridge_is(L, index, bridge->map_type)) return CHOOSE_MAP;
    if (bridge_is(L, index, bridge->choice_type)) return CHOOSE_CHOICE;
    if (!bridge_is(L, index, bridge->verdict_type)) return CHOOSE_NONE;
    return *(const enum choose_kind *)lua_touserdata(L, index);
}

void choose_push_verdict(lua_State *L, struct bridge *bridge, enum choose_kind kind)
{
    *(enum choose_kind *)lua_newuserdatauv(L, sizeof kind, 1) = kind;
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    bridge_set_type(L, &bridge->verdict_type);
}

void choose_push_reason(lua_State *L, int index)
{
    lua_getiuservalue(L, index, 1);
}
