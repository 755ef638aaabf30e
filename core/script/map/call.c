/* Between a map and Lua: its functions, and values that come from Lua. */
#include "script/map/values.h"

#include "sandbox/sandbox.h"
#include "script/event/encode.h"
#include "script/event/null.h"
#include "script/event/value.h"

static void push_value(const struct map_run *run, const struct map_value *value)
{
    lua_State *L = run->L;
    if (value->type == POSTERN_JSON_STRING) {
        postern_text text = map_plain_text(run, value);
        map_pay_for_text(run, text);
        lua_pushlstring(L, text.size ? text.data : "", text.size);
        return;
    }
    if (value->node) {
        value_push(L, value->tape, value->node);
        return;
    }
    const struct json_node *root;
    map_pay_for_text(run, value->text);
    struct json_tape *tape = bridge_take_tape(L, run->bridge);
    if (json_parse(tape, value->text, &root, NULL) < 0)
        bridge_out_of_memory(L); /* we wrote it: it is valid */
    value_push(L, tape, root);
    bridge_return_tape(run->bridge);
}

/* Pushes what an argument gives: nil, a value, or a table of several. */
static void push_argument(const struct map_run *run, size_t base)
{
    lua_State *L = run->L;
    const struct map_machine *machine = run->machine;
    size_t count = machine->count - base;
    if (count == 0) {
        lua_pushnil(L);
    } else if (count == 1) {
        push_value(run, &machine->values[base]);
    } else {
        lua_createtable(L, (int)count, 0);
        for (size_t i = 0; i < count; i++) {
            push_value(run, &machine->values[base + i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        value_mark_list(L);
    }
}

void map_call_function(const struct map_run *run, const struct step *step)
{
    lua_State *L = run->L;
    struct map_machine *machine = run->machine;
    luaL_checkstack(L, (int)step->count + 8, "map");
    int top = lua_gettop(L);
    map_origin origin = ORIGIN_NONE;
    bool any = false;
    lua_getiuservalue(L, run->index, 1);
    lua_rawgeti(L, -1, step->function);
    for (size_t i = 0; i < step->count; i++) {
        size_t base = machine->count;
        map_evaluate(run, step->inputs[i]);
        any |= machine->count > base;
        for (size_t at = base; at < machine->count; at++)
            origin = map_group(run, origin, machine->values[at].origin);
        push_argument(run, base);
        machine->count = base;
    }
    if (any) {
        lua_call(L, (int)step->count, 1);
        map_push_lua(run, lua_gettop(L), origin);
    }
    lua_settop(L, top);
}

/* ---- From Lua ---- */

static postern_text copy_text(const struct map_run *run, postern_text text)
{
    map_pay_for_text(run, text);
    char *copy = map_scratch(run, text.size);
    if (text.size) memcpy(copy, text.data, text.size);
    return (postern_text){copy, text.size};
}

static int json_type_of(char first)
{
    switch (first) {
    case '{':
        return POSTERN_JSON_OBJECT;
    case '[':
        return POSTERN_JSON_ARRAY;
    case '"':
        return POSTERN_JSON_STRING;
    case 't':
    case 'f':
        return POSTERN_JSON_BOOLEAN;
    case 'n':
        return POSTERN_JSON_NULL;
    default:
        return POSTERN_JSON_NUMBER;
    }
}

static void push_encoded(const struct map_run *run, int index, map_origin origin)
{
    struct buffer *line = &run->bridge->line;
    size_t before = line->size;
    encode_lua_value(run->L, run->bridge, index, "value", line);
    postern_text json = copy_text(run, (postern_text){line->data + before, line->size - before});
    bridge_end_line(run->bridge, before);
    int type = json_type_of(json.data[0]);
    if (type != POSTERN_JSON_NULL) map_push_json(run, json, type, origin);
}

void map_push_lua(const struct map_run *run, int index, map_origin origin)
{
    lua_State *L = run->L;
    if (script_is_nothing(L, index)) return;
    if (lua_type(L, index) == LUA_TSTRING) {
        postern_text text;
        text.data = lua_tolstring(L, index, &text.size);
        if (text.size) map_push_text(run, copy_text(run, text), TEXT_PLAIN, origin);
        return;
    }
    bool is_list = lua_type(L, index) == LUA_TTABLE &&
                   (lua_rawlen(L, index) > 0 || bridge_is(L, index, run->bridge->list_type));
    if (!is_list) {
        push_encoded(run, index, origin);
        return;
    }
    luaL_checkstack(L, 4, "map");
    for (lua_Integer i = 1, count = (lua_Integer)lua_rawlen(L, index); i <= count; i++) {
        sandbox_charge(L, 1);
        lua_rawgeti(L, index, i);
        bool is_table = lua_type(L, -1) == LUA_TTABLE;
        if (is_table)
            push_encoded(run, lua_gettop(L), origin);
        else
            map_push_lua(run, lua_gettop(L), origin);
        lua_pop(L, 1);
    }
}
