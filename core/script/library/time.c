/* postern.time.parse, postern.time.format: times are integers, milliseconds since 1970, UTC. */
#include "base/text.h"
#include "base/timestamp.h"
#include "parse/time_pattern.h"
#include "parse/time_text.h"
#include "script/library/arguments.h"
#include "script/library/parts.h"
#include <lauxlib.h>
#include <stdio.h>

#define TEXT_LIMIT 1024u

/* A pattern argument that has been checked. */
static postern_text required_pattern(lua_State *L, int index)
{
    postern_text pattern = argument_required_text(L, index);
    luaL_argcheck(L, pattern.size <= TIME_PATTERN_LIMIT, index, "the pattern is too long");
    const char *fault = time_pattern_fault(pattern);
    if (fault)
        luaL_error(L, "bad time pattern '%s': no letter of it stands behind the %% at byte %d", pattern.data,
                   (int)(fault - pattern.data) + 1);
    return pattern;
}

static int push_time(lua_State *L, bool found, int64_t ms)
{
    if (!found) return script_return_nil(L);
    lua_pushinteger(L, ms);
    return 1;
}

/* Seconds or milliseconds since 1970, as a number or as digits in a text. */
static int parse_epoch(lua_State *L, lua_Integer unit)
{
    lua_Integer count = 0;
    int exact = 0;
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_Number number = lua_tonumber(L, 1) * (lua_Number)unit;
        count = lua_tointegerx(L, 1, &exact);
        if (!exact && number > -1e17 && number < 1e17) /* 1700000000.25 s */
            return push_time(L, true, (int64_t)number);
    } else {
        postern_text text;
        if (!argument_text(L, 1, &text) || text.size > 20) return script_return_nil(L);
        exact = lua_stringtonumber(L, text.data) == text.size + 1;
        count = exact ? lua_tointegerx(L, -1, &exact) : 0;
    }
    lua_Integer most = LUA_MAXINTEGER / unit;
    if (!exact || count > most || count < -most) return script_return_nil(L);
    return push_time(L, true, count * unit);
}

/* A time that does not say how it is written. */
static int parse_any(lua_State *L)
{
    char digits[400];
    postern_text text = {digits, 0};
    int64_t ms = 0;
    if (lua_type(L, 1) == LUA_TNUMBER) {
        bool is_integer = lua_isinteger(L, 1);
        int size = is_integer ? snprintf(digits, sizeof digits, "%lld", (long long)lua_tointeger(L, 1))
                              : snprintf(digits, sizeof digits, "%.3f", (double)lua_tonumber(L, 1));
        text.size = (size_t)size;
    } else if (!argument_text(L, 1, &text) || text.size > TEXT_LIMIT) {
        return script_return_nil(L);
    }
    bool found = time_text_read(text, &ms, NULL) || time_epoch_read(text, &ms);
    return push_time(L, found, ms);
}

/* postern.time.parse(text[, format]) */
static int parse(lua_State *L)
{
    if (lua_isnoneornil(L, 2)) return parse_any(L);
    postern_text format = argument_required_text(L, 2);
    if (text_is(format, "epoch")) return parse_epoch(L, 1000);
    if (text_is(format, "epoch_ms")) return parse_epoch(L, 1);

    bool by_name = text_is(format, "iso") || text_is(format, "http");
    postern_text pattern = by_name ? format : required_pattern(L, 2), text;
    if (!argument_text(L, 1, &text) || text.size > TEXT_LIMIT) return script_return_nil(L);
    int64_t ms = 0;
    bool found = text_is(format, "iso")    ? time_text_read(text, &ms, NULL)
                 : text_is(format, "http") ? timestamp_parse_http(text, &ms)
                                           : time_pattern_read(text, pattern, &ms);
    return push_time(L, found, ms);
}

/* postern.time.format(ms[, format]) */
static int format(lua_State *L)
{
    postern_text format = lua_isnoneornil(L, 2) ? TEXT("iso") : argument_required_text(L, 2);
    postern_text pattern = text_is(format, "iso")    ? TEXT("%Y-%m-%dT%H:%M:%S.%fZ")
                           : text_is(format, "date") ? TEXT("%Y-%m-%d")
                                                     : required_pattern(L, 2);
    if (script_is_nothing(L, 1)) return script_return_nil(L);
    int whole = 0;
    lua_Integer ms = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &whole) : 0;
    if (!whole) luaL_typeerror(L, 1, "milliseconds as a whole number");

    char space[16 * TIME_PATTERN_LIMIT];
    struct buffer out = {.data = space, .capacity = sizeof space, .limit = sizeof space};
    if (!time_pattern_write(ms, pattern, &out)) return script_return_nil(L);
    lua_pushlstring(L, space, out.size);
    return 1;
}

void library_open_time(lua_State *L)
{
    static const luaL_Reg functions[] = {{"parse", parse}, {"format", format}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_setfield(L, -2, "time");
}
