/* When a backlog is worth a line, and when it is over. */
#include "../unit.h"
#include "report/backlog_limits.h"

#define NOW ((int64_t)1767225600000)

static void each_limit_counts(void **state)
{
    static const struct {
        struct backlog_limits limits;
        int64_t events, bytes, age_ms;
        bool over, under;
    } rows[] = {
        {{0, 0, 0}, INT64_MAX, INT64_MAX, NOW, false, true},
        {{100, 0, 0}, 100, INT64_MAX, NOW, false, false},
        {{100, 0, 0}, 101, 0, 0, true, false},
        {{100, 0, 0}, 51, 0, 0, false, false},
        {{100, 0, 0}, 50, 0, 0, false, true},
        {{0, 1000, 0}, 1, 1001, 1, true, false},
        {{0, 1000, 0}, 1, 500, 1, false, true},
        {{0, 0, 60000}, 1, 1, 60000, false, false},
        {{0, 0, 60000}, 1, 1, 60001, true, false},
        {{0, 0, 60000}, 1, 1, 30000, false, true},
        {{100, 1000, 60000}, 1, 1001, 1, true, false},
        {{100, 1000, 60000}, 1, 1, 1, false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct delivery_record delivery = {.backlog_events = rows[i].events,
                                                 .backlog_bytes = rows[i].bytes,
                                                 .waiting_since_ms = NOW - rows[i].age_ms};
        if (backlog_is_over(&rows[i].limits, &delivery, NOW) != rows[i].over ||
            backlog_is_under(&rows[i].limits, &delivery, NOW) != rows[i].under)
            fail_msg("row %zu", i);
    }
}

static void nothing_waits_for_no_time(void **state)
{
    (void)state;
    assert_int_equal(backlog_age_ms(&(struct delivery_record){0}, NOW), 0);
    assert_int_equal(backlog_age_ms(&(struct delivery_record){.waiting_since_ms = NOW + 5}, NOW), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_counts),
        cmocka_unit_test(nothing_waits_for_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
