/* When the journal will be full, from how fast the backlog grew. */
#include "journal/records.h"
#include "report/forecast.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR ((int64_t)3600000)
#define DAY  (24 * HOUR)
#define NOW  (1000 * DAY)
#define MIB  ((int64_t)1 << 20)

static int64_t forecast(int64_t bytes, int64_t age_ms, int64_t usable)
{
    const struct journal_totals totals = {
        .undelivered_bytes = bytes, .undelivered_since_ms = NOW - age_ms, .usable_bytes = usable};
    return forecast_full_ms(&totals, NOW);
}

static void it_goes_on_as_it_went(void **unused)
{
    (void)unused;
    assert_int_equal(forecast(400 * MIB, DAY, 1600 * MIB), 3 * DAY);
    assert_int_equal(forecast(100 * MIB, HOUR, 1600 * MIB), 15 * HOUR);
    assert_int_equal(forecast(1600 * MIB, DAY, 1600 * MIB), 0);
}

static void what_is_far_young_or_nothing_is_not_said(void **unused)
{
    (void)unused;
    const struct journal_totals nothing = {.usable_bytes = 1600 * MIB};
    assert_int_equal(forecast_full_ms(&nothing, NOW), -1);
    assert_int_equal(forecast(100 * MIB, HOUR - 1, 1600 * MIB), -1);
    assert_int_equal(forecast(-5, DAY, 1600 * MIB), -1);
    assert_int_equal(forecast(1 * MIB, DAY, 1600 * MIB), -1);
    assert_int_equal(forecast(100 * MIB, -DAY, 1600 * MIB), -1); /* a clock that went back */
}

static void it_is_told_in_round_words(void **unused)
{
    (void)unused;
    char words[32];
    assert_string_equal(forecast_words(3 * DAY + HOUR, words), "3 days");
    assert_string_equal(forecast_words(30 * HOUR, words), "30 hours");
    assert_string_equal(forecast_words(HOUR, words), "60 minutes");
    assert_string_equal(forecast_words(1, words), "1 minute");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_as_it_went),
        cmocka_unit_test(what_is_far_young_or_nothing_is_not_said),
        cmocka_unit_test(it_is_told_in_round_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
