#include "script/choose/choose.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/choose/choice.h"
#include "script/event/handle.h"
#include "script/event/null.h"
#include "script/event/value.h"

/* Where a field is looked for: on a tape, or in the Lua value at `index` if that is NULL. */
struct chosen_event {
    const struct json_tape *tape;
    const struct json_node *root;
    int index;
};

/* ---- What an event goes by ---- */

static const struct json_node *member_of(lua_State *L, const struct json_tape *tape,
                                         const struct json_node *object, postern_text name)
{
    if (object->type != POSTERN_JSON_OBJECT) return NULL;
    int64_t seen = 0;
    const struct json_node *member = json_node_first(object);
    for (; member && !json_node_key_is(tape, member, name); member = json_node_after(tape, member))
        seen++;
    if (seen >= 64) sandbox_charge(L, seen / 16);
    return member;
}

/* What a text, true, false or a whole number says is pushed as text; of null and nothing "". False: it is
 * something else, which no case can name. */
static bool push_key_of(lua_State *L)
{
    if (script_is_nothing(L, -1))
        lua_pushliteral(L, "");
    else if (lua_type(L, -1) == LUA_TBOOLEAN)
        lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
    else if (lua_type(L, -1) == LUA_TSTRING || lua_isinteger(L, -1))
        lua_pushvalue(L, -1);
    else
        return false;
    return true;
}

/* Of an event that was changed, or a table. */
static bool push_field_of_value(lua_State *L, struct bridge *bridge, const struct event_choice *choice,
                                int index)
{
    if (!lua_istable(L, index) && !view_test(L, index, bridge))
        return luaL_error(
            L,
            "choose: a choice by a field needs an event or a table, not a %s: choose before the "
            "event becomes a line",
            luaL_typename(L, index));
    lua_pushvalue(L, index);
    for (size_t i = 0; i < choice->path_count; i++) {
        bool is_table = lua_istable(L, -1);
        if (!is_table && !view_test(L, -1, bridge))
            lua_pushnil(L);
        else {
            lua_pushlstring(L, choice->path[i].data, choice->path[i].size);
            is_table ? lua_rawget(L, -2) : lua_gettable(L, -2);
        }
        lua_remove(L, -2);
    }
    return push_key_of(L);
}

/* Of an event on a tape. Pushes nothing where the text stands there as it is. */
static bool field_on_tape(lua_State *L, const struct event_choice *choice, const struct chosen_event *event,
                          postern_text *key)
{
    const struct json_node *node = event->root;
    for (size_t i = 0; node && i < choice->path_count; i++)
        node = member_of(L, event->tape, node, choice->path[i]);
    *key = TEXT("");
    if (!node) return true;
    if (node->type == POSTERN_JSON_STRING && !(node->flags & JSON_STRING_ESCAPED)) {
        *key = json_node_inside(event->tape, node);
        return true;
    }
    if (json_node_is_container(node)) return false;
    value_push(L, event->tape, node);
    if (!push_key_of(L)) return false;
    key->data = lua_tolstring(L, -1, &key->size);
    return true;
}

/* False: no case can name it. May leave something on the stack, in which the text lies. */
static bool key_of(lua_State *L, struct bridge *bridge, const struct event_choice *choice,
                   const struct chosen_event *event, postern_text *key)
{
    switch (choice->by) {
    case BY_SOURCE:
        *key = bridge->event->source;
        return true;
    case BY_TYPE:
        *key = bridge->event->type;
        return true;
    case BY_STREAM:
        *key = bridge->event->stream;
        return true;
    case BY_ACCOUNT:
        *key = bridge->event->account;
        return true;
    case BY_FIELD:
        break;
    }
    luaL_checkstack(L, LUA_MINSTACK, "choose");
    if (event->tape) return field_on_tape(L, choice, event, key);
    if (!push_field_of_value(L, bridge, choice, event->index)) return false;
    key->data = lua_tolstring(L, -1, &key->size);
    return true;
}

/* ---- What a choice has for it ---- */

static int value_for(struct event_choice *choice, postern_text key)
{
    if (text_equal(choice->cases[choice->last].name, key)) return choice->cases[choice->last].value;
    for (size_t low = 0, high = choice->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(key, choice->cases[middle].name);
        if (order == 0) {
            choice->last = middle;
            return choice->cases[middle].value;
        }
        order < 0 ? (high = middle) : (low = middle + 1);
    }
    return choice->other;
}

static enum choose_kind pick(lua_State *L, struct bridge *bridge, const struct chosen_event *event)
{
    int at = lua_gettop(L);
    for (;;) {
        struct event_choice *choice = lua_touserdata(L, at);
        postern_text key = {0};
        int value = key_of(L, bridge, choice, event, &key) ? value_for(choice, key) : choice->other;
        enum choose_kind kind = choice->kinds[value];
        lua_getiuservalue(L, at, value);
        lua_copy(L, -1, at);
        lua_settop(L, at);
        if (kind != CHOOSE_CHOICE) return kind;
    }
}

enum choose_kind choose_pick(lua_State *L, struct bridge *bridge, const struct json_tape *tape,
                             const struct json_node *root)
{
    return pick(L, bridge, &(struct chosen_event){.tape = tape, .root = root});
}

/* ---- As scripts see it ---- */

/* choice(event): argument 1 is the choice. */
static int call_choice(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    lua_settop(L, 2);
    luaL_argexpected(L, lua_istable(L, 2) || lua_isuserdata(L, 2) || lua_isstring(L, 2), 2, "event");
    if (!bridge->event) return luaL_error(L, "choose: there is something to choose only while an event is");
    struct chosen_event event = {.index = 2};
    const struct view *view = view_test(L, 2, bridge);
    if (view && !document_overlay(view->document, view->node)) {
        event.tape = view->document->tape;
        event.root = view->node;
    }
    lua_pushvalue(L, 1);
    switch (pick(L, bridge, &event)) {
    case CHOOSE_KEEP:
        lua_settop(L, 2);
        return 1;
    case CHOOSE_DROP:
        lua_pushnil(L);
        choose_push_reason(L, 3);
        return 2;
    case CHOOSE_MAP:
        lua_pushvalue(L, 2);
        lua_call(L, 1, 1);
        return 1;
    default:
        lua_pushvalue(L, 2);
        lua_rawgeti(L, LUA_REGISTRYINDEX, bridge->context);
        lua_call(L, 2, LUA_MULTRET);
        return lua_gettop(L) - 2;
    }
}

/* postern.choose { ... }: argument 1 is postern.choose itself. */
static int make_choice(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    luaL_checkany(L, 1);
    lua_remove(L, 1);
    choice_declare(L, bridge);
    bridge_set_type(L, &bridge->choice_type);
    return 1;
}

/* choose.drop("reason") */
static int make_drop(lua_State *L)
{
    if (!lua_isnoneornil(L, 1)) luaL_checktype(L, 1, LUA_TSTRING);
    lua_settop(L, 1);
    choose_push_verdict(L, bridge_of_closure(L), CHOOSE_DROP);
    return 1;
}

void choose_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg of_choices[] = {{"__call", call_choice}, {NULL, NULL}};
    static const luaL_Reg of_verdicts[] = {{NULL, NULL}};
    bridge_open_type(L, bridge, "choice", of_choices, &bridge->choice_type);
    bridge_open_type(L, bridge, "verdict", of_verdicts, &bridge->verdict_type);

    lua_newtable(L); /* postern.choose */
    bridge_register(L, bridge, (const luaL_Reg[]){{"drop", make_drop}, {NULL, NULL}});
    lua_pushnil(L);
    choose_push_verdict(L, bridge, CHOOSE_KEEP);
    lua_setfield(L, -2, "keep");
    lua_newtable(L);
    bridge_register(L, bridge, (const luaL_Reg[]){{"__call", make_choice}, {NULL, NULL}});
    lua_pushliteral(L, "choose");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    sandbox_make_read_only(L, "postern.choose");
    lua_setfield(L, -2, "choose");
}
