#include "script/event/view.h"

#include "sandbox/sandbox.h"
#include "script/event/encode.h"
#include "script/event/handle.h"
#include "script/event/null.h"
#include "script/event/value.h"

/* ---- Reading ---- */

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
    size_t at = view->last_index, passed = 0;
    for (; item && at < index; at++, passed++) {
        item = json_node_after(view->document->tape, item);
        if (item) view->last_item = item, view->last_index = at + 1;
    }
    if (passed >= 16) sandbox_charge(view->document->L, (int64_t)(passed / 4));
    if (!item) return (struct event_value){.kind = VALUE_ABSENT};
    return (struct event_value){.kind = VALUE_NODE, .node = item};
}

static int view_index(lua_State *L)
{
    struct view *view = view_self(L);
    bool is_list = view->node->type == POSTERN_JSON_ARRAY;
    if (is_list && lua_isinteger(L, 2)) {
        lua_Integer index = lua_tointeger(L, 2);
        if (index < 1) return script_return_nil(L);
        value_push_kept(L, view,
                        read_element(view, (size_t)index - 1)); /* null stays: a walk must not end there */
        return 1;
    }
    if (is_list || lua_type(L, 2) != LUA_TSTRING) return script_return_nil(L);
    postern_text key;
    key.data = lua_tolstring(L, 2, &key.size);
    struct event_value value = document_get(view->document, view->node, key);
    if (is_null(value)) return script_return_nil(L);
    value_push_kept(L, view, value);
    return 1;
}

static int view_length(lua_State *L)
{
    struct view *view = view_self(L);
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
    const struct view *view = view_self(L);
    size_t before = bridge->line.size;
    encode_document(L, bridge, view->document, view->node, &bridge->line);
    lua_pushlstring(L, bridge->line.data + before, bridge->line.size - before);
    bridge_end_line(bridge, before);
    return 1;
}

/* ---- Changing ---- */

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
    struct view *view = view_self(L);
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
    bridge_open_type(L, bridge, "event", metamethods, &bridge->view_type);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge->view_type);
    bridge->view_metatable = luaL_ref(L, LUA_REGISTRYINDEX);
}
