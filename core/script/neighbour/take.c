#include "script/neighbour/take.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include <lauxlib.h>
#include <stdlib.h>

#define DEPTH_LIMIT  16  /* pieces that take pieces */
#define MESSAGE_KEPT 300 /* bytes; an error has room for one more place in front */

/* A file that is being run, and the one that takes it. */
struct neighbour_call {
    const struct neighbour *file;
    const struct neighbour_call *outer;
    int depth;
};

/* Raises an error that begins with where postern.script was called. */
static _Noreturn void fail(lua_State *L, const struct neighbour_context *context, const char *message)
{
    luaL_where(L, 1);
    if (lua_tostring(L, -1)[0] == '\0') /* called by C: pcall(postern.script, name) */
        lua_pushfstring(L, "%s: ",
                        context->innermost ? context->innermost->file->path
                        : context->path    ? context->path
                                           : "postern.script");
    lua_pushstring(L, message);
    lua_concat(L, 2);
    lua_error(L);
    abort();
}

/* "ecs/a takes ecs/b, which takes ecs/a: ..." */
static void refuse_circle(lua_State *L, const struct neighbour_context *context, const struct neighbour *file)
{
    const struct neighbour *way[DEPTH_LIMIT];
    size_t count = 0;
    const struct neighbour_call *call = context->innermost;
    for (; call && call->file != file; call = call->outer)
        way[count++] = call->file;
    if (call) {
        lua_pushfstring(L, "%s takes ", file->name);
        while (count > 0) {
            lua_pushfstring(L, "%s, which takes ", way[--count]->name);
            lua_concat(L, 2);
        }
        lua_pushfstring(L, "%s: a circle (put what both need into a third file)", file->name);
        lua_concat(L, 2);
        fail(L, context, lua_tostring(L, -1));
    }
    if (context->innermost && context->innermost->depth == DEPTH_LIMIT)
        fail(L, context, lua_pushfstring(L, "pieces take pieces more than %d deep", DEPTH_LIMIT));
}

/* Runs the file and leaves what it returned on the stack, its globals closed. */
static postern_status run(lua_State *L, struct neighbour_context *context, const struct neighbour *file,
                          postern_error *error)
{
    struct sandbox *sandbox = sandbox_of(L);
    struct neighbour_call call = {file, context->innermost,
                                  context->innermost ? context->innermost->depth + 1 : 1};
    context->innermost = &call;
    postern_status status = sandbox_run(sandbox, buffer_text(&file->text), file->path, error);
    context->innermost = call.outer;
    if (status < 0) return status;
    sandbox_seal_environment(L, -2);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1)) return POSTERN_OK;
    return error_set(error, POSTERN_E_CONFIG,
                     "%s returns nothing: end it with a return of what other files take from it", file->path);
}

static const struct neighbour *open_file(lua_State *L, struct neighbour_context *context)
{
    const struct neighbour *file = NULL;
    postern_error error = ERROR_INIT;
    postern_text name;
    if (lua_type(L, 1) != LUA_TSTRING)
        fail(L, context, "postern.script wants the name of a file as a text: postern.script \"ecs/common\"");
    name.data = lua_tolstring(L, 1, &name.size);
    if (!context->directory)
        fail(L, context,
             "postern.script works only while a script is loaded: write local piece = "
             "postern.script \"name\" outside of the function");
    sandbox_charge(L, NEIGHBOUR_COUNT_LIMIT);
    if (neighbour_files_open(context->files, context->directory, name, &file, &error) < 0)
        fail(L, context, lua_pushfstring(L, error.remedy[0] ? "%s (%s)" : "%s", error.message, error.remedy));
    return file;
}

/* Argument 1: the name. Upvalues: the context, a table of the values by their files. */
static int take(lua_State *L)
{
    struct neighbour_context *context = lua_touserdata(L, lua_upvalueindex(1));
    lua_settop(L, 1);
    sandbox_check_stack(L);
    const struct neighbour *file = open_file(L, context);
    lua_rawgetp(L, lua_upvalueindex(2), file);
    if (!lua_isnil(L, -1)) return 1;
    refuse_circle(L, context, file);
    postern_error error = ERROR_INIT;
    if (run(L, context, file, &error) < 0) {
        /* The innermost place stands last: of a long way there the beginning goes. */
        size_t size = strlen(error.message), cut = size > MESSAGE_KEPT ? size - MESSAGE_KEPT : 0;
        fail(L, context, lua_pushfstring(L, cut ? "... %s" : "%s", error.message + cut));
    }
    lua_pushvalue(L, -1);
    lua_rawsetp(L, lua_upvalueindex(2), file);
    return 1;
}

void neighbour_take_open(lua_State *L, struct neighbour_context *context)
{
    lua_pushlightuserdata(L, context);
    lua_newtable(L);
    lua_pushcclosure(L, take, 2);
    lua_setfield(L, -2, "script");
}
