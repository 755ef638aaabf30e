/* postern.choose: what it refuses at load, by what it goes, and what becomes of an event by its case. */
#include "script_fixture.h"

#define WORDS                                                                                                \
    "local choose, map = postern.choose, postern.map\n"                                                      \
    "local function say(word) return map { { 'said', map.const(word) } } end\n"

static void test_errors_at_load(void **state)
{
    (void)state;
    static const struct {
        const char *choice, *message;
    } rows[] = {
        {"'siem'", "table expected, got string"},
        {"{ other = choose.keep }", "does not say by what: by = \"source\""},
        {"{ by = 'sauce', { 'a', choose.keep }, other = choose.keep }", "by must be \"source\", \"type\""},
        {"{ by = 5, { 'a', choose.keep }, other = choose.keep }", "by must be \"source\", \"type\""},
        {"{ by = 'type', field = 'a', other = choose.keep }", "goes by one thing"},
        {"{ field = 5, other = choose.keep }", "field must be the name of a field"},
        {"{ field = 'a..b', { 'a', choose.keep }, other = choose.keep }", "not \"a..b\""},
        {"{ field = 'a[1]', { 'a', choose.keep }, other = choose.keep }", "not \"a[1]\""},
        {"{ field = '', { 'a', choose.keep }, other = choose.keep }", "not \"\""},
        {"{ by = 'source', siem = choose.keep, other = choose.keep }",
         "no option \"siem\": there are by, field"},
        {"{ by = 'source', [2] = { 'a', choose.keep }, other = choose.keep }", "has a hole"},
        {"{ by = 'source', [1.5] = choose.keep, other = choose.keep }", "has a hole"},
        {"{ by = 'source', other = choose.keep }", "it has no case"},
        {"{ by = 'source', 'siem', other = choose.keep }",
         "case 1 must be written { \"name\", map }, not as a"},
        {"{ by = 'source', { choose.keep }, other = choose.keep }", "case 1 must begin with a name"},
        {"{ by = 'source', { {}, choose.keep }, other = choose.keep }", "case 1 has an empty list of names"},
        {"{ by = 'source', { { 'a', 5 }, choose.keep }, other = choose.keep }", "not with a number"},
        {"{ by = 'source', { 'siem' }, other = choose.keep }",
         "the case \"siem\" must have a map, a function"},
        {"{ by = 'source', { 'siem', 'keep' }, other = choose.keep }", "the case \"siem\" must have a map"},
        {"{ by = 'source', { 'siem', choose.keep }, other = 5 }", "other must have a map, a function"},
        {"{ by = 'source', { 'siem', choose.drop }, other = choose.keep }",
         "drop is called: choose.drop(\"reason\")"},
        {"{ by = 'source', { { 'a', 'b' }, nil }, other = choose.keep }",
         "case 1 must have a map, a function"},
        {"{ by = 'source', { 'a', choose.keep, 'b' }, other = choose.keep }", "the case \"a\" has more than"},
        {"{ by = 'source', { 'a', choose.keep }, { { 'b', 'a' }, choose.keep }, other = choose.keep }",
         "there are two cases \"a\""},
        {"{ by = 'source', { 'a', choose.keep } }", "what becomes of an event that no case names: other ="},
        {"{ by = 'source', { 'a', choose.drop(5) }, other = choose.keep }", "string expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2048];
        const char *script = text;
        snprintf(text, sizeof text, WORDS "return choose(%s)", rows[i].choice);
        struct scripts scripts;
        scripts_begin(&scripts);
        if (scripts_load(&scripts, patiently(), &script, 1) >= 0) fail_msg("%s: was taken", rows[i].choice);
        if (!strstr(scripts.error.message, rows[i].message) || !strstr(scripts.error.message, "1.lua:3:"))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].choice, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

static void test_by_what_the_core_knows(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"source", "siem"}, {"type", "receipt"}, {"stream", "siem-receipt"}, {"account", "acme"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 WORDS "return choose { by = '%s', { '', say 'none' }, { { 'zz', '%s', 'aa' }, say 'this' }, "
                       "{ 'sie', say 'part' }, other = say 'other' }",
                 names[i][0], names[i][1]);
        struct scripts scripts;
        scripts_open(&scripts, text);
        expect_line(&scripts, "{}", "{\"said\":\"this\"}");
        struct script_event event = scripts_event("{}");
        event.account = event.source = event.stream = event.type = TEXT("unheard-of");
        script_run(scripts.runner, &event, &scripts.result);
        assert_true(text_is(scripts.result.outputs[0].text, "{\"said\":\"other\"}"));
        event.account = event.source = event.stream = event.type = (postern_text){0};
        script_run(scripts.runner, &event, &scripts.result);
        assert_true(text_is(scripts.result.outputs[0].text, "{\"said\":\"none\"}"));
        scripts_close(&scripts);
    }
}

#define BY_ACT                                                                                               \
    WORDS "return choose { field = 'Act', { 'Acc', say 'accepted' }, { 'true', say 'true' }, { '550.0', "    \
          "say '550.0' }, { '550', say "                                                                     \
          "'550' }, "                                                                                        \
          "{ '', say 'nothing' }, { 'a\"b', say 'quoted' }, other = say 'other' }"

static void test_by_a_field(void **state)
{
    (void)state;
    static const struct {
        const char *event, *line;
    } rows[] = {
        {"{\"x\":1,\"Act\":\"Acc\"}", "{\"said\":\"accepted\"}"},
        {"{\"Act\":\"Acc\",\"Act\":\"550\"}", "{\"said\":\"accepted\"}"},
        {"{\"Act\":\"\\u0041cc\"}", "{\"said\":\"accepted\"}"},
        {"{\"\\u0041ct\":\"Acc\"}", "{\"said\":\"accepted\"}"},
        {"{\"Act\":\"a\\\"b\"}", "{\"said\":\"quoted\"}"},
        {"{\"Act\":\"acc\"}", "{\"said\":\"other\"}"},
        {"{\"act\":\"Acc\"}", "{\"said\":\"nothing\"}"},
        {"{\"Act\":true}", "{\"said\":\"true\"}"},
        {"{\"Act\":false}", "{\"said\":\"other\"}"},
        {"{\"Act\":550}", "{\"said\":\"550\"}"},
        {"{\"Act\":550.0}", "{\"said\":\"other\"}"},
        {"{\"Act\":55555555555555555555}", "{\"said\":\"other\"}"},
        {"{\"Act\":null}", "{\"said\":\"nothing\"}"},
        {"{\"Act\":\"\"}", "{\"said\":\"nothing\"}"},
        {"{}", "{\"said\":\"nothing\"}"},
        {"{\"Act\":[\"Acc\"]}", "{\"said\":\"other\"}"},
        {"{\"Act\":{}}", "{\"said\":\"other\"}"},
    };
    struct scripts scripts;
    scripts_open(&scripts, BY_ACT);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_line(&scripts, rows[i].event, rows[i].line);
    scripts_close(&scripts);
    scripts_open(&scripts, WORDS "return choose { field = 'a.b', { 'x', say 'x' }, other = say 'other' }");
    expect_line(&scripts, "{\"a\":{\"c\":1,\"b\":\"x\"}}", "{\"said\":\"x\"}");
    expect_line(&scripts, "{\"a.b\":\"x\",\"a\":\"x\"}", "{\"said\":\"other\"}");
    expect_line(&scripts, "{\"a\":[{\"b\":\"x\"}]}", "{\"said\":\"other\"}");
    scripts_close(&scripts);
}

#define BY_KIND                                                                                              \
    WORDS                                                                                                    \
    "local inner = choose { by = 'source', { 'siem', choose.drop 'of siem' }, other = choose.keep }\n"       \
    "return choose { field = 'k', { 'map', say 'mapped' }, { 'keep', choose.keep }, { 'drop', choose.drop "  \
    "'' },\n"                                                                                                \
    "  { 'why', choose.drop 'not wanted' }, { 'bare', choose.drop() }, { 'inner', inner },\n"                \
    "  { 'function', function(event, ctx) event.by = ctx.source; return { event, { two = #event.k } } end "  \
    "},\n"                                                                                                   \
    "  { 'none', function(event, ctx) return nil, 'by a function' end },\n"                                  \
    "  { 'line', function() return postern.line 'ready' end },\n"                                            \
    "  { 'error', function() error 'wrong' end }, other = choose.keep }"

static void expect_drop(struct scripts *scripts, const char *event, const char *reason)
{
    scripts_run(scripts, event);
    assert_int_equal(scripts->result.verdict, SCRIPT_DROPPED);
    if (!text_is(scripts->result.reason, reason))
        fail_msg("%s: %.*s", event, TEXT_ARGS(scripts->result.reason));
    assert_string_equal(scripts->result.script, "1.lua");
}

static void test_what_a_case_may_have(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, BY_KIND);
    expect_line(&scripts, "{\"k\":\"map\"}", "{\"said\":\"mapped\"}");
    expect_line(&scripts, "{\"k\": \"keep\", \"n\":1.0,\"l\":[]}", "{\"k\": \"keep\", \"n\":1.0,\"l\":[]}");
    expect_line(&scripts, "{\"x\":1,\"x\":\"\\ud800\"}", "{\"x\":1,\"x_2\":\"\xef\xbf\xbd\"}");
    expect_drop(&scripts, "{\"k\":\"drop\"}", "");
    expect_drop(&scripts, "{\"k\":\"bare\"}", "");
    expect_drop(&scripts, "{\"k\":\"why\"}", "not wanted");
    expect_drop(&scripts, "{\"k\":\"inner\"}", "of siem");
    expect_drop(&scripts, "{\"k\":\"none\"}", "by a function");
    expect_failure(&scripts, "{\"k\":\"error\"}", "wrong");
    scripts_run(&scripts, "{\"k\":\"function\"}");
    assert_int_equal(scripts.result.output_count, 2);
    assert_true(text_is(scripts.result.outputs[0].text, "{\"k\":\"function\",\"by\":\"siem\"}"));
    scripts_run(&scripts, "{\"k\":\"line\"}");
    assert_false(scripts.result.outputs[0].is_json);
    scripts_close(&scripts);
}

/* The next script reads what a choice made, or kept. */
static void test_in_a_row_of_scripts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        WORDS "return choose { field = 'k', { 'map', say 'x' }, other = choose.keep }",
        WORDS "return choose { field = 'said', { 'x', choose.keep }, { '', function(e) e.seen = true; return "
              "e end }, "
              "other = choose.drop() }"};
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), texts, 2), POSTERN_OK);
    expect_line(&scripts, "{\"k\":\"map\"}", "{\"said\":\"x\"}");
    expect_line(&scripts, "{\"k\":\"other\"}", "{\"k\":\"other\",\"seen\":true}");
    scripts_close(&scripts);
}

/* As a script's function calls it: with the event as it came or changed, a table, a line. */
static void test_called_from_a_function(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(
        &scripts,
        WORDS "local inner = choose { field = 'in.k', { 'a', say 'a' }, { '', say 'nothing' }, { '7', "
              "choose.keep },\n"
              "  { 'why', choose.drop 'told' }, { 'f', function(e, ctx) return nil, ctx.source end }, other "
              "= say 'other' }\n"
              "local by_source = choose { by = 'source', { 'siem', choose.keep }, other = choose.drop() }\n"
              "return function(event, ctx)\n"
              "  if event.set ~= nil then event['in'].k = event.set end\n"
              "  if event.table then return inner { ['in'] = { k = event.table } } end\n"
              "  if event.line then return by_source(say('x')(event)) end\n"
              "  if event.text then return inner '{}' end\n"
              "  if event.made then return inner(say('x')(event)) end\n"
              "  if event.nothing then return inner() end\n"
              "  return inner(event)\n"
              "end");
    expect_line(&scripts, "{\"in\":{\"k\":\"a\"}}", "{\"said\":\"a\"}");
    expect_line(&scripts, "{\"in\":{\"k\":\"b\"},\"set\":\"a\"}", "{\"said\":\"a\"}");
    expect_line(&scripts, "{\"in\":{\"k\":\"b\"},\"set\":7}", "{\"in\":{\"k\":7},\"set\":7}");
    expect_line(&scripts, "{\"in\":{\"k\":\"b\"},\"set\":7.5}", "{\"said\":\"other\"}");
    expect_line(&scripts, "{\"in\":{\"k\":\"b\"},\"set\":false}", "{\"said\":\"other\"}");
    expect_line(&scripts, "{\"in\":\"a\"}", "{\"said\":\"nothing\"}");
    expect_line(&scripts, "{\"table\":\"a\"}", "{\"said\":\"a\"}");
    expect_line(&scripts, "{\"table\":\"b\"}", "{\"said\":\"other\"}");
    expect_line(&scripts, "{\"line\":1}", "{\"said\":\"x\"}");
    expect_drop(&scripts, "{\"in\":{\"k\":\"why\"}}", "told");
    expect_drop(&scripts, "{\"in\":{\"k\":\"f\"}}", "siem");
    expect_failure(&scripts, "{\"text\":1}", "choose before the event becomes a line");
    expect_failure(&scripts, "{\"made\":1}", "choose before the event becomes a line");
    expect_failure(&scripts, "{\"nothing\":1}", "event expected, got nil");
    scripts_close(&scripts);
}

static void test_nothing_to_choose_at_load(void **state)
{
    (void)state;
    static const char *const text =
        WORDS "choose { by = 'source', { 'a', choose.keep }, other = choose.keep } {}";
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_true(scripts_load(&scripts, patiently(), &text, 1) < 0);
    assert_non_null(strstr(scripts.error.message, "only while an event is"));
    scripts_close(&scripts);
}

/* Each of many names has its own; they need not come in order. */
static void test_many_cases(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 WORDS "local cases = { field = 'n', other = say 'other' }\n"
                       "for i = 1, 3000 do cases[i] = { tostring(i * 7 % 3001), say(tostring(i)) } end\n"
                       "return choose(cases)");
    for (int i = 1; i <= 3000; i += 97) {
        char event[64], line[64];
        snprintf(event, sizeof event, "{\"n\":%d}", i * 7 % 3001);
        snprintf(line, sizeof line, "{\"said\":\"%d\"}", i);
        expect_line(&scripts, event, line);
    }
    expect_line(&scripts, "{\"n\":3001}", "{\"said\":\"other\"}");
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_at_load),
        cmocka_unit_test(test_by_what_the_core_knows),
        cmocka_unit_test(test_by_a_field),
        cmocka_unit_test(test_what_a_case_may_have),
        cmocka_unit_test(test_in_a_row_of_scripts),
        cmocka_unit_test(test_called_from_a_function),
        cmocka_unit_test(test_nothing_to_choose_at_load),
        cmocka_unit_test(test_many_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
