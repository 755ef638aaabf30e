/* Times that were written down before the wall clock was set. */
#include "../unit.h"
#include "report/clock_steps.h"

#define HOUR ((int64_t)3600000)
#define DAY  (24 * HOUR)

/* A wall clock that is set now and then beside the time that passes; it is looked at every two seconds. */
struct wall {
    int64_t true_ms, ahead_ms, last_true_ms, last_ms;
    struct clock_steps steps;
};

static int64_t now_of(const struct wall *wall)
{
    return wall->true_ms + wall->ahead_ms;
}

static void look(struct wall *wall)
{
    int64_t expected = wall->last_ms + (wall->true_ms - wall->last_true_ms);
    clock_steps_note(&wall->steps, expected, now_of(wall));
    wall->last_true_ms = wall->true_ms;
    wall->last_ms = now_of(wall);
}

static void pass(struct wall *wall, int64_t ms)
{
    look(wall);
    wall->true_ms += ms;
    look(wall);
}

static struct wall start(void)
{
    return (struct wall){.true_ms = 100 * DAY, .last_true_ms = 100 * DAY, .last_ms = 100 * DAY};
}

static int64_t age_of(const struct wall *wall, int64_t time_ms)
{
    return now_of(wall) - clock_steps_correct(&wall->steps, now_of(wall), time_ms);
}

static void a_clock_that_nobody_sets_changes_nothing(void **state)
{
    (void)state;
    struct wall wall = start();
    int64_t then = now_of(&wall);
    for (int i = 0; i < 1000; i++) {
        wall.ahead_ms += i % 7 - 3; /* ticks are not even */
        pass(&wall, 2000);
    }
    assert_int_equal(wall.steps.count, 0);
    assert_int_equal(age_of(&wall, then), now_of(&wall) - then);
    assert_int_equal(clock_steps_correct(&wall.steps, now_of(&wall), 0), 0);
}

static void an_age_is_the_time_that_passed(void **state)
{
    (void)state;
    static const int64_t plans[][3] = {
        {2 * HOUR},       {-DAY},        {9 * DAY, -9 * DAY},    {-DAY, DAY},    {-DAY, DAY, -DAY},
        {2 * HOUR, HOUR}, {-HOUR, -DAY}, {DAY, -2 * HOUR, -DAY}, {HOUR, 0, -DAY}};
    for (size_t plan = 0; plan < sizeof plans / sizeof *plans; plan++) {
        struct wall wall = start();
        int64_t written[16], when[16];
        size_t count = 0;
        for (int part = 0; part < 4; part++) {
            for (int i = 0; i < 3; i++) {
                pass(&wall, 10 * 60000);
                written[count] = now_of(&wall);
                when[count++] = wall.true_ms;
            }
            pass(&wall, 2000);
            if (part < 3) wall.ahead_ms += plans[plan][part];
        }
        pass(&wall, 60000);
        for (size_t i = 0; i < count; i++)
            if (age_of(&wall, written[i]) != wall.true_ms - when[i])
                fail_msg("plan %zu, time %zu: %lld instead of %lld", plan, i,
                         (long long)age_of(&wall, written[i]), (long long)(wall.true_ms - when[i]));
    }
}

static void what_is_written_before_the_step_is_noticed_counts_as_behind_it(void **state)
{
    (void)state;
    for (int back = 0; back < 2; back++) {
        struct wall wall = start();
        pass(&wall, HOUR);
        wall.ahead_ms = back ? -DAY : DAY;
        wall.true_ms += 500;
        int64_t then = now_of(&wall);
        wall.true_ms += 1500;
        look(&wall);
        assert_int_equal(wall.steps.count, 1);
        assert_int_equal(age_of(&wall, then), 1500);
    }
}

static void of_many_steps_the_newest_are_kept(void **state)
{
    (void)state;
    struct wall wall = start();
    for (int i = 0; i < 3 * CLOCK_STEPS_KEPT; i++) {
        pass(&wall, HOUR);
        wall.ahead_ms += i % 2 ? -DAY : DAY;
    }
    int64_t then = now_of(&wall) + DAY; /* before the last of them */
    pass(&wall, 60000);
    assert_int_equal(wall.steps.count, CLOCK_STEPS_KEPT);
    assert_int_equal(age_of(&wall, then), 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_nobody_sets_changes_nothing),
        cmocka_unit_test(an_age_is_the_time_that_passed),
        cmocka_unit_test(what_is_written_before_the_step_is_noticed_counts_as_behind_it),
        cmocka_unit_test(of_many_steps_the_newest_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
