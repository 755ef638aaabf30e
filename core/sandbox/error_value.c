/* What a script raised that is no text, in words: error { code = 5 } is "a table {"code":5}". Bounded in
 * depth and length, so tables that are deep, huge or hold themselves end in "…". */
#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/state.h"
#include <stdio.h>
#include <stdlib.h>

#define WORDS_LIMIT  240 /* bytes */
#define TEXT_LIMIT   100 /* of one text in it */
#define DEPTH_LIMIT  5
#define KEY_LIMIT    16 /* of one table: shown */
#define WALKED_LIMIT 1000
#define CUT          "…"

struct description {
    lua_State *L;
    struct buffer out;
};

static void add_table(struct description *description, int index, int depth);

static void add_text(struct description *description, int index)
{
    postern_text text;
    text.data = lua_tolstring(description->L, index, &text.size);
    if (text.size <= TEXT_LIMIT) {
        json_write_string(&description->out, text);
        return;
    }
    text.size = text_cut(text, TEXT_LIMIT);
    json_write_string(&description->out, text);
    if (description->out.failed) return;
    description->out.size--;
    buffer_append_string(&description->out, CUT "\"");
}

static void add_value(struct description *description, int index, int depth)
{
    lua_State *L = description->L;
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        add_text(description, index);
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            buffer_printf(&description->out, "%lld", (long long)lua_tointeger(L, index));
        else
            buffer_printf(&description->out, "%.14g", (double)lua_tonumber(L, index));
        return;
    case LUA_TBOOLEAN:
        buffer_append_string(&description->out, lua_toboolean(L, index) ? "true" : "false");
        return;
    case LUA_TTABLE:
        add_table(description, index, depth);
        return;
    default:
        buffer_printf(&description->out, "(%s)", luaL_typename(L, index));
    }
}

static void add_list(struct description *description, int table, size_t length, int depth)
{
    lua_State *L = description->L;
    buffer_append_byte(&description->out, '[');
    for (size_t i = 1; i <= length && !description->out.failed; i++) {
        if (i > 1) buffer_append_byte(&description->out, ',');
        lua_rawgeti(L, table, (lua_Integer)i);
        add_value(description, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    buffer_append_byte(&description->out, ']');
}

static int compare_keys(const void *a, const void *b)
{
    return text_compare(*(const postern_text *)a, *(const postern_text *)b);
}

/* The table's keys that are texts, sorted; sets *more if there are others. */
static size_t find_keys(lua_State *L, int table, postern_text keys[KEY_LIMIT], bool *more)
{
    size_t count = 0, walked = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || count == KEY_LIMIT) *more = true;
        if (++walked == WALKED_LIMIT) {
            lua_pop(L, 2);
            *more = true;
            break;
        }
        if (lua_type(L, -2) != LUA_TSTRING || count == KEY_LIMIT) continue;
        keys[count].data = lua_tolstring(L, -2, &keys[count].size);
        count++;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    return count;
}

static void add_object(struct description *description, int table, int depth)
{
    lua_State *L = description->L;
    postern_text keys[KEY_LIMIT];
    bool more = false;
    size_t count = find_keys(L, table, keys, &more);
    buffer_append_byte(&description->out, '{');
    for (size_t i = 0; i < count && !description->out.failed; i++) {
        if (i) buffer_append_byte(&description->out, ',');
        lua_pushlstring(L, keys[i].data, keys[i].size);
        add_text(description, lua_gettop(L));
        buffer_append_byte(&description->out, ':');
        lua_rawget(L, table);
        add_value(description, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    if (more) buffer_append_string(&description->out, count ? "," CUT : CUT);
    buffer_append_byte(&description->out, '}');
}

static void add_table(struct description *description, int index, int depth)
{
    luaL_checkstack(description->L, 8, NULL);
    size_t length = lua_rawlen(description->L, index);
    if (depth == DEPTH_LIMIT)
        buffer_append_string(&description->out, "{" CUT "}");
    else if (length > 0)
        add_list(description, index, length, depth);
    else
        add_object(description, index, depth);
}

/* What an event or a line says of itself may be long. */
static void add_shortened(struct description *description, int index)
{
    postern_text text;
    text.data = lua_tolstring(description->L, index, &text.size);
    buffer_append_string(&description->out, ": ");
    if (text.size <= TEXT_LIMIT) {
        buffer_append_text(&description->out, text);
        return;
    }
    buffer_append(&description->out, text.data, text_cut(text, TEXT_LIMIT));
    buffer_append_string(&description->out, CUT);
}

/* "a table", "an account": as the value's type calls itself. */
static void add_type(struct description *description, int index)
{
    lua_State *L = description->L;
    int top = lua_gettop(L);
    const char *name = luaL_typename(L, index);
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) name = lua_tostring(L, -1);
    bool begins_with_vowel = strchr("aeio", name[0]) && name[0];
    buffer_printf(&description->out, "%s %.60s", begins_with_vowel ? "an" : "a", name);
    lua_settop(L, top); /* the metatable keeps the name */
}

int error_value_describe(lua_State *L)
{
    char words[WORDS_LIMIT + sizeof CUT];
    struct description description = {L, {.data = words, .capacity = WORDS_LIMIT, .limit = WORDS_LIMIT}};
    struct buffer *out = &description.out;
    lua_settop(L, 1);
    int type = lua_type(L, 1);
    bool speaks = luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL;
    if (speaks) sandbox_tolstring(L, 1, NULL); /* what a script wants its table to say */
    if (speaks && type == LUA_TTABLE) return 1;
    if (type == LUA_TNIL) {
        buffer_append_string(out, "an error without a message (nil)");
    } else if (type == LUA_TNUMBER || type == LUA_TBOOLEAN) {
        buffer_printf(out, "the %s ", lua_typename(L, type));
        add_value(&description, 1, 0);
    } else {
        add_type(&description, 1);
        if (type == LUA_TTABLE) buffer_append_byte(out, ' ');
        if (type == LUA_TTABLE) add_table(&description, 1, 0);
        if (speaks) add_shortened(&description, lua_gettop(L));
    }
    if (out->failed) memcpy(words + out->size, CUT, sizeof CUT - 1);
    lua_pushlstring(L, words, out->size + (out->failed ? sizeof CUT - 1 : 0));
    return 1;
}
