/* postern.lookup: answers from files that were read at load. */
#include "base/error.h"
#include "sandbox/sandbox.h"
#include "script/event/value.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

static const struct script_library_context *context_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

static const struct lookup_file *open_file(lua_State *L, int index)
{
    const struct script_library_context *context = context_of(L);
    postern_text name = argument_required_text(L, index);
    const struct lookup_file *file = NULL;
    postern_error error = ERROR_INIT;
    if (!context->files) luaL_error(L, "lookups are not available here");
    if (lookup_files_open(context->files, context->directory ? context->directory : ".", name, &file,
                          &error) < 0)
        luaL_error(L, error.remedy[0] ? "%s (%s)" : "%s", error.message, error.remedy);
    return file;
}

static void push_cells(lua_State *L, const struct lookup_file *file, const postern_text *cells)
{
    size_t count;
    const postern_text *columns = lookup_file_columns(file, &count);
    sandbox_charge(L, (int64_t)count);
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        if (cells[i].size == 0) continue;
        library_push(L, columns[i]);
        library_push(L, cells[i]);
        lua_rawset(L, -3);
    }
}

/* Pushes what the key at `index` leads to, or nil. */
static int find(lua_State *L, const struct lookup_file *file, int index)
{
    struct lookup_value value;
    if (lua_isinteger(L, index)) { /* 25 finds "25" */
        lua_pushvalue(L, index);
        lua_replace(L, 1);
        lua_tolstring(L, 1, NULL);
        index = 1;
    }
    postern_text key;
    if (!argument_text(L, index, &key)) return script_return_nil(L);
    library_charge(L, key.size);
    if (!lookup_file_find(file, key, &value)) return script_return_nil(L);
    switch (value.kind) {
    case LOOKUP_TEXT:
        library_push(L, value.text);
        break;
    case LOOKUP_TRUE:
        lua_pushboolean(L, true);
        break;
    case LOOKUP_CELLS:
        push_cells(L, file, value.cells);
        break;
    case LOOKUP_MEMBER:
        value_push(L, lookup_file_tape(file), value.node);
        break;
    }
    return 1;
}

/* teams(key), of the function that postern.lookup(file) returns */
static int find_in_opened(lua_State *L)
{
    return find(L, lua_touserdata(L, lua_upvalueindex(1)), 1);
}

/* postern.lookup(file, key), or postern.lookup(file) for a function of the key */
static int lookup(lua_State *L)
{
    const struct lookup_file *file = open_file(L, 1);
    if (lua_gettop(L) >= 2) return find(L, file, 2);
    lua_pushlightuserdata(L, (void *)file);
    lua_pushcclosure(L, find_in_opened, 1);
    return 1;
}

void library_open_lookup(lua_State *L, const struct script_library_context *context)
{
    lua_pushlightuserdata(L, (void *)context);
    lua_pushcclosure(L, lookup, 1);
    lua_setfield(L, -2, "lookup");
}
