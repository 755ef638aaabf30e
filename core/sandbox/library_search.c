/* string.find, match, gmatch and gsub over our own matcher. */
#include "sandbox/pattern.h"
#include <string.h>

/* Where to begin, from Lua's 1-based, possibly negative position; size + 1 at the most. */
static size_t start_offset(lua_Integer position, size_t size)
{
    if (position > 0) return (size_t)position - 1;
    if (position == 0 || position < -(lua_Integer)size) return 0;
    return size - (size_t)-position;
}

static bool has_specials(const char *pattern, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (pattern[i] && strchr("^$*+?.([%-", pattern[i])) return true;
    return false;
}

static int find_plain(lua_State *L, const char *subject, size_t size, size_t from, const char *needle,
                      size_t needle_size)
{
    sandbox_charge(L, 4 * sandbox_bytes_cost(size - from) + sandbox_bytes_cost(needle_size));
    const char *found = memmem(subject + from, size - from, needle, needle_size);
    if (!found) return lua_pushnil(L), 1;
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)needle_size);
    return 2;
}

static int search(lua_State *L, bool find)
{
    size_t size, pattern_size;
    const char *subject = luaL_checklstring(L, 1, &size);
    const char *pattern = luaL_checklstring(L, 2, &pattern_size);
    size_t from = start_offset(luaL_optinteger(L, 3, 1), size);
    if (from > size) return lua_pushnil(L), 1;
    if (find && (lua_toboolean(L, 4) || !has_specials(pattern, pattern_size)))
        return find_plain(L, subject, size, from, pattern, pattern_size);

    bool anchored = pattern_size > 0 && *pattern == '^';
    if (anchored) pattern++, pattern_size--;
    struct matcher matcher;
    matcher_init(&matcher, L, subject, size, pattern, pattern_size);
    const char *at = anchored ? subject + from : matcher_next(&matcher, subject + from);
    for (; at; at = anchored ? NULL : matcher_next(&matcher, at + 1)) {
        const char *end = matcher_try(&matcher, at, pattern);
        if (end && find) {
            lua_pushinteger(L, at - subject + 1);
            lua_pushinteger(L, end - subject);
            return 2 + matcher_push_captures(&matcher, NULL, NULL);
        }
        if (end) return matcher_push_captures(&matcher, at, end);
    }
    lua_pushnil(L);
    return 1;
}

int library_find(lua_State *L)
{
    return search(L, true);
}

int library_match(lua_State *L)
{
    return search(L, false);
}

/* Upvalues: subject, pattern, offset to go on from, offset where the last match ended (-1 = none). */
static int next_match(lua_State *L)
{
    size_t size, pattern_size;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &size);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_size);
    lua_Integer from = lua_tointeger(L, lua_upvalueindex(3)),
                last_end = lua_tointeger(L, lua_upvalueindex(4));
    struct matcher matcher;
    matcher_init(&matcher, L, subject, size, pattern, pattern_size);
    const char *at = subject + from;
    while ((at = matcher_next(&matcher, at))) {
        const char *start = at++, *end = matcher_try(&matcher, start, pattern);
        if (!end || end - subject == last_end) continue; /* no empty match right behind a match */
        lua_pushinteger(L, end - subject);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return matcher_push_captures(&matcher, start, end);
    }
    lua_pushinteger(L, (lua_Integer)size + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

int library_gmatch(lua_State *L)
{
    size_t size;
    luaL_checklstring(L, 1, &size);
    luaL_checkstring(L, 2);
    size_t from = start_offset(luaL_optinteger(L, 3, 1), size);
    lua_settop(L, 2);
    lua_pushinteger(L, from > size ? (lua_Integer)size + 1 : (lua_Integer)from);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* ---- gsub ---- */

/* Replacement text with %0 to %9 and %%. */
static void add_text(struct matcher *matcher, luaL_Buffer *out, const char *start, const char *end)
{
    lua_State *L = matcher->L;
    size_t size;
    const char *text = lua_tolstring(L, 3, &size), *text_end = text + size;
    sandbox_charge(L, sandbox_bytes_cost(size));
    while (text < text_end) {
        const char *escape = memchr(text, '%', (size_t)(text_end - text));
        if (!escape) escape = text_end;
        luaL_addlstring(out, text, (size_t)(escape - text));
        if (escape == text_end) return;
        char what = escape + 1 < text_end ? escape[1] : 0;
        text = escape + 2;
        sandbox_step(matcher->sandbox);
        if (what == '%') {
            luaL_addchar(out, '%');
        } else if (what == '0') {
            luaL_addlstring(out, start, (size_t)(end - start));
        } else if (what >= '1' && what <= '9') {
            matcher_push_capture(matcher, what - '1', start, end);
            lua_tostring(L, -1); /* a position capture is a number */
            sandbox_charge(L, sandbox_bytes_cost(lua_rawlen(L, -1)));
            luaL_addvalue(out);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
}

/* What a table or a function gives for the match; nil and false keep the match. */
static bool add_value(struct matcher *matcher, luaL_Buffer *out, const char *start, const char *end, int type)
{
    lua_State *L = matcher->L;
    if (type == LUA_TTABLE) {
        matcher_push_capture(matcher, 0, start, end);
        lua_gettable(L, 3);
    } else {
        lua_pushvalue(L, 3);
        int count = matcher_push_captures(matcher, start, end);
        lua_call(L, count, 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, start, (size_t)(end - start));
        return false;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    sandbox_charge(L, sandbox_bytes_cost(lua_rawlen(L, -1)));
    luaL_addvalue(out);
    return true;
}

int library_gsub(lua_State *L)
{
    size_t size, pattern_size;
    const char *subject = luaL_checklstring(L, 1, &size), *subject_end = subject + size;
    const char *pattern = luaL_checklstring(L, 2, &pattern_size);
    int type = lua_type(L, 3);
    bool is_text = type == LUA_TNUMBER || type == LUA_TSTRING;
    luaL_argexpected(L, is_text || type == LUA_TTABLE || type == LUA_TFUNCTION, 3, "string/function/table");
    lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)size + 1), count = 0;
    bool anchored = pattern_size > 0 && *pattern == '^', changed = false;
    if (anchored) pattern++, pattern_size--;

    struct matcher matcher;
    matcher_init(&matcher, L, subject, size, pattern, pattern_size);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    const char *at = subject, *last_end = NULL;
    while (count < limit) {
        const char *end = matcher_try(&matcher, at, pattern);
        if (end && end != last_end) {
            count++;
            if (is_text)
                add_text(&matcher, &out, at, end), changed = true;
            else
                changed |= add_value(&matcher, &out, at, end, type);
            at = last_end = end;
        } else if (at < subject_end) {
            luaL_addchar(&out, *at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (!changed) {
        lua_pushvalue(L, 1);
    } else {
        luaL_addlstring(&out, at, (size_t)(subject_end - at));
        luaL_pushresult(&out);
    }
    lua_pushinteger(L, count);
    return 2;
}
