#include "script/event/functions.h"

#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/encode.h"
#include "script/event/handle.h"
#include "script/event/line.h"
#include "script/event/null.h"
#include "script/event/number.h"
#include "script/event/value.h"

/* ---- Questions ---- */

static struct event_value member_argument(lua_State *L, const struct view *view)
{
    postern_text name = {0};
    name.data = luaL_checklstring(L, 2, &name.size);
    return document_get(view->document, view->node, name);
}

static int has(lua_State *L)
{
    const struct view *view = view_check(L, 1, bridge_of_closure(L));
    lua_pushboolean(L, member_argument(L, view).kind != VALUE_ABSENT);
    return 1;
}

static int is_null(lua_State *L)
{
    lua_pushboolean(L, !lua_isnoneornil(L, 1) && script_is_nothing(L, 1));
    return 1;
}

static const char *type_name(lua_State *L, struct bridge *bridge)
{
    const struct view *view = view_test(L, 1, bridge);
    if (view) return view->node->type == POSTERN_JSON_ARRAY ? "list" : "object";
    if (lua_isnoneornil(L, 1)) return "nothing";
    if (script_is_nothing(L, 1)) return "null";
    switch (lua_type(L, 1)) {
    case LUA_TBOOLEAN:
        return "boolean";
    case LUA_TNUMBER:
        return "number";
    case LUA_TSTRING:
        return "text";
    case LUA_TTABLE:
        return lua_rawlen(L, 1) > 0 || bridge_is(L, 1, bridge->list_type) ? "list" : "object";
    case LUA_TUSERDATA:
        return bridge_is(L, 1, bridge->number_type) ? "number" : "object";
    default:
        return luaL_typename(L, 1);
    }
}

static int type_of(lua_State *L)
{
    lua_pushstring(L, type_name(L, bridge_of_closure(L)));
    return 1;
}

/* postern.raw(event [, name]) */
static int raw(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    struct view *view = view_check(L, 1, bridge);
    size_t before = bridge->line.size;
    if (lua_isnoneornil(L, 2)) {
        encode_document(L, bridge, view->document, view->node, &bridge->line);
    } else {
        struct event_value value = member_argument(L, view);
        if (value.kind == VALUE_ABSENT) return script_return_nil(L);
        if (value.kind == VALUE_NODE) {
            encode_document(L, bridge, view->document, value.node, &bridge->line);
        } else {
            value_push_kept(L, view, value);
            encode_lua_value(L, bridge, -1, "event", &bridge->line);
        }
    }
    lua_pushlstring(L, bridge->line.data + before, bridge->line.size - before);
    bridge_end_line(bridge, before);
    return 1;
}

/* ---- Copies and moves ---- */

/* postern.table(event): all of it as a Lua table; other values as they are. */
static int to_table(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    const struct view *view = view_test(L, 1, bridge);
    if (!view) {
        lua_settop(L, 1);
        return 1;
    }
    if (!document_overlay(view->document, view->node)) {
        value_push(L, view->document->tape, view->node);
        return 1;
    }
    struct json_tape *tape = bridge_take_tape(L, bridge);
    const struct json_node *root;
    postern_error error = ERROR_INIT;
    size_t before = bridge->line.size;
    encode_document(L, bridge, view->document, view->node, &bridge->line);
    postern_text text = {bridge->line.data + before, bridge->line.size - before};
    sandbox_charge(L, (int64_t)(text.size / 16));
    if (bridge_parse(L, tape, text, NULL, &root, &error) < 0) return luaL_error(L, "%s", error.message);
    value_push(L, tape, root);
    bridge_return_tape(bridge);
    bridge_end_line(bridge, before);
    return 1;
}

static int copy(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    const struct view *view = view_check(L, 1, bridge);
    struct event_document *document = document_copy(view->document);
    if (!document) bridge_out_of_memory(L);
    view_push(L, bridge, document, view->node);
    return 1;
}

/* A metatable that is closed to scripts stays: it may be what protects the table. */
static int mark_list(lua_State *L)
{
    const struct bridge *bridge = bridge_of_closure(L);
    if (lua_isnoneornil(L, 1)) {
        lua_newtable(L);
    } else {
        luaL_checktype(L, 1, LUA_TTABLE);
        if (!bridge_is(L, 1, bridge->list_type) && luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
            return luaL_error(L, "this table cannot be made a list: its metatable is protected");
        lua_settop(L, 1);
    }
    value_mark_list(L);
    return 1;
}

/* postern.move(event, from, to): renames a field; the value keeps its text. */
static int move(lua_State *L)
{
    struct view *view = view_check(L, 1, bridge_of_closure(L));
    postern_text to = {0}, from = {0};
    from.data = luaL_checklstring(L, 2, &from.size);
    to.data = luaL_checklstring(L, 3, &to.size);
    struct event_value value = document_get(view->document, view->node, from);
    bool moves = value.kind != VALUE_ABSENT && !text_equal(from, to);
    /* what is set once can be set again without memory: so it is moved, or nothing is */
    if (moves &&
        (!document_set(view->document, view->node, from, value) ||
         !document_set(view->document, view->node, to, value) ||
         !document_set(view->document, view->node, from, (struct event_value){.kind = VALUE_ABSENT})))
        bridge_out_of_memory(L);
    lua_pushboolean(L, value.kind != VALUE_ABSENT);
    return 1;
}

void event_functions_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg functions[] = {
        {"has", has},   {"is_null", is_null}, {"type", type_of}, {"raw", raw}, {"table", to_table},
        {"copy", copy}, {"list", mark_list},  {"move", move},    {NULL, NULL},
    };
    line_open(L, bridge);
    number_open(L, bridge);
    bridge_register(L, bridge, functions);
}
