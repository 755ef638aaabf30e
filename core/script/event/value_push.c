/* From JSON to Lua. */
#include "base/json_tape.h"
#include "sandbox/sandbox.h"
#include "script/event/handle.h"
#include "script/event/null.h"
#include "script/event/value.h"
#include <lauxlib.h>

void value_mark_list(lua_State *L)
{
    luaL_newmetatable(L, VALUE_LIST);
    lua_setmetatable(L, -2);
}

void value_push_text(lua_State *L, postern_text raw, bool escaped)
{
    if (raw.size >= 256) sandbox_charge(L, (int64_t)(raw.size / (escaped ? 16 : 64)));
    if (!escaped) {
        lua_pushlstring(L, raw.data, raw.size);
        return;
    }
    /* unescaping never makes a text longer, so the space, which Lua owns and frees on any error, is enough */
    luaL_Buffer space;
    char *place = luaL_buffinitsize(L, &space, raw.size);
    struct buffer out = {.data = place, .capacity = raw.size, .limit = raw.size};
    json_unescape_raw(raw, &out);
    luaL_pushresultsize(&space, out.size);
}

static void push_number(lua_State *L, const struct json_tape *tape, const struct json_node *node)
{
    int64_t integer;
    double real = 0;
    if (json_integer(tape, node, &integer))
        lua_pushinteger(L, integer);
    else if (json_real(tape, node, &real))
        lua_pushnumber(L, real);
    else
        script_push_null(L);
}

static void push_list(lua_State *L, const struct json_tape *tape, const struct json_node *node)
{
    lua_Integer place = 0;
    luaL_checkstack(L, 8, "nested too deep");
    lua_newtable(L);
    for (const struct json_node *item = json_first(tape, node); item; item = json_after(tape, item)) {
        value_push(L, tape, item);
        lua_rawseti(L, -2, ++place);
    }
    value_mark_list(L);
}

static void push_object(lua_State *L, const struct json_tape *tape, const struct json_node *node)
{
    luaL_checkstack(L, 8, "nested too deep");
    lua_newtable(L);
    for (const struct json_node *item = json_first(tape, node); item; item = json_after(tape, item)) {
        value_push_text(L, json_node_key(tape, item), item->flags & JSON_KEY_ESCAPED);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TNIL) { /* the first of equal keys is there */
            lua_pop(L, 2);
            continue;
        }
        lua_pop(L, 1);
        value_push(L, tape, item);
        lua_rawset(L, -3);
    }
}

void value_push(lua_State *L, const struct json_tape *tape, const struct json_node *node)
{
    sandbox_charge(L, 1);
    switch (json_type(node)) {
    case POSTERN_JSON_BOOLEAN:
        lua_pushboolean(L, json_raw(tape, node).data[0] == 't');
        break;
    case POSTERN_JSON_NUMBER:
        push_number(L, tape, node);
        break;
    case POSTERN_JSON_STRING:
        value_push_text(L, json_node_inside(tape, node), node->flags & JSON_STRING_ESCAPED);
        break;
    case POSTERN_JSON_ARRAY:
        push_list(L, tape, node);
        break;
    case POSTERN_JSON_OBJECT:
        push_object(L, tape, node);
        break;
    default:
        script_push_null(L);
    }
}

void value_push_kept(lua_State *L, struct view *view, struct event_value value)
{
    struct bridge *bridge = view->bridge;
    switch (value.kind) {
    case VALUE_ABSENT:
        lua_pushnil(L);
        break;
    case VALUE_NULL:
        script_push_null(L);
        break;
    case VALUE_BOOLEAN:
        lua_pushboolean(L, value.boolean);
        break;
    case VALUE_INTEGER:
        lua_pushinteger(L, value.integer);
        break;
    case VALUE_REAL:
        lua_pushnumber(L, value.real);
        break;
    case VALUE_TEXT:
        lua_pushlstring(L, value.text.data ? value.text.data : "", value.text.size);
        break;
    case VALUE_LUA:
        lua_rawgeti(L, LUA_REGISTRYINDEX, bridge->anchors);
        lua_rawgeti(L, -1, value.anchor);
        lua_remove(L, -2);
        break;
    case VALUE_NODE:
        if (json_node_is_container(value.node))
            view_push(L, bridge, view->document, value.node);
        else
            value_push(L, view->document->tape, value.node);
        break;
    }
}
