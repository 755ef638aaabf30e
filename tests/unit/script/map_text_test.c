/* postern.map: parts of texts, patterns, texts put together. */
#include "map_fixture.h"

struct example {
    const char *expression, *event, *line;
};

static const struct example examples[] = {
    /* characters, never parts of them */
    {"field('x'):sub(1, 3)", "{\"x\":\"abcdef\"}", "{\"a\":\"abc\"}"},
    {"field('x'):sub(2)", "{\"x\":\"abc\"}", "{\"a\":\"bc\"}"},
    {"field('x'):sub(-2)", "{\"x\":\"abc\"}", "{\"a\":\"bc\"}"},
    {"field('x'):sub(-9, 1)", "{\"x\":\"abc\"}", "{\"a\":\"a\"}"},
    {"field('x'):sub(2, -2)", "{\"x\":\"abcd\"}", "{\"a\":\"bc\"}"},
    {"field('x'):sub(1, 9)", "{\"x\":\"abc\"}", "{\"a\":\"abc\"}"},
    {"field('x'):sub(4)", "{\"x\":\"abc\"}", "{}"},
    {"field('x'):sub(3, 2)", "{\"x\":\"abc\"}", "{}"},
    {"field('x'):sub(1, -5)", "{\"x\":\"abc\"}", "{}"},
    {"field('x'):sub(2, 3)", "{\"x\":\"a\xc3\xa4\xf0\x9f\x98\x80z\"}",
     "{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\"}"},
    {"field('x'):sub(-1)", "{\"x\":\"a\\u00e4\"}", "{\"a\":\"\xc3\xa4\"}"},
    {"field('x'):sub(1, 1)", "{\"x\":[\"ab\",\"cd\"]}", "{\"a\":[\"a\",\"c\"]}"},
    /* patterns */
    {"field('x'):match '%d+'", "{\"x\":\"a 12 b 3\"}", "{\"a\":\"12\"}"},
    {"field('x'):match '^(%a+)=(.*)$'", "{\"x\":\"k=v\"}", "{\"a\":\"k\"}"},
    {"field('x'):match '^(%a+)=(.*)$'", "{\"x\":\"1=v\"}", "{}"},
    {"field('x'):match '^$'", "{\"x\":\"a\"}", "{}"},
    {"field('x'):match 'b*'", "{\"x\":\"abb\"}", "{}"},
    {"field('x'):match '\"([]%]]+)'", "{\"x\":\"\\\"]]\"}", "{\"a\":\"]]\"}"},
    {"field('x'):match '.'", "{\"x\":\"\xc3\xa4\"}", "{\"a\":\"\xef\xbf\xbd\"}"},
    {"field('x'):match('%d+'):integer()", "{\"x\":\"port 0443\"}", NULL},
    {"field('x'):match '(%w+)%s+%1'", "{\"x\":\"the the\"}", "{\"a\":\"the\"}"},
    {"field('x'):match '%f[%w]%w+$'", "{\"x\":\"a bc\"}", "{\"a\":\"bc\"}"},
    {"field('x'):match '%b()'", "{\"x\":\"f(a(b))\"}", "{\"a\":\"(a(b))\"}"},
    {"when(field('x'):matches '^%d+$', 'digits', 'other')", "{\"x\":\"12\"}", "{\"a\":\"digits\"}"},
    {"when(field('x'):matches '^%d+$', 'digits', 'other')", "{\"x\":\"12a\"}", "{\"a\":\"other\"}"},
    {"when(field('x'):ends_with '.exe', 'program')", "{\"x\":\"a.exe\"}", "{\"a\":\"program\"}"},
    {"when(field('x'):ends_with '.exe', 'program')", "{\"x\":\"exe\"}", "{}"},
    /* two fields are compared */
    {"when(field('x'):equals(field 'y'), 'same', 'other')", "{\"x\":\"a\\u002f\",\"y\":\"a/\"}",
     "{\"a\":\"same\"}"},
    {"when(field('x'):equals(field 'y'), 'same', 'other')", "{\"x\":1,\"y\":\"1\"}", "{\"a\":\"same\"}"},
    {"when(field('x'):equals(field 'y'), 'same', 'other')", "{\"x\":1,\"y\":2}", "{\"a\":\"other\"}"},
    {"when(field('x'):equals(field 'y'), 'same', 'other')", "{\"x\":1}", "{\"a\":\"other\"}"},
    {"when(field('x'):equals(field 'y'), 'same', 'other')", "{}", "{\"a\":\"other\"}"},
    {"when(field('x'):equals(field('y'):lower()), 'same')", "{\"x\":[\"p\",\"q\"],\"y\":[\"R\",\"Q\"]}",
     "{\"a\":\"same\"}"},
    {"map.none(field('x'):equals(field 'y'))", "{\"x\":1,\"y\":2}", "{\"a\":true}"},
    /* what is missing is left out */
    {"map.join(' ', field 'x', field 'y', field 'z')", "{\"x\":\"a\",\"z\":5}", "{\"a\":\"a 5\"}"},
    {"map.join('', field 'x', '-', field 'y')", "{\"x\":\"a\",\"y\":true}", "{\"a\":\"a-true\"}"},
    {"map.join(' ', concat('src=', field 'x'), concat('dst=', field 'y'))", "{\"y\":\"b\"}",
     "{\"a\":\"dst=b\"}"},
    {"map.join(', ', field 'x')", "{\"x\":[\"a\",\"a\",\"\",null,\"b\\\"\"]}", "{\"a\":\"a, a, b\\\"\"}"},
    {"map.join(', ', field 'x')", "{\"x\":[]}", NULL},
    {"map.join(', ', field 'x', field 'y')", "{}", "{}"},
    {"map.join(', ', field 'x')", "{\"x\":[{},\"a\"]}", "{\"a\":\"a\"}"},
    /* objects, however often they were made a text */
    {"field('x'):json 'object'", "{\"x\":{\"k\":[1.0]}}", "{\"a\":{\"k\":[1.0]}}"},
    {"field('x'):json 'object'", "{\"x\":\" {\\\"k\\\":1}\"}", "{\"a\":{\"k\":1}}"},
    {"field('x'):json 'object'", "{\"x\":\"\\\"{\\\\\\\"k\\\\\\\":1}\\\"\"}", "{\"a\":{\"k\":1}}"},
    {"list(field('x'):json 'object')", "{\"x\":[{\"k\":1},\"{}\",\"null\",5,\"[]\",\"\"]}",
     "{\"a\":[{\"k\":1},{}]}"},
    {"field('x'):json 'object'", "{\"x\":\"null\"}", "{}"},
    {"field('x'):json 'object'", "{\"x\":\"5\"}", "{}"},
    {"field('x'):json 'object'", "{\"x\":\"{\"}", "{}"},
    {"field('x'):json 'any'", "{\"x\":\"[5]\"}", "{\"a\":[5]}"},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char script[1024];
        snprintf(script, sizeof script, PREAMBLE "return map { { 'a', %s } }", examples[i].expression);
        struct scripts scripts;
        scripts_open(&scripts, script);
        if (examples[i].line) expect_line(&scripts, examples[i].event, examples[i].line);
        if (!examples[i].line) scripts_run(&scripts, examples[i].event);
        scripts_close(&scripts);
    }
}

/* What was put together is taken; a part that could not be is not. */
static void test_the_rest(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 PREAMBLE "return map { { 'a', map.join(' ', field 'x', field 'y', field 'z') }, rest() }");
    expect_line(&scripts, "{\"x\":\"1\",\"y\":[2,3],\"z\":{\"k\":4}}", "{\"a\":\"1 2 3\",\"z\":{\"k\":4}}");
    assert_int_equal(scripts.result.wrong_types, 1);
    scripts_close(&scripts);
}

/* A pattern that takes too long costs its event alone. */
static void test_a_slow_pattern(void **state)
{
    (void)state;
    static char event[60000];
    struct scripts scripts;
    struct sandbox_limits limits = patient_limits();
    limits.instruction_limit = 1000000;
    const char *text = PREAMBLE "return map { { 'a', field('x'):match '.-.-.-.-b' } }";
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, &limits, &text, 1), POSTERN_OK);
    size_t size = (size_t)snprintf(event, sizeof event, "{\"x\":\"");
    memset(event + size, 'a', 50000);
    snprintf(event + size + 50000, sizeof event - size - 50000, "\"}");
    expect_failure(&scripts, event, "steps");
    expect_line(&scripts, "{\"x\":\"ab\"}", "{\"a\":\"ab\"}");
    scripts_close(&scripts);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_the_rest),
        cmocka_unit_test(test_a_slow_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
