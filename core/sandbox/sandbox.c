#include "sandbox/sandbox.h"
#include "base/buffer.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "sandbox/state.h"
#include "sandbox/watchdog.h"
#include <lualib.h>
#include <stdlib.h>

/* ---- Birth and death ---- */

/* Makes the functions of the table on the top of the stack known to Lua's messages ("bad argument #1 to
 * 'string.rep'"). */
static void name_functions(lua_State *L, const char *name)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* Makes the library on the top of the stack a global. */
static void publish(lua_State *L, const char *name)
{
    name_functions(L, name);
    sandbox_make_read_only(L, name);
    lua_setglobal(L, name);
}

static int open_libraries(lua_State *L)
{
    weak_tables_off(L);
    library_base_open(L);
    name_functions(L, LUA_GNAME);
    lua_pop(L, 1);
    library_string_open(L);
    publish(L, LUA_STRLIBNAME);
    library_table_open(L);
    publish(L, LUA_TABLIBNAME);
    library_math_open(L);
    publish(L, LUA_MATHLIBNAME);
    lua_pushcfunction(L, luaopen_utf8);
    lua_call(L, 0, 1);
    publish(L, LUA_UTF8LIBNAME);
    return 0;
}

struct sandbox *sandbox_new(const struct sandbox_limits *limits, const char *scope)
{
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    if (!sandbox) return NULL;
    sandbox->limits = *limits;
    sandbox->steps_left = limits->instruction_limit;
    sandbox->heap.limit = (size_t)limits->memory_bytes;
    memory_open(sandbox);
    text_to_string(text_of(scope ? scope : "script"), sandbox->scope, sizeof(sandbox->scope));
    sandbox->lua = lua_newstate(heap_allocate, &sandbox->heap);
    if (!sandbox->lua) {
        free(sandbox);
        return NULL;
    }
    *(struct sandbox **)lua_getextraspace(sandbox->lua) = sandbox;
    sandbox_seed(sandbox, 0);
    lua_pushcfunction(sandbox->lua, open_libraries);
    if (lua_pcall(sandbox->lua, 0, 0, 0) != LUA_OK) {
        sandbox_free(sandbox);
        return NULL;
    }
    limits_set_idle_hook(sandbox->lua);
    sandbox->heap.on_refusal = limits_note_refusal;
    sandbox->heap.owner = sandbox;
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (!sandbox) return;
    lua_close(sandbox->lua);
    free(sandbox);
}

lua_State *sandbox_lua(struct sandbox *sandbox)
{
    return sandbox->lua;
}

struct sandbox *sandbox_of(lua_State *L)
{
    return sandbox_of_state(L);
}

void sandbox_set_unwinder(struct sandbox *sandbox, const struct sandbox_unwinder *unwinder)
{
    sandbox->unwinder = *unwinder;
}

size_t sandbox_memory(const struct sandbox *sandbox, size_t *peak)
{
    if (peak) *peak = sandbox->heap.peak;
    return sandbox->heap.used;
}

void sandbox_limit_time(struct sandbox *sandbox, int64_t time_ms)
{
    sandbox->limits.time_ms = time_ms;
}

/* ---- Calls ---- */

static postern_status describe_overrun(const struct sandbox *sandbox, postern_error *error)
{
    char limit[32];
    if (sandbox->overrun == OVERRUN_TIME)
        return error_set(error, POSTERN_E_LIMIT, "%sthe script ran longer than %s", sandbox->place,
                         duration_format(sandbox->limits.time_ms, limit));
    return error_set(
        error, POSTERN_E_LIMIT,
        "%sthe script needed more than %lld steps in library functions (patterns, sorting, repeating)",
        sandbox->place, (long long)sandbox->limits.instruction_limit);
}

/* The error on the top of the stack, a text, is that of sandbox_out_of_memory. */
static bool is_out_of_memory(const struct sandbox *sandbox)
{
    return (sandbox->heap.refused || sandbox->heap.starved) &&
           strcmp(lua_tostring(sandbox->lua, -1), MEMORY_MESSAGE) == 0;
}

/* Turns the error object on the top of the stack into words and pops it. Still under the limits, because a
 * script's
 * __tostring may run. */
static postern_status describe_failure(struct sandbox *sandbox, int status, postern_error *error)
{
    lua_State *L = sandbox->lua;
    if (status == LUA_OK) return POSTERN_OK;
    const char *place = "";
    if (!sandbox->overrun && status != LUA_ERRMEM && lua_type(L, -1) != LUA_TSTRING) {
        place = sandbox->value_place;
        lua_pushcfunction(L, error_value_describe);
        lua_insert(L, -2);
        bool is_described = lua_pcall(L, 1, 1, 0) == LUA_OK;
        if (!is_described && lua_type(L, -1) != LUA_TSTRING && !sandbox->overrun) {
            lua_pop(L, 1);
            return error_set(error, POSTERN_E_INVALID, "%san error object that cannot be shown as text",
                             place);
        }
        if (!is_described) place = ""; /* the text says its own */
    }
    postern_status result;
    if (sandbox->overrun) {
        result = describe_overrun(sandbox, error);
    } else if (status == LUA_ERRMEM || is_out_of_memory(sandbox)) {
        result = sandbox_describe_memory(sandbox, "the script used", error);
    } else {
        size_t size;
        const char *message = lua_tolstring(L, -1, &size);
        result =
            error_set(error, POSTERN_E_INVALID, "%s%.*s", place, TEXT_ARGS(((postern_text){message, size})));
    }
    lua_pop(L, 1);
    return result;
}

/* Runs where the error was raised, with the stack still there. */
static int on_error(lua_State *L)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    if (lua_type(L, 1) != LUA_TSTRING) traceback_place(L, sandbox->value_place, sizeof sandbox->value_place);
    if (sandbox->traceback && sandbox->traceback->size == 0) traceback_write(L, 1, sandbox->traceback);
    return 1;
}

/* What sandbox_call and sandbox_load set and put back. */
struct entry {
    struct watchdog_thread *thread;
    struct sandbox *outer;
    struct buffer *traceback;
};

static bool enter(struct sandbox *sandbox, struct buffer *traceback, struct entry *entry)
{
    entry->thread = watchdog_this_thread(sandbox_interrupt);
    if (!entry->thread) return false;
    entry->traceback = sandbox->traceback;
    sandbox->traceback = traceback;
    if (traceback) buffer_clear(traceback);
    if (sandbox->depth++ == 0) {
        sandbox->stack = (uintptr_t)__builtin_frame_address(0);
        sandbox->steps_left = sandbox->limits.instruction_limit;
        sandbox->place[0] = sandbox->memory_place[0] = 0;
        sandbox->heap.refused = sandbox->heap.starved = false;
        sandbox->heap.enforced = true;
    }
    entry->outer = watchdog_enter(entry->thread, sandbox, sandbox->limits.time_ms);
    return true;
}

static void leave(struct sandbox *sandbox, const struct entry *entry)
{
    watchdog_leave(entry->thread, entry->outer);
    sandbox->traceback = entry->traceback;
    if (--sandbox->depth > 0) return;
    sandbox->heap.enforced = false;
    if (sandbox->overrun) {
        limits_set_idle_hook(sandbox->lua);
        sandbox->overrun = OVERRUN_NONE;
    }
}

postern_status sandbox_call(struct sandbox *sandbox, int arguments, int results, struct buffer *traceback,
                            postern_error *error)
{
    lua_State *L = sandbox->lua;
    int function = lua_gettop(L) - arguments;
    struct entry entry;
    if (!lua_checkstack(L, LUA_MINSTACK) || !enter(sandbox, traceback, &entry)) {
        lua_settop(L, function - 1);
        return error_no_memory(error, NULL);
    }
    lua_pushcfunction(L, on_error);
    lua_insert(L, function);
    int status = lua_pcall(L, arguments, results, function);
    postern_status result = describe_failure(sandbox, status, error);
    lua_remove(L, function);
    leave(sandbox, &entry);
    return result;
}

postern_status sandbox_call_function(struct sandbox *sandbox, lua_CFunction function, void *argument,
                                     struct buffer *traceback, postern_error *error)
{
    lua_State *L = sandbox->lua;
    int before = lua_gettop(L);
    struct entry entry;
    if (!lua_checkstack(L, LUA_MINSTACK) || !enter(sandbox, traceback, &entry))
        return error_no_memory(error, NULL);
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    postern_status result = describe_failure(sandbox, lua_pcall(L, 1, 0, before + 1), error);
    lua_settop(L, before);
    leave(sandbox, &entry);
    return result;
}

/* Argument: a chunk, which gets an environment of its own. */
static int give_environment(lua_State *L)
{
    lua_settop(L, 1);
    environment_push(L);
    lua_setupvalue(L, 1, 1);
    return 1;
}

postern_status sandbox_load(struct sandbox *sandbox, postern_text source, const char *path,
                            postern_error *error)
{
    lua_State *L = sandbox->lua;
    char name[512];
    name[0] = '@';
    text_to_string(text_of(path), name + 1, sizeof(name) - 1);
    source = encoding_without_mark(source);
    if (encoding_check_beginning(source, error) < 0)
        return error_prefix(error, "%s:1: ", path), POSTERN_E_CONFIG;
    struct entry entry;
    if (!lua_checkstack(L, LUA_MINSTACK) || !enter(sandbox, NULL, &entry))
        return error_no_memory(error, NULL);
    int status = luaL_loadbufferx(L, source.size ? source.data : "", source.size, name, "t");
    if (status == LUA_OK) {
        lua_pushcfunction(L, give_environment);
        lua_insert(L, -2);
        status = lua_pcall(L, 1, 1, 0);
    }
    postern_status result = describe_failure(sandbox, status, error);
    leave(sandbox, &entry);
    if (result == POSTERN_E_INVALID) {
        if (error) error->code = POSTERN_E_CONFIG;
        return POSTERN_E_CONFIG;
    }
    return result;
}
