/* What a script does with an event: event.k, event.k = v, #list, ==. */
#include "script/event/bridge.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/value.h"
#include "script/library/library.h"
#include <stdlib.h>

void view_push(lua_State *L, struct bridge *bridge, struct event_document *document,
               const struct json_node *node)
{
    struct view *view = lua_newuserdatauv(L, sizeof *view, 0);
    *view = (struct view){bridge, bridge->generation, document, node, NULL, 0};
    lua_rawgetp(L, LUA_REGISTRYINDEX, bridge);
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

/* In a metamethod: Lua calls it with a view as its first argument, and nobody else can reach it. */
static struct view *self(lua_State *L)
{
    return alive(L, lua_touserdata(L, 1));
}

/* ---- Reading ---- */

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

static bool is_null(struct event_value value)
{
    return value.kind == VALUE_NULL || (value.kind == VALUE_NODE && value.node->type == POSTERN_JSON_NULL);
}

/* An element of a list, counted from 0. A walk goes on from where the last read was. */
static struct event_value read_element(struct view *view, size_t index)
{
    const struct overlay *overlay = document_overlay(view->document, view->node);
    if (overlay && overlay->elements) return document_element(view->document, view->node, index);
    if (!view->last_item || index < view->last_index) {
        view->last_item = json_node_first(view->node);
        view->last_index = 0;
    }
    const struct json_node *item = view->last_item;
    for (size_t at = view->last_index; item && at < index; at++) {
        item = json_node_after(view->document->tape, item);
        if (item) view->last_item = item, view->last_index = at + 1;
    }
    if (!item) return (struct event_value){.kind = VALUE_ABSENT};
    return (struct event_value){.kind = VALUE_NODE, .node = item};
}

static int view_index(lua_State *L)
{
    struct view *view = self(L);
    bool is_list = view->node->type == POSTERN_JSON_ARRAY;
    if (is_list && lua_isinteger(L, 2)) {
        lua_Integer index = lua_tointeger(L, 2);
        if (index < 1) return bridge_return_nil(L);
        value_push_kept(L, view,
                        read_element(view, (size_t)index - 1)); /* null stays: a walk must not end there */
        return 1;
    }
    if (is_list || lua_type(L, 2) != LUA_TSTRING) return bridge_return_nil(L);
    postern_text key;
    key.data = lua_tolstring(L, 2, &key.size);
    struct event_value value = document_get(view->document, view->node, key);
    if (is_null(value)) return bridge_return_nil(L);
    value_push_kept(L, view, value);
    return 1;
}

static int view_length(lua_State *L)
{
    struct view *view = self(L);
    if (view->node->type != POSTERN_JSON_ARRAY)
        return luaL_error(L, "an event has no length: use pairs to count its fields");
    lua_pushinteger(L, (lua_Integer)document_length(view->document, view->node));
    return 1;
}

static int view_equal(lua_State *L)
{
    const struct view *a = lua_touserdata(L, 1), *b = lua_touserdata(L, 2);
    const struct bridge *bridge = bridge_of_closure(L);
    bool equal = bridge_is(L, 1, bridge->view_type) && bridge_is(L, 2, bridge->view_type) &&
                 a->generation == b->generation && a->document == b->document && a->node == b->node;
    lua_pushboolean(L, equal);
    return 1;
}

static int view_tostring(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    const struct view *view = self(L);
    size_t before = bridge->line.size;
    encode_document(L, bridge, view->document, view->node, &bridge->line);
    lua_pushlstring(L, bridge->line.data + before, bridge->line.size - before);
    bridge->line.size = before;
    return 1;
}

/* ---- Changing ---- */

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

static void set_element(lua_State *L, struct view *view, lua_Integer index, struct event_value value)
{
    lua_Integer length = (lua_Integer)document_length(view->document, view->node);
    if (index < 1 || index > length + 1)
        luaL_error(L, "list index %I: the list has %I elements, and the next one is added at %I", index,
                   length, length + 1);
    if (value.kind == VALUE_ABSENT && index < length)
        luaL_error(L, "only the last element of a list can be set to nil; use table.remove(list, %I)", index);
    struct overlay *overlay = document_open_list(view->document, view->node);
    if (!overlay) bridge_out_of_memory(L);
    if (value.kind == VALUE_ABSENT) {
        if (index == length) overlay->count--;
    } else if (index <= length) {
        overlay->elements[index - 1] = value;
    } else if (!document_append(view->document, overlay, value)) {
        bridge_out_of_memory(L);
    }
}

static int view_newindex(lua_State *L)
{
    struct view *view = self(L);
    if (view->node->type == POSTERN_JSON_ARRAY) {
        if (!lua_isinteger(L, 2)) return luaL_error(L, "this is a list: its elements have whole numbers");
        set_element(L, view, lua_tointeger(L, 2), value_from_lua(L, 3, view));
        return 0;
    }
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "the name of a field must be a text, not a %s", luaL_typename(L, 2));
    postern_text key;
    key.data = lua_tolstring(L, 2, &key.size);
    if (!document_set(view->document, view->node, key, value_from_lua(L, 3, view))) bridge_out_of_memory(L);
    return 0;
}

void event_view_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg metamethods[] = {
        {"__index", view_index},
        {"__newindex", view_newindex},
        {"__len", view_length},
        {"__eq", view_equal},
        {"__tostring", view_tostring},
        {"__pairs", view_pairs},
        {NULL, NULL},
    };
    lua_newtable(L);
    bridge_register(L, bridge, metamethods);
    lua_pushliteral(L, "event");
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "event");
    lua_setfield(L, -2, "__name");
    bridge->view_type = lua_topointer(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, bridge);
}
