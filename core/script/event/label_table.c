#include "script/event/label_table.h"

#include "base/text.h"
#include <lauxlib.h>
#include <stdlib.h>

static int compare_names(const void *left, const void *right)
{
    return strcmp(left, right);
}

int label_table_find(const struct label_table *table, postern_text name)
{
    for (int i = 0; i < table->count; i++)
        if (text_is(name, table->names[i])) return i;
    return -1;
}

static const char *read_names(lua_State *L, int index, struct label_table *table)
{
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        sandbox_charge(L, 4);
        if (lua_type(L, -2) != LUA_TSTRING) return lua_pushliteral(L, "a name of labels must be a text");
        size_t size;
        const char *name = lua_tolstring(L, -2, &size);
        if (size == 0 || size > LABEL_SIZE || strlen(name) != size)
            return lua_pushfstring(L, "\"%s\" cannot be the name of a piece", name);
        if (table->count == LABEL_NAMES) return lua_pushfstring(L, "more than %d names", LABEL_NAMES);
        memcpy(table->names[table->count++], name, size + 1);
    }
    qsort(table->names, table->count, sizeof *table->names, compare_names);
    return NULL;
}

/* Adds the label on the top of the stack. */
static const char *add_label(lua_State *L, struct label_table *table, uint16_t piece, bool is_free)
{
    postern_text label;
    if (lua_type(L, -1) != LUA_TSTRING)
        return lua_pushfstring(L, "the labels of \"%s\" must be a text or a list of texts",
                               piece == NO_PIECE ? "what ends a piece" : table->names[piece]);
    label.data = lua_tolstring(L, -1, &label.size);
    switch (label_set_add(&table->set, label, piece, is_free)) {
    case LABEL_FINE:
        return NULL;
    case LABEL_MALFORMED:
        return lua_pushfstring(L, "\"%s\" is no label: one to %d words, %d bytes", label.data, LABEL_WORDS,
                               LABEL_SIZE);
    case LABEL_TWICE:
        return lua_pushfstring(L, "the label \"%s\" is declared twice", label.data);
    case LABEL_TOO_MANY:
        break;
    }
    return lua_pushfstring(L, "more than %d labels", LABELS_LIMIT);
}

static const char *read_labels(lua_State *L, int index, struct label_table *table, const bool *is_free)
{
    for (int piece = 0; piece < table->count; piece++) {
        lua_pushstring(L, table->names[piece]);
        lua_rawget(L, index);
        int labels = lua_gettop(L);
        bool is_list = lua_type(L, labels) == LUA_TTABLE;
        lua_Integer count = is_list ? (lua_Integer)lua_rawlen(L, labels) : 1;
        if (count == 0) return lua_pushfstring(L, "\"%s\" has no labels", table->names[piece]);
        for (lua_Integer i = 1; i <= count; i++) {
            sandbox_charge(L, 4);
            if (is_list)
                lua_rawgeti(L, labels, i);
            else
                lua_pushvalue(L, labels);
            const char *fault = add_label(L, table, (uint16_t)piece, is_free[piece]);
            if (fault) return fault;
            lua_pop(L, 1);
        }
        lua_settop(L, labels - 1);
    }
    return NULL;
}

static const char *read_free(lua_State *L, int index, const struct label_table *table, bool *is_free)
{
    if (index == 0 || lua_isnil(L, index)) return NULL;
    if (!lua_istable(L, index)) return lua_pushliteral(L, "the pieces that people wrote must be a list");
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        postern_text name = {0};
        int at = lua_type(L, -1) == LUA_TTABLE ? -2 : -1; /* "subject", or subject = { "processed" } */
        sandbox_charge(L, 4);
        if (lua_type(L, at) == LUA_TSTRING) name.data = lua_tolstring(L, at, &name.size);
        int piece = label_table_find(table, name);
        if (piece < 0) return lua_pushfstring(L, "there is no piece \"%s\"", name.data ? name.data : "?");
        is_free[piece] = true;
    }
    return NULL;
}

/* subject = { "processed" }: the piece is closed, and these are labels, though of no piece. */
static const char *read_closed(lua_State *L, int index, struct label_table *table)
{
    if (index == 0 || lua_isnil(L, index)) return NULL;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -1) != LUA_TTABLE) continue;
        postern_text name;
        name.data = lua_tolstring(L, -2, &name.size);
        label_set_close(&table->set, (uint16_t)label_table_find(table, name));
        for (lua_Integer i = 1, count = (lua_Integer)lua_rawlen(L, -1); i <= count; i++) {
            sandbox_charge(L, 4);
            lua_rawgeti(L, -1, i);
            const char *fault = add_label(L, table, NO_PIECE, false);
            if (fault) return fault;
            lua_pop(L, 1);
        }
    }
    return NULL;
}

const char *label_table_read(lua_State *L, int index, int free_index, struct label_table *table)
{
    bool is_free[LABEL_NAMES] = {false};
    memset(table, 0, sizeof *table);
    index = lua_absindex(L, index);
    free_index = free_index ? lua_absindex(L, free_index) : 0;
    luaL_checkstack(L, 8, "labels");
    const char *fault = read_names(L, index, table);
    if (!fault && table->count == 0) fault = lua_pushliteral(L, "no labels");
    if (!fault) fault = read_free(L, free_index, table, is_free);
    if (!fault) fault = read_labels(L, index, table, is_free);
    return fault ? fault : read_closed(L, free_index, table);
}

size_t label_write_name(postern_text label, char name[2 * LABEL_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < label.size && i < LABEL_SIZE; i++) {
        char byte = label.data[i];
        bool is_word = label_is_letter(byte) || (byte >= '0' && byte <= '9');
        bool begins =
            i > 0 && byte >= 'A' && byte <= 'Z' && label.data[i - 1] >= 'a' && label.data[i - 1] <= 'z';
        if ((!is_word || begins) && size && name[size - 1] != '_') name[size++] = '_';
        if (is_word) name[size++] = label_lower(byte);
    }
    while (size && name[size - 1] == '_')
        size--;
    return size;
}
