/* postern.map: a rest in which one field has one type on every event. */
#include "map_fixture.h"

static const struct map_example examples[] = {
    /* as it is */
    {"{ 'm', rest():objects 'o' }", "{\"o\":{\"a\":1},\"k\":5,\"t\":\"x\",\"l\":[1,[2,null]]}",
     "{\"m\":{\"o\":{\"a\":1},\"k\":5,\"t\":\"x\",\"l\":[1,[2,null]]}}"},
    {"{ 'm', rest():objects 'o' }", "{\"o\":[{\"a\":1},[{}],null]}", "{\"m\":{\"o\":[{\"a\":1},[{}],null]}}"},
    {"{ 'm', rest():objects 'o' }", "{\"o\":[],\"l\":[],\"n\":[null]}",
     "{\"m\":{\"o\":[],\"l\":[],\"n\":[null]}}"},
    {"{ 'm', rest():objects('o', 'p') }", "{\"O\":{},\"p\":{}}", "{\"m\":{\"O\":{},\"p\":{}}}"},
    {"{ 'm', rest():objects 'o' }", "{\"o\":null,\"k\":\"\"}", "{}"},
    /* an object where there is to be none */
    {"{ 'm', rest():objects 'o' }", "{\"k\":{\"a\":\"\\u00e9\\n\"},\"j\":1}",
     "{\"m\":{\"k\":\"{\\\"a\\\":\\\"\\\\u00e9\\\\n\\\"}\",\"j\":1}}"},
    {"{ 'm', rest():objects 'o' }", "{\"i\":0,\"k\":{},\"l\":[1,[{}]]}",
     "{\"m\":{\"i\":0,\"k\":\"{}\",\"l\":\"[1,[{}]]\"}}"},
    {"{ 'm', rest():objects 'o' }", "{\"k\":{\"a\":1,\"a\":\"\xff\"}}",
     "{\"m\":{\"k\":\"{\\\"a\\\":1,\\\"a\\\":\\\"\xef\xbf\xbd\\\"}\"}}"},
    /* none where there is to be one */
    {"{ 'm', rest():objects 'o' }", "{\"j\":1,\"o\":\"x\\\"\",\"k\":2}",
     "{\"m\":{\"j\":1,\"o_text\":\"x\\\"\",\"k\":2}}"},
    {"{ 'm', rest():objects 'o' }", "{\"o\":12345678901234567890}",
     "{\"m\":{\"o_text\":\"12345678901234567890\"}}"},
    {"{ 'm', rest():objects 'o' }", "{\"o\":true,\"o\":[{},\"x\"]}",
     "{\"m\":{\"o_text\":\"true\",\"o_text_2\":\"[{},\\\"x\\\"]\"}}"},
    {"{ 'm', rest():objects 'o' }", "{\"O\":1,\"o_text\":2,\"o\":3}",
     "{\"m\":{\"O_text\":\"1\",\"o_text\":2,\"o_text_2\":\"3\"}}"},
    {"{ 'm', rest():objects 'o' }", "{\"o\":{\"a\":1},\"o\":5}",
     "{\"m\":{\"o\":{\"a\":1},\"o_text\":\"5\"}}"},
    /* beside targets, at the top, with some left out */
    {"{ 'm.o', field('o'):json() }, { 'm', rest():objects 'o' }", "{\"o\":\"{\\\"a\\\":1}\"}",
     "{\"m\":{\"o\":{\"a\":1}}}"},
    {"{ 'm.o', field('o'):json() }, { 'm', rest():objects 'o' }", "{\"o\":\"{\"}",
     "{\"m\":{\"o_text\":\"{\"}}"},
    {"{ 'm.o', field('o'):json 'object' }, { 'm', rest():objects 'o' }",
     "{\"o\":\"null\",\"k\":\"null\",\"O\":\"nul\"}", "{\"m\":{\"k\":\"null\",\"O_text\":\"nul\"}}"},
    {"{ 'm.k', 1 }, { 'm', rest():objects 'o' }", "{\"k\":{}}", "{\"m\":{\"k\":1,\"k_2\":\"{}\"}}"},
    /* numbers and booleans */
    {"{ 'm', rest():numbers('n', 'o'):booleans 'b' }", "{\"n\":\" 5 \",\"k\":\"5\",\"b\":\"Yes\",\"o\":1e5}",
     "{\"m\":{\"n\":5,\"b\":true,\"k\":\"5\",\"o\":1e5}}"},
    {"{ 'm', rest():booleans('b', 'c') }", "{\"b\":1,\"c\":false}", "{\"m\":{\"b\":true,\"c\":false}}"},
    {"{ 'm', rest():numbers('n', 'f'):booleans 'b' }", "{\"k\":1,\"n\":\"x\",\"f\":null,\"b\":2}",
     "{\"m\":{\"n_text\":\"x\",\"b_text\":\"2\",\"k\":1}}"},
    {"{ 'm', rest():numbers('n', 'f', 'g', 'h') }",
     "{\"n\":9223372036854775808,\"f\":\"-1e300\",\"g\":1234567890123456789,\"h\":-9223372036854775807.5}",
     "{\"m\":{\"n_text\":\"9223372036854775808\",\"f_text\":\"-1e300\",\"h_text\":\"-9223372036854775807.5\","
     "\"g\":1234567890123456789}}"},
    {"{ 'm', rest():numbers 'n':objects 'o' }", "{\"n\":{\"a\":[\"\"]},\"o\":1}",
     "{\"m\":{\"n_text\":\"{\\\"a\\\":[\\\"\\\"]}\",\"o_text\":\"1\"}}"},
    {"{ 'm', rest():numbers 'n' }", "{\"n_text\":1,\"n\":true}",
     "{\"m\":{\"n_text\":\"true\",\"n_text_2\":1}}"},
    {"{ 'm', rest():numbers 'n' }", "{\"n\":\"1\",\"n\":\"x\"}", "{\"m\":{\"n\":1,\"n_2\":\"x\"}}"},
    {"{ 'x', first(field('n'):ip(), field 'k') }, { 'm', rest():numbers 'n' }",
     "{\"n\":\"192.0.2.1\",\"k\":1}", "{\"x\":\"192.0.2.1\",\"m\":{\"k\":1}}"},
    {"rest():objects 'o'", "{\"k\":{},\"o\":1}", "{\"k\":\"{}\",\"o_text\":\"1\"}"},
    {"{ 'm', rest():objects('o'):without('w') }", "{\"w\":{},\"o\":1}", "{\"m\":{\"o_text\":\"1\"}}"},
    {"{ 'm', rest():without('o'):objects('o') }", "{\"k\":[{}],\"o\":1}", "{\"m\":{\"k\":\"[{}]\"}}"},
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
