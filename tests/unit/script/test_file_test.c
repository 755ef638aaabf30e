/* `postern test`: cases that pass, each way to fail with what it says, and files that are wrong. */
#include "script_fixture.h"

static const char script[] = "return function(e, ctx)\n"
                             "  if e.drop then return nil, 'not wanted' end\n"
                             "  if e.fail then error('it fails') end\n"
                             "  if e.ready then return postern.line('CEF:0|' .. e.ready) end\n"
                             "  if e.split then return { e, { n = 2 } } end\n"
                             "  e.stream, e.account, e.received = ctx.stream, ctx.account, ctx.received\n"
                             "  return e\n"
                             "end";

struct outcome {
    postern_status status;
    struct script_test_totals totals;
    char report[8192];
    char directory[128];
    postern_error error;
};

static void judge_script(const char *text, const char *tests, struct outcome *outcome)
{
    struct scripts scripts;
    scripts_begin(&scripts);
    write_file(&scripts, "s.lua", text);
    write_file(&scripts, "s_test.lua", tests);
    char path[128];
    snprintf(path, sizeof path, "%s/s_test.lua", scripts.directory);
    struct buffer report = {.limit = 1 << 20};
    *outcome = (struct outcome){.error = ERROR_INIT};
    snprintf(outcome->directory, sizeof outcome->directory, "%s", scripts.directory);
    outcome->status = script_test_file(path, NULL, patiently(), &report, &outcome->totals, &outcome->error);
    text_to_string(buffer_text(&report), outcome->report, sizeof outcome->report);
    buffer_free(&report);
    scripts_close(&scripts);
}

static void judge_file(const char *tests, struct outcome *outcome)
{
    judge_script(script, tests, outcome);
}

static void test_cases_that_pass(void **state)
{
    (void)state;
    struct outcome outcome;
    judge_file(
        "return {\n"
        "  { name = 'text', input = [[{\"a\":1.0,\"o\":{\"x\":[]}}]],\n"
        "    ctx = { stream = 'siem', account = 'acme', received = 5 },\n"
        "    expect = "
        "[[{\"account\":\"acme\",\"o\":{\"x\":{}},\"a\":1,\"stream\":\"siem\",\"received\":5.0}]] },\n"
        "  { name = 'table', input = { a = 'x' }, expect = { a = 'x', stream = 'test', account = 'test',\n"
        "    received = 1767225600000 } },\n"
        "  { name = 'dropped', input = { drop = 1 }, drops = true },\n"
        "  { name = 'dropped why', input = { drop = 1 }, drops = 'not wanted' },\n"
        "  { name = 'fails', input = { fail = 1 }, fails = 'it fails' },\n"
        "  { name = 'ready', input = { ready = 'x' }, line = 'CEF:0|x' },\n"
        "  { name = 'split', input = { split = 1 }, expect = { { split = 1 }, { n = 2 } } },\n"
        "  { name = 'a part', input = { l = { { k = 1 }, 'two' }, ['a.b'] = 3, n = postern.null },\n"
        "    matches = { ['l[1].k'] = 1, ['l[2]'] = 'two', ['l[3]'] = postern.null, ['a.b'] = 3, none = "
        "postern.null,\n"
        "    n = postern.null, l = { { k = 1 }, 'two' } } },\n"
        "}",
        &outcome);
    if (outcome.status < 0) fail_msg("%s", outcome.error.message);
    assert_string_equal(outcome.report, "");
    assert_int_equal(outcome.totals.passed, 8);
    assert_int_equal(outcome.totals.failed, 0);
}

/* Of a case that fails: what was noted in it, and in no other one. */
static void test_notes_of_cases_that_fail(void **state)
{
    (void)state;
    struct outcome outcome;
    judge_script("local field = postern.map.field\n"
                 "local m = postern.map { { 'ip', field('IP'):ip() }, { 'n', field('N'):integer() } }\n"
                 "return function(e, ctx) if e.S then ctx.note('strange') end return m(e) end",
                 "return {\n"
                 "  { name = 'a', input = { IP = 'Internal', N = 'x' }, expect = {} },\n"
                 "  { name = 'b', input = { IP = 'other' }, expect = { ip = '192.0.2.1' } },\n"
                 "  { name = 'c', input = { IP = 'third', S = 1 }, expect = { ip = '192.0.2.1' } },\n"
                 "  { name = 'd', input = { IP = '192.0.2.1' }, expect = { } },\n"
                 "}",
                 &outcome);
    if (outcome.status < 0) fail_msg("%s", outcome.error.message);
    char expected[1024];
    snprintf(expected, sizeof expected,
             "FAILED s_test.lua: \"b\"\n"
             "    ip: is missing, expected \"192.0.2.1\"\n"
             "    noted: ip: field \"IP\" is no IP address (ip): \"other\" (map at %s/s.lua:2)\n"
             "FAILED s_test.lua: \"c\"\n"
             "    ip: is missing, expected \"192.0.2.1\"\n"
             "    noted: strange\n"
             "    noted: ip: field \"IP\" is no IP address (ip): \"third\" (map at %s/s.lua:2)\n"
             "FAILED s_test.lua: \"d\"\n"
             "    ip: was not expected, got \"192.0.2.1\"\n",
             outcome.directory, outcome.directory);
    assert_string_equal(outcome.report, expected);
}

static void test_cases_that_fail_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *test, *report;
    } rows[] = {
        {"input = { a = 1, b = { c = 'x' } }, expect = { a = 2, b = { c = 'y', d = 1 }, stream = 'test' }",
         "FAILED s_test.lua: \"n\"\n"
         "    a: expected 2, got 1\n"
         "    b.c: expected \"y\", got \"x\"\n"
         "    b.d: is missing, expected 1\n"
         "    received: was not expected, got 1767225600000\n"
         "    account: was not expected, got \"test\"\n"},
        {"input = { l = { 1, 2 } }, matches = { l = { 1, 3, 4 } }",
         "FAILED s_test.lua: \"n\"\n    l[2]: expected 3, got 2\n    l[3]: is missing, expected 4\n"},
        {"input = { a = '1' }, matches = { a = 1 }",
         "FAILED s_test.lua: \"n\"\n    a: expected 1, got \"1\"\n"},
        {"input = { a = '1' }, matches = { a = postern.null }",
         "FAILED s_test.lua: \"n\"\n    a: was not expected, got \"1\"\n"},
        {"input = [[{\"a\":12345678901234567890}]], expect = [[{\"a\":12345678901234567891}]]",
         "    a: expected 12345678901234567891, got 12345678901234567890\n"},
        {"input = { split = 1 }, expect = { split = 1 }", "    expected 1 event, got 2\n"},
        {"input = { split = 1 }, expect = { { split = 1 }, { n = 3 } }",
         "    event 2.n: expected 3, got 2\n"},
        {"input = { split = 1 }, drops = true", "    expected to be dropped, got {\"split\":1}\n"},
        {"input = { drop = 1 }, drops = 'why'",
         "    expected to be dropped with \"why\", got \"not wanted\"\n"},
        {"input = { drop = 1 }, expect = { drop = 1 }", "    the event was dropped: \"not wanted\"\n"},
        {"input = { fail = 1 }, expect = { fail = 1 }", "    the script failed: "},
        {"input = { fail = 1 }, fails = 'otherwise'", "    expected an error with \"otherwise\", got: "},
        {"input = { ready = 'x' }, line = 'CEF:0|y'", "    expected the line CEF:0|y, got CEF:0|x\n"},
        {"input = { ready = 'x' }, expect = { a = 1 }", "    the output is a ready line"},
        {"input = { a = 1 }, line = 'x'", "    expected a ready line (postern.line), got JSON: {"},
        {"input = { split = 1 }, line = 'x'", "    expected one ready line, got 2 outputs\n"},
        {"input = { a = 1 }, fails = 'it'", "but the script did not fail\n"},
        {"input = '{broken', drops = true", "    the script failed: not valid JSON at byte 1"},
        {"input = { a = 1 }, expect = '{broken'", "    expect is not valid JSON at byte 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char tests[1024];
        struct outcome outcome;
        snprintf(tests, sizeof tests, "return { { name = 'n', %s } }", rows[i].test);
        judge_file(tests, &outcome);
        if (outcome.status < 0) fail_msg("%s: %s", rows[i].test, outcome.error.message);
        if (!strstr(outcome.report, rows[i].report)) fail_msg("%s:\n%s", rows[i].test, outcome.report);
        assert_int_equal(outcome.totals.failed, 1);
        assert_int_equal(outcome.totals.passed, 0);
    }
}

static void test_files_that_are_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *tests, *message;
    } rows[] = {
        {"return {}", "a test file returns a list of tests"},
        {"return 5", "a test file returns a list of tests"},
        {"retrun {}", "s_test.lua:1:"},
        {"return { 5 }", "test 1: a test is a table"},
        {"return { { name = 'n', input = {}, expcet = {} } }", "a test has no \"expcet\""},
        {"return { { name = 'n', expect = {} } }", "the test has no input"},
        {"return { { name = 'n', input = {} } }", "a test says one thing"},
        {"return { { name = 'n', input = {}, drops = true, fails = 'x' } }", "a test says one thing"},
        {"return { { name = 'n', input = {}, drops = true, ctx = { straem = 'x' } } }",
         "ctx has no \"straem\""},
        {"return { { name = 'n', input = {}, drops = true, ctx = { received = 'x' } } }",
         "whole milliseconds"},
        {"return { { name = 'n', input = {}, line = 'x', expect = {} } }", "a test says one thing"},
        {"return { { name = 5, input = {}, drops = true } }", "\"name\" must be a text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome;
        judge_file(rows[i].tests, &outcome);
        assert_true(outcome.status < 0);
        if (!strstr(outcome.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].tests, outcome.error.message, rows[i].message);
    }
    struct buffer report = {.limit = 100};
    struct script_test_totals totals = {0};
    postern_error error = ERROR_INIT;
    assert_true(script_test_file("/tmp/s.lua", NULL, patiently(), &report, &totals, &error) < 0);
    assert_non_null(strstr(error.message, "NAME_test.lua"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_that_pass),
        cmocka_unit_test(test_notes_of_cases_that_fail),
        cmocka_unit_test(test_cases_that_fail_say_where),
        cmocka_unit_test(test_files_that_are_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
