/* postern.map: paths into lists. */
#include "map_fixture.h"

static const struct map_example examples[] = {
    {"{ 'a', field 'x[1]' }, { 'b', field 'x[2]' }, { 'c', field 'x[3]' }", "{\"x\":[1.0,\"two\"]}",
     "{\"a\":1.0,\"b\":\"two\"}"},
    {"{ 'a', field 'x[-1]' }, { 'b', field 'x[-2]' }, { 'c', field 'x[-3]' }, { 'd', field 'x[-4]' }",
     "{\"x\":[1,2,3]}", "{\"a\":3,\"b\":2,\"c\":1}"},
    {"{ 'a', field 'x[1].n' }, { 'b', field 'x[-1].n' }", "{\"x\":[{\"n\":1},{\"n\":2}]}",
     "{\"a\":1,\"b\":2}"},
    {"{ 'a', field 'x.y[2][1]' }", "{\"x\":{\"y\":[0,[{\"z\":5}]]}}", "{\"a\":{\"z\":5}}"},
    {"{ 'a', field 'x[2][-1].z' }", "{\"x\":[0,[1,{\"z\":5}]]}", "{\"a\":5}"},
    /* of what is no list, and of an empty one */
    {"{ 'a', field 'x[1]' }, { 'b', field 'y[1]' }, { 'c', field 'z[-1]' }, { 'd', field 'z[1]' }",
     "{\"x\":{\"1\":2},\"y\":\"text\",\"z\":[]}", "{}"},
    {"{ 'a', field 'x.n' }, { 'b', field 'x[1]' }", "{\"x\":[{\"n\":1}]}", "{\"b\":{\"n\":1}}"},
    {"{ 'a', field('x[1]', 'x[2]') }", "{\"x\":[null,\"b\"]}", "{\"a\":\"b\"}"},
    {"{ 'a', field('x[1]', 'x[2]') }", "{\"x\":[\"\",\"b\"]}", "{\"a\":\"b\"}"},
    /* reading inside does not take */
    {"{ 'a', field 'x[1]' }, rest()", "{\"x\":[1,2]}", "{\"a\":1,\"x\":[1,2]}"},
    {"ignore_case = true, { 'a', field 'X[1].N' }", "{\"x\":[{\"n\":1}]}", "{\"a\":1}"},
    /* items */
    {"{ 'a', field('x'):each(item 'k[1]') }", "{\"x\":[{\"k\":[1,2]},{\"k\":[3]},{\"k\":4}]}",
     "{\"a\":[1,3]}"},
    {"{ 'a', field('x'):each(item '[2]') }", "{\"x\":[[1,2],[3],[4,5]]}", "{\"a\":[2,5]}"},
    {"{ 'a', field('x'):each(item '[-1].k') }", "{\"x\":[[1,{\"k\":2}]]}", "{\"a\":2}"},
};

static void test_examples(void **state)
{
    (void)state;
    expect_map_examples("", examples, sizeof examples / sizeof *examples);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
