/* Scripts as a pipeline runs them: what they may return, several in order, failures, limits, ctx. */
#include "script_fixture.h"
#include <pthread.h>

static void expect_drop(struct scripts *scripts, const char *json, const char *reason)
{
    scripts_run(scripts, json);
    if (scripts->result.verdict == SCRIPT_FAILED) fail_msg("%s", scripts->result.error.message);
    assert_int_equal(scripts->result.verdict, SCRIPT_DROPPED);
    assert_int_equal(scripts->result.output_count, 0);
    if (!text_is(scripts->result.reason, reason)) fail_msg("%.*s", TEXT_ARGS(scripts->result.reason));
}

/* All outputs with a bar between them; ready lines are marked. */
static void expect_lines(struct scripts *scripts, const char *json, const char *expected)
{
    char joined[4096] = "";
    scripts_run(scripts, json);
    if (scripts->result.verdict == SCRIPT_FAILED) fail_msg("%s: %s", json, scripts->result.error.message);
    for (size_t i = 0; i < scripts->result.output_count; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s%.*s", i ? "|" : "",
                 scripts->result.outputs[i].is_json ? "" : "ready ",
                 TEXT_ARGS(scripts->result.outputs[i].text));
    assert_string_equal(joined, expected);
}

static void test_without_scripts_events_pass_checked(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), NULL, 0), POSTERN_OK);
    assert_int_equal(script_set_count(scripts.set), 0);
    expect_line(&scripts, " {\"a\" : 1.0} ", "{\"a\" : 1.0}");
    expect_line(&scripts, "{\n\"a\":\n1}", "{\"a\":1}");
    expect_failure(&scripts, "{\"a\n\":1}", "control character"); /* that one is no white space */
    expect_failure(&scripts, "{\"a\":", "not valid JSON at byte 5");
    expect_failure(&scripts, "[1]", "not a JSON object");
    scripts_close(&scripts);
}

static void test_what_a_script_may_return(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "local map = postern.map { { 'mapped', postern.map.field 'a' } }\n"
                           "local ways = {\n"
                           "  same = function(e) return e end,\n"
                           "  table = function(e) return { z = 1, y = { e.a } } end,\n"
                           "  nothing = function() end,\n"
                           "  reason = function() return nil, 'not wanted' end,\n"
                           "  text = function() return ' {\"x\":\\n1} ' end,\n"
                           "  line = function(e) return map(e) end,\n"
                           "  split = function(e) local c = postern.copy(e) c.n = 2 return { e, c, { n = 3 "
                           "}, '{\"n\":4}', map(e) } end,\n"
                           "  twice = function(e) return { e, e } end,\n"
                           "  empty = function() return {} end,\n"
                           "  empty_list = function() return postern.list() end,\n"
                           "  inside = function(e) return e.list end,\n"
                           "  part = function(e) return e.list[2] end,\n"
                           "}\n"
                           "return function(e) return ways[e.way](e) end");
    expect_lines(&scripts, "{\"way\":\"same\"}", "{\"way\":\"same\"}");
    expect_lines(&scripts, "{\"way\":\"table\",\"a\":5}", "{\"y\":[5],\"z\":1}");
    expect_drop(&scripts, "{\"way\":\"nothing\"}", "");
    expect_drop(&scripts, "{\"way\":\"reason\"}", "not wanted");
    assert_string_equal(scripts.result.script, "1.lua");
    expect_lines(&scripts, "{\"way\":\"text\"}", "{\"x\":1}");
    expect_lines(&scripts, "{\"way\":\"line\",\"a\":5}", "{\"mapped\":5}");
    expect_lines(
        &scripts, "{\"way\":\"split\",\"a\":5}",
        "{\"way\":\"split\",\"a\":5}|{\"way\":\"split\",\"a\":5,\"n\":2}|{\"n\":3}|{\"n\":4}|{\"mapped\":5}");
    expect_lines(&scripts, "{\"way\":\"twice\"}", "{\"way\":\"twice\"}|{\"way\":\"twice\"}");
    expect_drop(&scripts, "{\"way\":\"empty\"}", "");
    expect_drop(&scripts, "{\"way\":\"empty_list\"}", "");
    expect_lines(&scripts, "{\"way\":\"inside\",\"list\":[{\"a\":1.0},{\"b\":2}]}", "{\"a\":1.0}|{\"b\":2}");
    expect_lines(&scripts, "{\"way\":\"part\",\"list\":[{\"a\":1.0},{\"b\":2}]}", "{\"b\":2}");
    scripts_close(&scripts);
}

static void test_what_a_script_may_not_return(void **state)
{
    (void)state;
    static const struct {
        const char *returned, *message;
    } rows[] = {
        {"5", "it returned a number"},
        {"true", "it returned a boolean"},
        {"print", "it returned a function"},
        {"'not json'", "a text that is not valid JSON at byte 0"},
        {"'{} {}'", "a text that is not valid JSON at byte 3"},
        {"'[1]'", "no object"},
        {"{ { event }, event }", "a list inside a list"},
        {"{ 5 }", "it returned a number"},
        {"{ event.list }", "a list inside a list"},
        {"event.list", "it returned a number"},
        {"nil, 5", "the reason for dropping an event must be a text, not a number"},
        {"{ x = 1, 2 }", "it returned a number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[256];
        snprintf(script, sizeof script, "return function(event) return %s end", rows[i].returned);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_failure(&scripts, "{\"list\":[7]}", rows[i].message);
        assert_string_equal(scripts.result.script, "1.lua");
        scripts_close(&scripts);
    }
}

static void test_a_failure_names_script_line_and_way(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "local function inner(e)\n"
                           "  return e.a + 1\n"
                           "end\n"
                           "return function(e)\n"
                           "  e.touched = true\n"
                           "  local x = inner(e)\n"
                           "  return e\n"
                           "end");
    expect_failure(&scripts, "{\"a\":\"text\"}", "1.lua:2: ");
    assert_string_equal(scripts.result.script, "1.lua");
    char traceback[2048];
    text_to_string(scripts.result.traceback, traceback, sizeof traceback);
    assert_non_null(strstr(traceback, "1.lua:2:"));
    assert_non_null(strstr(traceback, "1.lua:6:"));
    assert_int_equal(scripts.result.output_count, 0);
    expect_line(&scripts, "{\"a\":1}",
                "{\"a\":1,\"touched\":true}"); /* the next event is not touched by it */
    scripts_close(&scripts);
}

static void test_several_scripts_in_order(void **state)
{
    (void)state;
    static const char third[] = "return function(e, ctx)\n"
                                "  if e.drop == 2 then return nil, 'third' end\n"
                                "  if e.fail then error('third fails') end\n"
                                "  e.last = ctx.stream\n"
                                "  return e\n"
                                "end";
    static const char first[] =
        "return function(e)\n"
        "  if e.drop == 1 then return nil, 'first' end\n"
        "  if e.split then return { e, { n = 2, from = 'table' }, { n = 3, drop = 2 } } end\n"
        "  e.one = 1.0\n"
        "  return e\n"
        "end";
    static const char second[] =
        "local map = postern.map return map { { 'x', map.field('one', 'n') }, map.rest() }";
    const char *const texts[] = {first, second, third};
    struct scripts scripts;
    scripts_begin(&scripts);
    if (scripts_load(&scripts, patiently(), texts, 3) < 0) fail_msg("%s", scripts.error.message);
    expect_lines(&scripts, "{\"a\":1.0}", "{\"x\":1.0,\"a\":1.0,\"last\":\"siem-receipt\"}");
    expect_drop(&scripts, "{\"drop\":1}", "first");
    assert_string_equal(scripts.result.script, "1.lua");
    expect_drop(&scripts, "{\"drop\":2}", "third");
    assert_string_equal(scripts.result.script, "3.lua");
    expect_lines(
        &scripts, "{\"split\":true}",
        "{\"split\":true,\"last\":\"siem-receipt\"}|{\"x\":2,\"from\":\"table\",\"last\":\"siem-receipt\"}");
    expect_failure(&scripts, "{\"fail\":true}", "third fails");
    assert_string_equal(scripts.result.script, "3.lua");
    scripts_close(&scripts);
}

static void test_outputs_live_until_the_reset(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "return function(e) return { { n = e.n }, { m = e.n } } end");
    const struct script_output *outputs[100];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
            char json[32];
            snprintf(json, sizeof json, "{\"n\":%d}", i);
            struct script_event event = scripts_event(json);
            script_run(scripts.runner, &event, &scripts.result);
            assert_int_equal(scripts.result.output_count, 2);
            outputs[i] = scripts.result.outputs;
        }
        for (int i = 0; i < 100; i++) {
            char expected[32];
            snprintf(expected, sizeof expected, "{\"m\":%d}", i);
            assert_true(text_is(outputs[i][1].text, expected));
        }
        script_runner_reset(scripts.runner);
    }
    scripts_close(&scripts);
}

static void test_context(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    write_file(&scripts, "teams.csv", "domain,team\nexample.com,blue\n");
    const char *text = "return function(e, ctx)\n"
                       "  if e.write then ctx.stream = 'x' end\n"
                       "  ctx.log('debug', 'seen')\n"
                       "  return { s = table.concat({ ctx.account, ctx.source, ctx.stream, ctx.type, ctx.id, "
                       "ctx.pipeline, ctx.received,\n"
                       "    ctx.time, tostring(ctx.replay), tostring(ctx.nothing) }, ' '), team = "
                       "ctx.lookup('teams.csv', e.domain) }\n"
                       "end";
    if (scripts_load(&scripts, patiently(), &text, 1) < 0) fail_msg("%s", scripts.error.message);
    expect_line(
        &scripts, "{\"domain\":\"example.com\"}",
        "{\"s\":\"acme siem siem-receipt receipt 00112233445566778899aabbccddeeff default 1767323045678 "
        "1767322800000 false nil\",\"team\":\"blue\"}");
    expect_failure(&scripts, "{\"write\":1}", "ctx is read-only");
    scripts_close(&scripts);
}

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } rows[] = {
        {"while true do end", "ran longer"},
        {"while true do pcall(function() while true do end end) end", "ran longer"},
        {"local t = {} while true do t[#t + 1] = {} end", "memory"},
        {"return { x = string.rep('x', 20000000) }", "memory"},
        /* what hangs on the event counts too */
        {"local s = string.rep('x', 100000) for i = 1, 1000 do event['k' .. i] = s .. i end return event",
         "memory"},
        /* a text that grows with every level */
        {"local t = { 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' } for i = 1, 40 do t = { t, t } end return "
         "{ t = t }",
         "memory"},
        {"local out = {} for i = 1, 1000000 do out[i] = event end return out", "memory"},
        {"local m = postern.map { { 'a', postern.map.original() } } for i = 1, 1000000 do m(event) end "
         "return event",
         "memory"},
        {"for i = 1, 1e9 do local s = postern.raw(event) end", "ran longer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[512];
        const char *text = script;
        snprintf(script, sizeof script,
                 "local function body(event) %s end\n"
                 "return function(event) if event.run then return body(event) end return event end",
                 rows[i].body);
        struct sandbox_limits limits = {
            .memory_bytes = 8 << 20, .time_ms = 60000, .instruction_limit = 500000000};
        if (strstr(rows[i].message, "longer")) limits.time_ms = 100;
        struct scripts scripts;
        scripts_begin(&scripts);
        if (scripts_load(&scripts, &limits, &text, 1) < 0) fail_msg("%s", scripts.error.message);
        expect_failure(&scripts, "{\"run\":true}", rows[i].message);
        script_runner_reset(scripts.runner);
        expect_line(&scripts, "{\"a\":1}", "{\"a\":1}"); /* it goes on */
        scripts_close(&scripts);
    }
}

static void test_errors_at_load(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"return function(e) retrun e end", "1.lua:1:"},
        {"local x = nil + 1", "1.lua:1:"},
        {"local function f(e) return e end", "it returned nothing"},
        {"return 5", "it returned number"},
        {"return { function() end }", "it returned table"},
        {"while true do end", "ran longer"},
        {"return postern.map { { 'a' } }", "1.lua:1: map: entry 1 (\"a\"): an entry is"},
        {"return function(e, ctx) return ctx.lookup('missing.csv', 'x') end", "missing.csv"},
        {"os.exit()", "1.lua:1:"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sandbox_limits limits = patient_limits();
        if (strstr(rows[i].message, "longer")) limits.time_ms = 100;
        struct scripts scripts;
        scripts_begin(&scripts);
        postern_status status = scripts_load(&scripts, &limits, &rows[i].text, 1);
        assert_true(status < 0);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
    struct scripts scripts;
    scripts_begin(&scripts);
    const char *name = "gone", *path = "/nonexistent/gone.lua";
    assert_true(script_set_load(&name, &path, 1, NULL, patiently(), &scripts.set, &scripts.error) < 0);
    assert_non_null(strstr(scripts.error.message, "gone"));
    scripts_close(&scripts);
}

struct worker {
    pthread_t thread;
    struct script_set *set;
    size_t kept;
};

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    postern_error error = ERROR_INIT;
    struct script_set *set = script_set_share(worker->set);
    struct script_runner *runner = script_runner_new(set, &error);
    for (int i = 0; runner && i < 200; i++) {
        struct script_event event = scripts_event("{\"domain\":\"example.com\",\"x\":\"A\"}");
        struct script_result result;
        script_run(runner, &event, &result);
        worker->kept +=
            result.verdict == SCRIPT_KEPT && text_is(result.outputs[0].text, "{\"t\":\"blue\",\"x\":\"a\"}");
        script_runner_reset(runner);
    }
    script_runner_free(runner);
    script_set_release(set);
    return NULL;
}

/* One set, a runner for each worker: what they share does not change. */
static void test_workers_share_a_set(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    write_file(&scripts, "teams.csv", "domain,team\nexample.com,blue\n");
    const char *text = "local map = postern.map\n"
                       "local m = map { { 't', map.given 't' }, { 'x', map.field('x'):lower() } }\n"
                       "return function(e, ctx) return m(e, { t = ctx.lookup('teams.csv', e.domain) }) end";
    if (scripts_load(&scripts, patiently(), &text, 1) < 0) fail_msg("%s", scripts.error.message);
    struct worker workers[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        workers[i].set = scripts.set;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].kept, 200);
    }
    scripts_close(&scripts);
}

static void test_the_hash_says_which_version_ran(void **state)
{
    (void)state;
    static const char *const texts[] = {"return function(e) return e end",
                                        "return function(e) return nil end"};
    char hashes[3][65];
    for (size_t i = 0; i < 3; i++) {
        struct scripts scripts;
        scripts_begin(&scripts);
        assert_int_equal(scripts_load(&scripts, patiently(), i == 2 ? texts : &texts[i], i == 2 ? 2 : 1), 0);
        strcpy(hashes[i], script_set_hash(scripts.set));
        assert_int_equal(strlen(hashes[i]), 64);
        scripts_close(&scripts);
    }
    assert_string_not_equal(hashes[0], hashes[1]);
    assert_string_not_equal(hashes[0], hashes[2]);
}

static void test_ready_lines(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 "local map = postern.map { { 'a', postern.map.field 'a' } }\n"
                 "local kept\n"
                 "local ways = {\n"
                 "  cef = function(e) return postern.line('CEF:0|Mimecast|' .. e.a .. '|') end,\n"
                 "  breaks = function() return postern.line ' one\\r\\n two\\nthree\\r\\rfour \\n' end,\n"
                 "  bytes = function() return postern.line 'a\\xff\\xfeb\\xc3' end,\n"
                 "  json = function() return postern.line '{\"a\":1}' end,\n"
                 "  mixed = function(e) return { e, postern.line 'x', map(e) } end,\n"
                 "  inside = function() return { list = { postern.line 'x' } } end,\n"
                 "  set = function(e) e.b = postern.line 'x' return e end,\n"
                 "  mapped = function() return map(postern.line 'x') end,\n"
                 "  shown = function() return { shown = tostring(postern.line 'x y') } end,\n"
                 "  number = function() return postern.line(5) end,\n"
                 "  empty = function() return postern.line ' \\n' end,\n"
                 "  kept = function(e) kept = kept or postern.line 'x' return kept end,\n"
                 "}\n"
                 "return function(e) return ways[e.way](e) end");
    expect_lines(&scripts, "{\"way\":\"cef\",\"a\":\"x\"}", "ready CEF:0|Mimecast|x|");
    expect_lines(&scripts, "{\"way\":\"breaks\"}", "ready one  two three  four");
    expect_lines(&scripts, "{\"way\":\"bytes\"}",
                 "ready a\xef\xbf\xbd\xef\xbf\xbd"
                 "b\xef\xbf\xbd");
    assert_int_equal(scripts.result.replaced_bytes, 3);
    expect_lines(&scripts, "{\"way\":\"json\"}", "ready {\"a\":1}");
    expect_lines(&scripts, "{\"way\":\"mixed\",\"a\":1}", "{\"way\":\"mixed\",\"a\":1}|ready x|{\"a\":1}");
    expect_lines(&scripts, "{\"way\":\"shown\"}", "{\"shown\":\"x y\"}");
    expect_failure(&scripts, "{\"way\":\"inside\"}", "event.list[1]: a ready line (postern.line) cannot be");
    expect_failure(&scripts, "{\"way\":\"set\"}", "event.b: a ready line (postern.line) cannot be");
    expect_failure(&scripts, "{\"way\":\"mapped\"}", "a ready line (postern.line) cannot be");
    expect_failure(&scripts, "{\"way\":\"number\"}", "text expected");
    expect_failure(&scripts, "{\"way\":\"empty\"}", "an empty line");
    expect_lines(&scripts, "{\"way\":\"kept\"}", "ready x");
    expect_failure(&scripts, "{\"way\":\"kept\"}", "this line belongs to an event that is over");
    scripts_close(&scripts);
}

static void test_only_the_last_script_makes_ready_lines(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "return function(e) if e.ready then return postern.line 'x' end return e end",
        "return function(e) return postern.line(e.a) end"};
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), texts, 2), POSTERN_OK);
    expect_lines(&scripts, "{\"a\":\"LEEF:2.0|\"}", "ready LEEF:2.0|");
    expect_failure(&scripts, "{\"ready\":true}", "the script before this one made a ready line");
    assert_string_equal(scripts.result.script, "2.lua");
    scripts_close(&scripts);
}

/* The numbers that a script gets for the event with that id. */
static void random_numbers(struct scripts *scripts, const char *id, char numbers[64])
{
    struct script_event event = scripts_event("{}");
    event.id = text_of(id);
    script_run(scripts->runner, &event, &scripts->result);
    if (scripts->result.verdict != SCRIPT_KEPT) fail_msg("%s", scripts->result.error.message);
    assert_true(text_to_string(scripts->result.outputs[0].text, numbers, 64));
}

/* A batch that comes again is byte-identical, whatever ran before in that state. */
static void test_random_numbers_belong_to_the_event(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "return function(e) e.a = math.random(1000000000) return e end",
        "local drawn = math.random(1000000000)\n"
        "return function(e) e.b = math.random(1000000000) e.drawn_at_load = drawn return e end"};
    char first[64], other[64], again[64];
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), texts, 2), POSTERN_OK);
    random_numbers(&scripts, "00000000000000000000000000000001", first);
    random_numbers(&scripts, "00000000000000000000000000000002", other);
    random_numbers(&scripts, "00000000000000000000000000000001", again);
    assert_string_equal(again, first);
    assert_string_not_equal(other, first);
    script_runner_free(scripts.runner);
    scripts.runner = script_runner_new(scripts.set, &scripts.error);
    assert_non_null(scripts.runner);
    random_numbers(&scripts, "00000000000000000000000000000002", again);
    assert_string_equal(again, other);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_lines),
        cmocka_unit_test(test_only_the_last_script_makes_ready_lines),
        cmocka_unit_test(test_random_numbers_belong_to_the_event),
        cmocka_unit_test(test_without_scripts_events_pass_checked),
        cmocka_unit_test(test_what_a_script_may_return),
        cmocka_unit_test(test_what_a_script_may_not_return),
        cmocka_unit_test(test_a_failure_names_script_line_and_way),
        cmocka_unit_test(test_several_scripts_in_order),
        cmocka_unit_test(test_outputs_live_until_the_reset),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_errors_at_load),
        cmocka_unit_test(test_the_hash_says_which_version_ran),
        cmocka_unit_test(test_workers_share_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
