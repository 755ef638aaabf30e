/* How long is waited for whoever asks for it. */
#include "../unit.h"
#include "base/backoff.h"

static void what_is_asked_has_bounds(void **state)
{
    (void)state;
    const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
    static const int64_t kept[] = {0, 1, 1500, 900000};
    for (size_t i = 0; i < COUNT(kept); i++)
        assert_int_equal(backoff_asked(kept[i]), kept[i]);
    assert_int_equal(backoff_asked(day_ms), day_ms);
    assert_int_equal(backoff_asked(day_ms + 1), day_ms);
    assert_int_equal(backoff_asked(INT64_MAX), day_ms); /* added to a clock it would overflow */
    assert_int_equal(backoff_asked(-1), 0);
    assert_int_equal(backoff_asked(INT64_MIN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_asked_has_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
