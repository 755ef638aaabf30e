/* Functions of the library that a script calls with what they do not expect: bare, with wrong types, with too
 * much, with numbers at the edges. Each says what is wrong, or does what it can; nothing is believed. */
#include "../patient_limits.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include <lauxlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    const char *name, *source, *expected; /* what `source` returns, or a part of the error */
};

#define LONGEST                                                                                              \
    "local t = {} for i = 0, 62 do t[1 << i] = i t[(1 << i) + 1] = i end t[math.maxinteger] = 'last' "

static const struct row rows[] = {
    /* The iterator of pairs is a value like any other. */
    {"iterator with an address", "pairs({x = 1})(0x4141414141414141)", "table expected, got number"},
    {"iterator called bare", "pairs({x = 1})()", "table expected, got no value"},
    {"iterator with a text", "pairs({x = 1})('x')", "table expected, got string"},
    {"iterator with a function", "pairs({x = 1})(print)", "table expected, got function"},
    {"iterator with another table", "return tostring(pairs({x = 1})({x = 2}, 'y', 1, 2, 3))", "x"},
    {"iterator as a metamethod",
     "local t = setmetatable({}, {__index = pairs({x = 1})}) return tostring(t.x)", "nil"},
    {"iterator of gmatch with arguments", "return ('a'):gmatch('%a')(0x4141414141414141, {}, nil)", "a"},
    {"iterator of utf8 with an address",
     "local f = utf8.codes('x') f(1, 0x4141414141414141, 2) return 'fine'", "fine"},
    /* A length that no list has: raw lengths lie as well as __len does. */
    {"insert behind the largest integer", LONGEST "table.insert(t, 1)", "such a length"},
    {"insert before it", LONGEST "table.insert(t, 1, 1)", "such a length"},
    {"remove", LONGEST "table.remove(t, math.mininteger)", "such a length"},
    {"concat", LONGEST "table.concat(t)", "such a length"},
    {"unpack", LONGEST "table.unpack(t)", "such a length"},
    {"sort", LONGEST "table.sort(t)", "such a length"},
    {"a negative __len is not asked",
     "return #table.pack(table.unpack(setmetatable({1, 2}, {__len = function() "
     "return math.mininteger end}))) .. ''",
     "2"},
    {"unpack of all integers", "table.unpack({}, math.mininteger, math.maxinteger)", "too many results"},
    {"unpack of the last", "return tostring(table.unpack({}, math.maxinteger, math.maxinteger))", "nil"},
    {"move over the end", "table.move({}, math.mininteger, math.maxinteger, 1)", "too many elements"},
    {"move to the end", "table.move({1, 2}, 1, 2, math.maxinteger)", "destination wrap around"},
    {"concat at the end",
     "return table.concat({[math.maxinteger] = 'x'}, ',', math.maxinteger, math.maxinteger)", "x"},
    {"remove from the edge", "table.remove({}, math.mininteger)", "position out of bounds"},
    {"repeat too often", "('x'):rep(math.maxinteger, 'y')", "more than 64.0 MiB of memory"},
    {"repeat negatively", "return 'nothing' .. ('x'):rep(math.mininteger)", "nothing"},
    {"byte", "('x'):byte(math.mininteger, math.maxinteger) return 'fine'", "fine"},
    {"find before the text", "return ('abc'):find('b', math.mininteger) .. ''", "2"},
    {"find behind it", "return tostring(('abc'):find('', math.maxinteger))", "nil"},
    {"gmatch behind it", "return tostring((('abc'):gmatch('', math.maxinteger)()))", "nil"},
    {"gsub less than never", "return (('abc'):gsub('.', 'x', math.mininteger))", "abc"},
    {"random over all", "return math.type(math.random(math.mininteger, math.maxinteger))", "integer"},
    /* As many results as the stack holds. */
    {"pcall with many results", "local n = select('#', pcall(table.unpack, {}, 1, 200000)) return n .. ''",
     "200001"},
    {"pcall in pcall with many",
     "local n = select('#', pcall(pcall, pcall, table.unpack, {}, 1, 999000)) return n .. ''", "999003"},
    {"xpcall with many results",
     "local n = select('#', xpcall(table.unpack, print, {}, 1, 200000)) return n .. ''", "200001"},
    {"xpcall with a handler of many results",
     "local n = select('#', xpcall(error, function() return table.unpack({}, 1, 200000) end)) return n .. ''",
     "200001"},
    {"results of xpcall",
     "return table.concat({tostring(xpcall(function(...) return ... end, print, 'a', 'b')), "
     "select(2, xpcall(function(...) return ... end, print, 'a', 'b'))}, ' ')",
     "true a b"},
    {"a failed xpcall",
     "local ok, said = xpcall(error, function(e) return '<' .. e .. '>' end, 'x', 0) return "
     "tostring(ok) .. said",
     "false<x>"},
    {"xpcall without arguments", "xpcall()", "function expected, got no value"},
    {"pcall without arguments", "pcall()", "value expected"},
    /* Metatables. */
    {"of texts", "return getmetatable('')", "protected"},
    {"no coroutines, whose calls no limit would hold in", "return tostring(coroutine)", "nil"},
};

static void test_arguments(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sandbox *sandbox = sandbox_new(patiently(), "test");
        lua_State *L = sandbox_lua(sandbox);
        postern_error error = ERROR_INIT;
        postern_status status = sandbox_load(sandbox, text_of(rows[i].source), "test.lua", &error);
        if (status >= 0) status = sandbox_call(sandbox, 0, 1, NULL, &error);
        const char *got = status < 0 ? error.message : lua_tostring(L, -1);
        bool fits =
            got && (status < 0 ? strstr(got, rows[i].expected) != NULL : !strcmp(got, rows[i].expected));
        if (!fits) {
            print_error("%s: got \"%s\", expected \"%s\"\n", rows[i].name, got ? got : "(no text)",
                        rows[i].expected);
            failures++;
        }
        sandbox_free(sandbox);
    }
    assert_int_equal(failures, 0);
}

/* Whether a script can have a table whose entries the collector removes. `set` sets __mode in `meta`. */
static bool entries_vanish(const char *set)
{
    struct sandbox *sandbox = sandbox_new(patiently(), "test");
    lua_State *L = sandbox_lua(sandbox);
    postern_error error = ERROR_INIT;
    char source[512];
    snprintf(source, sizeof source,
             "local meta = {} local t = setmetatable({}, meta) for i = 1, 10 do t[i] = {} end %s return t",
             set);
    assert_int_equal(sandbox_load(sandbox, text_of(source), "test.lua", &error), POSTERN_OK);
    if (sandbox_call(sandbox, 0, 1, NULL, &error) < 0) fail_msg("%s", error.message);
    lua_gc(L, LUA_GCCOLLECT);
    bool vanished = lua_rawlen(L, -1) == 0;
    sandbox_free(sandbox);
    return vanished;
}

static void test_weak_tables_are_off(void **state)
{
    (void)state;
    assert_false(entries_vanish("meta.__mode = 'v'"));
    assert_false(entries_vanish("meta['__' .. 'mode'] = 'kv'"));
    assert_false(entries_vanish("rawset(meta, '__mode', 'v')"));
    assert_false(entries_vanish("table.insert(meta, '__mode') meta[meta[1]] = 'v'"));
    assert_false(entries_vanish("for name in ('x__mode'):gmatch '__%a+' do meta[name] = 'v' end"));
}

/* So the test above sees a weak table where there is one. */
static void test_weak_tables_are_seen(void **state)
{
    (void)state;
    lua_State *L = luaL_newstate();
    assert_non_null(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_newtable(L);
    lua_rawseti(L, -2, 1);
    lua_gc(L, LUA_GCCOLLECT);
    assert_int_equal(lua_rawlen(L, -1), 0);
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_weak_tables_are_off),
        cmocka_unit_test(test_weak_tables_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
