/* postern.map: Lua's own operators between expressions are refused at load, and nothing else is. */
#include "map_fixture.h"

#define OR_TAKES_THE_FIRST "\"or\" always takes the expression in front of it"
#define AND_TAKES_THE_LAST "\"and\" always takes what stands behind it"
#define NOT_IS_FALSE       "\"not\" of an expression is false"

/* Each stands from line 5 on. */
static const struct {
    const char *text, *message;
} refused[] = {
    {"return map { { 'a', field 'x' or field 'y' } }", "1.lua:5: map: " OR_TAKES_THE_FIRST},
    {"return map { { 'a', when(field 'x' or field 'y', 1) } }", OR_TAKES_THE_FIRST},
    {"return map { { 'a', when(field 'x' and field 'y', 1) } }", AND_TAKES_THE_LAST},
    {"return map {\n  { 'a',\n    when(field('x'):equals 'b'\n      or field('y'):exists(), 1) } }",
     "1.lua:8: map: " OR_TAKES_THE_FIRST},
    {"return map { { 'a', map.field 'x' or 5 } }", OR_TAKES_THE_FIRST},
    {"return map { { 'a', postern.map.field('x') or 5 } }", OR_TAKES_THE_FIRST},
    {"return map { { 'a', (field 'x') or 5 } }", OR_TAKES_THE_FIRST},
    {"return map { { 'a', object { { 'b', 1 } } or 5 } }", OR_TAKES_THE_FIRST},
    {"return map { { 'a', field\n[[x]]\nor 5 } }", "1.lua:7: map: " OR_TAKES_THE_FIRST},
    {"local o = { f = field }\nreturn map { { 'a', o.f 'x' or 5 } }", OR_TAKES_THE_FIRST},
    {"local f <const> = field\nreturn map { { 'a', f 'x':lower():upper() or 5 } }", "1.lua:6: "},
    {"return map { { 'a', (field 'x'):default(field 'y' == 'z') } }", "\"==\" with an expression is false"},
    {"return map { { 'a', 'z' == field 'y' } }", "write a:equals(b)"},
    {"return map { { 'a', field 'y' ~= 'z' } }", "\"~=\" with an expression is true"},
    {"return map { { 'a', field 'y' == nil } }", "\"==\" with an expression is false"},
    {"return map { { 'a', when(field 'x', not field 'y') } }", NOT_IS_FALSE},
    {"return map { { 'a', not map.any(field 'y') } }", NOT_IS_FALSE},
    {"return map { { 'a', field 'x' and field 'y' or field 'z' } }", AND_TAKES_THE_LAST},
    /* variables that can be nothing else */
    {"local x = field 'x'\nlocal y = field 'y'\nreturn map { { 'a', x or y } }",
     "1.lua:7: map: " OR_TAKES_THE_FIRST},
    {"local x, y = field 'x', field('y'):lower()\nreturn map { { 'a', when(y and x, 1) } }",
     AND_TAKES_THE_LAST},
    {"local x = field('x'):exists();\nreturn map { { 'a', when(field 'y', not x) } }", NOT_IS_FALSE},
    {"local x = field 'x'\nreturn map { { 'a', x:lower() or 1 } }", OR_TAKES_THE_FIRST},
    {"local x = field 'x'\nreturn map { { 'a', x == 'b' } }", "\"==\" with an expression"},
    {"return map { { 'a', map.first(field 'x') or table.first }, { 'b', map.first(1) } }",
     OR_TAKES_THE_FIRST},
    {"x = field 'x'\nreturn map { { 'a', x or field 'y' } }", "1.lua:6: map: " OR_TAKES_THE_FIRST},
    /* where Lua asks */
    {"local v = 'p'\nif field('x'):equals 'y' then v = 'q' end\nreturn map { { 'a', v } }",
     "1.lua:6: map: an expression always holds here"},
    {"local v\nif nil then v = 1 elseif (field 'x') then v = 2 end\nreturn map { { 'a', v } }",
     "an expression always holds here"},
    {"while field 'x' do break end\nreturn map { { 'a', field 'x' } }", "an expression always holds here"},
};

static const char *const accepted[] = {
    /* what Lua decides is no expression */
    "local wanted = false\nreturn map { { 'a', wanted and field 'x' or field 'y' } }",
    "local options = { name = 'x' }\nreturn map { { 'a', field(options.name or 'z') } }",
    "local options = {}\nreturn map { { 'a', options.value or field 'x' } }",
    "local options = { field = function() end }\nreturn map { { 'a', options.field 'x' or field 'x' } }",
    "return map { { 'a', field 'x' }, not not nil and { 'b', field 'y' } or { 'c', field 'z' } }",
    /* variables that may be something else */
    "local function lowered(x) return x and x:lower() or field 'z' end\n"
    "return map { { 'a', lowered(field 'x') }, { 'b', lowered() } }",
    "local x = field 'x'\nlocal m = map { { 'a', x } }\n"
    "return function(e) local x = e.x; if x == 'b' or not x then return nil end return m(e) end",
    "local x = field 'x'\nx = nil\nreturn map { { 'a', x or field 'y' } }",
    "local x = field 'x'\nlocal y\nx, y = nil, 1\nreturn map { { 'a', x or field 'y' } }",
    "local x = field 'x'\nlocal t = {}\nx, t.a, t[1] = nil, 1, 2\nreturn map { { 'a', x or field 'y' } }",
    "local x = field 'x'\nif x ~= nil then return map { { 'a', x } } end",
    "local function lowered(x) if x then return x:lower() end return field 'z' end\n"
    "return map { { 'a', lowered(field 'x') }, { 'b', lowered() } }",
    "local x = field 'x'\nif x then x = x:lower() end\nreturn map { { 'a', x } }",
    "local made = {}\nlocal function once(name)\n  made[name] = made[name] or field(name)\n  return "
    "made[name]\n"
    "end\nreturn map { { 'a', once 'x' }, { 'b', once 'x' } }",
    "local o = { x = field 'y' }\nlocal function f(x) return x or o.x end\nreturn map { { 'a', f() } }",
    "local f = function(x) if x == nil then x = field 'x' end return x or 1 end\nreturn map { { 'a', f() } }",
    /* the same names elsewhere */
    "local own = { first = function(x) return x end }\n"
    "return map { { 'a', map.first(own.first() or field 'x') } }",
    "return map { { 'a', map.concat(table.concat { 'x' } or '', field 'x') } }",
    "local o = { lower = function() return false end }\n"
    "return map { { 'a', o:lower() or field('x'):lower() } }",
    "local s = 'S' return map { { 'a', s:lower() == 's' and field('x'):lower() or field 'y' } }",
    "return function(e) local list = e.field or e.list; return { a = not list, b = list == nil } end",
    /* in comments and texts */
    "-- field 'x' or field 'y'\n--[[ not field 'x' ]] --[==[ ]] field 'x' == 5 ]==]\n"
    "return map { { 'a', \"field 'x' or\" }, { 'b', [==[field 'x' or]] 5]==] }, { 'c', 'it\\'s or' } }",
};

static postern_status load(struct scripts *scripts, const char *text)
{
    char script[2048];
    const char *texts[] = {script};
    snprintf(script, sizeof script, PREAMBLE "%s", text);
    scripts_begin(scripts);
    return scripts_load(scripts, patiently(), texts, 1);
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct scripts scripts;
        if (load(&scripts, refused[i].text) >= 0) fail_msg("%s: accepted", refused[i].text);
        if (!strstr(scripts.error.message, refused[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", refused[i].text, scripts.error.message, refused[i].message);
        scripts_close(&scripts);
    }
}

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct scripts scripts;
        if (load(&scripts, accepted[i]) < 0) fail_msg("%s: %s", accepted[i], scripts.error.message);
        scripts_close(&scripts);
    }
}

/* In a piece, which other scripts of the set have taken before, and in the second script. */
static void test_other_files(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    write_file(&scripts, "piece.lua", "local map = postern.map\nreturn { map.field 'x' or map.field 'y' }\n");
    const char *takes[] = {"return postern.map { { 'a', postern.script('piece')[1] } }"};
    assert_int_not_equal(scripts_load(&scripts, patiently(), takes, 1), POSTERN_OK);
    assert_non_null(strstr(scripts.error.message, "piece.lua:2: map: " OR_TAKES_THE_FIRST));
    scripts_close(&scripts);

    scripts_begin(&scripts);
    const char *two[] = {"return function(e) return e end",
                         "local f = postern.map.field\nreturn postern.map { { 'a', f 'x' or 1 } }"};
    assert_int_not_equal(scripts_load(&scripts, patiently(), two, 2), POSTERN_OK);
    assert_non_null(strstr(scripts.error.message, "2.lua:2: map: " OR_TAKES_THE_FIRST));
    scripts_close(&scripts);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
