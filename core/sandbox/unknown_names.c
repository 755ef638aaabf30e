/* Names that a script reads as globals and that nobody sets: nearly always misspelt ones. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/global_uses.h"
#include "sandbox/state.h"
#include <stdio.h>

#define DUMP_LIMIT      ((size_t)64 << 20)
#define NAMES_SHOWN     4
#define NAME_SIZE       64
#define CANDIDATE_LIMIT 200 /* names that a misspelt one is compared with */

struct unknown_name {
    char name[NAME_SIZE], near[NAME_SIZE];
    int line, set_at; /* the line of a function that sets it; 0 = none does */
};

struct candidates {
    size_t shortest; /* shorter ones are not meant: all names are a few letters away from them */
    char names[CANDIDATE_LIMIT][NAME_SIZE];
    const char *list[CANDIDATE_LIMIT + 1];
    size_t count;
};

struct name_check {
    lua_State *L;
    const struct compiled_function *main;
    struct candidates *candidates;
    struct unknown_name unknown[NAMES_SHOWN];
    size_t count;         /* of all, each name once */
    bool has_failed;      /* the chunk: what it was to set later is not there */
    bool sets_in_its_way; /* by other means than an assignment, perhaps */
};

static int write_dump(lua_State *L, const void *data, size_t size, void *buffer)
{
    (void)L;
    return buffer_append(buffer, data, size) ? 0 : 1;
}

/* ---- What may have been meant ---- */

static void add_candidate(struct candidates *candidates, postern_text name)
{
    if (candidates->count == CANDIDATE_LIMIT || !name.data || name.size < candidates->shortest ||
        name.data[0] == '(')
        return;
    char *place = candidates->names[candidates->count];
    if (!text_to_string(name, place, NAME_SIZE)) return;
    candidates->list[candidates->count++] = place;
}

/* The variables that can be seen from there: of the functions around all. */
static void add_locals(struct candidates *candidates, const struct global_use *read)
{
    for (const struct global_scope *scope = read->scope; scope; scope = scope->around) {
        for (size_t i = 0; i < scope->function->local_count; i++) {
            const struct compiled_local *local = &scope->function->locals[i];
            bool is_there = scope != read->scope || (local->from <= read->at && read->at < local->until);
            if (is_there) add_candidate(candidates, local->name);
        }
    }
}

static void add_keys(lua_State *L, int table, struct candidates *candidates)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        postern_text name = {0};
        if (lua_type(L, -2) == LUA_TSTRING) name.data = lua_tolstring(L, -2, &name.size);
        add_candidate(candidates, name);
    }
}

/* ---- The check ---- */

static void note_unknown(struct name_check *check, const struct global_use *read)
{
    lua_State *L = check->L;
    lua_pushlstring(L, read->name.data, read->name.size); /* a name counts once */
    lua_rawget(L, 2);
    bool is_known = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (is_known) return;
    lua_pushlstring(L, read->name.data, read->name.size);
    lua_pushboolean(L, true);
    lua_rawset(L, 2);
    lua_pushlstring(L, read->name.data, read->name.size);
    lua_rawget(L, 3);
    int set_at = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (set_at && check->has_failed) return;
    if (check->count++ >= NAMES_SHOWN) return;
    struct unknown_name *unknown = &check->unknown[check->count - 1];
    unknown->set_at = set_at;
    snprintf(unknown->name, NAME_SIZE, "%.*s", TEXT_ARGS(read->name));
    unknown->line = read->line;
    struct candidates *candidates = check->candidates;
    candidates->count = 0;
    candidates->shortest = (read->name.size + 1) / 2;
    add_locals(candidates, read);
    add_keys(L, 1, candidates);
    if (luaL_getmetafield(L, 1, "__index") == LUA_TTABLE) add_keys(L, lua_gettop(L), candidates);
    lua_settop(L, 3);
    candidates->list[candidates->count] = NULL;
    const char *near = text_nearest(read->name, candidates->list);
    snprintf(unknown->near, NAME_SIZE, "%s", near ? near : "");
}

/* By name, the first line that sets it: of those in functions, but if the chunk has failed. */
static void note_set(void *context, const struct global_use *use)
{
    struct name_check *check = context;
    lua_State *L = check->L;
    sandbox_charge(L, 1);
    if (text_is(use->name, "_G") || text_is(use->name, "rawset")) check->sets_in_its_way = true;
    if (!use->is_set || (!use->scope->around && !check->has_failed)) return;
    lua_pushlstring(L, use->name.data, use->name.size);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 3) == LUA_TNIL) {
        lua_pushvalue(L, -2);
        lua_pushinteger(L, use->line);
        lua_rawset(L, 3);
    }
    lua_pop(L, 2);
}

static void check_read(void *context, const struct global_use *read)
{
    struct name_check *check = context;
    lua_State *L = check->L;
    if (read->is_set) return;
    sandbox_charge(L, 1);
    lua_pushlstring(L, read->name.data, read->name.size);
    bool is_there = lua_gettable(L, 1) != LUA_TNIL;
    lua_pop(L, 1);
    if (!is_there) note_unknown(check, read);
}

/* Argument 1: the environment, 2: the check. */
static int check_names(lua_State *L)
{
    struct name_check *check = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_newtable(L); /* 2: the names that are unknown */
    lua_newtable(L); /* 3: those that are set, and where */
    global_uses(check->main, note_set, check);
    if (!check->has_failed || !check->sets_in_its_way) global_uses(check->main, check_read, check);
    return 0;
}

static void describe_name(const struct unknown_name *unknown, struct buffer *out)
{
    buffer_printf(out, "there is no variable \"%s\"", unknown->name);
    if (unknown->set_at)
        buffer_printf(out,
                      ": line %d sets it inside a function, where globals cannot be set: write \"local %s\", "
                      "there or outside of the functions that share it",
                      unknown->set_at, unknown->name);
    else if (unknown->near[0])
        buffer_printf(out, ", did you mean \"%s\"?", unknown->near);
}

/* What the chunk failed with, if it has, stands behind: the name is likely why. */
static postern_status describe(const struct name_check *check, const char *path, postern_error *error)
{
    char words[500] = "";
    struct buffer out = {.data = words, .capacity = sizeof words - 1, .limit = sizeof words - 1};
    for (size_t i = 0; i < check->count && i < NAMES_SHOWN; i++) {
        if (i) buffer_printf(&out, "; line %d: ", check->unknown[i].line);
        describe_name(&check->unknown[i], &out);
    }
    if (check->count > NAMES_SHOWN) buffer_printf(&out, "; and %zu more", check->count - NAMES_SHOWN);
    int line = check->unknown[0].line;
    if (!check->has_failed) return error_set(error, POSTERN_E_CONFIG, "%s:%d: %s", path, line, words);
    if (error) error_prefix(error, "%s:%d: %s; ", path, line, words);
    return POSTERN_E_INVALID;
}

static postern_status run_check(struct sandbox *sandbox, int chunk, const struct compiled_function *main,
                                bool has_failed, postern_error *error)
{
    lua_State *L = sandbox->lua;
    struct candidates *candidates = calloc(1, sizeof *candidates);
    if (!candidates) return error_no_memory(error, NULL);
    struct name_check check = {.L = L, .main = main, .candidates = candidates, .has_failed = has_failed};
    lua_Debug info;
    lua_pushvalue(L, chunk);
    lua_getinfo(L, ">S", &info);
    lua_pushcfunction(L, check_names);
    lua_getupvalue(L, chunk, 1);
    lua_pushlightuserdata(L, &check);
    postern_error own = ERROR_INIT;
    postern_status status = sandbox_call(sandbox, 2, 0, NULL, has_failed ? &own : error);
    const char *path = info.source[0] == '@' ? info.source + 1 : info.short_src;
    if (status >= 0 && check.count > 0) status = describe(&check, path, error);
    free(candidates);
    return status;
}

/* `chunk`: the index of a chunk that has run; if it `has_failed`, *error says why, and more in the end if a
 * name is unknown. */
static postern_status check_chunk(struct sandbox *sandbox, int chunk, bool has_failed, postern_error *error)
{
    lua_State *L = sandbox->lua;
    _cleanup_(buffer_free) struct buffer dump = {.limit = DUMP_LIMIT};
    _cleanup_(arena_freep) postern_arena *arena = arena_new(DUMP_LIMIT);
    if (!arena || !lua_checkstack(L, LUA_MINSTACK)) return error_no_memory(error, NULL);
    lua_pushvalue(L, chunk);
    int refused = lua_dump(L, write_dump, &dump, 0);
    lua_pop(L, 1);
    struct compiled_function main;
    postern_error own = ERROR_INIT;
    if (refused) return error_no_memory(error, "while reading the compiled script");
    postern_status status = compiled_read(buffer_text(&dump), arena, &main, &own);
    if (status >= 0) return run_check(sandbox, chunk, &main, has_failed, error);
    /* Another Lua than those that we know: then misspelt names are found when they are read. */
    log_write(POSTERN_LOG_WARNING, sandbox->scope, "its names cannot be checked before it runs: %s",
              own.message);
    return POSTERN_OK;
}

postern_status sandbox_run(struct sandbox *sandbox, postern_text source, const char *path,
                           postern_error *error)
{
    lua_State *L = sandbox->lua;
    postern_status status = sandbox_load(sandbox, source, path, error);
    if (status < 0) return status;
    int chunk = lua_gettop(L);
    lua_pushvalue(L, chunk);
    status = sandbox_call(sandbox, 0, 1, NULL, error);
    if (status >= 0)
        status = check_chunk(sandbox, chunk, false, error);
    else if (status == POSTERN_E_INVALID)
        check_chunk(sandbox, chunk, true, error);
    if (status < 0) {
        lua_settop(L, chunk - 1);
        return status;
    }
    lua_getupvalue(L, chunk, 1);
    lua_replace(L, chunk);
    return status;
}
