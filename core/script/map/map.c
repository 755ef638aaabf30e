/* postern.map { ... } makes a map, ecs(event) runs it. */
#include "script/map/map.h"

#include "base/error.h"
#include "base/text.h"
#include "parse/one_line.h"
#include "sandbox/sandbox.h"
#include "script/event/encode.h"
#include "script/event/handle.h"
#include "script/event/line.h"
#include "script/event/strict_line.h"
#include "script/map/compile.h"
#include "script/map/program/programs.h"
#include "script/map/values.h"

/* ---- Running ---- */

/* What the caller gives, as values in the order of the map's names. `index`: a table. */
static void read_given(struct map_run *run, int index)
{
    lua_State *L = run->L;
    const struct map_names *names = run->map->given;
    luaL_checktype(L, index, LUA_TTABLE);
    luaL_checkstack(L, LUA_MINSTACK, "map");
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

/* The slot of another member than the last event had there, or of one with a long name: two of those are
 * known to be the same if both are that of one field, to the byte. */
__attribute__((noinline)) static uint32_t slot_of_other(const struct map *map, postern_text key,
                                                        size_t number, bool *is_other)
{
    struct seen_member *seen = &map->seen->at[number % SEEN_MEMBERS], now = {.size = (uint32_t)key.size};
    now.slot = map_names_find(map->fields, key);
    if (key.size - 1 < 16)
        now.ends = map_name_ends_of(key);
    else if (now.slot == MAP_NO_SLOT || !text_equal(map->fields->names[now.slot].text, key))
        now.size = 0;
    *is_other |= key.size - 1 < 16 || now.size == 0 || seen->slot != now.slot || seen->size != now.size;
    *seen = now;
    return now.slot;
}

/* The slot of the member that stands at the place `number` of the event. */
static inline uint32_t slot_of(const struct map *map, postern_text key, size_t number, bool *is_other)
{
    if (key.size - 1 >= 16) return slot_of_other(map, key, number, is_other);
    const struct seen_member *seen = &map->seen->at[number % SEEN_MEMBERS];
    struct map_name_ends ends = map_name_ends_of(key);
    if (seen->ends.first == ends.first && seen->ends.last == ends.last && seen->size == key.size)
        return seen->slot;
    return slot_of_other(map, key, number, is_other);
}

/* Members of the event may be copied. If they are those of the last one, their names are known to differ;
 * what is inside them is not. */
__attribute__((noinline)) static void note_names(const struct map_run *run, size_t count)
{
    strict_note_names(run->bridge, run->tape, run->root);
    run->map->seen->count = run->bridge->is_unproven || count > SEEN_MEMBERS ? 0 : count;
}

static void find_fields(struct map_run *run)
{
    const struct map *map = run->map;
    size_t bytes = (map->fields->count + 1) * sizeof(uint32_t);
    uint32_t *slots = memset(map_scratch(run, bytes), 0, bytes);
    run->slots = slots;
    const struct json_tape *tape = run->tape;
    size_t number = 0;
    bool is_other = false;
    for (const struct json_node *member = json_node_first(run->root); member;
         member = json_node_after(tape, member)) {
        postern_text key = json_node_key(tape, member);
        if (member->flags & JSON_KEY_ESCAPED) {
            is_other = true;
            struct map_value text = map_text_value(key, TEXT_WRITTEN, ORIGIN_NONE);
            key = map_plain_text(run, &text);
        }
        uint32_t slot = slot_of(map, key, number++, &is_other);
        if (slot == MAP_NO_SLOT || slots[slot]) continue;
        slots[slot] = (uint32_t)(member - tape->nodes);
        if (!map_node_is_missing(member)) run->present |= map->fields->bits[slot];
    }
    if (is_other) map->seen->count = 0;
    if (map->has_rest && map->seen->count != number) note_names(run, number);
}

/* The program for the event; without one its fields are found. */
static const struct map_program *choose_program(struct map_run *run)
{
    const struct map_program *program = programs_find(run->map->programs, run);
    if (program) return program;
    find_fields(run);
    return programs_learn(run->map->programs, run);
}

/* What is noted while the document is written: nothing yet. */
static void begin_tables(struct map_run *run, const struct map_program *program)
{
    size_t memos = (program ? program->memo_count : run->map->memo_count) * sizeof *run->memos;
    size_t nodes = run->tape->count, targets = run->map->target_count;
    size_t size = memos + nodes + targets + (program ? program->register_count : 0);
    char *tables = memset(map_scratch(run, size), 0, size);
    run->memos = (struct map_memo *)(void *)tables;
    run->taken = (bool *)(tables + memos);
    run->written = run->taken + nodes;
    run->known = (uint8_t *)(run->written + targets); /* REGISTER_UNKNOWN */
}

static bool write_document(struct map_run *run, const struct map_program *program)
{
    return program ? program_run(program, run) : map_write_object(run, run->map->root);
}

/* What a call needs is given back when it is done, so that a script may run maps without end. */
struct call_mark {
    struct machine_mark machine;
    size_t tapes_taken;
};

static struct call_mark begin_call(const struct bridge *bridge)
{
    return (struct call_mark){map_machine_mark(bridge->machine), bridge->spare_tapes_taken};
}

static void end_call(struct bridge *bridge, const struct call_mark *mark)
{
    map_machine_rewind(bridge->machine, mark->machine);
    bridge_return_tapes(bridge, mark->tapes_taken);
}

/* The map is at `index`, what the caller gives at `given` (0 = nothing). */
static postern_text run_map(lua_State *L, struct bridge *bridge, int index, int given,
                            const struct json_tape *tape, const struct json_node *root)
{
    struct map_machine *machine = bridge->machine;
    bool has_twins = false;
    machine->running++; /* until the mark of the call is rewound */
    struct map_run run = {.L = L,
                          .bridge = bridge,
                          .machine = machine,
                          .map = lua_touserdata(L, index),
                          .index = index,
                          .tape = tape,
                          .root = root,
                          .has_twins = &has_twins,
                          .groups_before = machine->group_count};
    sandbox_check_stack(L); /* a map's function may call maps */
    sandbox_charge(L, (int64_t)(tape->count / 4 + run.map->step_count));
    const struct map_program *program = choose_program(&run);
    begin_tables(&run, program);
    if (given) read_given(&run, given);
    size_t before = machine->out.size;
    if (!write_document(&run, program)) buffer_append_text(&machine->out, TEXT("{}"));
    if (machine->out.failed) bridge_out_of_memory(L);
    postern_text line =
        bridge_keep(L, bridge, (postern_text){machine->out.data + before, machine->out.size - before});
    machine->out.size = before;
    return has_twins ? strict_line_keep(L, bridge, line) : line;
}

postern_text map_run(lua_State *L, struct bridge *bridge, int index, const struct json_tape *tape,
                     const struct json_node *root)
{
    struct call_mark mark = begin_call(bridge);
    postern_text line = run_map(L, bridge, index, 0, tape, root);
    end_call(bridge, &mark);
    return line;
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
    bridge_end_line(bridge, before);
    return (postern_text){copy, text.size};
}

/* ecs(event [, given]): argument 1 is the map, 2 an event, a line, a table or a text. */
static int call_map(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    lua_settop(L, 3);
    const struct json_tape *tape;
    const struct json_node *root;
    struct call_mark mark = begin_call(bridge);
    const struct view *view = view_test(L, 2, bridge);
    if (view && !document_overlay(view->document, view->node)) {
        tape = view->document->tape;
        root = view->node;
    } else {
        struct json_tape *spare = bridge_take_tape(L, bridge);
        postern_text text = argument_text_of(L, bridge);
        postern_error error = ERROR_INIT;
        sandbox_charge(L, (int64_t)(text.size / 16));
        if (bridge_parse(L, spare, text, bridge->machine->scratch, &root, &error) < 0)
            return luaL_error(L, "what the map was given is %s", error.message);
        strict_note_text(bridge, spare);
        tape = spare;
    }
    if (root->type != POSTERN_JSON_OBJECT)
        return luaL_error(L, "a map works on an object, not on a list or a text");
    postern_text line = run_map(L, bridge, 1, lua_isnil(L, 3) ? 0 : 3, tape, root);
    end_call(bridge, &mark);
    line_push(L, bridge, (struct script_output){line, true});
    return 1;
}

/* postern.map { ... }: argument 1 is postern.map itself. */
static int make_map(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    luaL_checkany(L, 1);
    lua_remove(L, 1);
    map_compile(L, bridge);
    bridge_set_type(L, &bridge->map_type);
    ((struct map *)lua_touserdata(L, -1))->programs = programs_new();
    return 1;
}

static int free_map(lua_State *L)
{
    struct map *map = lua_touserdata(L, 1);
    programs_free(map->programs);
    map->programs = NULL;
    return 0;
}

void map_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg metamethods[] = {{"__call", call_map}, {"__gc", free_map}, {NULL, NULL}};
    bridge_open_type(L, bridge, "map", metamethods, &bridge->map_type);

    lua_newtable(L); /* postern.map */
    map_expressions_open(L, bridge);
    lua_newtable(L);
    bridge_register(L, bridge, (const luaL_Reg[]){{"__call", make_map}, {NULL, NULL}});
    lua_pushliteral(L, "map");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    sandbox_make_read_only(L, "postern.map");
    lua_setfield(L, -2, "map");
}
