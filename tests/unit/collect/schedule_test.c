/* Due times: regular for one stream, spread over all. */
#include "collect/plan/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE (60LL * 1000)

static void test_grid(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t now, interval, phase, next;
    } rows[] = {
        {"the very next place is too near: the one behind it", 1000, 900, 200, 2000},
        {"half an interval away is enough", 1550, 900, 200, 2000},
        {"after a poll on its place: one interval later", 2000, 900, 200, 2900},
        {"phase 0", 900, 900, 0, 1800},
        {"interval 0: at once", 77, 0, 0, 77},
        {"before the first place", 0, 900, 800, 800},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("row %zu: %s\n", i, rows[i].what);
        assert_int_equal(schedule_next_due(rows[i].now, rows[i].interval, rows[i].phase), rows[i].next);
    }
}

static void test_thousand_streams_are_spread(void **state)
{
    (void)state;
    enum { STREAMS = 6000, BINS = 15 };
    int64_t interval = 15 * MINUTE;
    int per_minute[BINS] = {0};
    for (int i = 0; i < STREAMS; i++) {
        char account[32];
        snprintf(account, sizeof account, "customer-%d", i / 6);
        static const char *const streams[] = {"siem", "audit", "ttp-url", "ttp-attachment", "dlp", "x"};
        int64_t phase = schedule_phase(account, streams[i % 6], interval);
        assert_true(phase >= 0 && phase < interval);
        assert_int_equal(phase, schedule_phase(account, streams[i % 6], interval));
        per_minute[phase / MINUTE]++;
    }
    for (int i = 0; i < BINS; i++)
        assert_in_range(per_minute[i], STREAMS / BINS * 3 / 4, STREAMS / BINS * 5 / 4);
}

/* Streams that are due at nearly the same time are due at the same time, by a quarter of a second at most. */
static void test_some_ask_together(void **state)
{
    (void)state;
    int64_t interval = 15 * MINUTE;
    for (int i = 0; i < 1000; i++) {
        char account[32];
        snprintf(account, sizeof account, "customer-%d", i);
        assert_int_equal(schedule_phase(account, "audit", interval) % 250, 0);
        assert_int_equal(schedule_phase(account, "audit", 5000) % 50, 0);
        assert_in_range(schedule_phase(account, "audit", 50), 0, 49);
    }
    bool is_odd = false;
    for (int i = 0; i < 100 && !is_odd; i++)
        is_odd = schedule_phase((char[]){(char)('0' + i % 10), '\0'}, "audit", 99) % 2;
    assert_true(is_odd); /* short ones keep their own place */
    assert_int_equal(schedule_phase("acme", "audit", 1), 0);
}

static void test_start(void **state)
{
    (void)state;
    assert_int_equal(schedule_first_due(50, 0, 6, 40, 15 * MINUTE),
                     50); /* the first request leaves at once */
    assert_int_equal(schedule_first_due(50, 5, 6, 40, 15 * MINUTE), 50 + 5 * 25);
    assert_int_equal(schedule_first_due(50, 5999, 6000, 10000, 15 * MINUTE), 50 + 599);
    assert_int_equal(schedule_first_due(50, 5999, 6000, 0, 15 * MINUTE), 50);
    /* Very many streams share one interval. */
    assert_in_range(schedule_first_due(0, 99999, 100000, 40, 15 * MINUTE), 14 * MINUTE, 15 * MINUTE);
}

static void test_pace(void **state)
{
    (void)state;
    struct random_source random = random_fixed(7);
    struct pace pace = {.attempt = 3};
    int64_t last = 0;
    for (int i = 1; i <= 12; i++) {
        pace_failed(&pace, 0, 0, &random);
        int64_t whole = i < 10 ? 1000LL << (i - 1) : 5 * MINUTE;
        if (whole > 5 * MINUTE) whole = 5 * MINUTE;
        assert_in_range(pace.not_before_ms, whole / 2, whole);
        last = pace.not_before_ms;
    }
    assert_true(last >= 150 * 1000);
    pace_failed(&pace, 1000, 3600 * 1000, &random); /* the vendor asked for an hour */
    assert_int_equal(pace.not_before_ms, 3601 * 1000);
    pace_failed(&pace, 2000, 0, &random); /* a failure meanwhile does not shorten it */
    assert_int_equal(pace.not_before_ms, 3601 * 1000);
    pace_limited(&pace, 5000, 700);
    assert_int_equal(pace.not_before_ms, 5700);
    assert_int_equal(pace.limited, 1);
    pace_succeeded(&pace);
    assert_int_equal(pace.failures, 0);
    assert_int_equal(pace.limited, 0);
    assert_int_equal(pace.attempt, 1);
    pace = (struct pace){.attempt = 3};
    pace_restarted(&pace, 5000, &random); /* at once */
    assert_int_equal(pace.not_before_ms, 0);
    assert_int_equal(pace.attempt, 1);
    pace_succeeded(&pace);
    pace_restarted(&pace, 5000, &random);
    assert_in_range(pace.not_before_ms, 5500, 6000);
    pace_restarted(&pace, 6000, &random);
    assert_in_range(pace.not_before_ms, 7000, 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_some_ask_together),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_thousand_streams_are_spread),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
