/* postern.has, raw, type, table ...: what a script does with an event beside reading and setting its fields.
 */
#include "script/event/bridge.h"

#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/value.h"
#include "script/library/library.h"
#include "script/map/machine.h"

/* ---- Finished lines, exact numbers ---- */

void line_push(lua_State *L, struct bridge *bridge, postern_text text)
{
    struct line *line = lua_newuserdatauv(L, sizeof *line, 0);
    *line = (struct line){bridge->generation, text};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge->line_type);
    lua_setmetatable(L, -2);
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

static int number_tostring(lua_State *L)
{
    const struct number *number = lua_touserdata(L, 1);
    lua_pushlstring(L, number->digits, number->size);
    return 1;
}

/* A metatable with a name and one way to be seen: as text. Kept in the registry under `key`. */
static void open_type(lua_State *L, struct bridge *bridge, const char *name, lua_CFunction tostring,
                      const void **type)
{
    lua_newtable(L);
    bridge_register(L, bridge, (const luaL_Reg[]){{"__tostring", tostring}, {NULL, NULL}});
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    *type = lua_topointer(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, type);
}

/* postern.number(digits) */
static int make_number(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    postern_text digits = {0};
    digits.data = luaL_checklstring(L, 1, &digits.size);
    const struct json_node *root;
    bool is_number = json_parse(map_machine_take_tape(L, bridge->machine), digits, &root, NULL) >= 0 &&
                     root->type == POSTERN_JSON_NUMBER;
    map_machine_return_tape(bridge->machine);
    if (!is_number) return luaL_argerror(L, 1, "this is not a JSON number");
    digits = text_trim(digits);
    struct number *number = lua_newuserdatauv(L, sizeof *number + digits.size, 0);
    number->size = digits.size;
    memcpy(number->digits, digits.data, digits.size);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge->number_type);
    lua_setmetatable(L, -2);
    return 1;
}

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
        if (value.kind == VALUE_ABSENT) return bridge_return_nil(L);
        if (value.kind == VALUE_NODE) {
            encode_document(L, bridge, view->document, value.node, &bridge->line);
        } else {
            value_push_kept(L, view, value);
            encode_lua_value(L, bridge, -1, "event", &bridge->line);
        }
    }
    lua_pushlstring(L, bridge->line.data + before, bridge->line.size - before);
    bridge->line.size = before;
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
    struct json_tape *tape = map_machine_take_tape(L, bridge->machine);
    const struct json_node *root;
    postern_error error = ERROR_INIT;
    size_t before = bridge->line.size;
    encode_document(L, bridge, view->document, view->node, &bridge->line);
    postern_text text = {bridge->line.data + before, bridge->line.size - before};
    if (json_parse(tape, text, &root, &error) < 0) return luaL_error(L, "%s", error.message);
    value_push(L, tape, root);
    map_machine_return_tape(bridge->machine);
    bridge->line.size = before;
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

static int mark_list(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_newtable(L);
    } else {
        luaL_checktype(L, 1, LUA_TTABLE);
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
    if (moves &&
        (!document_set(view->document, view->node, to, value) ||
         !document_set(view->document, view->node, from, (struct event_value){.kind = VALUE_ABSENT})))
        bridge_out_of_memory(L);
    lua_pushboolean(L, value.kind != VALUE_ABSENT);
    return 1;
}

void event_functions_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg functions[] = {
        {"has", has},   {"is_null", is_null}, {"type", type_of},       {"raw", raw},   {"table", to_table},
        {"copy", copy}, {"list", mark_list},  {"number", make_number}, {"move", move}, {NULL, NULL},
    };
    open_type(L, bridge, "line", line_tostring, &bridge->line_type);
    open_type(L, bridge, "number", number_tostring, &bridge->number_type);
    bridge_register(L, bridge, functions);
}
