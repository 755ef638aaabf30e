/* Whether a stream is polled as often as its interval says, and why not. */
#include "../unit.h"
#include "collect/plan/lateness.h"

#define INTERVAL 30000

static void poll(struct lateness *lateness, enum late_cause cause, int64_t waited_ms, int64_t apart_ms)
{
    lateness_ask(lateness);
    lateness_wait(lateness, cause, INTERVAL, waited_ms);
    lateness_end(lateness, INTERVAL, apart_ms);
}

static void polls_in_time_are_not_late(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    poll(&lateness, LATE_MACHINE, 10, INTERVAL / 2); /* the first is off the grid */
    for (int i = 0; i < 100; i++) {
        poll(&lateness, LATE_HOST_CONNECTIONS, 14000, INTERVAL);
        assert_false(lateness.is_late);
    }
    assert_in_range(lateness.every, 980, 1000);
}

/* A jump of the clock, a reload, a moment of trouble. */
static void one_late_poll_is_no_trouble(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    for (int i = 0; i < 20; i++)
        poll(&lateness, LATE_MACHINE, i == 10 ? 86400000 : 10, i == 10 ? 86400000 : INTERVAL),
            assert_false(lateness.is_late);
}

static void every_second_late_poll_is_said_with_its_cause(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    for (int i = 0; i < 40; i++) {
        bool late = i % 2 == 0;
        poll(&lateness, late ? LATE_HOST_CONNECTIONS : LATE_ANSWER, late ? 16000 : 300,
             late ? 2 * INTERVAL : INTERVAL);
        if (i >= 12) assert_true(lateness.is_late);
    }
    assert_int_equal(lateness.cause, LATE_HOST_CONNECTIONS);
    assert_in_range(lateness.every, 1400, 1600);
    int polls = 0;
    for (; lateness.is_late; polls++)
        poll(&lateness, LATE_ANSWER, 300, INTERVAL);
    assert_in_range(polls, 2, 8); /* and it is over */
}

static void every_fourth_is_tolerated_and_every_third_is_not(void **state)
{
    (void)state;
    for (int nth = 3; nth <= 4; nth++) {
        struct lateness lateness = {0};
        for (int i = 0; i < 40; i++) {
            bool late = i % nth == 0;
            poll(&lateness, LATE_TURN, late ? 16000 : 300, late ? 2 * INTERVAL : INTERVAL);
            if (i > 3) assert_int_equal(lateness.is_late, nth == 3);
        }
    }
}

/* What holds it up is said elsewhere, or it reads a backlog: nothing was waited for that counts. */
static void what_is_not_explained_is_not_counted(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    for (int i = 0; i < 40; i++)
        poll(&lateness, LATE_TURN, INTERVAL / 4 - 100, 10 * INTERVAL);
    assert_false(lateness.is_late);
    assert_int_equal(lateness.every, 1000);
}

static void the_longest_wait_is_the_cause(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    for (int i = 0; i < 40; i++) {
        lateness_ask(&lateness);
        lateness_take(&lateness, LATE_ANSWER, INTERVAL, 6000);
        lateness_wait(&lateness, LATE_TURN, INTERVAL, 9000);
        lateness_wait(&lateness, LATE_MACHINE, INTERVAL, -5);
        lateness_ask(&lateness);
        lateness_wait(&lateness, LATE_LIMIT, INTERVAL, 8000);
        assert_int_equal(lateness.requests, 2);
        assert_in_range(lateness.waited, 760, 767);
        lateness_end(&lateness, INTERVAL, 2 * INTERVAL);
        assert_int_equal(lateness.requests, 0);
        assert_int_equal(lateness.waited, 0);
    }
    assert_true(lateness.is_late);
    assert_int_equal(lateness.cause, LATE_TURN);
}

/* Polls that take long are the cause themselves only where they take more than twice as long as they waited.
 */
static void what_a_poll_takes_counts_half(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    lateness_take(&lateness, LATE_ANSWER, INTERVAL, 12000);
    lateness_wait(&lateness, LATE_CONNECTIONS, INTERVAL, 6300);
    lateness_end(&lateness, INTERVAL, 2 * INTERVAL);
    assert_int_equal(lateness.cause, LATE_CONNECTIONS);
    lateness_wait(&lateness, LATE_CONNECTIONS, INTERVAL, 6000);
    lateness_take(&lateness, LATE_ANSWER, INTERVAL, 12300);
    lateness_end(&lateness, INTERVAL, 2 * INTERVAL);
    assert_int_equal(lateness.cause, LATE_ANSWER);
}

static void nothing_overflows(void **state)
{
    (void)state;
    struct lateness lateness = {0};
    for (int i = 0; i < 1000; i++) {
        lateness_ask(&lateness);
        lateness_wait(&lateness, LATE_TURN, 1000, INT64_MAX);
    }
    assert_int_equal(lateness.waited, UINT16_MAX);
    assert_int_equal(lateness.requests, 2);
    for (int i = 0; i < 1000; i++) {
        lateness_wait(&lateness, LATE_TURN, 1000, INT64_MAX);
        lateness_end(&lateness, 1000, INT64_MAX);
    }
    assert_in_range(lateness.every, 7900, 8000);
    lateness_wait(&lateness, LATE_TURN, 0, 1000);
    lateness_end(&lateness, 0, 1000); /* an interval of nothing is never late */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polls_in_time_are_not_late),
        cmocka_unit_test(one_late_poll_is_no_trouble),
        cmocka_unit_test(every_second_late_poll_is_said_with_its_cause),
        cmocka_unit_test(every_fourth_is_tolerated_and_every_third_is_not),
        cmocka_unit_test(what_is_not_explained_is_not_counted),
        cmocka_unit_test(the_longest_wait_is_the_cause),
        cmocka_unit_test(what_a_poll_takes_counts_half),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
