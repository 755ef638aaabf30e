#include "../unit.h"
#include "base/backoff.h"

static void backoff_doubles_to_five_minutes(void **state)
{
    (void)state;
    struct random_source random = random_fixed(7);
    int64_t whole = 1000;
    for (int attempt = 1; attempt < 40; attempt++) {
        int64_t least = INT64_MAX, most = 0;
        for (int i = 0; i < 400; i++) {
            int64_t wait = backoff_ms(attempt, &random);
            assert_true(wait >= whole / 2 && wait <= whole);
            if (wait < least) least = wait;
            if (wait > most) most = wait;
        }
        assert_true(most - least > whole / 4); /* it is spread over its range */
        whole = whole * 2 > 300000 ? 300000 : whole * 2;
    }
    assert_int_equal(whole, 300000);
}

static void backoff_repeats_with_fixed_random(void **state)
{
    (void)state;
    struct random_source a = random_fixed(42), b = random_fixed(42);
    for (int attempt = 1; attempt < 12; attempt++)
        assert_int_equal(backoff_ms(attempt, &a), backoff_ms(attempt, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_doubles_to_five_minutes),
        cmocka_unit_test(backoff_repeats_with_fixed_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
