/* Programs of maps (core/script/map/program/): more shapes than there is room for, shapes that have none, and
 * what an event is called. What comes out is always what the general machine makes. */
#include "script_fixture.h"

static const char script[] =
    "local map = postern.map\n"
    "local kind = map.meta('type'):lower():enum({ receipt = 'mail' }, 'other')\n"
    "return map { { 'kind', map.first(map.when(kind:equals('mail'), map.field('a'):trim()), kind) },\n"
    "  { 'source', map.meta 'source' }, { 'b.c', map.field('b'):ip() }, { 'b.d', map.field('b', 'a'):upper() "
    "},\n"
    "  { 'list', map.list(map.field('a'), map.field('b'):trim()) },\n"
    "  { 'long', map.field('azbzazbzX9') }, { 'rest', map.rest():numbers('n') } }";

struct both {
    struct scripts general, program;
};

static void begin_with(struct both *both, const char *text)
{
    setenv("POSTERN_MAP_MACHINE", "general", 1);
    scripts_open(&both->general, text);
    setenv("POSTERN_MAP_MACHINE", "program", 1);
    scripts_open(&both->program, text);
    unsetenv("POSTERN_MAP_MACHINE");
}

static void begin(struct both *both)
{
    begin_with(both, script);
}

static void end(struct both *both)
{
    scripts_close(&both->general);
    scripts_close(&both->program);
}

/* What both make of it; the caller frees it. */
static char *line_of(struct both *both, const char *json, const char *source, const char *type)
{
    struct script_event event = {.json = text_of(json), .source = text_of(source), .type = text_of(type)};
    struct script_result general, program;
    script_run(both->general.runner, &event, &general);
    script_run(both->program.runner, &event, &program);
    assert_int_equal(general.output_count, 1);
    assert_int_equal(program.output_count, 1);
    assert_int_equal(general.wrong_types, program.wrong_types);
    postern_text line = general.outputs[0].text;
    if (!text_equal(line, program.outputs[0].text))
        fail_msg("%.*s, and from the program %.*s", TEXT_ARGS(line), TEXT_ARGS(program.outputs[0].text));
    char *copy = strndup(line.data, line.size);
    script_runner_reset(both->general.runner);
    script_runner_reset(both->program.runner);
    return copy;
}

static void expect(struct both *both, const char *json, const char *source, const char *type,
                   const char *line)
{
    char *made = line_of(both, json, source, type);
    assert_string_equal(made, line);
    free(made);
}

/* What nothing comes of is left out only if asking it notes no wrong value; line_of compares how many were.
 */
static void test_what_is_asked_though_nothing_comes_of_it(void **state)
{
    (void)state;
    struct both both;
    begin_with(&both,
               "local map, field, when, all, none = postern.map, postern.map.field, postern.map.when, "
               "postern.map.all, postern.map.none\n"
               "local names = map.first(when(field('n'):equals(1), field('no'):text():names 'one'), "
               "field('no'):text():names())\n"
               "local noted = when(field('n'):ip():equals('192.0.2.1'), field('no'))\n"
               "local is_one = all(names:count():equals(1), none(field('n'):above(1)))\n"
               "return map { { 'count', names:count() }, { 'one', when(is_one, field 'a', 'not one') }, { "
               "'noted', noted }, { 'deep', when(field('n'):ip():equals('192.0.2.1'), field 'no.b') },\n"
               "  { 'count_noted', noted:count() }, { 'none', when(none(is_one), field('a'):ip()) },\n"
               "  { 'list', map.list(field('a'):ip(), field('no'):url 'ip') }, { 'rest', map.rest() } }");
    for (int round = 0; round < 2; round++) {
        expect(&both, "{\"a\":\"192.0.2.1\",\"n\":1}", "", "",
               "{\"count\":0,\"one\":\"not "
               "one\",\"count_noted\":0,\"none\":\"192.0.2.1\",\"list\":[\"192.0.2.1\"],\"rest\":{\"n\":1}}");
        expect(
            &both, "{\"a\":\"x\",\"n\":\"192.0.2.1\"}", "", "",
            "{\"count\":0,\"one\":\"not one\",\"count_noted\":0,\"rest\":{\"a\":\"x\",\"n\":\"192.0.2.1\"}}");
        expect(&both, "{\"a\":\"x\",\"n\":1,\"no\":\"b.pdf\"}", "", "",
               "{\"count\":1,\"one\":\"x\",\"count_noted\":0,\"rest\":{\"n\":1,\"no\":\"b.pdf\"}}");
    }
    end(&both);
}

/* An expression in several places is worked out once, also where an each asks for it with each item, and the
 * shape leaves but one part of it. */
static void test_what_each_item_asks_for(void **state)
{
    (void)state;
    struct both both;
    begin_with(
        &both,
        "local map, field, when, any, item, object = postern.map, postern.map.field, postern.map.when, "
        "postern.map.any, postern.map.item, postern.map.object\n"
        "local has, one = any(field('no'), field('n'):ip()), map.first(field('no'):ip(), field('m'):ip())\n"
        "return map { { 'l', field('l'):each(object { { 'a', when(has, item 'a', 'none') }, { 'b', "
        "map.first(one, item 'b') } }) },\n"
        "  { 'has', when(has, 'yes', 'no') }, { 'one', one } }");
    for (int round = 0; round < 2; round++)
        expect(&both, "{\"n\":\"x\",\"m\":\"y\",\"l\":[{\"a\":1},{\"a\":2,\"b\":3}]}", "", "",
               "{\"l\":[{\"a\":\"none\"},{\"a\":\"none\",\"b\":3}],\"has\":\"no\"}");
    end(&both);
}

/* One program is for one type, and one source. */
static void test_what_the_event_is_called(void **state)
{
    (void)state;
    struct both both;
    begin(&both);
    for (int round = 0; round < 3; round++) {
        expect(&both, "{\"a\":\" x\"}", "siem", "Receipt",
               "{\"kind\":\"x\",\"source\":\"siem\",\"b\":{\"d\":\" X\"},\"list\":[\" x\"]}");
        expect(&both, "{\"a\":\" x\"}", "siem", "av",
               "{\"kind\":\"other\",\"source\":\"siem\",\"b\":{\"d\":\" X\"},\"list\":[\" x\"]}");
        expect(&both, "{\"a\":\" x\"}", "", "receipt",
               "{\"kind\":\"x\",\"b\":{\"d\":\" X\"},\"list\":[\" x\"]}");
    }
    end(&both);
}

/* Those that were not used for longest make room, and are made again when they come again. */
static void test_more_shapes_than_programs(void **state)
{
    (void)state;
    struct both both;
    begin(&both);
    for (int round = 0; round < 3; round++)
        for (int shape = 0; shape < 80; shape++) {
            char json[200];
            snprintf(json, sizeof json, "{\"a\":\"x%d\",\"k%d\":%d,\"b\":%s,\"n\":\"%d\"}", round, shape,
                     round, shape % 3 ? "\"192.0.2.1\"" : "[1]", shape);
            free(line_of(&both, json, "siem", "receipt"));
        }
    end(&both);
}

/* Keys that look alike from outside are told apart. */
static void test_keys_that_differ_in_the_middle(void **state)
{
    (void)state;
    struct both both;
    begin(&both);
    static const char *const keys[] = {"a1234567890123456z", "a1234567X90123456z", "azbz",     "aZbz",
                                       "azbzazbzY9",         "12345678",           "1234567x8"};
    for (int round = 0; round < 2; round++) {
        expect(&both, "{\"a\":\"x\",\"azbzazbzX9\":1,\"null\":null,\"none\":null}", "siem", "receipt",
               "{\"kind\":\"x\",\"source\":\"siem\",\"b\":{\"d\":\"X\"},\"list\":[\"x\"],\"long\":1}");
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            char json[100], line[160];
            snprintf(json, sizeof json, "{\"a\":\"x\",\"%s\":1,\"null\":null,\"none\":null}", keys[i]);
            snprintf(line, sizeof line,
                     "{\"kind\":\"x\",\"source\":\"siem\",\"b\":{\"d\":\"X\"},\"list\":[\"x\"],\"rest\":{\"%"
                     "s\":1}}",
                     keys[i]);
            expect(&both, json, "siem", "receipt", line);
        }
    }
    end(&both);
}

/* The same keys at the same places on the tape, in other objects: "k" stands where "a" stood among the
 * members. */
static void test_keys_that_are_known_and_stand_elsewhere(void **state)
{
    (void)state;
    struct both both;
    begin(&both);
    static const char *const events[] = {"{\"o\":{\"k\":1},\"a\":[\"x\"]}", "{\"o\":{},\"k\":[\"x\"]}",
                                         "{\"o\":{\"k\":1,\"a\":[\"x\"]}}", "{\"o\":[],\"a\":[\"x\"]}",
                                         "{\"o\":{\"a\":[\"x\"]},\"k\":1}"};
    const size_t count = sizeof events / sizeof *events;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count * 4; k++)
            free(line_of(&both, events[k % 2 ? i : k / 4], "siem", "receipt"));
    end(&both);
}

/* Too many members, two of one name, names with escapes: they go through the general machine. */
/* What stands side by side goes out together; what lies between and is not in the rest does not. */
static void test_a_rest_with_gaps(void **state)
{
    (void)state;
    struct both both;
    begin_with(&both, "local map = postern.map\n"
                      "return map { { 'x', map.field 'x' }, { 'g', map.field('y'):ip() },\n"
                      "  map.rest():without('w'):numbers('i') }");
    expect(&both,
           "{\"a\":1,\"n\":null,\"b\":2,\"x\":3,\"c\":\"\",\"d\":4,\"w\":5,\"e\":{\"f\":1},\"g\":6, "
           "\"h\":[7],\"i\":\"8\",\"j\":9,\"k\":10}",
           "siem", "receipt",
           "{\"x\":3,\"i\":8,\"a\":1,\"b\":2,\"d\":4,\"e\":{\"f\":1},\"g\":6, \"h\":[7],\"j\":9,"
           "\"k\":10}");
    /* the target "g" is there as well: a document has a name once */
    expect(&both, "{\"y\":\"192.0.2.1\",\"g\":6,\"n\":null,\"k\":10}", "siem", "receipt",
           "{\"g\":\"192.0.2.1\",\"g_2\":6,\"k\":10}");
    end(&both);
}

static void test_events_without_a_shape(void **state)
{
    (void)state;
    struct both both;
    begin(&both);
    static char many[8000];
    size_t size = (size_t)snprintf(many, sizeof many, "{\"a\":\"x\"");
    for (int i = 0; i < 300; i++)
        size += (size_t)snprintf(many + size, sizeof many - size, ",\"m%d\":%d", i, i);
    snprintf(many + size, sizeof many - size, "}");
    for (int round = 0; round < 3; round++) {
        free(line_of(&both, many, "siem", "receipt"));
        expect(&both, "{\"z\":1,\"a\":\"x\",\"z\":2}", "siem", "receipt",
               "{\"kind\":\"x\",\"source\":\"siem\",\"b\":{\"d\":\"X\"},\"list\":[\"x\"],\"rest\":{\"z\":1,"
               "\"z_2\":2}}");
        expect(&both, "{\"\\u0061\":\"x\"}", "siem", "receipt",
               "{\"kind\":\"x\",\"source\":\"siem\",\"b\":{\"d\":\"X\"},\"list\":[\"x\"]}");
    }
    end(&both);
}

/* What one script makes of the event, whichever machine runs its maps. */
static void expect_same(const char *text, const struct script_event *event)
{
    static const char *const machines[] = {"general", "program"};
    char *lines[2];
    for (int i = 0; i < 2; i++) {
        struct scripts scripts;
        struct script_result result;
        setenv("POSTERN_MAP_MACHINE", machines[i], 1);
        scripts_open(&scripts, text);
        unsetenv("POSTERN_MAP_MACHINE");
        script_run(scripts.runner, event, &result);
        if (result.verdict != SCRIPT_KEPT) fail_msg("%s: %s", machines[i], result.error.message);
        lines[i] = strndup(result.outputs[0].text.data, result.outputs[0].text.size);
        scripts_close(&scripts);
    }
    assert_string_equal(lines[0], lines[1]);
    free(lines[0]);
    free(lines[1]);
}

/* A map's function may run the map itself, over more shapes than there is room for: the program that runs
 * stays. */
static void test_a_map_inside_itself(void **state)
{
    (void)state;
    const struct script_event event = scripts_event("{\"a\":\"outer\",\"b\":\"behind\"}");
    expect_same("local map, inner = postern.map, nil\n"
                "inner = map { { 'a', map.field('a'):call(function(value)\n"
                "    if value ~= 'outer' then return value end\n"
                "    local lines = 0\n"
                "    for shape = 1, 80 do\n"
                "      if inner { a = 'inner', ['k' .. shape] = shape } then lines = lines + 1 end\n"
                "    end\n"
                "    return lines\n"
                "  end) }, { 'behind.b', map.field 'b' }, { 'behind.c', map.field('b'):upper() },\n"
                "  { 'rest', map.rest() } }\n"
                "return inner",
                &event);
}

/* The map is run inside itself over an event of the same shape, whose members lie at other places of the
 * tape: those of the outer event stay known. */
static void test_a_shape_inside_itself_with_other_places(void **state)
{
    (void)state;
    const struct script_event event =
        scripts_event("{\"o\":{\"k\":[1,2]},\"a\":\"outer\",\"b\":\"behind\",\"c\":\"last\"}");
    expect_same(
        "local map, inner = postern.map, nil\n"
        "inner = map { { 'a', map.field('a'):call(function(value)\n"
        "    if value ~= 'outer' then return value end\n"
        "    return inner '{\"o\":{},\"a\":\"inner\",\"b\":\"other\",\"c\":\"end\"}' and 'both'\n"
        "  end) }, { 'b', map.field 'b' }, { 'upper', map.field('c'):upper() }, { 'rest', map.rest() } }\n"
        "return inner",
        &event);
}

/* How a number is read hangs on its size, and on the unit that a step names. */
static void test_moments_beside_other_times(void **state)
{
    (void)state;
    struct script_event event = scripts_event("{\"n\":1767323045}");
    event.received_ms = 1767323045;
    event.time_ms = 1767323045678;
    expect_same(
        "local map = postern.map\n"
        "return map { { 'n', map.field('n'):time 'ms' }, { 'received', map.meta('received'):time() },\n"
        "  { 'time', map.meta('time'):time() }, { 'again', map.meta('received'):time() } }",
        &event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_event_is_called),
        cmocka_unit_test(test_what_each_item_asks_for),
        cmocka_unit_test(test_what_is_asked_though_nothing_comes_of_it),
        cmocka_unit_test(test_more_shapes_than_programs),
        cmocka_unit_test(test_keys_that_differ_in_the_middle),
        cmocka_unit_test(test_keys_that_are_known_and_stand_elsewhere),
        cmocka_unit_test(test_a_rest_with_gaps),
        cmocka_unit_test(test_events_without_a_shape),
        cmocka_unit_test(test_a_map_inside_itself),
        cmocka_unit_test(test_a_shape_inside_itself_with_other_places),
        cmocka_unit_test(test_moments_beside_other_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
