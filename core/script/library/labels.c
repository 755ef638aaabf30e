/* postern.labels{ ip = {"ip", "remote ip"}, ... }: a function that takes prose with labelled pieces apart. */
#include "parse/labels.h"
#include "sandbox/sandbox.h"
#include "script/event/label_table.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

/* Sets the field of the table at `index`, under the next free number if it is there. */
static void set_numbered(lua_State *L, int index, postern_text label, postern_text value)
{
    char name[2 * LABEL_SIZE];
    postern_text plain = {name, label_write_name(label, name)};
    if (plain.size == 0) return;
    library_push(L, plain);
    for (int number = 2; number <= PIECES_LIMIT; number++) {
        lua_pushvalue(L, -1);
        bool is_there = lua_rawget(L, index) != LUA_TNIL;
        lua_pop(L, 1);
        sandbox_charge(L, 1);
        if (!is_there) break;
        lua_pop(L, 1);
        library_push(L, plain);
        lua_pushfstring(L, "_%d", number);
        lua_concat(L, 2);
    }
    library_push(L, value);
    lua_rawset(L, index);
}

/* The function that postern.labels gives: text → the named pieces, the others, what stands before them. */
static int read_labels(lua_State *L)
{
    const struct label_table *table = lua_touserdata(L, lua_upvalueindex(1));
    struct labelled_piece pieces[PIECES_LIMIT];
    postern_text text, before;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    lua_settop(L, 1);
    library_charge(L, text.size * 4);
    size_t count = labels_read(text, &table->set, pieces, &before);
    lua_newtable(L);
    lua_newtable(L);
    for (size_t i = 0; i < count; i++) {
        sandbox_charge(L, 1);
        if (pieces[i].piece == NO_PIECE) {
            set_numbered(L, 3, pieces[i].label, pieces[i].text);
            continue;
        }
        lua_pushstring(L, table->names[pieces[i].piece]);
        library_push(L, pieces[i].text);
        lua_rawset(L, 2);
    }
    library_push(L, before);
    return 3;
}

/* postern.labels(names[, written_by_people]) */
static int labels(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct label_table *table = lua_newuserdatauv(L, sizeof *table, 0);
    const char *fault = label_table_read(L, 1, 2, table);
    if (fault) return luaL_error(L, "postern.labels: %s", fault);
    lua_settop(L, 3);
    lua_pushcclosure(L, read_labels, 1);
    return 1;
}

void library_open_labels(lua_State *L)
{
    lua_pushcfunction(L, labels);
    lua_setfield(L, -2, "labels");
}
