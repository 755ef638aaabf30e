/* postern.map: a field of the event with the name of a target beside the rest. */
#include "map_fixture.h"

static const struct map_example examples[] = {
    /* its value is nowhere else: it gets a name of its own */
    {"{ 'm.k', 'other' }, { 'm', rest() }", "{\"k\":\"7\",\"j\":3}",
     "{\"m\":{\"k\":\"other\",\"k_2\":\"7\",\"j\":3}}"},
    {"{ 'k', meta 'type' }, rest()", "{\"k\":\"7\",\"j\":3}", "{\"k\":\"receipt\",\"k_2\":\"7\",\"j\":3}"},
    {"{ 'm.k', field 'j' }, { 'm', rest() }", "{\"k\":\"7\",\"j\":3}", "{\"m\":{\"k\":3,\"k_2\":\"7\"}}"},
    {"{ 'm.k', field('k'):exists() }, { 'm', rest() }", "{\"k\":7}", "{\"m\":{\"k\":true,\"k_2\":7}}"},
    {"{ 'm.k', field 'k.x' }, { 'm', rest() }", "{\"k\":{\"x\":1,\"y\":2}}",
     "{\"m\":{\"k\":1,\"k_2\":{\"x\":1,\"y\":2}}}"},
    {"{ 'm.k', field('k'):enum({ a = 'A' }, 'unknown') }, { 'm', rest() }", "{\"k\":\"b\"}",
     "{\"m\":{\"k\":\"unknown\",\"k_2\":\"b\"}}"},
    {"{ 'm.k', list(field('k'):integer()) }, { 'm', rest() }", "{\"k\":[1,\"?\"]}",
     "{\"m\":{\"k\":[1],\"k_2\":[1,\"?\"]}}"},
    {"{ 'm.k', 1 }, { 'm.j', 2 }, { 'm', rest() }", "{\"j\":3,\"k\":4}",
     "{\"m\":{\"k\":1,\"j\":2,\"j_2\":3,\"k_2\":4}}"},
    /* the next number that is free, whoever has the others */
    {"{ 'm.k', 1 }, { 'm', rest() }", "{\"k\":2,\"k_2\":3}", "{\"m\":{\"k\":1,\"k_3\":2,\"k_2\":3}}"},
    {"{ 'm.k', 1 }, { 'm.k_2', 2 }, { 'm', rest() }", "{\"k\":3,\"k_2\":4}",
     "{\"m\":{\"k\":1,\"k_2\":2,\"k_3\":3,\"k_2_2\":4}}"},
    {"{ 'm.k', 1 }, { 'm', rest() }", "{\"k\":2,\"k\":3}", "{\"m\":{\"k\":1,\"k_2\":2,\"k_3\":3}}"},
    {"{ 'm.k', 1 }, { 'm', rest() }", "{\"\\u006b\":2}", "{\"m\":{\"k\":1,\"\\u006b_2\":2}}"},
    /* objects of ours, lists and objects of the vendor's */
    {"{ 'm.a.b', 1 }, { 'm', rest() }", "{\"a\":{\"b\":2,\"c\":3}}",
     "{\"m\":{\"a\":{\"b\":1},\"a_2\":{\"b\":2,\"c\":3}}}"},
    {"{ 'm.a.b', field 'x' }, { 'm', rest() }", "{\"a\":{\"b\":2}}", "{\"m\":{\"a\":{\"b\":2}}}"},
    {"{ 'm.a', 1 }, { 'm', rest() }", "{\"a\":[{\"b\":2}]}", "{\"m\":{\"a\":1,\"a_2\":[{\"b\":2}]}}"},
    {"{ 'event.kind', 'event' }, rest()", "{\"event\":\"theirs\",\"x\":1}",
     "{\"event\":{\"kind\":\"event\"},\"event_2\":\"theirs\",\"x\":1}"},
    {"{ 'm.k', 1 }, { 'm', rest() }", "{\"m\":5,\"k\":2}", "{\"m\":{\"k\":1,\"m\":5,\"k_2\":2}}"},
    /* its value is in the document: under this name, or another */
    {"{ 'm.k', field('k'):integer() }, { 'm.j', field 'no' }, { 'm', rest() }", "{\"k\":\"7\",\"j\":3}",
     "{\"m\":{\"k\":7,\"j\":3}}"},
    {"{ 'a', field 'k' }, { 'm.k', 1 }, { 'm', rest() }", "{\"k\":\"7\"}", "{\"a\":\"7\",\"m\":{\"k\":1}}"},
    {"{ 'm.k', field('k'):boolean() }, { 'm', rest() }", "{\"k\":\"yes\"}", "{\"m\":{\"k\":true}}"},
    {"{ 'm', rest():without 'k' }, { 'm.k', 1 }", "{\"k\":2}", "{\"m\":{\"k\":1}}"},
    /* the target was not written, or there is nothing to keep */
    {"{ 'm.k', field('k'):boolean() }, { 'm', rest() }", "{\"k\":\"maybe\"}", "{\"m\":{\"k\":\"maybe\"}}"},
    {"{ 'm.k', 1 }, { 'm', rest() }", "{\"k\":\"\"}", "{\"m\":{\"k\":1}}"},
    {"{ 'm.k', 1 }, { 'm', rest() }", "{\"k\":null}", "{\"m\":{\"k\":1}}"},
    /* whatever the case: two names that differ in it are two */
    {"ignore_case = true, { 'm.k', 1 }, { 'm', rest() }", "{\"k\":2}", "{\"m\":{\"k\":1,\"k_2\":2}}"},
    {"ignore_case = true, { 'm.k', 1 }, { 'm', rest() }", "{\"K\":2,\"k\":3}",
     "{\"m\":{\"k\":1,\"K\":2,\"k_2\":3}}"},
    {"ignore_case = true, { 'm.k', field('k'):integer() }, { 'm', rest() }", "{\"K\":\"2\"}",
     "{\"m\":{\"k\":2}}"},
};

/* Of an address with a name only a part is in the document. */
static const struct map_example names[] = {
    {"{ 'a', field('k'):email 'address' }, { 'm', rest() }", "{\"k\":\"Ann <a@b.c>\"}",
     "{\"a\":\"a@b.c\",\"m\":{\"k\":\"Ann <a@b.c>\"}}"},
    {"{ 'a', field('k'):email 'address' }, { 'm', rest() }", "{\"k\":\" <a@b.c> \"}", "{\"a\":\"a@b.c\"}"},
    {"{ 'a', list(field('k'):email 'local') }, { 'm', rest() }", "{\"k\":\"Ann <a@b.c>, d@e.f\"}",
     "{\"a\":[\"a\",\"d\"],\"m\":{\"k\":\"Ann <a@b.c>, d@e.f\"}}"},
    {"{ 'a', list(field('k'):email 'address') }, { 'm', rest() }", "{\"k\":[\"Ann <a@b.c>\",\"d@e.f\"]}",
     "{\"a\":[\"a@b.c\",\"d@e.f\"],\"m\":{\"k\":[\"Ann <a@b.c>\",\"d@e.f\"]}}"},
    {"{ 'a', field('k'):email 'address' }, { 'n', field('k'):email 'name' }, { 'm', rest() }",
     "{\"k\":\"Ann <a@b.c>\"}", "{\"a\":\"a@b.c\",\"n\":\"Ann\"}"},
    {"{ 'm.k', field('k'):email 'address' }, { 'm', rest() }", "{\"k\":\"Ann <a@b.c>\"}",
     "{\"m\":{\"k\":\"a@b.c\",\"k_2\":\"Ann <a@b.c>\"}}"},
};

static void test_examples(void **state)
{
    (void)state;
    expect_map_examples("", examples, sizeof examples / sizeof *examples);
}

static void test_names_of_people_stay(void **state)
{
    (void)state;
    expect_map_examples("", names, sizeof names / sizeof *names);
}

/* What the map returns is whole already: another map, another script and the text itself have both values. */
static void test_the_line_itself(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(
        &scripts, PREAMBLE
        "local first_map = map { { 'k', 1 }, rest() }\n"
        "local second_map = map { { 'theirs', field 'k_2' }, { 'ours', field 'k' } }\n"
        "return function(e) local line = first_map(e)\n"
        "  return { text = tostring(line), line = postern.json.decode(tostring(second_map(line))) } end");
    expect_line(&scripts, "{\"k\":2}",
                "{\"line\":{\"ours\":1,\"theirs\":2},\"text\":\"{\\\"k\\\":1,\\\"k_2\\\":2}\"}");
    scripts_close(&scripts);

    const char *const texts[] = {PREAMBLE "return map { { 'k', 1 }, rest() }",
                                 "return function(e) e.k = 3 return e end"};
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), texts, 2), POSTERN_OK);
    expect_line(&scripts, "{\"k\":2}", "{\"k\":3,\"k_2\":2}");
    scripts_close(&scripts);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_names_of_people_stay),
        cmocka_unit_test(test_the_line_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
