/* A script that reads a global which nobody sets is refused when it is loaded; what names cannot tell then is
 * refused when it is read. */
#include "script_fixture.h"

static postern_status load(struct scripts *scripts, const char *text)
{
    scripts_begin(scripts);
    return scripts_load(scripts, patiently(), &text, 1);
}

static void test_refused_at_load(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"return function(event) return evnt end",
         "1.lua:1: there is no variable \"evnt\", did you mean \"event\"?"},
        {"return function(event)\n\n  evnt.a = 1\n  return event\nend",
         "1.lua:3: there is no variable \"evnt\""},
        {"local prefix = 'x'\nreturn function(e)\n  e.a = prefx .. e.a\n  return e\nend",
         "1.lua:3: there is no variable \"prefx\", did you mean \"prefix\"?"},
        {"limit = 3\nreturn function(e) if e.n > limt then return nil end return e end",
         "did you mean \"limit\"?"},
        {"return function(e) e.a = pstern.lower(e.a) return e end", "did you mean \"postern\"?"},
        {"return function(e) return tostrin(e) end", "did you mean \"tostring\"?"},
        {"return function(e) return string.upper(nothing_like_it) end",
         "1.lua:1: there is no variable \"nothing_like_it\""},
        {"return function(e)\n  local f = function() return function() return deep1 end end\n  return e\nend",
         "1.lua:2: there is no variable \"deep1\""},
        {"return function(e)\n  if e.a then return one end\n  if e.b then return two end\n  return one\nend",
         "1.lua:2: there is no variable \"one\"; line 3: there is no variable \"two\""},
        {"return function(e) return { a1, b1, c1, d1, e1, f1, a1 } end", "; and 2 more"},
        {"x = nil return function(e) return x end", "there is no variable \"x\""},
        {"return function(e) for k, v in pairs(evnts) do e[k] = v end return e end",
         "there is no variable \"evnts\""},
        {"local x = evnt return function(e) return e end", "1.lua:1: there is no variable \"evnt\""},
        {"return evnt", "1.lua:1: there is no variable \"evnt\""}, /* and not: the script must return ... */
        {"return function(e) return _ENV.evnt end", "there is no variable \"evnt\""},
        {"local e2 = 1 do local inner = 2 end return function(e) return innr end",
         "\"innr\", did you mean \"inner\"?"},
        {"return function(e) return os.time() end", "there is no variable \"os\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        if (load(&scripts, rows[i].text) != POSTERN_E_CONFIG) fail_msg("%s: was loaded", rows[i].text);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

/* What a name makes go wrong while the script loads is said behind the name. */
static void test_refused_while_it_loads(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"local map = postern.map\nlocal sender = map.field 'x'\nreturn map { { 'a', sendr } }",
         "1.lua:3: there is no variable \"sendr\", did you mean \"sender\"?; "},
        {"local field = postern.map.field\nreturn postern.map { { 'a', feild 'x' } }",
         "1.lua:2: there is no variable \"feild\", did you mean \"field\"?; "},
        {"return postrn.map { }", "there is no variable \"postrn\", did you mean \"postern\"?; "},
        {"local x = require 'y' return function(e) return e end", "there is no variable \"require\""},
        {"local t = helper() function helper() return 5 end return function(e) return e end",
         "attempt to call a nil value (global 'helper')"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        if (load(&scripts, rows[i].text) >= 0) fail_msg("%s: was loaded", rows[i].text);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

/* What the script was to set behind the place where it failed is not called unknown. */
static void test_failures_without_an_unknown_name(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "local f = function(e) return helper(e) end error('wrong') function helper(e) return e end return f",
        "local f = function(e) return a + b end error('wrong') a, b = 1, 2 return f",
        "local f = function(e) return helper(e) end error('wrong') _G.helper = 5 return f",
        "local f = function(e) return helper(e) end error('wrong') rawset(_G, 'helper', 5) return f",
        "local f = function(e) return help(e) end error('wrong') if f then help = f end return f",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct scripts scripts;
        if (load(&scripts, texts[i]) >= 0) fail_msg("%s: was loaded", texts[i]);
        if (!strstr(scripts.error.message, "wrong") || strstr(scripts.error.message, "variable"))
            fail_msg("%s: \"%s\"", texts[i], scripts.error.message);
        scripts_close(&scripts);
    }
}

/* A forgotten "local": a global that only a function sets. */
static void test_set_in_a_function(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"return function(e)\n  team = e.a\n  e.team = team\n  return e\nend",
         "1.lua:3: there is no variable \"team\": line 2 sets it inside a function, where globals cannot be "
         "set: "
         "write \"local team\", there or outside of the functions that share it"},
        {"local function init() limit = 5 end\nreturn function(e) init() e.l = limit return e end",
         "1.lua:2: there is no variable \"limit\": line 1 sets it inside a function"},
        {"return function(e) for i = 1, 2 do count = (count or 0) + i end return e end",
         "write \"local count\""},
        {"local event\nreturn function(e) function evnt() return evnt end return e end",
         "write \"local evnt\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        if (load(&scripts, rows[i].text) != POSTERN_E_CONFIG) fail_msg("%s: was loaded", rows[i].text);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

/* What the script sets while it loads, however it does that, is there. */
static void test_allowed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "function helper(e) return e end return function(e) return helper(e) end",
        "_ENV['hel' .. 'per'] = 5 return function(e) e.a = helper return e end",
        "_G.helper = 5 return function(e) e.a = helper return e end",
        "rawset(_G, 'helper', 5) return function(e) e.a = helper return e end",
        "for i = 1, 2 do _G['n' .. i] = i end return function(e) e.a = n1 .. n2 return e end",
        "if not helper then helper = 5 end return function(e) e.a = helper return e end",
        "debugging = debugging or false return function(e) e.a = debugging return e end",
        "return function(e) local _ENV = { x = e } return x end",
        "return function(e) local _ENV = e return zzz end",
        "local function f(_ENV) return zzz end return function(e) f { } return e end",
        "local print, _ENV = print, { x = 5 } return function(e) e.a = x e.b = y return e end",
        "local _ENV = { x = 5 } return function(e) e.a = x e.b = y return e end",
        "_ENV = { x = 5 } return function(e) e.a = x e.b = y return e end",
        "return function(e) goto done ::done:: return e end",
        "return function(e) e.zzz = e.a return e end",
        "local function init() limit = 5 end init() return function(e) e.a = limit return e end",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct scripts scripts;
        if (load(&scripts, texts[i]) < 0) fail_msg("%s: %s", texts[i], scripts.error.message);
        scripts_run(&scripts, "{}");
        if (scripts.result.verdict == SCRIPT_FAILED)
            fail_msg("%s: %s", texts[i], scripts.result.error.message);
        scripts_close(&scripts);
    }
}

/* Short texts that differ, as constants of a list. */
static void add_constants(struct buffer *text, int count)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (int n = 0; n < count; n++) {
        buffer_append_byte(text, '\'');
        for (int left = n + 1; left > 0; left /= 36)
            buffer_append_byte(text, digits[left % 36]);
        buffer_append_string(text, "',");
    }
}

/* A function with more constants than an instruction can name reads globals by other instructions. */
static void test_many_constants(void **state)
{
    (void)state;
    static const int counts[] = {0,   250,    251,    252,    253,    254,    255,    256,   257,
                                 300, 131060, 131068, 131069, 131070, 131071, 131072, 131100};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct buffer text = {.limit = 8 << 20};
        buffer_append_string(&text, "return function(event)\n  local t = {");
        add_constants(&text, counts[i]);
        buffer_append_string(&text, "}\n  event.a = tostring(1)\n  team = event.b\n  return evnt, team\nend");
        struct scripts scripts;
        if (load(&scripts, buffer_string(&text)) != POSTERN_E_CONFIG)
            fail_msg("%d constants: %s", counts[i], scripts.error.message);
        if (!strstr(scripts.error.message,
                    "1.lua:5: there is no variable \"evnt\", did you mean \"event\"?") ||
            !strstr(scripts.error.message, "there is no variable \"team\": line 4 sets it inside a function"))
            fail_msg("%d constants: \"%s\"", counts[i], scripts.error.message);
        scripts_close(&scripts);
        buffer_free(&text);
    }
}

/* Many lines apart, and far down: Lua writes lines as differences. */
static void test_lines(void **state)
{
    (void)state;
    struct buffer text = {.limit = 1 << 20};
    buffer_append_string(&text, "return function(event)\n  event.a = 1\n");
    for (int n = 0; n < 1000; n++)
        buffer_append_byte(&text, '\n');
    buffer_append_string(&text, "  event.b = 2 return evnt\nend");
    struct scripts scripts;
    assert_int_equal(load(&scripts, buffer_string(&text)), POSTERN_E_CONFIG);
    assert_non_null(strstr(scripts.error.message, "1.lua:1003: there is no variable \"evnt\""));
    scripts_close(&scripts);
    buffer_free(&text);
}

static void test_refused_when_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"return function(e) e.a = _ENV['ev' .. 'nt'] return e end",
         "1.lua:1: there is no variable \"evnt\""},
        {"return function(e) return _G.evnt end", "there is no variable \"evnt\""},
        {"local g = _G return function(e) return g['x' .. 'y'] end", "there is no variable \"xy\""},
        {"return function(e) return _ENV[5] end", "globals have texts as names, not a number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        scripts_open(&scripts, rows[i].text);
        expect_failure(&scripts, "{\"a\":1}", rows[i].message);
        scripts_close(&scripts);
    }
}

static void test_pieces(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    write_file(&scripts, "piece.lua", "local limit = 3\nreturn { keep = function(e) return e.n > limt end }");
    const char *text = "local piece = postern.script 'piece'\nreturn function(e) return e end";
    assert_int_equal(scripts_load(&scripts, patiently(), &text, 1), POSTERN_E_CONFIG);
    if (!strstr(scripts.error.message, "piece.lua:2: there is no variable \"limt\", did you mean \"limit\"?"))
        fail_msg("%s", scripts.error.message);
    scripts_close(&scripts);

    scripts_begin(&scripts);
    write_file(&scripts, "piece.lua", "return { read = function(name) return _G[name] end }");
    text = "local piece = postern.script 'piece'\nreturn function(e) e.a = piece.read('evnt') return e end";
    assert_int_equal(scripts_load(&scripts, patiently(), &text, 1), POSTERN_OK);
    expect_failure(&scripts, "{}", "piece.lua:1: there is no variable \"evnt\"");
    scripts_close(&scripts);
}

static void test_cases_of_a_test(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    write_file(&scripts, "triage.lua", "return function(e) return e end");
    write_file(&scripts, "triage_test.lua", "return {\n  { name = nmae, input = {} },\n}");
    char path[160];
    snprintf(path, sizeof path, "%s/triage_test.lua", scripts.directory);
    struct buffer report = {.limit = 1 << 16};
    struct script_test_totals totals = {0};
    assert_int_equal(script_test_file(path, NULL, patiently(), &report, &totals, &scripts.error),
                     POSTERN_E_CONFIG);
    assert_non_null(strstr(scripts.error.message, "triage_test.lua:2: there is no variable \"nmae\""));
    buffer_free(&report);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_at_load),
        cmocka_unit_test(test_refused_while_it_loads),
        cmocka_unit_test(test_failures_without_an_unknown_name),
        cmocka_unit_test(test_set_in_a_function),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_many_constants),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_refused_when_read),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_cases_of_a_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
