/* What jsonb does not take of JSON: escapes of U+0000 and of halves of surrogate pairs. */
#include "../unit.h"
#include "postgresql_sink.h"
#include <stdlib.h>

/* The text with each such escape as "!", as often as it comes. */
static void expect(const char *text, const char *repaired)
{
    char found[256];
    size_t size = 0, bad;
    postern_text rest = kit_text(text);
    do {
        size_t good = json_good_part(rest, &bad);
        memcpy(found + size, rest.data, good);
        size += good;
        if (bad) found[size++] = '!';
        rest = kit_span(rest.data + good + bad, rest.size - good - bad);
    } while (bad);
    found[size] = '\0';
    assert_string_equal(found, repaired);
}

static void test_good_json_stays(void **state)
{
    (void)state;
    expect("", "");
    expect("{\"a\":1}", "{\"a\":1}");
    expect("\"\\n\\\\ \\u0001 \\u00e4 \\ud83d\\ude00\"", "\"\\n\\\\ \\u0001 \\u00e4 \\ud83d\\ude00\"");
}

static void test_zero_is_found_and_a_backslash_before_a_u_is_not(void **state)
{
    (void)state;
    expect("\"a\\u0000b\"", "\"a!b\"");
    expect("\"a\\\\u0000b\"", "\"a\\\\u0000b\"");
    expect("\"a\\\\\\u0000b\"", "\"a\\\\!b\"");
    expect("\"\\u0000\\u0000\"", "\"!!\"");
}

static void test_halves_of_pairs_are_found(void **state)
{
    (void)state;
    expect("\"\\ud83d\"", "\"!\"");
    expect("\"\\uDE00\"", "\"!\"");
    expect("\"\\ud83dx\\ude00\"", "\"!x!\"");
    expect("\"\\ud83d\\ud83d\\ude00\"", "\"!\\ud83d\\ude00\"");
    expect("\"\\ud83d\\u0041\"", "\"!\\u0041\"");
}

static void test_it_does_not_read_behind_the_end(void **state)
{
    static const char text[] = {'\\', 'u', '0', '0', '0', '0'};
    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        char *exact = malloc(size ? size : 1);
        size_t bad = 9;
        memcpy(exact, text, size);
        assert_int_equal(json_good_part(kit_span(exact, size), &bad), size);
        assert_int_equal(bad, 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_json_stays),
        cmocka_unit_test(test_zero_is_found_and_a_backslash_before_a_u_is_not),
        cmocka_unit_test(test_halves_of_pairs_are_found),
        cmocka_unit_test(test_it_does_not_read_behind_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
