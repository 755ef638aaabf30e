/* Runs the scripts of a set over one event after the other. */
#include "script/runner.h"
#include "base/error.h"
#include "base/json_outline.h"
#include "base/log.h"
#include "base/text.h"
#include "parse/one_line.h"
#include "script/choose/choose.h"
#include "script/event/handle.h"
#include "script/event/strict_line.h"
#include "script/event/view.h"
#include "script/event/wrong_values.h"
#include "script/map/machine.h"
#include "script/map/map.h"
#include "script/pieces.h"
#include "script/state.h"
#include <stdlib.h>

#define TRACEBACK_LIMIT    ((size_t)64 << 10)
#define OUTPUT_MEMORY_KEPT ((size_t)1 << 20)
#define REASON_LIMIT       200 /* bytes of a reason for a drop */

struct script_runner {
    struct script_state state;
    struct buffer traceback;
    struct script_result *result; /* of the run under way */
    struct script_event opened;   /* what lay in an envelope */
    size_t output_capacity;
    bool is_lent;    /* somebody else keeps values in the state, so it is never made anew */
    bool has_warned; /* that the scripts hoard */
};

struct script_runner *script_runner_new(struct script_set *set, postern_error *error)
{
    struct script_runner *runner = calloc(1, sizeof *runner);
    if (!runner) return error_no_memory(error, NULL), NULL;
    runner->state.set = script_set_share(set);
    runner->state.library.files = set->lookups;
    runner->state.neighbours.files = set->neighbours;
    runner->traceback.limit = TRACEBACK_LIMIT;
    postern_status status = script_state_start(&runner->state, error);
    if (status >= 0) return runner;
    if (error && status != POSTERN_E_MEMORY) error->code = POSTERN_E_CONFIG;
    script_runner_free(runner);
    return NULL;
}

void script_runner_free(struct script_runner *runner)
{
    if (!runner) return;
    script_state_stop(&runner->state);
    wrong_values_free(runner->state.wrong_values);
    buffer_free(&runner->traceback);
    script_set_release(runner->state.set);
    free(runner);
}

struct bridge *script_runner_bridge(struct script_runner *runner)
{
    return &runner->state.bridge;
}

struct neighbour_context *script_runner_neighbours(struct script_runner *runner)
{
    return &runner->state.neighbours;
}

struct sandbox *script_runner_sandbox(struct script_runner *runner)
{
    runner->is_lent = true;
    return runner->state.sandbox;
}

/* ---- One event, inside the protected call ---- */

static void add_output(lua_State *L, struct script_runner *runner, struct script_output output)
{
    struct script_result *result = runner->result;
    if (result->output_count == runner->output_capacity) {
        size_t capacity = runner->output_capacity ? runner->output_capacity * 4 : 1;
        struct script_output *outputs = bridge_output(L, &runner->state.bridge, capacity * sizeof *outputs);
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
    runner->result->reason = text.size ? bridge_keep(L, &runner->state.bridge, text) : text;
    runner->result->script = runner->state.bridge.script;
}

/* Calls the function on the top of the stack with the event that lies on the tape. */
static void call_function(lua_State *L, struct script_runner *runner, postern_text text,
                          struct pieces *pieces)
{
    struct bridge *bridge = &runner->state.bridge;
    int base = lua_gettop(L);
    struct event_document *document = arena_allocate_raw(bridge->work, sizeof *document);
    if (!document) bridge_out_of_memory(L);
    document_init(document, L, bridge->work, bridge->tape, bridge->tape->nodes);
    view_push(L, bridge, document, bridge->tape->nodes);
    lua_rawgeti(L, LUA_REGISTRYINDEX, bridge->context);
    lua_call(L, 2, 2);
    if (lua_isnil(L, base))
        add_drop(L, runner, base + 1);
    else
        pieces_gather(L, bridge, base, text, pieces);
}

/* Runs script number `stage` over the event that lies on the tape, and gathers what it made. */
static void call_script(lua_State *L, struct script_runner *runner, size_t stage, postern_text text,
                        struct pieces *pieces)
{
    struct bridge *bridge = &runner->state.bridge;
    const struct json_node *root = bridge->tape->nodes;
    int base = lua_gettop(L);
    runner->state.library.directory = bridge->directory = runner->state.set->scripts[stage].directory;
    struct loaded_script script = runner->state.scripts[stage];
    lua_rawgeti(L, LUA_REGISTRYINDEX, script.reference);
    if (script.kind == CHOOSE_CHOICE) script.kind = choose_pick(L, bridge, bridge->tape, root);
    switch (script.kind) {
    case CHOOSE_MAP:
        text = map_run(L, bridge, base + 1, bridge->tape, root);
        break;
    case CHOOSE_KEEP:
        strict_note_event(bridge);
        break;
    case CHOOSE_DROP:
        choose_push_reason(L, base + 1);
        add_drop(L, runner, base + 2);
        break;
    default:
        call_function(L, runner, text, pieces);
    }
    if (script.kind == CHOOSE_MAP || script.kind == CHOOSE_KEEP)
        pieces_add(L, bridge, pieces, (struct script_output){text, true});
    bridge->generation++;
    lua_settop(L, base);
}

/* What the script before this one made, on the tape. */
static void parse_input(lua_State *L, struct bridge *bridge, postern_text text)
{
    postern_error error = ERROR_INIT;
    const struct json_node *root;
    sandbox_charge(L, (int64_t)(text.size / 16));
    if (json_parse(bridge->tape, text, &root, &error) < 0)
        luaL_error(L, "what the script before this one made is %s", error.message);
    bridge->event_is_noted = false;
}

static void run_stage(lua_State *L, struct script_runner *runner, size_t stage, postern_text text,
                      bool is_parsed);

/* What goes into script number `stage`, or out if there is none. */
static void hand_on(lua_State *L, struct script_runner *runner, size_t stage, struct script_output piece,
                    bool is_parsed)
{
    if (stage == runner->state.set->count) {
        if (piece.is_json && runner->state.bridge.is_unproven)
            piece.text = strict_line_keep(L, &runner->state.bridge, piece.text);
        add_output(L, runner, piece);
        return;
    }
    runner->state.bridge.script = runner->state.set->scripts[stage].name;
    if (!piece.is_json)
        luaL_error(
            L, "the script before this one made a ready line (postern.line), and only the last script of a "
               "pipeline may: no other can read it");
    run_stage(L, runner, stage, piece.text, is_parsed);
}

/* From script number `stage` on. */
static void run_stage(lua_State *L, struct script_runner *runner, size_t stage, postern_text text,
                      bool is_parsed)
{
    struct pieces pieces = {0};
    if (!is_parsed) parse_input(L, &runner->state.bridge, text);
    call_script(L, runner, stage, text, &pieces);
    for (size_t i = 0; i < pieces.count; i++) {
        struct script_output piece = pieces_at(&pieces, i);
        hand_on(L, runner, stage + 1, piece, pieces.count == 1 && piece.text.data == text.data);
    }
}

/* Argument 1: the runner. */
static int run_scripts(lua_State *L)
{
    struct script_runner *runner = lua_touserdata(L, 1);
    const struct json_tape *tape = runner->state.bridge.tape;
    bridge_begin_event(L, &runner->state.bridge);
    runner->state.bridge.script = runner->state.set->scripts->name;
    run_stage(L, runner, 0, json_node_raw(tape, tape->nodes), true);
    if (runner->result->output_count == 0) runner->result->verdict = SCRIPT_DROPPED;
    return 0;
}

/* ---- One event, outside ---- */

static void fail_event(struct script_runner *runner, struct script_result *result)
{
    result->verdict = SCRIPT_FAILED;
    result->outputs = NULL;
    result->output_count = 0;
    result->script = runner->state.bridge.script;
    result->reason = (postern_text){0};
    result->traceback = buffer_text(&runner->traceback);
}

/* Makes the event in an envelope the one that is worked on. */
static postern_status open_envelope(struct script_runner *runner, const struct script_event *event,
                                    const struct json_node **root, postern_error *error)
{
    struct bridge *bridge = &runner->state.bridge;
    runner->opened = *event;
    const struct json_node *inner = event->open(event->opener, bridge->tape, &runner->opened);
    if (!inner) return POSTERN_OK;
    runner->opened.json = json_node_raw(bridge->tape, inner);
    bridge->event = &runner->opened;
    return json_parse_inside(bridge->tape, inner, root, error);
}

/* The event on the tape, without line breaks: so whatever is taken from it stays on one line. */
static postern_status parse_event(struct script_runner *runner, const struct script_event *event,
                                  postern_error *error)
{
    struct bridge *bridge = &runner->state.bridge;
    const struct json_node *root;
    postern_status status = json_parse_one_line(bridge->tape, event->json, bridge->outputs, &root, error);
    if (status >= 0 && event->open) status = open_envelope(runner, event, &root, error);
    if (status == POSTERN_E_MEMORY && runner->state.set->count > 0)
        return sandbox_describe_memory(runner->state.sandbox, "the event needs", error);
    if (status >= 0 && root->type != POSTERN_JSON_OBJECT)
        return error_set(error, POSTERN_E_PROTOCOL, "the event is not a JSON object");
    if (status >= 0) strict_note_text(bridge, bridge->tape);
    return status;
}

/* Without scripts the event goes on as it is, checked. */
static postern_status pass_on(struct script_runner *runner, struct script_result *result)
{
    struct bridge *bridge = &runner->state.bridge;
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

static postern_status run(struct script_runner *runner, struct script_result *result)
{
    if (runner->state.set->count == 0) return pass_on(runner, result);
    /* Random numbers belong to the event, so that it becomes the same again whatever ran before. */
    const struct script_event *event = runner->state.bridge.event;
    sandbox_seed_of(runner->state.sandbox, event->id.size ? event->id : event->json);
    postern_status status =
        sandbox_call_function(runner->state.sandbox, run_scripts, runner, &runner->traceback, &result->error);
    sandbox_seed(runner->state.sandbox, 0);
    return status;
}

/* What the event needed is free again; what it became is kept. */
static void end_event(struct script_runner *runner)
{
    map_machine_reset(runner->state.bridge.machine);
    bridge_end_event(&runner->state.bridge);
}

/* As a whole it is large, for the error's words. */
static void begin_result(struct script_result *result)
{
    result->verdict = SCRIPT_KEPT;
    result->outputs = NULL;
    result->output_count = 0;
    result->reason = result->traceback = (postern_text){0};
    result->script = NULL;
    result->wrong_types = result->replaced_bytes = result->renamed_members = 0;
    result->error.size = sizeof result->error;
    result->error.flags = result->error.reserved = 0;
    error_clear(&result->error);
}

static postern_status attempt(struct script_runner *runner, const struct script_event *event, int64_t time_ms,
                              struct script_result *result)
{
    struct bridge *bridge = &runner->state.bridge;
    begin_result(result);
    postern_status status =
        runner->state.is_ready ? POSTERN_OK : script_state_renew(&runner->state, &result->error);
    runner->result = result;
    runner->output_capacity = 0;
    buffer_clear(&runner->traceback);
    bridge->script = NULL;
    bridge->event = event;
    if (runner->state.wrong_values) wrong_values_rewind(runner->state.wrong_values, 0);
    bridge->wrong_types = bridge->replaced_bytes = bridge->renamed_members = 0;
    bridge->is_unproven = bridge->event_is_noted = false;
    if (status >= 0) sandbox_limit_time(runner->state.sandbox, time_ms);
    if (status >= 0) status = parse_event(runner, event, &result->error);
    if (status >= 0) status = run(runner, result);
    if (runner->state.is_ready) end_event(runner);
    return status;
}

void script_run(struct script_runner *runner, const struct script_event *event, struct script_result *result)
{
    int64_t time_ms = runner->state.set->limits.time_ms;
    postern_status status = attempt(runner, event, time_ms, result);
    if (status == POSTERN_E_LIMIT && runner->state.set->count && !runner->is_lent &&
        script_state_hoards(&runner->state)) {
        if (!runner->has_warned)
            log_write(POSTERN_LOG_WARNING, runner->state.set->scripts[0].name,
                      "the scripts keep memory from event to event until there is none left (tables outside "
                      "of the function "
                      "that grow?): what they kept is forgotten, and the event is tried again");
        runner->has_warned = true;
        runner->state.is_ready = false;
        /* Whoever needs the whole time has had it. */
        postern_error first = result->error;
        status = attempt(runner, event, time_ms / 10 + 1, result);
        if (status == POSTERN_E_LIMIT) result->error = first;
    }
    if (status < 0) fail_event(runner, result);
    if (runner->state.wrong_values) wrong_values_end_event(runner->state.wrong_values, event);
    result->wrong_types = runner->state.bridge.wrong_types;
    result->renamed_members = runner->state.bridge.renamed_members;
    result->replaced_bytes = runner->state.bridge.replaced_bytes;
    runner->state.bridge.event = NULL;
}

void script_runner_reset(struct script_runner *runner)
{
    arena_reset(runner->state.bridge.outputs, OUTPUT_MEMORY_KEPT);
}

void script_runner_move_wrong_values(struct script_runner *runner, struct wrong_values *into)
{
    if (runner->state.wrong_values) wrong_values_move(runner->state.wrong_values, into);
}

const struct wrong_values *script_runner_wrong_values(const struct script_runner *runner)
{
    return runner->state.wrong_values;
}
