/* Our library functions against Lua's own: the same results, and where they differ on purpose, exactly how.
 */
#include "../patient_limits.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Turns the results of an expression into one line. In both states the same Lua code. */
static const char prelude[] =
    "local function show(v)\n"
    "  if type(v) == 'table' then\n"
    "    local parts = {} for i = 1, #v do parts[i] = show(v[i]) end return '{' .. table.concat(parts, ',') "
    ".. '}'\n"
    "  end\n"
    "  return math.type(v) == 'float' and string.format('%.17g', v) or tostring(v)\n"
    "end\n"
    "local function all(ok, ...)\n"
    "  local out = {ok and 'ok' or 'failed'}\n"
    "  for i = 1, select('#', ...) do out[#out + 1] = show((select(i, ...))) end\n"
    "  return table.concat(out, ' ')\n"
    "end\n"
    "return all(pcall(function(...) return ";

static const char *const same[] = {
    /* Searching. */
    "('hello world'):find('o w')",
    "('hello'):find('l+')",
    "('hello'):find('xyz')",
    "('hello'):find('')",
    "('hello'):find('', 10)",
    "('hello'):find('', 6)",
    "('a.b'):find('.', 1, true)",
    "('a.b'):find('%.')",
    "('hello'):find('l', -2)",
    "('hello'):find('l', -100)",
    "('a\\0b'):find('\\0')",
    "('a\\0b'):find('%z')",
    "('key = value'):match('^(%w+)%s*=%s*(%w+)$')",
    "('2026-01-02'):match('(%d+)-(%d+)-(%d+)')",
    "('  trim  '):match('^%s*(.-)%s*$')",
    "('THE (quick) fox'):find('%((%a+)%)')",
    "('x'):match('()x()')",
    "('[[x]]'):match('%[%[(.-)%]%]')",
    "('f(a(b)c)d'):match('%b()')",
    "('THE (quick) fox'):gsub('%f[%a]%a+', 'W')",
    "('abcabc'):match('(a)(b)%2')",
    "('abb'):match('(a)(b)%2')",
    "('a-b'):match('[a-]+')",
    "('a]b'):match('[]]')",
    "('a^b'):match('[b^]+')",
    "('aXb'):match('[^%l]')",
    "('0x1F'):match('^0[xX](%x+)$')",
    "('a'):rep(3, '-')",
    "('x'):rep(0)",
    "('x'):rep(-1)",
    "('ab'):rep(1, 'sep')",
    "('a$'):match('a$')",
    "('a$b'):match('a$b')",
    "('aaa'):match('a-b')",
    "('aaab'):match('a-b')",
    "('aaa'):match('^a?a?$')",
    "('abc'):match('.-$')",
    /* Replacing. */
    "('hello world'):gsub('o', '0')",
    "('hello'):gsub('', '-')",
    "('hello'):gsub('l', {l = 'L'})",
    "('hello'):gsub('.', {h = 1, e = false})",
    "('hello'):gsub('(h)(e)', '%2%1')",
    "('hello'):gsub('l', '%0%0')",
    "('abc'):gsub('%w', '%%%0')",
    "('abc'):gsub('b', function() return nil end)",
    "('abc'):gsub('b*', 'x')",
    "('hello'):gsub('l', 'x', 1)",
    "('hello'):gsub('^h', 'H')",
    "('hello'):gsub('()', '%1')",
    "('abc'):gsub('', '')",
    "('abc'):gsub('a', 7)",
    "('a b c'):gsub('%s', '')",
    "('abc'):gsub('c$', 'd')",
    "('x^y'):gsub('%^', '-')",
    /* Wrong patterns. */
    "('a'):find('[a')",
    "('a'):find('%')",
    "('a'):find('(a')",
    "('a'):find('a)')",
    "('a'):find('%1')",
    "('a'):find('%f')",
    "('a'):find('%b')",
    "('a'):find('%bx')",
    "('a'):find('[a%')",
    "('a'):find('[')",
    "('a'):find('[]')",
    "('a'):find('[^]')",
    "('a'):gsub('a', '%2')",
    "('a'):gsub('a', '%x')",
    "('a'):gsub('(a)', '%3')",
    "('a'):gsub('a', function() return {} end)",
    /* Walking. */
    "(function() local t = {} for w in ('one two  three'):gmatch('%a+') do t[#t + 1] = w end return t end)()",
    "(function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end "
    "return t end)()",
    "(function() local t = {} for p in ('abc'):gmatch('()') do t[#t + 1] = p end return t end)()",
    "(function() local t = {} for p in ('abc'):gmatch('b*') do t[#t + 1] = '<' .. p .. '>' end return t "
    "end)()",
    "(function() local t = {} for p in ('abcde'):gmatch('.', 3) do t[#t + 1] = p end return t end)()",
    "(function() local t = {} for p in ('abc'):gmatch('.', 10) do t[#t + 1] = p end return t end)()",
    /* Formatting. */
    "('%d %5d %-5d| %05d %+d'):format(1, 2, 3, 4, 5)",
    "('%x %X %#x %o'):format(255, 255, 255, 8)",
    "('%s %10s %-10s| %.2s'):format('a', 'b', 'c', 'defg')",
    "('%f %.2f %e %g %a'):format(1.5, 1.005, 12345.678, 0.0001, 1.0)",
    "('%5.1f|%-8.3f|'):format(3.14159, 2.71828)",
    "('%c%c'):format(72, 105)",
    "('%%'):format()",
    "('%i'):format(3.0)",
    "('%d'):format(3.5)",
    "('%d'):format('10')",
    "('%d'):format('x')",
    "('%s'):format()",
    "('%s %s'):format(1, true)",
    "('%s'):format(nil)",
    "('%.99f'):format(1 / 3)",
    "('%99d'):format(7)",
    "('%.20s'):format(('x'):rep(200))",
    "('%99.99f'):format(-1e308)",
    "('%s'):format(('x'):rep(1000))",
    "('%5s'):format(('x'):rep(1000))",
    "('%g %g'):format(1 / 0, -1 / 0)",
    /* Tables. */
    "(function() local t = {1, 2, 3} table.insert(t, 4) table.insert(t, 1, 0) return t, #t end)()",
    "(function() local t = {1, 2, 3} return table.remove(t), table.remove(t, 1), t end)()",
    "table.remove({})",
    "table.remove({}, 0)",
    "table.remove({1}, 2)",
    "table.remove({1}, 5)",
    "table.insert({}, 5, 1)",
    "table.insert({}, 1, 2, 3)",
    "table.move({1, 2, 3}, 1, 3, 2)",
    "table.move({1, 2, 3}, 2, 3, 1)",
    "table.move({1, 2, 3}, 1, 3, 1, {})",
    "table.move({1, 2}, 1, 0, 5)",
    "table.concat({1, 2, 'x'}, ', ')",
    "table.concat({})",
    "table.concat({1, 2, 3}, '', 2)",
    "table.concat({1, 2, 3}, '-', 2, 2)",
    "table.unpack({1, 2, 3})",
    "table.unpack({1, 2, 3}, 2)",
    "table.unpack({1, 2, 3}, 2, 5)",
    "table.unpack({}, 1, 0)",
    "table.pack(1, nil, 3).n",
    "select('#', table.unpack({n = 3}, 1, 3))",
    "table.unpack({1, 2}, '1', '2')",
    "(function() local t = {3, 1, 2} table.sort(t) return t end)()",
    "(function() local t = {'b', 'a', 'C', 'aa'} table.sort(t) return t end)()",
    "(function() local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t end)()",
    "(function() local t = {1.5, 1, -2} table.sort(t) return t end)()",
    "pcall(table.sort, {1, 'x'})",
    "table.concat({1}, ',', math.maxinteger, math.maxinteger - 1)",
    "table.concat(setmetatable({}, {__index = function(_, i) return i end}), ' ', math.maxinteger - 1, "
    "math.maxinteger)",
    /* Basics. */
    "pcall(error, 'x')",
    "pcall(error)",
    "xpcall(error, function(e) return e .. '!' end, 'x')",
    "xpcall(function(a, b) return a, b end, print, 1, 2)",
    "select(-1, 1, 2, 3)",
    "tostring(1.0)",
    "tostring(-0.0)",
    "tostring(2^63)",
    "tostring(nil)",
    "tostring(setmetatable({}, {__tostring = function() return 'x' end}))",
    "tonumber('0x10')",
    "tonumber('10', 2)",
    "tonumber('')",
    "next({})",
    "next({5})",
    "rawlen({1, 2})",
    "getmetatable(setmetatable({}, {__metatable = 'no'}))",
    "pcall(setmetatable, setmetatable({}, {__metatable = 1}), {})",
    "setmetatable({}, nil)",
    "pcall(setmetatable, {}, 1)",
    "math.floor(2.5)",
    "math.tointeger('3')",
    "#'abc'",
    "utf8.char(228, 8364)",
    "utf8.len('\\u{e4}\\u{20ac}')",
    "('abc'):byte(1, -1)",
    "('abc'):sub(-2)",
    "('aBc'):upper()",
    "(function() local t = {} for k, v in pairs {10, 20, 30} do t[#t + 1] = k .. '=' .. v end return t "
    "end)()",
    "(function() local t = {a = 1, b = 2, c = 3} local n = 0 for k in pairs(t) do t[k] = nil n = n + 1 end "
    "return n, next(t) end)()",
    "(function() local n = 0 for k, v in pairs(setmetatable({}, {__pairs = function() return ipairs {7, 8} "
    "end})) do n = n + v end return n end)()",
    "pcall(pairs)",
    "pcall(next, 1)",
};

/* Pushes the one-line result, or the error. */
static const char *evaluate_plain(lua_State *L, const char *code)
{
    lua_settop(L, 0);
    if (luaL_loadbufferx(L, code, strlen(code), "=x", "t") == LUA_OK) lua_pcall(L, 0, 1, 0);
    return lua_tostring(L, -1);
}

static const char *evaluate_safe(struct sandbox *sandbox, const char *code, postern_error *error)
{
    lua_State *L = sandbox_lua(sandbox);
    lua_settop(L, 0);
    if (sandbox_load(sandbox, text_of(code), "x", error) < 0) return error->message;
    if (sandbox_call(sandbox, 0, 1, NULL, error) < 0) return error->message;
    return lua_tostring(L, -1);
}

static void test_same_as_lua(void **state)
{
    (void)state;
    lua_State *plain = luaL_newstate();
    luaL_openlibs(plain);
    struct sandbox *sandbox = sandbox_new(patiently(), "test");
    postern_error error = ERROR_INIT;
    int failures = 0;
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        char code[4096];
        snprintf(code, sizeof(code), "%s%s end))", prelude, same[i]);
        const char *expected = evaluate_plain(plain, code), *result = evaluate_safe(sandbox, code, &error);
        /* Where both fail, the words may differ. */
        bool both_fail = strncmp(expected, "failed", 6) == 0 && strncmp(result, "failed", 6) == 0;
        if (both_fail || strcmp(expected, result) == 0) continue;
        print_error("%s\n  Lua: %s\n  we:  %s\n", same[i], expected, result);
        failures++;
    }
    assert_int_equal(failures, 0);
    sandbox_free(sandbox);
    lua_close(plain);
}

/* Random patterns over a small alphabet: many are malformed, many match in several ways. */
static void test_random_patterns(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a", "b", "ab",      ".",  "%a", "%d",   "%s",    "[ab]", "[^a]",  "[a-c]", "*",     "+",    "-",
        "?", "(", ")",       "()", "%1", "%b()", "$",     "^",    "%f[a]", "%%",    "[%w_]", "[]a]", "c",
        "1", " ", "%f[^%w]", "[",  "%",  "[a-]", "[]-a]", "[b-%", "]",     "[a-",   "-b]"};
    static const char alphabet[] = "aabbc1 ()_%]-";
    const size_t piece_count = sizeof(pieces) / sizeof(*pieces);
    struct random_source random = random_fixed(20260102);
    lua_State *plain = luaL_newstate();
    luaL_openlibs(plain);
    struct sandbox *sandbox = sandbox_new(patiently(), "test");
    postern_error error = ERROR_INIT;
    int succeeded = 0, failures = 0;
    for (int round = 0; round < 40000; round++) {
        char pattern[64] = "", subject[24] = "", code[4096];
        for (uint64_t n = random_below(&random, 7); n > 0; n--)
            strcat(pattern, pieces[random_below(&random, piece_count)]);
        for (uint64_t n = random_below(&random, 14), i = 0; i < n; i++)
            subject[i] = alphabet[random_below(&random, sizeof(alphabet) - 1)];
        snprintf(
            code, sizeof(code),
            "%s (function() local s, p = [==[%s]==], [==[%s]==]\n"
            "local t = {s:find(p)} t[#t + 1] = s:gsub(p, '<%%0>') t[#t + 1] = (s:gsub(p, '%%1', 3))\n"
            "for a, b in s:gmatch(p) do t[#t + 1] = tostring(a) .. tostring(b) end return t end)() end))",
            prelude, subject, pattern);
        const char *expected = evaluate_plain(plain, code), *result = evaluate_safe(sandbox, code, &error);
        bool expected_ok = strncmp(expected, "ok", 2) == 0;
        succeeded += expected_ok;
        if (expected_ok ? strcmp(expected, result) == 0 : strncmp(result, "failed", 6) == 0) continue;
        print_error("'%s' in '%s'\n  Lua: %s\n  we:  %s\n", pattern, subject, expected, result);
        failures++;
    }
    assert_int_equal(failures, 0);
    assert_true(succeeded > 5000); /* the comparison was not about malformed ones alone */
    sandbox_free(sandbox);
    lua_close(plain);
}

/* Where we differ on purpose. Each row is a chunk that returns a text. */
static const struct {
    const char *source, *expected;
} different[] = {
    /* pairs in a fixed order: numbers, texts, booleans. */
    {"local t = {z = 1, b = 1, a = 1, [3] = 1, [1] = 1, [2.5] = 1, [-1] = 1, [true] = 1, [false] = 1}\n"
     "local o = {} for k in pairs(t) do o[#o + 1] = tostring(k) end return table.concat(o, ' ')",
     "-1 1 2.5 3 a b z false true"},
    {"local t, o = {}, {} for i = 200, 1, -1 do t['k' .. i] = i end for k in pairs(t) do o[#o + 1] = k end\n"
     "local sorted = {} for i = 1, #o do sorted[i] = o[i] end table.sort(sorted)\n"
     "return tostring(#o == 200 and table.concat(o) == table.concat(sorted))",
     "true"},
    /* next in the same order; it goes on behind a key that was removed. */
    {"local t, o = {b = 1, a = 1, c = 1, [10] = 1}, {} for k in next, t do o[#o + 1] = k t[k] = nil end "
     "return table.concat(o, ' ')",
     "10 a b c"},
    /* A removed field does not come up in pairs, a new one neither. */
    {"local t, o = {a = 1, b = 2, c = 3}, {} for k in pairs(t) do o[#o + 1] = k t.b = nil t.x = 1 end return "
     "table.concat(o, ' ')",
     "a c"},
    /* No addresses. */
    {"return tostring({}) .. ' ' .. tostring(print) .. ' ' .. ('%s'):format({}) .. ' ' .. "
     "('%10s'):format(print)",
     "table function table   function"},
    {"return tostring(setmetatable({}, {__name = 'thing'}))", "thing"},
    {"return tostring(setmetatable({}, {__name = 7}))", "table"},
    /* sort is stable. */
    {"local t = {} for i = 1, 100 do t[i] = {i % 3, i} end table.sort(t, function(a, b) return a[1] < b[1] "
     "end)\n"
     "for i = 2, 100 do local a, b = t[i - 1], t[i] if a[1] == b[1] and a[2] > b[2] then return 'unstable' "
     "end end return 'stable'",
     "stable"},
    /* math.random is the same in every run, and in its range. */
    {"return math.random(1, 1000000) .. ' ' .. math.random(1, 1000000)", "607536 355701"},
    {"for i = 1, 1000 do local r, n = math.random(), math.random(3) if r < 0 or r >= 1 or n < 1 or n > 3 "
     "then return 'out' end end return 'in'",
     "in"},
    {"return tostring(math.randomseed) .. math.random(5, 5) .. math.type(math.random(0))", "nil5integer"},
    {"return tostring(pcall(math.random, 2, 1)) .. tostring(pcall(math.random, math.mininteger, "
     "math.maxinteger))",
     "falsetrue"},
    {"return tostring(collectgarbage('count') > 1) .. tostring(pcall(collectgarbage, 'stop'))", "truefalse"},
    {"return tostring(pcall(setmetatable, {}, {__mode = 'k'}))", "false"},
    /* A __gc that comes later does nothing: Lua marks finalizers in setmetatable. */
    {"local m = {} setmetatable({}, m) m.__gc = error for i = 1, 10000 do local _ = {i} end return 'fine'",
     "fine"},
    {"return tostring(pcall(string.format, '%p', {})) .. tostring(pcall(string.format, '%q', 'x'))",
     "falsefalse"},
    {"return tostring(string.dump) .. tostring(string.pack) .. tostring(load) .. tostring(dofile) .. "
     "tostring(loadfile)",
     "nilnilnilnilnil"},
    /* All globals that there are. */
    {"local o = {} for k in pairs(_G) do o[#o + 1] = k end return table.concat(o, ' ')",
     "_G _VERSION assert collectgarbage error getmetatable ipairs math next pairs pcall print rawequal "
     "rawget rawlen rawset "
     "select setmetatable string table tonumber tostring type utf8 xpcall"},
    {"local o = {} for k in pairs(string) do o[#o + 1] = k end return table.concat(o, ' ')",
     "byte char find format gmatch gsub len lower match rep reverse sub upper"},
};

static void test_different_from_lua(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof(different) / sizeof(*different); i++) {
        struct sandbox *sandbox = sandbox_new(patiently(), "test");
        postern_error error = ERROR_INIT;
        const char *result = evaluate_safe(sandbox, different[i].source, &error);
        if (!result || strcmp(result, different[i].expected) != 0) {
            print_error("%s\n  expected: %s\n  got:      %s\n", different[i].source, different[i].expected,
                        result);
            failures++;
        }
        sandbox_free(sandbox);
    }
    assert_int_equal(failures, 0);
}

static void test_seed(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_new(patiently(), "test");
    postern_error error = ERROR_INIT;
    char first[512], second[512];
    sandbox_seed(sandbox, 7);
    snprintf(first, sizeof(first), "%s", evaluate_safe(sandbox, "return tostring(math.random(0))", &error));
    snprintf(second, sizeof(second), "%s", evaluate_safe(sandbox, "return tostring(math.random(0))", &error));
    assert_string_not_equal(first, second);
    sandbox_seed(sandbox, 7);
    assert_string_equal(evaluate_safe(sandbox, "return tostring(math.random(0))", &error), first);
    sandbox_free(sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_lua),
        cmocka_unit_test(test_random_patterns),
        cmocka_unit_test(test_different_from_lua),
        cmocka_unit_test(test_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
