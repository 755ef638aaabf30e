/* postern.map: times are read in several forms, and written in others. */
#include "map_fixture.h"

struct example {
    const char *expression, *event, *line;
};

static const struct example examples[] = {
    {"field('x'):time '%d/%m/%Y %H:%M'", "{\"x\":\"24/11/2026 09:05\"}",
     "{\"a\":\"2026-11-24T09:05:00.000Z\"}"},
    {"field('x'):time '%b %e %Y, %I:%M %p %z'", "{\"x\":\" Nov  4 2026,  1:05 PM -0500\"}",
     "{\"a\":\"2026-11-04T18:05:00.000Z\"}"},
    {"field('x'):time '%Y%m%d'", "{\"x\":20261124}", "{\"a\":\"2026-11-24T00:00:00.000Z\"}"},
    {"field('x'):time '%Y-%m-%d'", "{\"x\":[\"2026-11-24\",\"2026-11-25\"]}",
     "{\"a\":[\"2026-11-24T00:00:00.000Z\",\"2026-11-25T00:00:00.000Z\"]}"},
    {"field('x'):time '%Y-%m-%d'", "{\"x\":\"2026-11-31\"}", "{\"x\":\"2026-11-31\"}"},
    {"field('x'):time '%Y-%m-%d'", "{\"x\":{}}", "{\"x\":{}}"},
    {"field('x'):time 's'", "{\"x\":1767323045}", "{\"a\":\"2026-01-02T03:04:05.000Z\"}"},
    {"field('x'):time():format 'ms'", "{\"x\":\"2026-01-02T04:04:05.678+0100\"}", "{\"a\":1767323045678}"},
    {"field('x'):time():format 's'", "{\"x\":\"2026-01-02T03:04:05.678Z\"}", "{\"a\":1767323045}"},
    {"field('x'):time():format 's'", "{\"x\":\"1969-12-31T23:59:59.500Z\"}", "{\"a\":-1}"},
    {"field('x'):time('s'):format 'ms'", "{\"x\":\"1767323045\"}", "{\"a\":1767323045000}"},
    {"field('x'):time('s'):format 'ms'", "{\"x\":1767323045.6789}", "{\"a\":1767323045678}"},
    {"field('x'):time('s'):format 'ms'", "{\"x\":\"-1.5\"}", "{\"a\":-1500}"},
    {"field('x'):time('ms'):format 'ms'", "{\"x\":1767323045678.9}", "{\"a\":1767323045678}"},
    {"field('x'):time 's'", "{\"x\":\"1767323045.\"}", "{\"x\":\"1767323045.\"}"},
    {"field('x'):time 's'", "{\"x\":\".5\"}", "{\"x\":\".5\"}"},
    {"field('x'):time 's'", "{\"x\":\"1.2.3\"}", "{\"x\":\"1.2.3\"}"},
    {"field('x'):time('%d.%m.%Y'):format '%Y-%m-%d'", "{\"x\":\"24.11.2026\"}", "{\"a\":\"2026-11-24\"}"},
    {"field('x'):format '%b %d %Y %H:%M:%S \"%%\"'", "{\"x\":\"2026-11-04T13:05:00Z\"}",
     "{\"a\":\"Nov 04 2026 13:05:00 \\\"%\\\"\"}"},
    {"field('x'):format '%H'", "{\"x\":1767323045678}", "{\"a\":\"03\"}"},
    {"meta('time'):format '%Y-%m-%d'", "{}", "{\"a\":\"2026-01-02\"}"},
    {"field('x'):format '%A %B %j'", "{\"x\":\"2026-09-30T01:00:00Z\"}",
     "{\"a\":\"Wednesday September 273\"}"},
    {"concat('at ', field('x'):time():format 's')", "{\"x\":\"2026-01-02T03:04:05Z\"}",
     "{\"a\":\"at 1767323045\"}"},
    /* what is no time stays in the rest */
    {"field('x'):time():format 'ms'", "{\"x\":\"soon\"}", "{\"x\":\"soon\"}"},
    {"field('x'):format 'ms'", "{\"x\":true}", "{\"x\":true}"},
    {"field('x'):format '%Y'", "{\"x\":-99999999999999}", "{\"x\":-99999999999999}"},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char script[1024];
        snprintf(script, sizeof script, PREAMBLE "return map { { 'a', %s }, rest() }",
                 examples[i].expression);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_line(&scripts, examples[i].event, examples[i].line);
        expect_line(&scripts, examples[i].event, examples[i].line);
        scripts_close(&scripts);
    }
}

/* By these no text can ever be read. */
static void test_patterns_that_read_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *message;
    } rows[] = {
        {"%H:%M", "no time can be read by the pattern \"%H:%M\": it has no year"},
        {"%d.%m.", "it has no year"},
        {"%%Y", "it has no year"},
        {"%Z", "it has no year"},
        {"%Y %j", "%j is for writing only"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[1024];
        const char *text = script;
        struct scripts scripts;
        scripts_begin(&scripts);
        snprintf(script, sizeof script, PREAMBLE "return map { { 'a', field('x'):time '%s' } }",
                 rows[i].pattern);
        assert_int_not_equal(scripts_load(&scripts, patiently(), &text, 1), POSTERN_OK);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].pattern, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

/* A time is what it is, whichever stood in the event before: those of one minute, and those that only look as
 * if they were. */
static void test_times_one_after_the_other(void **state)
{
    (void)state;
    static const char *const times[][2] = {
        {"2026-01-02T03:04:05+0100", "2026-01-02T02:04:05.000Z"},
        {"2026-01-02T03:04:06+0100", "2026-01-02T02:04:06.000Z"},
        {"2026-01-02T03:04:59+0100", "2026-01-02T02:04:59.000Z"},
        {"2026-01-02T03:04:61+0100", NULL},
        {"2026-01-02T03:04:00+0100", "2026-01-02T02:04:00.000Z"},
        {"2026-01-02T03:04:0x+0100", NULL},
        {"2026-01-02T03:04:/0+0100", NULL},
        {"2026-01-02T03:04:01+0200", "2026-01-02T01:04:01.000Z"},
        {"2026-01-02T03:05:01+0200", "2026-01-02T01:05:01.000Z"},
        {"2026-01-02T03:05:02.123Z", "2026-01-02T03:05:02.123Z"},
        {"2026-01-02T03:05:03.123Z", "2026-01-02T03:05:03.123Z"},
        {"2026-01-02T03:05:03.124Z", "2026-01-02T03:05:03.124Z"},
        {"2026-01-02T03:05:04Z", "2026-01-02T03:05:04.000Z"},
        {"2026-01-02T03:05:04", "2026-01-02T03:05:04.000Z"},
        {"2026-01-02T03:05:05", "2026-01-02T03:05:05.000Z"},
        {"2026-01-02T03:05:5", NULL},
        {"2026-01-02 03:05:06", "2026-01-02T03:05:06.000Z"},
        {"Thu Nov 26 10:00:07 GMT 2026", "2026-11-26T10:00:07.000Z"},
        {"Thu Nov 26 10:00:08 GMT 2026", "2026-11-26T10:00:08.000Z"},
        {"26 Nov 2026 11:12:13:14 GMT", NULL},
        {"2026-01-02T03:05:09 +01:00 and so on", NULL},
        {"2026-01-02T03:05:09 +01:00", "2026-01-02T02:05:09.000Z"},
        {"2026-01-02T03:05:10 +01:00", "2026-01-02T02:05:10.000Z"},
        {"2026-01-02T03:05:11 +01:30", "2026-01-02T01:35:11.000Z"},
        {"Nov 26 10:00:02 2026",
         "2026-11-26T10:00:02.000Z"}, /* whose year stands where others have seconds */
        {"Nov 26 10:00:02 2036", "2036-11-26T10:00:02.000Z"},
        {"1969-12-31T23:59:58Z", "1969-12-31T23:59:58.000Z"},
        {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"},
    };
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "return map { { 'a', field('x'):time() }, rest() }");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char event[128], line[128];
        snprintf(event, sizeof event, "{\"x\":\"%s\"}", times[i][0]);
        snprintf(line, sizeof line, "{\"%s\":\"%s\"}", times[i][1] ? "a" : "x",
                 times[i][1] ? times[i][1] : times[i][0]);
        expect_line(&scripts, event, line);
    }
    scripts_close(&scripts);
}

/* Each letter of a pattern at its longest, as often as a pattern can hold it. */
static void test_the_longest_pattern(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "return map { { 'a', field('x'):format(('%A'):rep(64)) }, "
                                    "{ 'b', field('x'):format(('%B'):rep(64)) }, "
                                    "{ 'c', field('x'):format(('%s'):rep(64)) } }");
    scripts_run(&scripts, "{\"x\":\"9999-09-29T23:59:59Z\"}");
    assert_int_equal(scripts.result.verdict, SCRIPT_KEPT);
    postern_text line = scripts.result.outputs[0].text;
    assert_int_equal(line.size, strlen("{'a':'','b':'','c':''}") +
                                    64 * (strlen("Wednesday") + strlen("September") + 12));
    scripts_close(&scripts);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_patterns_that_read_nothing),
        cmocka_unit_test(test_times_one_after_the_other),
        cmocka_unit_test(test_the_longest_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
