/* Runs the scripts of a set over one event after the other. */
#include "script/runner.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "parse/one_line.h"
#include "script/event/context.h"
#include "script/event/functions.h"
#include "script/event/handle.h"
#include "script/event/strict_line.h"
#include "script/event/value.h"
#include "script/event/view.h"
#include "script/library/library.h"
#include "script/map/machine.h"
#include "script/map/map.h"
#include "script/pieces.h"
#include "script/script_set.h"
#include "script/unwind.h"
#include <lauxlib.h>
#include <stdlib.h>

#define IDLE_MEMORY_KEPT   ((size_t)256 << 10) /* of each thing on the bridge ... */
#define IDLE_SHARE         64                  /* ... but no more than this part of the limit */
#define TRACEBACK_LIMIT    ((size_t)64 << 10)
#define OUTPUT_MEMORY_KEPT ((size_t)1 << 20)
#define REASON_LIMIT       200 /* bytes of a reason for a drop */

struct script_runner {
    struct script_set *set;
    struct sandbox *sandbox;
    struct script_library_context library;
    struct bridge bridge;
    int *functions; /* registry references, one per script: a function or a map */
    int context;    /* ctx */
    struct buffer traceback;
    struct script_result *result; /* of the run under way */
    size_t output_capacity;
    bool is_ready;   /* the state is there, with all scripts loaded */
    bool is_lent;    /* somebody else keeps values in the state, so it is never made anew */
    bool has_warned; /* that the scripts hoard */
};

/* ---- The bridge ---- */

/* The metatable of tables that are lists even if they are empty (script/event/value.h). */
static void open_list_type(lua_State *L, struct bridge *bridge)
{
    luaL_newmetatable(L, VALUE_LIST);
    lua_pushliteral(L, "list");
    lua_setfield(L, -2, "__metatable");
    bridge->list_type = lua_topointer(L, -1);
    lua_pop(L, 1);
}

/* A bridge over L; registers all that scripts see in the table on the top of the stack. Raises a Lua error if
 * memory is out: called protected. `bridge` is zeroed before; bridge_free always works. */
static void bridge_open(lua_State *L, struct bridge *bridge, size_t memory_limit, bool has_scripts)
{
    struct sandbox *sandbox = bridge->sandbox = sandbox_of(L);
    const struct allocator *allocator = sandbox_allocator(sandbox);
    size_t share = memory_limit / IDLE_SHARE;
    bridge->L = L;
    bridge->keep = share < IDLE_MEMORY_KEPT ? share : IDLE_MEMORY_KEPT;
    bridge->work = arena_new_counted(memory_limit, allocator);
    bridge->names = arena_new_counted(memory_limit, allocator);
    bridge->outputs = arena_new(memory_limit);
    bridge->tape = json_tape_new_counted(has_scripts ? allocator : NULL);
    bridge->line.limit = memory_limit;
    bridge->key = hash_key_new(random_system());
    bridge->line.allocator = allocator;
    bridge->machine = map_machine_new(memory_limit, bridge->keep, allocator);
    if (!bridge->work || !bridge->names || !bridge->outputs || !bridge->tape || !bridge->machine)
        luaL_error(L, "not enough memory");
    lua_newtable(L);
    bridge->anchors = luaL_ref(L, LUA_REGISTRYINDEX);
    open_list_type(L, bridge);
    event_view_open(L, bridge);
    event_functions_open(L, bridge);
    map_open(L, bridge);
}

/* Before the sandbox, which counts its memory. */
static void bridge_free(struct bridge *bridge)
{
    map_machine_free(bridge->machine);
    while (bridge->spare_tapes_made > 0)
        json_tape_free(bridge->spare_tapes[--bridge->spare_tapes_made]);
    if (bridge->spare_tapes)
        allocator_free(sandbox_allocator(bridge->sandbox), bridge->spare_tapes,
                       bridge->spare_tapes_capacity * sizeof(struct json_tape *));
    json_tape_free(bridge->tape);
    arena_free(bridge->outputs);
    arena_free(bridge->names);
    arena_free(bridge->work);
    buffer_free(&bridge->line);
}

/* Forgets the last event. May raise an error. */
static void bridge_begin_event(lua_State *L, struct bridge *bridge)
{
    bridge->generation++;
    if (bridge->anchor_count == 0) return;
    bridge->anchor_count = 0;
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, bridge->anchors);
}

/* ---- Birth ---- */

/* Argument 1: the runner. Makes the global `postern` and ctx. */
static int open_state(lua_State *L)
{
    struct script_runner *runner = lua_touserdata(L, 1);
    lua_newtable(L);
    runner->library.bridge = &runner->bridge;
    script_library_open(L, &runner->library);
    bridge_open(L, &runner->bridge, (size_t)runner->set->limits.memory_bytes, runner->set->count > 0);
    lua_getfield(L, -1, "lookup");
    context_push(L, &runner->bridge, -1);
    runner->context = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pop(L, 1);
    sandbox_make_read_only(L, "postern");
    lua_setglobal(L, "postern");
    return 0;
}

/* Argument 1: the script's environment, 2: what the script returned, 3: the runner, 4: the script's number.
 */
static int keep_function(lua_State *L)
{
    struct script_runner *runner = lua_touserdata(L, 3);
    lua_Integer number = lua_tointeger(L, 4);
    if (lua_type(L, 2) != LUA_TFUNCTION && !bridge_is(L, 2, runner->bridge.map_type))
        return luaL_error(L, "the script must return a function(event, ctx) or a map; it returned %s",
                          lua_isnil(L, 2) ? "nothing" : luaL_typename(L, 2));
    sandbox_seal_environment(L, 1);
    lua_settop(L, 2);
    runner->functions[number] = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static postern_status start_script(struct script_runner *runner, size_t number, postern_error *error)
{
    const struct script *script = &runner->set->scripts[number];
    lua_State *L = runner->bridge.L;
    runner->library.directory = script->directory;
    runner->bridge.script = script->name;
    sandbox_seed(runner->sandbox, 0); /* what is drawn at load is the same in every runner */
    postern_status status = sandbox_load(runner->sandbox, buffer_text(&script->text), script->path, error);
    if (status < 0) return status;
    lua_pushcfunction(L, keep_function);
    lua_insert(L, -2);
    lua_getupvalue(L, -1, 1); /* the environment */
    lua_insert(L, -2);
    status = sandbox_call(runner->sandbox, 0, 1, NULL, error);
    if (status < 0) {
        lua_pop(L, 2);
        return status;
    }
    lua_pushlightuserdata(L, runner);
    lua_pushinteger(L, (lua_Integer)number);
    status = sandbox_call(runner->sandbox, 4, 0, NULL, error);
    if (status < 0) error_prefix(error, "%s: ", script->path);
    return status;
}

static postern_status start(struct script_runner *runner, postern_error *error)
{
    struct script_set *set = runner->set;
    runner->sandbox = sandbox_new(&set->limits, set->count ? set->scripts[0].name : "script");
    runner->functions = calloc(set->count + 1, sizeof *runner->functions);
    if (!runner->sandbox || !runner->functions) return error_no_memory(error, NULL);
    lua_State *L = runner->bridge.L = sandbox_lua(runner->sandbox);
    lua_pushcfunction(L, open_state);
    lua_pushlightuserdata(L, runner);
    postern_status status = sandbox_call(runner->sandbox, 1, 0, NULL, error);
    if (status >= 0) unwind_open(runner->sandbox, &runner->bridge);
    for (size_t i = 0; i < set->count && status >= 0; i++)
        status = start_script(runner, i, error);
    runner->is_ready = status >= 0;
    return status;
}

static void stop(struct script_runner *runner)
{
    bridge_free(&runner->bridge);
    sandbox_free(runner->sandbox);
    free(runner->functions);
    runner->sandbox = NULL;
    runner->functions = NULL;
    runner->bridge = (struct bridge){0};
    runner->is_ready = false;
}

/* A fresh state with the scripts loaded again; what earlier events became is kept. If it fails, the next
 * event tries again. */
static postern_status renew(struct script_runner *runner, postern_error *error)
{
    postern_arena *outputs = runner->bridge.outputs;
    runner->bridge.outputs = NULL;
    stop(runner);
    postern_status status = start(runner, error);
    arena_free(runner->bridge.outputs);
    runner->bridge.outputs = outputs;
    return status;
}

/* True if a script keeps so much from event to event that others have no room. */
static bool hoards(struct script_runner *runner)
{
    lua_gc(runner->bridge.L, LUA_GCCOLLECT);
    return sandbox_memory(runner->sandbox, NULL) > (size_t)runner->set->limits.memory_bytes / 2;
}

struct script_runner *script_runner_new(struct script_set *set, postern_error *error)
{
    struct script_runner *runner = calloc(1, sizeof *runner);
    if (!runner) return error_no_memory(error, NULL), NULL;
    runner->set = script_set_share(set);
    runner->library.files = set->lookups;
    runner->traceback.limit = TRACEBACK_LIMIT;
    postern_status status = start(runner, error);
    if (status >= 0) return runner;
    if (error && status != POSTERN_E_MEMORY) error->code = POSTERN_E_CONFIG;
    script_runner_free(runner);
    return NULL;
}

void script_runner_free(struct script_runner *runner)
{
    if (!runner) return;
    stop(runner);
    buffer_free(&runner->traceback);
    script_set_release(runner->set);
    free(runner);
}

struct bridge *script_runner_bridge(struct script_runner *runner)
{
    return &runner->bridge;
}

struct sandbox *script_runner_sandbox(struct script_runner *runner)
{
    runner->is_lent = true;
    return runner->sandbox;
}

/* ---- One event, inside the protected call ---- */

static void add_output(lua_State *L, struct script_runner *runner, struct script_output output)
{
    struct script_result *result = runner->result;
    if (result->output_count == runner->output_capacity) {
        size_t capacity = runner->output_capacity ? runner->output_capacity * 4 : 1;
        struct script_output *outputs = bridge_output(L, &runner->bridge, capacity * sizeof *outputs);
        if (result->output_count) memcpy(outputs, result->outputs, result->output_count * sizeof *outputs);
        result->outputs = outputs;
        runner->output_capacity = capacity;
    }
    ((struct script_output *)(uintptr_t)result->outputs)[result->output_count++] = output;
}

static void add_drop(lua_State *L, struct script_runner *runner, int reason)
{
    postern_text text = {0};
    if (lua_type(L, reason) == LUA_TSTRING)
        text.data = lua_tolstring(L, reason, &text.size);
    else if (!lua_isnil(L, reason))
        luaL_error(L, "the reason for dropping an event must be a text, not a %s", luaL_typename(L, reason));
    if (text.size > REASON_LIMIT) text.size = REASON_LIMIT;
    runner->result->reason = text.size ? bridge_keep(L, &runner->bridge, text) : text;
    runner->result->script = runner->bridge.script;
}

/* Calls script number `stage` with the event that lies on the tape, and gathers what it made. */
static void call_script(lua_State *L, struct script_runner *runner, size_t stage, postern_text text,
                        struct pieces *pieces)
{
    struct bridge *bridge = &runner->bridge;
    const struct json_node *root = bridge->tape->nodes;
    int base = lua_gettop(L);
    runner->library.directory = runner->set->scripts[stage].directory;
    lua_rawgeti(L, LUA_REGISTRYINDEX, runner->functions[stage]);
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        postern_text line = map_run(L, bridge, base + 1, bridge->tape, root);
        pieces_add(L, bridge, pieces, (struct script_output){line, true});
    } else {
        struct event_document *document = arena_allocate_raw(bridge->work, sizeof *document);
        if (!document) bridge_out_of_memory(L);
        document_init(document, L, bridge->work, bridge->tape, root);
        view_push(L, bridge, document, root);
        lua_rawgeti(L, LUA_REGISTRYINDEX, runner->context);
        lua_call(L, 2, 2);
        if (lua_isnil(L, base + 1))
            add_drop(L, runner, base + 2);
        else
            pieces_gather(L, bridge, base + 1, text, pieces);
    }
    bridge->generation++;
    lua_settop(L, base);
}

/* From script number `stage` on. */
static void run_stages(lua_State *L, struct script_runner *runner, size_t stage, struct script_output input,
                       bool is_parsed)
{
    if (stage == runner->set->count) {
        if (input.is_json && runner->bridge.is_unproven)
            input.text = strict_line_keep(L, &runner->bridge, input.text);
        add_output(L, runner, input);
        return;
    }
    postern_error error = ERROR_INIT;
    const struct json_node *root;
    runner->bridge.script = runner->set->scripts[stage].name;
    if (!input.is_json)
        luaL_error(
            L, "the script before this one made a ready line (postern.line), and only the last script of a "
               "pipeline may: no other can read it");
    if (!is_parsed) sandbox_charge(L, (int64_t)(input.text.size / 16));
    if (!is_parsed && json_parse(runner->bridge.tape, input.text, &root, &error) < 0)
        luaL_error(L, "what the script before this one made is %s", error.message);
    if (!is_parsed) runner->bridge.event_is_noted = false;
    struct pieces pieces = {0};
    call_script(L, runner, stage, input.text, &pieces);
    for (size_t i = 0; i < pieces.count; i++) {
        struct script_output piece = pieces_at(&pieces, i);
        run_stages(L, runner, stage + 1, piece, pieces.count == 1 && piece.text.data == input.text.data);
    }
}

/* Argument 1: the runner. */
static int run_scripts(lua_State *L)
{
    struct script_runner *runner = lua_touserdata(L, 1);
    const struct json_tape *tape = runner->bridge.tape;
    bridge_begin_event(L, &runner->bridge);
    run_stages(L, runner, 0, (struct script_output){json_node_raw(tape, tape->nodes), true}, true);
    if (runner->result->output_count == 0) runner->result->verdict = SCRIPT_DROPPED;
    return 0;
}

/* ---- One event, outside ---- */

static void fail_event(struct script_runner *runner, struct script_result *result)
{
    result->verdict = SCRIPT_FAILED;
    result->outputs = NULL;
    result->output_count = 0;
    result->script = runner->bridge.script;
    result->reason = (postern_text){0};
    result->traceback = buffer_text(&runner->traceback);
}

/* The event on the tape, without line breaks: so whatever is taken from it stays on one line. */
static postern_status parse_event(struct script_runner *runner, postern_text json, postern_error *error)
{
    struct bridge *bridge = &runner->bridge;
    const struct json_node *root;
    postern_status status = json_parse_one_line(bridge->tape, json, bridge->outputs, &root, error);
    if (status == POSTERN_E_MEMORY && runner->set->count > 0)
        return sandbox_describe_memory(runner->sandbox, "the event needs", error);
    if (status >= 0 && root->type != POSTERN_JSON_OBJECT)
        return error_set(error, POSTERN_E_PROTOCOL, "the event is not a JSON object");
    if (status >= 0) strict_note_text(bridge, bridge->tape);
    return status;
}

/* Without scripts the event goes on as it is, checked. */
static postern_status pass_on(struct script_runner *runner, struct script_result *result)
{
    struct bridge *bridge = &runner->bridge;
    struct script_output *output = arena_allocate_raw(bridge->outputs, sizeof *output);
    postern_text text = json_node_raw(bridge->tape, bridge->tape->nodes), line = text;
    strict_note_event(bridge);
    postern_status status =
        bridge->is_unproven ? strict_line_make(bridge, bridge->tape, &line, &result->error) : POSTERN_OK;
    if (status < 0) return status;
    if (line.data != text.data) line = arena_copy(bridge->outputs, line);
    if (!output || !line.data)
        return error_set(&result->error, POSTERN_E_LIMIT,
                         "the page's events need more memory than scripts may use");
    *output = (struct script_output){line, true};
    result->outputs = output;
    result->output_count = 1;
    return POSTERN_OK;
}

/* Of the event's id, or of its text if nobody gave it one: random numbers belong to the event, so that
 * it becomes the same again whatever ran before. */
static uint64_t seed_of(const struct script_event *event)
{
    return fnv1a(FNV1A_START, event->id.size ? event->id : event->json);
}

static postern_status run(struct script_runner *runner, struct script_result *result)
{
    lua_State *L = runner->bridge.L;
    if (runner->set->count == 0) return pass_on(runner, result);
    sandbox_seed(runner->sandbox, seed_of(runner->bridge.event));
    lua_pushcfunction(L, run_scripts);
    lua_pushlightuserdata(L, runner);
    return sandbox_call(runner->sandbox, 1, 0, &runner->traceback, &result->error);
}

/* What the event needed is free again; what it became is kept. */
static void end_event(struct script_runner *runner)
{
    map_machine_reset(runner->bridge.machine);
    bridge_end_event(&runner->bridge);
}

static postern_status attempt(struct script_runner *runner, const struct script_event *event, int64_t time_ms,
                              struct script_result *result)
{
    struct bridge *bridge = &runner->bridge;
    *result = (struct script_result){.verdict = SCRIPT_KEPT, .error = ERROR_INIT};
    postern_status status = runner->is_ready ? POSTERN_OK : renew(runner, &result->error);
    runner->result = result;
    runner->output_capacity = 0;
    buffer_clear(&runner->traceback);
    bridge->script = NULL;
    bridge->event = event;
    bridge->wrong_types = bridge->replaced_bytes = bridge->renamed_members = 0;
    bridge->is_unproven = bridge->event_is_noted = false;
    if (status >= 0) sandbox_limit_time(runner->sandbox, time_ms);
    if (status >= 0) status = parse_event(runner, event->json, &result->error);
    if (status >= 0) status = run(runner, result);
    if (runner->is_ready) end_event(runner);
    return status;
}

void script_run(struct script_runner *runner, const struct script_event *event, struct script_result *result)
{
    int64_t time_ms = runner->set->limits.time_ms;
    postern_status status = attempt(runner, event, time_ms, result);
    if (status == POSTERN_E_LIMIT && runner->set->count && !runner->is_lent && hoards(runner)) {
        if (!runner->has_warned)
            log_write(POSTERN_LOG_WARNING, runner->set->scripts[0].name,
                      "the scripts keep memory from event to event until there is none left (tables outside "
                      "of the function "
                      "that grow?): what they kept is forgotten, and the event is tried again");
        runner->has_warned = true;
        runner->is_ready = false;
        /* Whoever needs the whole time has had it. */
        postern_error first = result->error;
        status = attempt(runner, event, time_ms / 10 + 1, result);
        if (status == POSTERN_E_LIMIT) result->error = first;
    }
    if (status < 0) fail_event(runner, result);
    result->wrong_types = runner->bridge.wrong_types;
    result->renamed_members = runner->bridge.renamed_members;
    result->replaced_bytes = runner->bridge.replaced_bytes;
    runner->bridge.event = NULL;
}

void script_runner_reset(struct script_runner *runner)
{
    arena_reset(runner->bridge.outputs, OUTPUT_MEMORY_KEPT);
}
