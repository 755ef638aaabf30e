/* postern.map: lists of names in one text, and how many values there are. */
#include "map_fixture.h"

static const struct {
    const char *entries, *event, *line;
} names[] = {
    {"{ 'a', list(field('x'):names()) }, { 'b', field('x'):names():count() }, { 'c', field('x'):text():names "
     "'one' }",
     "{\"x\":\"\\\"say \\\"hi\\\".txt\\\", \\\"b, c.txt\\\",\"}",
     "{\"a\":[\"say \\\"hi\\\".txt\",\"b, c.txt\"],\"b\":2,\"c\":[\"say \\\"hi\\\".txt\",\"b, c.txt\"]}"},
    {"{ 'a', list(field('x'):text():names()) }, { 'b', field('x'):count() }, { 'c', field('no'):count() }",
     "{\"x\":[\"a, b\",\"\\u00e4\",null,1,{\"n\":1},\"\"]}",
     "{\"a\":[\"a, b\",\"\xc3\xa4\"],\"b\":4,\"c\":0}"},
    {"{ 'a', list(field('x'):names()) }, { 'b', list(field('x'):names 'one') }, rest()",
     "{\"x\":\"[\\\"a\\\\\\\"b, c\\\"]\"}", "{\"a\":[\"a\\\"b, c\"],\"b\":[\"a\\\"b, c\"]}"},
    {"{ 'a', list(field('x'):names()) }, { 'b', field('y'):names() }, rest()", "{\"x\":\"[]\",\"y\":5}",
     "{\"x\":\"[]\",\"y\":5}"},
    /* what is no name stays in the rest */
    {"{ 'a', list(field('x'):text():names()) }, rest()", "{\"x\":[\"a\",{\"n\":1}]}",
     "{\"a\":[\"a\"],\"x\":[\"a\",{\"n\":1}]}"},
    {"{ 'a', list(field('x'):names()) }, rest()", "{\"x\":\"[\\\"a\\\",5]\"}",
     "{\"a\":[\"a\"],\"x\":\"[\\\"a\\\",5]\"}"},
    {"{ 'a', list(field('x'):text():names()) }, rest()", "{\"x\":[\"a\",null,\"\"]}", "{\"a\":[\"a\"]}"},
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char script[1024];
        snprintf(script, sizeof script, PREAMBLE "return map { %s }", names[i].entries);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_line(&scripts, names[i].event, names[i].line);
        scripts_close(&scripts);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
