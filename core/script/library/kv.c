/* postern.kv(text[, between_pairs[, between_key_and_value]]): texts like "a=1|b=2" or "Date: x, IP: y" as a
 * table. */
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

static postern_text separator_or(lua_State *L, int index, postern_text standard)
{
    if (lua_isnoneornil(L, index)) return standard;
    postern_text separator = argument_required_text(L, index);
    luaL_argcheck(L, separator.size > 0, index, "an empty text is found everywhere");
    return separator;
}

/* A text that is searched for separators. */
struct kv_search {
    lua_State *L;
    /* Quotes enclose only where they come in pairs: in `5" pipe, Date: ...` the mark is an ordinary byte. */
    bool quotes;
};

static bool has_pairs_of_quotes(postern_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '"';
    return count % 2 == 0;
}

static bool stands_at(const struct kv_search *search, const char *at, const char *end, postern_text separator)
{
    if (*at != *separator.data || (size_t)(end - at) < separator.size) return false;
    if (separator.size >= 16) sandbox_charge(search->L, (int64_t)(separator.size / 16));
    return memcmp(at, separator.data, separator.size) == 0;
}

/* The next `separator` that is not between double quotes, or `end`. */
static const char *find_unquoted(const struct kv_search *search, const char *from, const char *end,
                                 postern_text separator)
{
    bool quoted = false;
    for (; from < end; from++) {
        if (*from == '"')
            quoted = search->quotes && !quoted;
        else if (!quoted && stands_at(search, from, end, separator))
            return from;
    }
    return end;
}

static postern_text without_quotes(postern_text text)
{
    bool quoted = text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"';
    return quoted ? text_slice(text.data + 1, text.data + text.size - 1) : text;
}

/* Puts one "key=value" into the table on the top of the stack, unless the key is there or the part is no
 * pair. */
static void add_pair(const struct kv_search *search, postern_text part, postern_text separator)
{
    lua_State *L = search->L;
    const char *end = part.data + part.size;
    const char *middle = find_unquoted(search, part.data, end, separator);
    postern_text key = text_trim(text_slice(part.data, middle));
    if (middle == end || key.size == 0) return;
    postern_text value = without_quotes(text_trim(text_slice(middle + separator.size, end)));
    library_push(L, key);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) {
        lua_pop(L, 2);
        return;
    }
    lua_pop(L, 1);
    library_push(L, value);
    lua_rawset(L, -3);
}

static int kv(lua_State *L)
{
    postern_text pairs = separator_or(L, 2, TEXT(",")), middle = separator_or(L, 3, TEXT("=")), text;
    if (!argument_text(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size * 4);
    lua_newtable(L);
    const struct kv_search search = {L, has_pairs_of_quotes(text)};
    const char *end = text.data + text.size;
    for (const char *from = text.data; from < end;) {
        const char *found = find_unquoted(&search, from, end, pairs);
        sandbox_charge(L, 1);
        add_pair(&search, text_slice(from, found), middle);
        from = found < end ? found + pairs.size : end;
    }
    return 1;
}

void library_open_kv(lua_State *L)
{
    lua_pushcfunction(L, kv);
    lua_setfield(L, -2, "kv");
}
