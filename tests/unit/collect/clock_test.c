/* A server's Date decides what is asked and what is settled; these Dates are wrong. */
#include "stream_fixture.h"

static int64_t wrong_date_ms;

static void script_wrong_date(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    world.date_ms = wrong_date_ms;
    say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static int requests_of_six_hours(int64_t date_ms)
{
    wrong_date_ms = date_ms;
    begin(1, script_wrong_date);
    build();
    go(1u << WINDOW);
    run_for(6 * HOUR);
    assert_true(record_of(WINDOW)->settled_until_ms < world.time_ms);
    assert_true(record_of(WINDOW)->pass_until_ms <= world.time_ms);
    int requests = bench.seen[0][WINDOW].requests;
    world.date_ms = 0;
    end();
    return requests;
}

static void test_a_wrong_date_makes_neither_more_requests_nor_fewer(void **state)
{
    (void)state;
    int usual = requests_of_six_hours(0);
    assert_true(usual > 10);
    assert_int_equal(requests_of_six_hours(INT64_C(253402300799000)), usual); /* the end of 9999 */
    assert_int_equal(requests_of_six_hours(1000), usual);                     /* the beginning of 1970 */
    int64_t now_ms = world.time_ms;
    assert_int_equal(requests_of_six_hours(now_ms + 72 * HOUR), usual);
    /* Nothing settles meanwhile, so that a poll may need a slice more. */
    assert_in_range(requests_of_six_hours(now_ms - 72 * HOUR), usual, usual + usual / 2);
}

static void script_jumping_date(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    world.date_ms = world.time_ms + (n % 2 ? 3 : -3) * HOUR;
    flight->status = 401;
}

static void test_a_date_that_jumps_is_not_followed_without_rest(void **state)
{
    (void)state;
    begin(1, script_jumping_date);
    build();
    go(1u << WINDOW);
    run_for(MINUTE);
    assert_in_range(bench.seen[0][WINDOW].requests, 2, 20);
    world.date_ms = 0;
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wrong_date_makes_neither_more_requests_nor_fewer),
        cmocka_unit_test(test_a_date_that_jumps_is_not_followed_without_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
