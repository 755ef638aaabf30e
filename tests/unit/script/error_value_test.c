/* What a script raises that is no text is told in words, with the line where it was raised. */
#include "map_fixture.h"

struct raised {
    const char *code, *message; /* all behind the directory of the script */
};

static void expect_raised(const char *text, const char *message)
{
    struct scripts scripts;
    scripts_open(&scripts, text);
    scripts_run(&scripts, "{\"a\":1,\"list\":[1,2]}");
    const char *said = scripts.result.error.message;
    size_t size = strlen(said), wanted = strlen(message);
    if (scripts.result.verdict != SCRIPT_FAILED || size < wanted ||
        strcmp(said + size - wanted, message) != 0)
        fail_msg("%s\n  said     \"%s\"\n  expected \"%s\"", text, said, message);
    assert_non_null(strstr(scripts.result.traceback.data, "1.lua:"));
    scripts_close(&scripts);
}

static void test_values(void **state)
{
    (void)state;
    static const struct raised rows[] = {
        {"error { code = 5 }", "/1.lua:2: a table {\"code\":5}"},
        {"error()", "/1.lua:2: an error without a message (nil)"},
        {"error(nil)", "/1.lua:2: an error without a message (nil)"},
        {"error(nil, 0)", "/1.lua:2: an error without a message (nil)"},
        {"error(5)", "/1.lua:2: the number 5"},
        {"error(5.25)", "/1.lua:2: the number 5.25"},
        {"error(false)", "/1.lua:2: the boolean false"},
        {"error(print)", "/1.lua:2: a function"},
        {"error(e)", "/1.lua:2: an event: {\"a\":1,\"list\":[1,2]}"},
        {"e.x = ('y'):rep(1000) error(e)", "yyyyyyyyy…"},
        {"error(e.list)", "/1.lua:2: an event: [1,2]"},
        {"error(postern.null)", "/1.lua:2: a userdata"},
        {"error {}", "/1.lua:2: a table {}"},
        {"error { 'x', 2, { y = true } }", "/1.lua:2: a table [\"x\",2,{\"y\":true}]"},
        {"error { b = 1, a = 'two', c = { d = print } }",
         "/1.lua:2: a table {\"a\":\"two\",\"b\":1,\"c\":{\"d\":(function)}}"},
        {"error { [1.5] = 1 }", "/1.lua:2: a table {…}"},
        {"error { a = 1, [true] = 1 }", "/1.lua:2: a table {\"a\":1,…}"},
        {"local t = {} t.t = t error(t)", "/1.lua:2: a table {\"t\":{\"t\":{\"t\":{\"t\":{\"t\":{…}}}}}}"},
        {"local t = {} for i = 1, 100000 do t[i] = i end error(t)", "76,77,78,79,80,…"},
        {"error { text = ('ä'):rep(100000) }", "ää…\"}"},
        {"error(setmetatable({ n = 1 }, { __tostring = function(t) return 'mine ' .. t.n end }))",
         "/1.lua:2: mine 1"},
        {"error(setmetatable({ n = 1 }, { __name = 'account' }))", "/1.lua:2: an account {\"n\":1}"},
        {"error(setmetatable({ n = 1 }, { __name = 'account', __index = error, __pairs = error }))",
         "/1.lua:2: an account {\"n\":1}"},
        {"error(setmetatable({}, { __tostring = function() error {} end }))",
         "/1.lua:2: an error object that cannot be shown as text"},
        {"error('text')", "/1.lua:2: text"},
        {"error('text', 0)", "text"},
        {"error({ code = 5 }, 0)", "/1.lua:2: a table {\"code\":5}"},
        {"local function f() error({ code = 5 }, 2) end\nf()", "/1.lua:2: a table {\"code\":5}"},
        {"local ok, caught = pcall(error, { code = 5 })\nerror(caught)", "/1.lua:3: a table {\"code\":5}"},
        {"postern.map { { 'x', postern.map.call(function(a)\n error { at = a } end, postern.map.field 'a') } "
         "}(e)",
         "/1.lua:3: a table {\"at\":1}"},
        {"table.sort({ 3, 2, 1 }, function() error { a = 1 } end)", "/1.lua:2: a table {\"a\":1}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, "return function(e, ctx)\n%s end", rows[i].code);
        expect_raised(text, rows[i].message);
    }
}

static void test_at_load(void **state)
{
    (void)state;
    static const struct raised rows[] = {
        {"\nerror { code = 5 }", "1.lua:2: a table {\"code\":5}"},
        {"local piece = postern.script 'piece'", "piece.lua:1: a table {\"code\":6}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        scripts_begin(&scripts);
        write_file(&scripts, "piece.lua", "error { code = 6 }");
        assert_int_equal(scripts_load(&scripts, patiently(), &rows[i].code, 1), POSTERN_E_CONFIG);
        if (!strstr(scripts.error.message, rows[i].message)) fail_msg("%s", scripts.error.message);
        scripts_close(&scripts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_at_load)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
