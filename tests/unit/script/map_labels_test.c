/* postern.map and postern.labels: prose with labelled pieces, and what texts mention. */
#include "map_fixture.h"

#define INFO                                                                                                 \
    "local info = field('x'):labels({ ip = { 'ip', 'remote ip is' }, subject = 'subject', from = 'from' }, " \
    "{ 'subject' })\n"

static void test_pieces(void **state)
{
    (void)state;
    static const struct map_example examples[] = {
        {"{ 'a', info:piece 'ip' }, { 'b', info:piece 'subject' }, { 'c', info:unnamed() }, { 'd', "
         "info:prose() }",
         "{\"x\":\"Read, Subject: Hi, IP: 1, App (x): \\\"\\u00fc\\\", IP: 2\"}",
         "{\"a\":\"2\",\"b\":\"Hi, IP: 1\",\"c\":{\"app_x\":\"\xc3\xbc\"},\"d\":\"Read\"}"},
        {"{ 'a', info }", "{\"x\":\"Subject: \\\"a\\n\\\\\\\"b, IP: 2, Abc: d\"}",
         "{\"a\":{\"ip\":\"2\",\"subject\":\"\\\"a\\n\\\\\\\"b\"}}"},
        {"{ 'a', info:piece 'ip' }, { 'b', info:unnamed() }, { 'c', info }, { 'd', info:prose() }",
         "{\"x\":\"\"}", "{}"},
        {"{ 'a', info:piece 'ip' }, { 'b', info:unnamed() }, { 'c', info }, { 'd', info:prose() }",
         "{\"x\":\"no label\"}", "{\"d\":\"no label\"}"},
        {"{ 'a', info:piece 'ip' }, rest()", "{\"x\":{\"IP\":\"1\"}}", "{\"x\":{\"IP\":\"1\"}}"},
        {"{ 'a', info:piece 'ip' }", "{\"x\":[5,\"IP: 1\",\"IP: 2\"]}", "{\"a\":\"1\"}"},
        /* reading inside a text does not take its field */
        {"{ 'a', info:piece 'ip' }, rest()", "{\"x\":\"IP: 1\"}", "{\"a\":\"1\",\"x\":\"IP: 1\"}"},
        {"{ 'a', when(info:piece 'ip', 1, 2) }", "{\"x\":\"IP: 1\"}", "{\"a\":1}"},
        /* each item is a text of its own */
        {"{ 'a', list(field('l'):each(item():labels({ ip = 'ip' }):piece 'ip')) }",
         "{\"l\":[\"IP: 1\",\"IP: 2\",\"x\"]}", "{\"a\":[\"1\",\"2\"]}"},
        {"{ 'a', info:unnamed() }",
         "{\"x\":\"a, Step: 1, Step: 2, step: 3, 2FA: x, File Size: 4, emailAddress : y\"}",
         "{\"a\":{\"step\":\"1\",\"step_2\":\"2\",\"step_3\":\"3\",\"2fa\":\"x\",\"file_size\":\"4\",\"email_"
         "address\":\"y\"}}"},
    };
    expect_map_examples(INFO, examples, sizeof examples / sizeof *examples);
}

static void test_find(void **state)
{
    (void)state;
    static const struct map_example examples[] = {
        {"{ 'a', field('x'):find 'ip' }", "{\"x\":\"192.0.2.1:443, [2001:db8::1] 1.2.3\"}",
         "{\"a\":[\"192.0.2.1\",\"2001:db8::1\"]}"},
        {"{ 'a', field('x'):find 'email' }", "{\"x\":\"by <a@b.example>.\"}", "{\"a\":\"a@b.example\"}"},
        {"{ 'a', field('x'):find 'file' }", "{\"x\":\"from b.example - c.pdf\"}", "{\"a\":\"c.pdf\"}"},
        {"{ 'a', field('x'):find 'ip' }, rest()", "{\"x\":\"none\"}", "{\"x\":\"none\"}"},
        {"{ 'a', field('x'):find 'ip' }, rest()", "{\"x\":{\"y\":1}}", "{\"x\":{\"y\":1}}"},
    };
    expect_map_examples(INFO, examples, sizeof examples / sizeof *examples);
}

static void test_declarations(void **state)
{
    (void)state;
    static const struct {
        const char *script, *message;
    } rows[] = {
        {INFO "return map { { 'a', info:piece 'ipp' } }",
         "the labels have no piece \"ipp\"; did you mean \"ip\"?"},
        {"return map { { 'a', field('x'):piece 'ip' } }", "piece is asked of labels only"},
        {"return map { { 'a', field('x'):unnamed() } }", "unnamed is asked of labels only"},
        {"return map { { 'a', field('x'):labels { } } }", "labels: no labels"},
        {"return map { { 'a', field('x'):labels { a = {} } } }", "\"a\" has no labels"},
        {"return map { { 'a', field('x'):labels { a = 5 } } }",
         "the labels of \"a\" must be a text or a list"},
        {"return map { { 'a', field('x'):labels { 'a' } } }", "a name of labels must be a text"},
        {"return map { { 'a', field('x'):labels { a = 'x: y' } } }", "\"x: y\" is no label"},
        {"return map { { 'a', field('x'):labels { a = 'IP', b = ' ip' } } }", "is declared twice"},
        {"return map { { 'a', field('x'):labels({ a = 'x' }, { 'b' }) } }", "there is no piece \"b\""},
        {"return map { { 'a', field('x'):labels({ a = 'x' }, { b = { 'y' } }) } }",
         "there is no piece \"b\""},
        {"return map { { 'a', field('x'):labels({ a = 'x' }, { a = { 'X' } }) } }", "is declared twice"},
        {"return map { { 'a', field('x'):labels({ a = 'x' }, { a = { 5 } }) } }", "must be a text"},
        {"return map { { 'a', field('x'):find 'host' } }", "find has no part \"host\""},
        {"local t = {} for i = 1, 65 do t['n' .. i] = 'n' .. i end return map { { 'a', field('x'):labels(t) "
         "} }",
         "more than 64 names"},
        {"local t = {} for i = 1, 121 do t[i] = 'n' .. i end return map { { 'a', field('x'):labels { a = t } "
         "} }",
         "more than 120 labels"},
        {"postern.labels { a = 'x: y' }", "postern.labels: \"x: y\" is no label"},
        {"postern.labels 'a'", "table expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[1024];
        snprintf(script, sizeof script, PREAMBLE "%s", rows[i].script);
        const char *text = script;
        struct scripts scripts;
        scripts_begin(&scripts);
        if (scripts_load(&scripts, patiently(), &text, 1) >= 0) fail_msg("%s: accepted", rows[i].script);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("\"%s\" lacks \"%s\"", scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

static void test_library(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(
        &scripts,
        "local read = postern.labels({ ip = { 'ip', 'remote ip' }, subject = 'subject' }, { 'subject' })\n"
        "return function(event)\n"
        "  if event.bad then return { read(nil) == nil, read(5) == nil, read(postern.null) == nil } end\n"
        "  local pieces, others, prose = read(event.x)\n"
        "  return { pieces = pieces, others = others, prose = prose }\n"
        "end");
    expect_line(&scripts,
                "{\"x\":\"Read, Step: 1, Subject: Hi, IP: 1, Step: 2, Viewed Content: True, IP: 2\"}",
                "{\"others\":{\"step\":\"1\",\"viewed_content\":\"True\"},\"pieces\":{\"ip\":\"2\","
                "\"subject\":\"Hi, IP: "
                "1, Step: 2\"},\"prose\":\"Read\"}");
    expect_line(&scripts, "{\"x\":\"a: 1, a: 2, IP: 3\"}",
                "{\"others\":{\"a\":\"1\",\"a_2\":\"2\"},\"pieces\":{\"ip\":\"3\"},\"prose\":\"\"}");
    scripts_close(&scripts);
}

/* A hostile text costs what a text of its length does. */
static void test_lengths(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE INFO "return map { { 'a', info:piece 'ip' }, { 'n', info:unnamed() } }");
    char *event = malloc(2 << 20);
    strcpy(event, "{\"x\":\"");
    size_t at = strlen(event);
    for (int i = 0; i < 200000; i++, at += 8)
        memcpy(event + at, ", Abc: d", 8);
    strcpy(event + at, ", IP: 7\"}");
    scripts_run(&scripts, event);
    assert_int_equal(scripts.result.verdict, SCRIPT_KEPT);
    const char *line = scripts.result.outputs[0].text.data;
    assert_non_null(strstr(line, "{\"a\":\"7\",\"n\":{\"abc\":\"d\",\"abc_2\":\"d\""));
    assert_non_null(strstr(line, "\"abc_64\":\"d"));
    assert_null(strstr(line, "\"abc_65\""));
    free(event);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),  cmocka_unit_test(test_find),    cmocka_unit_test(test_declarations),
        cmocka_unit_test(test_library), cmocka_unit_test(test_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
