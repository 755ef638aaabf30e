#include "script/state.h"
#include "base/error.h"
#include "base/json_outline.h"
#include "base/random.h"
#include "base/text.h"
#include "script/choose/choose.h"
#include "script/event/context.h"
#include "script/event/functions.h"
#include "script/event/value.h"
#include "script/event/view.h"
#include "script/event/wrong_values.h"
#include "script/map/machine.h"
#include "script/map/map.h"
#include "script/map/operators.h"
#include "script/unwind.h"
#include <stdlib.h>

#define IDLE_MEMORY_KEPT ((size_t)256 << 10) /* of each thing on the bridge ... */
#define IDLE_SHARE       64                  /* ... but no more than this part of the limit */

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
    json_tape_remember(bridge->tape);
    lua_newtable(L);
    bridge->anchors = luaL_ref(L, LUA_REGISTRYINDEX);
    open_list_type(L, bridge);
    event_view_open(L, bridge);
    event_functions_open(L, bridge);
    map_open(L, bridge);
    choose_open(L, bridge);
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

/* ---- Birth and renewal ---- */

/* The first state of a set has run its scripts, so that what they say has been looked at. */
static bool is_loaded(const struct script_set *set)
{
    return set->hash[0] != '\0';
}

/* Argument 1: the state. Makes the global `postern` and ctx. */
static int open_state(lua_State *L)
{
    struct script_state *state = lua_touserdata(L, 1);
    lua_newtable(L);
    state->library.bridge = &state->bridge;
    state->bridge.lookups = state->library.files;
    state->bridge.wrong_values = &state->wrong_values;
    script_library_open(L, &state->library);
    neighbour_take_open(L, &state->neighbours);
    bridge_open(L, &state->bridge, (size_t)state->set->limits.memory_bytes, state->set->count > 0);
    lua_getfield(L, -1, "lookup");
    context_push(L, &state->bridge, -1);
    state->bridge.context = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pop(L, 1);
    sandbox_make_read_only(L, "postern");
    lua_setglobal(L, "postern");
    if (!is_loaded(state->set)) map_operators_begin(L);
    return 0;
}

/* Argument 1: the script's environment, 2: what the script returned, 3: the state, 4: the script's number.
 */
static int keep_function(lua_State *L)
{
    struct script_state *state = lua_touserdata(L, 3);
    lua_Integer number = lua_tointeger(L, 4);
    enum choose_kind kind = choose_kind_of(L, &state->bridge, 2);
    if (kind != CHOOSE_FUNCTION && kind != CHOOSE_MAP && kind != CHOOSE_CHOICE)
        return luaL_error(L,
                          "the script must return a function(event, ctx), a map or a choice; it returned %s",
                          lua_isnil(L, 2) ? "nothing" : luaL_typename(L, 2));
    sandbox_seal_environment(L, 1);
    lua_settop(L, 2);
    state->scripts[number] = (struct loaded_script){luaL_ref(L, LUA_REGISTRYINDEX), kind};
    return 0;
}

/* Argument 1: the state, 2: the script's number. */
static int check_operators(lua_State *L)
{
    const struct script_state *state = lua_touserdata(L, 1);
    size_t number = (size_t)lua_tointeger(L, 2);
    const struct script *script = &state->set->scripts[number];
    const struct neighbour *piece;
    map_operators_check(L, script->path, buffer_text(&script->text));
    for (size_t i = 0; (piece = neighbour_files_at(state->neighbours.files, i)); i++)
        map_operators_check(L, piece->path, buffer_text(&piece->text));
    if (number + 1 == state->set->count)
        map_operators_end(L);
    else
        map_operators_begin(L);
    return 0;
}

static postern_status start_script(struct script_state *state, size_t number, postern_error *error)
{
    const struct script *script = &state->set->scripts[number];
    lua_State *L = state->bridge.L;
    state->library.directory = state->bridge.directory = script->directory;
    state->bridge.script = script->name;
    sandbox_seed(state->sandbox, 0); /* what is drawn at load is the same in every state */
    lua_pushcfunction(L, keep_function);
    postern_status status = sandbox_run(state->sandbox, buffer_text(&script->text), script->path, error);
    if (status < 0) {
        lua_pop(L, 1);
        return status;
    }
    lua_pushlightuserdata(L, state);
    lua_pushinteger(L, (lua_Integer)number);
    status = sandbox_call(state->sandbox, 4, 0, NULL, error);
    if (status < 0) {
        error_prefix(error, "%s: ", script->path);
        return status;
    }
    if (is_loaded(state->set)) return POSTERN_OK;
    lua_pushcfunction(L, check_operators);
    lua_pushlightuserdata(L, state);
    lua_pushinteger(L, (lua_Integer)number);
    return sandbox_call(state->sandbox, 2, 0, NULL, error);
}

postern_status script_state_start(struct script_state *state, postern_error *error)
{
    struct script_set *set = state->set;
    state->sandbox = sandbox_new(&set->limits, set->count ? set->scripts[0].name : "script");
    state->scripts = calloc(set->count + 1, sizeof *state->scripts);
    if (!state->sandbox || !state->scripts) return error_no_memory(error, NULL);
    lua_State *L = state->bridge.L = sandbox_lua(state->sandbox);
    lua_pushcfunction(L, open_state);
    lua_pushlightuserdata(L, state);
    postern_status status = sandbox_call(state->sandbox, 1, 0, NULL, error);
    if (status >= 0) unwind_open(state->sandbox, &state->bridge);
    for (size_t i = 0; i < set->count && status >= 0; i++) {
        state->neighbours.path = set->scripts[i].path;
        state->neighbours.directory = set->scripts[i].directory;
        status = start_script(state, i, error);
    }
    state->neighbours.path = state->neighbours.directory = NULL;
    state->is_ready = status >= 0;
    return status;
}

void script_state_stop(struct script_state *state)
{
    bridge_free(&state->bridge);
    sandbox_free(state->sandbox);
    free(state->scripts);
    state->sandbox = NULL;
    state->scripts = NULL;
    state->bridge = (struct bridge){0};
    state->is_ready = false;
}

postern_status script_state_renew(struct script_state *state, postern_error *error)
{
    postern_arena *outputs = state->bridge.outputs;
    state->bridge.outputs = NULL;
    if (state->wrong_values) wrong_values_forget_places(state->wrong_values);
    script_state_stop(state);
    postern_status status = script_state_start(state, error);
    arena_free(state->bridge.outputs);
    state->bridge.outputs = outputs;
    return status;
}

bool script_state_hoards(struct script_state *state)
{
    lua_gc(state->bridge.L, LUA_GCCOLLECT);
    return sandbox_memory(state->sandbox, NULL) > (size_t)state->set->limits.memory_bytes / 2;
}
