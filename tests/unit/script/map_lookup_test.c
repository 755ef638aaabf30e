/* postern.map: lookups, whose files are read and checked when the script is loaded. */
#include "map_fixture.h"

struct example {
    const char *entries, *event, *line;
};

static const struct example examples[] = {
    /* two columns, with and without the name of the second */
    {"{ 'a', field('d'):lookup('owners.csv') }", "{\"d\":\"example.com\"}", "{\"a\":\"Ann \\\"A\\\" Lee\"}"},
    {"{ 'a', field('d'):lookup('owners.csv', 'owner') }", "{\"d\":\"example.com\"}",
     "{\"a\":\"Ann \\\"A\\\" Lee\"}"},
    {"{ 'a', field('d'):lower():lookup 'owners.csv' }", "{\"d\":\"EXAMPLE.com\"}",
     "{\"a\":\"Ann \\\"A\\\" Lee\"}"},
    {"{ 'a', field('d'):lookup 'owners.csv' }", "{\"d\":\"example.org\"}", "{}"},
    {"{ 'a', field('d'):lookup('owners.csv'):default 'nobody' }", "{\"d\":\"example.org\"}",
     "{\"a\":\"nobody\"}"},
    /* more columns: one of them, or a row without its empty cells */
    {"{ 'a', field('n'):lookup('teams.csv', 'team') }, { 'b', field('n'):lookup('teams.csv', 'mail') }",
     "{\"n\":25}", "{\"a\":\"Gr\xc3\xbcn\"}"},
    {"{ 'a', field('n'):lookup 'teams.csv' }", "{\"n\":[\"25\",\"26\",\"27\"]}",
     "{\"a\":[{\"team\":\"Gr\xc3\xbcn\"},{\"team\":\"red\",\"mail\":\"r@example.com\"}]}"},
    {"{ 'a', field('n'):lookup 'teams.csv' }", "{\"n\":28}", "{}"},
    /* one column, and a list in JSON: a set */
    {"{ 'a', when(field('d'):lookup 'vip.csv', 'vip', 'other') }", "{\"d\":\"ceo\"}", "{\"a\":\"vip\"}"},
    {"{ 'a', field('d'):lookup 'vip.csv' }", "{\"d\":\"ceo\"}", "{\"a\":true}"},
    {"{ 'a', field('d'):lookup 'set.json' }", "{\"d\":\"x\"}", "{\"a\":true}"},
    /* JSON: the member, or what is inside it */
    {"{ 'a', field('d'):lookup 'map.json' }", "{\"d\":\"k\"}",
     "{\"a\":{ \"v\": [1.0, \"\\u00e9\"], \"w\":null}}"},
    {"{ 'a', field('d'):lookup('map.json', 'v') }", "{\"d\":\"k\"}", "{\"a\":[1.0, \"\\u00e9\"]}"},
    {"{ 'a', field('d'):lookup('map.json', 'w') }", "{\"d\":\"k\"}", "{}"},
    {"{ 'a', field('d'):lookup('map.json', 'v') }", "{\"d\":\"plain\"}", "{}"},
    {"{ 'a', field('d'):lookup('none.json', 'v') }", "{\"d\":\"k\"}", "{}"},
    {"{ 'a', field('d'):lookup 'map.json' }", "{\"d\":\"wrong\"}",
     "{\"a\":[\"\xef\xbf\xbd\",{\"x\":1,\"x_2\":2}]}"},
    /* it asks about the field: that stays, and is taken by whoever writes it */
    {"{ 'a', field('d'):lookup 'owners.csv' }, rest()", "{\"d\":\"example.net\"}",
     "{\"a\":\"Bo\",\"d\":\"example.net\"}"},
    {"{ 'a', field('d'):lookup 'owners.csv' }, { 'b', field 'd' }, rest()", "{\"d\":\"example.net\"}",
     "{\"a\":\"Bo\",\"b\":\"example.net\"}"},
    {"{ 'a', field('d'):lookup 'owners.csv' }, rest()", "{\"d\":{\"x\":1}}", "{\"d\":{\"x\":1}}"},
};

static void write_files(const struct scripts *scripts)
{
    write_file(scripts, "owners.csv", "domain,owner\nexample.com,\"Ann \"\"A\"\" Lee\"\nexample.net,Bo\n");
    write_file(scripts, "teams.csv", "id,team,mail\n25,Gr\xc3\xbcn,\n26,red,r@example.com\n28,,\n");
    write_file(scripts, "vip.csv", "name\nceo\n");
    write_file(scripts, "set.json", "[\"x\"]");
    write_file(scripts, "none.json", "{}");
    write_file(scripts, "map.json",
               "{\"k\":{ \"v\": [1.0, \"\\u00e9\"], "
               "\"w\":null},\"plain\":5,\"wrong\":[\"\\ud800\",{\"x\":1,\"x\":2}]}");
}

static postern_status load(struct scripts *scripts, const char *entries)
{
    char script[1024];
    const char *text = script;
    scripts_begin(scripts);
    write_files(scripts);
    snprintf(script, sizeof script, PREAMBLE "return map { %s }", entries);
    return scripts_load(scripts, patiently(), &text, 1);
}

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct scripts scripts;
        if (load(&scripts, examples[i].entries) < 0)
            fail_msg("%s: %s", examples[i].entries, scripts.error.message);
        expect_line(&scripts, examples[i].event, examples[i].line);
        expect_line(&scripts, examples[i].event, examples[i].line);
        scripts_close(&scripts);
    }
}

static void test_wrong_columns(void **state)
{
    (void)state;
    static const struct {
        const char *entries, *message;
    } rows[] = {
        {"{ 'a', field('x'):lookup('teams.csv', 'tem') }",
         "entry 1 (\"a\"): teams.csv has no column \"tem\" behind that of the keys, but \"team\", \"mail\""},
        {"{ 'a', field('x'):lookup('teams.csv', 'id') }", "no column \"id\""},
        {"{ 'a', field('x'):lookup('owners.csv', 'domain') }", "but \"owner\""},
        {"{ 'a', field('x'):lookup('vip.csv', 'name') }", "no column \"name\" behind that of the keys"},
        {"{ 'a', field('x'):lookup('map.json', '') }", "the name of the column is empty"},
        {"{ 'a', field('x'):lookup('map.json', 'vv') }",
         "entry 1 (\"a\"): map.json has nothing called \"vv\" in any of its members"},
        {"{ 'a', field('x'):lookup('set.json', 'v') }", "set.json has nothing called \"v\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        assert_int_not_equal(load(&scripts, rows[i].entries), POSTERN_OK);
        if (!strstr(scripts.error.message, rows[i].message))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].entries, scripts.error.message, rows[i].message);
        scripts_close(&scripts);
    }
}

/* A change of the file makes another version of the scripts, also where a piece names it. */
static void test_the_version(void **state)
{
    (void)state;
    static const char *const takes = "return postern.map { { 'a', postern.script('piece') } }";
    char versions[2][65];
    for (int i = 0; i < 2; i++) {
        struct scripts scripts;
        scripts_begin(&scripts);
        write_file(&scripts, "piece.lua", "return postern.map.field('d'):lookup('owners.csv', 'owner')");
        write_file(&scripts, "owners.csv", i == 0 ? "domain,owner\nx,one\n" : "domain,owner\nx,two\n");
        assert_int_equal(scripts_load(&scripts, patiently(), &takes, 1), POSTERN_OK);
        expect_line(&scripts, "{\"d\":\"x\"}", i == 0 ? "{\"a\":\"one\"}" : "{\"a\":\"two\"}");
        snprintf(versions[i], sizeof versions[i], "%s", script_set_hash(scripts.set));
        scripts_close(&scripts);
    }
    assert_string_not_equal(versions[0], versions[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_wrong_columns),
        cmocka_unit_test(test_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
