/* What must not take long, though a simple way to do it would: data and maps that are made to be slow. */
#include "map_fixture.h"

#include "base/buffer.h"
#include <time.h>

/* "name":[...]: numbers of six digits, each between two texts. */
static void long_list(struct buffer *event, const char *name, int count, const char *before,
                      const char *behind)
{
    buffer_printf(event, "%s\"%s\":[", event->size ? "," : "{", name);
    for (int i = 0; i < count; i++)
        buffer_printf(event, "%s%s%d%s", i ? "," : "", before, 100000 + i, behind);
    buffer_append_byte(event, ']');
}

static void expect_kept(const char *script, const char *json, size_t size)
{
    struct scripts scripts;
    scripts_open(&scripts, script);
    struct script_event event = scripts_event(json);
    clock_t before = clock();
    script_run(scripts.runner, &event, &scripts.result);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    if (seconds > 2) fail_msg("it took %.1f s", seconds);
    if (scripts.result.verdict != SCRIPT_KEPT) fail_msg("%s", scripts.result.error.message);
    assert_int_equal(scripts.result.output_count, 1);
    if (size) assert_int_equal(scripts.result.outputs[0].text.size, size);
    scripts_close(&scripts);
}

static void test_texts_that_differ_in_the_middle_alone(void **state)
{
    (void)state;
    struct buffer event = {.limit = 16 << 20};
    long_list(&event, "x", 40000, "\"aaaaaaaa", "@bbbb.cc\"");
    buffer_append_byte(&event, '}');
    expect_kept(PREAMBLE "return map { { 'x', list(field 'x') } }", buffer_string(&event), event.size);
    buffer_free(&event);
}

static void test_origins_that_are_shared_again_and_again(void **state)
{
    (void)state;
    struct buffer event = {.limit = 1 << 16};
    buffer_append_string(&event, "{\"a\":\"1\",\"b\":\"1\"");
    for (int i = 1; i <= 50; i++)
        buffer_printf(&event, ",\"f%d\":\"1\"", i);
    buffer_append_byte(&event, '}');
    expect_kept(PREAMBLE "local function one() return '1' end\n"
                         "local a, b = call(one, field 'a'), call(one, field 'b')\n"
                         "for i = 1, 50 do a, b = call(one, a, b, field('f' .. i)), a end\n"
                         "return map { { 'out', a }, rest() }",
                buffer_string(&event), strlen("{\"out\":\"1\"}"));
    buffer_free(&event);
}

static void test_conditions_that_are_shared_again_and_again(void **state)
{
    (void)state;
    expect_kept(PREAMBLE "local c = field('x'):exists()\n"
                         "for i = 1, 60 do c = map.all(c, c) end\n"
                         "return map { { 'out', when(c, 'yes', 'no') } }",
                "{\"x\":1}", strlen("{\"out\":\"yes\"}"));
}

static void test_many_values_that_cannot_be_read(void **state)
{
    (void)state;
    struct buffer event = {.limit = 16 << 20};
    long_list(&event, "x", 100000, "\"n", "\"");
    long_list(&event, "y", 100000, "\"n", "\"");
    buffer_append_byte(&event, '}');
    expect_kept(PREAMBLE "return map { { 'a', list(field 'x', field 'y'):integer() }, rest() }",
                buffer_string(&event), event.size);
    buffer_free(&event);
}

static void test_many_lists_in_a_list(void **state)
{
    (void)state;
    struct buffer event = {.limit = 16 << 20};
    long_list(&event, "x", 50000, "[", "]");
    buffer_append_byte(&event, '}');
    expect_kept(PREAMBLE "return map { { 'x', field('x'):lower():lower() }, rest() }", buffer_string(&event),
                event.size);
    buffer_free(&event);
}

static void test_a_map_of_many_constants(void **state)
{
    (void)state;
    expect_kept(PREAMBLE "local entries = {}\n"
                         "for i = 1, 5000 do entries[i] = { ('n%05d'):format(i), 'a constant value' } end\n"
                         "return map(entries)",
                "{}", 5000 * strlen("\"n00001\":\"a constant value\",") + 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_that_differ_in_the_middle_alone),
        cmocka_unit_test(test_origins_that_are_shared_again_and_again),
        cmocka_unit_test(test_conditions_that_are_shared_again_and_again),
        cmocka_unit_test(test_many_values_that_cannot_be_read),
        cmocka_unit_test(test_many_lists_in_a_list),
        cmocka_unit_test(test_a_map_of_many_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
