/* Whatever way an event goes, the line that leaves is strict JSON. */
#include "map_fixture.h"

struct way {
    const char *script, *event, *line;
};

static void test_each_way(void **state)
{
    (void)state;
    static const struct way ways[] = {
        /* as it is, in part, changed, written by hand */
        {"return function(e) return e end", "{\"x\":1,\"x\":2,\"t\":\"\xff\"}",
         "{\"x\":1,\"x_2\":2,\"t\":\"\xef\xbf\xbd\"}"},
        {"return function(e) return e.o end", "{\"o\":{\"x\":1,\"x\":2}}", "{\"x\":1,\"x_2\":2}"},
        {"return function(e) e.a = e.o return e end", "{\"o\":{\"x\":1,\"x\":2}}",
         "{\"o\":{\"x\":1,\"x_2\":2},\"a\":{\"x\":1,\"x_2\":2}}"},
        {"return function(e) e.x = 3 return e end", "{\"x\":1,\"x\":2}", "{\"x\":3}"},
        {"return function(e) return { o = e.o, t = e.t } end",
         "{\"o\":[{\"x\":1,\"x\":2}],\"t\":\"\\ud800\"}",
         "{\"o\":[{\"x\":1,\"x_2\":2}],\"t\":\"\xef\xbf\xbd\"}"},
        {"return function(e) return '{\"x\":1,\"x\":2,\"t\":\"\\xff\"}' end", "{}",
         "{\"x\":1,\"x_2\":2,\"t\":\"\xef\xbf\xbd\"}"},
        {"return function(e) return { ['a\\xff'] = 1, ['a\\xfe'] = 2 } end", "{}",
         "{\"a\xef\xbf\xbd\":2,\"a\xef\xbf\xbd_2\":1}"},
        {"return function(e) e['a\\xff'] = 1 e['a\\xfe'] = 2 return e end", "{}",
         "{\"a\xef\xbf\xbd\":1,\"a\xef\xbf\xbd_2\":2}"},
        /* through maps */
        {PREAMBLE "return map { { 'm', rest() } }", "{\"x\":1,\"x\":2}", "{\"m\":{\"x\":1,\"x_2\":2}}"},
        {PREAMBLE "return map { { 'm', rest() } }", "{\"o\":{\"x\":1,\"x\":2}}",
         "{\"m\":{\"o\":{\"x\":1,\"x_2\":2}}}"},
        {PREAMBLE "return map { { 'a', field 'o' } }", "{\"o\":{\"x\":1,\"x\":2}}",
         "{\"a\":{\"x\":1,\"x_2\":2}}"},
        {PREAMBLE "return map { { 'a', list(field 'o', 'c') } }", "{\"o\":[{\"x\":1,\"x\":2}]}",
         "{\"a\":[{\"x\":1,\"x_2\":2},\"c\"]}"},
        {PREAMBLE "return map { { 'a', object { { 'b', field 'o' } } } }", "{\"o\":{\"x\":1,\"x\":2}}",
         "{\"a\":{\"b\":{\"x\":1,\"x_2\":2}}}"},
        {PREAMBLE "return map { { 'a', field('t'):json() } }",
         "{\"t\":\"{\\\"x\\\":1,\\\"x\\\":\\\"\\\\ud800\\\"}\"}",
         "{\"a\":{\"x\":1,\"x_2\":\"\xef\xbf\xbd\"}}"},
        {PREAMBLE "local m = map { { 'a', field 't' } } return function(e) return m '{\"t\":\"\\xff\"}' end",
         "{}", "{\"a\":\"\xef\xbf\xbd\"}"},
        /* a target and a field beside it */
        {PREAMBLE "return map { { 'abc', 1 }, rest() }", "{\"\\u0061bc\":2}",
         "{\"abc\":1,\"\\u0061bc_2\":2}"},
        {PREAMBLE "return map { ignore_case = true, { 'abc', 1 }, rest() }", "{\"ABC\":2,\"abc\":3}",
         "{\"abc\":1,\"ABC\":2,\"abc_2\":3}"},
        {PREAMBLE "return map { { 'abc', 1 }, rest() }", "{\"abc\":2,\"abc\":3}",
         "{\"abc\":1,\"abc_2\":2,\"abc_3\":3}"},
        /* separators that are a part of a character */
        {PREAMBLE "return map { { 'a', field('t'):after '\\xc3' }, { 'b', field('t'):before '\\xa4' }, "
                  "{ 'c', field('t'):split '\\xc3' } }",
         "{\"t\":\"x\xc3\xa4\"}",
         "{\"a\":\"\xef\xbf\xbd\",\"b\":\"x\xef\xbf\xbd\",\"c\":[\"x\",\"\xef\xbf\xbd\"]}"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct scripts scripts;
        scripts_open(&scripts, ways[i].script);
        expect_line(&scripts, ways[i].event, ways[i].line);
        expect_line(&scripts, ways[i].event, ways[i].line);
        scripts_close(&scripts);
    }
}

/* An event with the names of the one before is not looked at again: neither of two ways round that. */
static void test_events_with_the_same_names(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(
        &scripts, PREAMBLE
        "local m\n"
        "m = map { { 'call', call(function(v) if v == 'inside' then m { x = 1, y = 2, z = 3 } end end, "
        "field 'x') }, rest() }\n"
        "return m");
    for (int i = 0; i < 3; i++) {
        expect_line(&scripts, "{\"x\":1,\"y\":2,\"z\":3}", "{\"x\":1,\"y\":2,\"z\":3}");
        expect_line(&scripts, "{\"x\":1,\"y\":{\"a\":1,\"a\":2},\"z\":3}",
                    "{\"x\":1,\"y\":{\"a\":1,\"a_2\":2},\"z\":3}");
        expect_line(&scripts, "{\"x\":1,\"y\":2,\"y\":3}", "{\"x\":1,\"y\":2,\"y_2\":3}");
        expect_line(&scripts, "{\"x\":\"inside\",\"y\":2,\"y\":3}", "{\"x\":\"inside\",\"y\":2,\"y_2\":3}");
        expect_line(&scripts, "{\"x\":1,\"a name with 21 bytes.\":2,\"a name with 21 bytes.\":3}",
                    "{\"x\":1,\"a name with 21 bytes.\":2,\"a name with 21 bytes._2\":3}");
    }
    scripts_close(&scripts);
}

static void test_events_pass_without_scripts(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), NULL, 0), POSTERN_OK);
    expect_line(&scripts, "{\"x\": 1.0,\"y\":[]}", "{\"x\": 1.0,\"y\":[]}");
    expect_line(&scripts, "{\"x\":1,\"x\":2,\"t\":\"\\udfff\"}",
                "{\"x\":1,\"x_2\":2,\"t\":\"\xef\xbf\xbd\"}");
    assert_int_equal(scripts.result.replaced_bytes, 1);
    assert_int_equal(scripts.result.renamed_members, 1);
    scripts_close(&scripts);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_way),
        cmocka_unit_test(test_events_with_the_same_names),
        cmocka_unit_test(test_events_pass_without_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
