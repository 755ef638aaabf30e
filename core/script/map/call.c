/* Between a map and Lua: its functions, what callers give, and ecs(event). */
#include "script/map/run.h"

#include "base/error.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "parse/one_line.h"
#include "sandbox/sandbox.h"
#include "script/event/value.h"
#include "script/library/library.h"

static void push_value(const struct map_run *run, const struct map_value *value)
{
    lua_State *L = run->L;
    if (value->type == POSTERN_JSON_STRING) {
        postern_text text = map_plain_text(run, value);
        lua_pushlstring(L, text.size ? text.data : "", text.size);
        return;
    }
    if (value->node) {
        value_push(L, value->tape, value->node);
        return;
    }
    const struct json_node *root;
    struct json_tape *tape = map_machine_take_tape(L, run->machine);
    if (json_parse(tape, value->text, &root, NULL) < 0)
        bridge_out_of_memory(L); /* we wrote it: it is valid */
    value_push(L, tape, root);
    map_machine_return_tape(run->machine);
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
    lua_rawgeti(L, run->functions, step->function);
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
    line->size = before;
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

/* What the caller gives, as values in the order of the map's names. `index`: a table. */
static void read_given(struct map_run *run, int index)
{
    lua_State *L = run->L;
    const struct map_names *names = run->map->given;
    luaL_checktype(L, index, LUA_TTABLE);
    size_t base = run->machine->count;
    size_t *ends = map_scratch(run, (names->count + 1) * sizeof *ends);
    for (uint32_t i = 0; i < names->count; i++) {
        lua_pushlstring(L, names->names[i].text.data, names->names[i].text.size);
        lua_rawget(L, index);
        map_push_lua(run, lua_gettop(L), ORIGIN_NONE);
        lua_pop(L, 1);
        ends[i] = run->machine->count - base;
    }
    size_t bytes = (run->machine->count - base) * sizeof(struct map_value);
    struct map_value *given = map_scratch(run, bytes);
    if (bytes) memcpy(given, run->machine->values + base, bytes);
    run->machine->count = base;
    run->given = given;
    run->given_ends = ends;
}

/* ---- Running ---- */

/* The slot of the member that stands at the place `number` of the event. */
static inline uint32_t slot_of(const struct map *map, postern_text key, size_t number)
{
    if (key.size - 1 >= 16) return map_names_find(map->fields, key);
    struct seen_member *seen = &map->seen[number % SEEN_MEMBERS];
    struct map_name_ends ends = map_name_ends_of(key);
    if (seen->ends.first == ends.first && seen->ends.last == ends.last && seen->size == key.size)
        return seen->slot;
    *seen = (struct seen_member){ends, (uint32_t)key.size, map_names_find(map->fields, key)};
    return seen->slot;
}

static void find_fields(struct map_run *run)
{
    const struct map_names *names = run->map->fields;
    const struct json_tape *tape = run->tape;
    run->slots = map_scratch(run, (names->count + 1) * sizeof *run->slots);
    memset(run->slots, 0, names->count * sizeof *run->slots);
    size_t number = 0;
    for (const struct json_node *member = json_node_first(run->root); member;
         member = json_node_after(tape, member)) {
        postern_text key = json_node_key(tape, member);
        if (member->flags & JSON_KEY_ESCAPED) {
            struct map_value text = map_text_value(key, TEXT_WRITTEN, ORIGIN_NONE);
            key = map_plain_text(run, &text);
        }
        uint32_t slot = slot_of(run->map, key, number++);
        if (slot == MAP_NO_SLOT || run->slots[slot]) continue;
        run->slots[slot] = member;
        if (!map_node_is_missing(member)) run->present |= 1ull << (slot % 64);
    }
}

/* The map is at `index`, what the caller gives at `given` (0 = nothing). */
static postern_text run_map(lua_State *L, struct bridge *bridge, int index, int given,
                            const struct json_tape *tape, const struct json_node *root)
{
    struct map_machine *machine = bridge->machine;
    struct map_run run = {.L = L,
                          .bridge = bridge,
                          .machine = machine,
                          .map = lua_touserdata(L, index),
                          .tape = tape,
                          .root = root};
    sandbox_charge(L, (int64_t)tape->count / 4);
    size_t targets = run.map->target_count;
    run.taken = map_scratch(&run, tape->count + targets);
    memset(run.taken, 0, tape->count + targets);
    run.written = run.taken + tape->count;
    size_t memo_bytes = run.map->memo_count * sizeof *run.memos;
    if (memo_bytes) run.memos = memset(map_scratch(&run, memo_bytes), 0, memo_bytes);
    find_fields(&run);
    luaL_checkstack(L, LUA_MINSTACK, "map");
    lua_getiuservalue(L, index, 1);
    run.functions = lua_gettop(L);
    if (given) read_given(&run, given);
    size_t before = machine->out.size;
    if (!map_write_object(&run, run.map->root)) buffer_append_text(&machine->out, TEXT("{}"));
    if (machine->out.failed) bridge_out_of_memory(L);
    postern_text line =
        bridge_keep(L, bridge, (postern_text){machine->out.data + before, machine->out.size - before});
    machine->out.size = before;
    lua_settop(L, run.functions - 1);
    return line;
}

postern_text map_run(lua_State *L, struct bridge *bridge, int index, const struct json_tape *tape,
                     const struct json_node *root)
{
    return run_map(L, bridge, index, 0, tape, root);
}

/* ---- As scripts see it ---- */

/* The JSON text of argument 2, in scratch memory: of an event that was changed, a line, a table; or a text as
 * it is. */
static postern_text argument_text_of(lua_State *L, struct bridge *bridge)
{
    postern_text text;
    if (lua_type(L, 2) == LUA_TSTRING) {
        text.data = lua_tolstring(L, 2, &text.size);
        return text; /* the argument stays on the stack */
    }
    luaL_argexpected(L, lua_istable(L, 2) || lua_isuserdata(L, 2), 2, "event");
    struct buffer *line = &bridge->line;
    size_t before = line->size;
    encode_lua_value(L, bridge, 2, "event", line);
    text = (postern_text){line->data + before, line->size - before};
    char *copy = arena_allocate_raw(bridge->machine->scratch, text.size);
    if (!copy) bridge_out_of_memory(L);
    memcpy(copy, text.data, text.size);
    line->size = before;
    return (postern_text){copy, text.size};
}

/* ecs(event [, given]): argument 1 is the map, 2 an event, a line, a table or a text. */
static int call_map(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    lua_settop(L, 3);
    const struct json_tape *tape;
    const struct json_node *root;
    const struct view *view = view_test(L, 2, bridge);
    if (view && !document_overlay(view->document, view->node)) {
        tape = view->document->tape;
        root = view->node;
    } else {
        struct json_tape *spare = map_machine_take_tape(L, bridge->machine);
        postern_text text = argument_text_of(L, bridge);
        postern_error error = ERROR_INIT;
        sandbox_charge(L, (int64_t)(text.size / 16));
        if (json_parse_one_line(spare, text, bridge->machine->scratch, &root, &error) < 0)
            return luaL_error(L, "what the map was given is %s", error.message);
        tape = spare;
    }
    if (root->type != POSTERN_JSON_OBJECT)
        return luaL_error(L, "a map works on an object, not on a list or a text");
    line_push(L, bridge, run_map(L, bridge, 1, lua_isnil(L, 3) ? 0 : 3, tape, root));
    return 1;
}

/* postern.map { ... }: argument 1 is postern.map itself. */
static int make_map(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    lua_remove(L, 1);
    map_compile(L, bridge);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge->map_type);
    lua_setmetatable(L, -2);
    return 1;
}

void map_open(lua_State *L, struct bridge *bridge)
{
    lua_newtable(L); /* the metatable of maps */
    bridge_register(L, bridge, (const luaL_Reg[]){{"__call", call_map}, {NULL, NULL}});
    lua_pushliteral(L, "map");
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "map");
    lua_setfield(L, -2, "__name");
    bridge->map_type = lua_topointer(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &bridge->map_type);

    lua_newtable(L); /* postern.map */
    map_expressions_open(L, bridge);
    lua_newtable(L);
    bridge_register(L, bridge, (const luaL_Reg[]){{"__call", make_map}, {NULL, NULL}});
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "map");
}
