/* postern.lower, upper, trim, split, starts_with, ends_with, strip_quotes, replace: plain texts, no patterns.
 */
#include "base/text.h"
#include "base/letter_case.h"
#include "sandbox/sandbox.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>

/* Only A-Z and a-z change: every other byte, so also all of UTF-8's, stays. Most texts are as they should be.
 */
static int change_case(lua_State *L, char first)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size);
    if (!letter_case_differs(text, first)) return lua_pushvalue(L, 1), 1;
    luaL_Buffer buffer;
    letter_case_write(text, first, luaL_buffinitsize(L, &buffer, text.size));
    luaL_pushresultsize(&buffer, text.size);
    return 1;
}

static int lower(lua_State *L)
{
    return change_case(L, 'A');
}

static int upper(lua_State *L)
{
    return change_case(L, 'a');
}

static int trim(lua_State *L)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size);
    library_push(L, text_trim(text));
    return 1;
}

static int strip_quotes(lua_State *L)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    library_charge(L, text.size);
    text = text_trim(text);
    char quote = text.size >= 2 ? text.data[0] : '\0';
    if ((quote == '"' || quote == '\'') && text.data[text.size - 1] == quote)
        text = text_slice(text.data + 1, text.data + text.size - 1);
    library_push(L, text);
    return 1;
}

static postern_text required_separator(lua_State *L, int index)
{
    postern_text separator = argument_required_text(L, index);
    luaL_argcheck(L, separator.size > 0, index, "an empty text is found everywhere");
    return separator;
}

/* The next `needle` at or behind `from`; memmem's time grows with the length alone, whatever the texts hold.
 */
static const char *find(const char *from, const char *end, postern_text needle)
{
    return from < end ? memmem(from, (size_t)(end - from), needle.data, needle.size) : NULL;
}

static int split(lua_State *L)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    postern_text separator = lua_isnoneornil(L, 2) ? TEXT(",") : required_separator(L, 2);
    lua_Integer limit = luaL_optinteger(L, 3, LUA_MAXINTEGER);
    luaL_argcheck(L, limit >= 1, 3, "at least one part");
    library_charge(L, text.size);

    lua_newtable(L);
    const char *from = text.data, *end = text.data + text.size;
    for (lua_Integer part = 1;; part++) {
        const char *found = part < limit ? find(from, end, separator) : NULL;
        sandbox_charge(L, 1);
        library_push(L, text_slice(from, found ? found : end));
        lua_rawseti(L, -2, part);
        if (!found) return 1;
        from = found + separator.size;
    }
}

static int replace(lua_State *L)
{
    postern_text text;
    if (!argument_text_or_nothing(L, 1, &text)) return script_return_nil(L);
    postern_text wanted = required_separator(L, 2), with = argument_required_text(L, 3);
    library_charge(L, text.size);

    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    const char *from = text.data, *end = text.data + text.size;
    for (const char *found; (found = find(from, end, wanted)); from = found + wanted.size) {
        library_charge(L, with.size);
        luaL_addlstring(&buffer, from, (size_t)(found - from));
        luaL_addlstring(&buffer, with.data, with.size);
    }
    luaL_addlstring(&buffer, from, (size_t)(end - from));
    luaL_pushresult(&buffer);
    return 1;
}

static int starts_with(lua_State *L)
{
    postern_text text, prefix = argument_required_text(L, 2);
    library_charge(L, prefix.size);
    bool yes = argument_text(L, 1, &text) && text.size >= prefix.size &&
               memcmp(text.data, prefix.data, prefix.size) == 0;
    lua_pushboolean(L, yes);
    return 1;
}

static int ends_with(lua_State *L)
{
    postern_text text, suffix = argument_required_text(L, 2);
    library_charge(L, suffix.size);
    bool yes = argument_text(L, 1, &text) && text.size >= suffix.size &&
               memcmp(text.data + text.size - suffix.size, suffix.data, suffix.size) == 0;
    lua_pushboolean(L, yes);
    return 1;
}

void library_open_text(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"lower", lower},
        {"upper", upper},
        {"trim", trim},
        {"strip_quotes", strip_quotes},
        {"split", split},
        {"replace", replace},
        {"starts_with", starts_with},
        {"ends_with", ends_with},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
