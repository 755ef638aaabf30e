/* How many connections may be open to a host, against hosts that bear this and that. No real time passes. */
#include "../unit.h"
#include "http/allowance.h"

#define MOST 4096 /* that wait or are under way in a simulated host */

/* A host and those who ask it: first come, first served. */
struct world {
    struct allowance allowance;
    int64_t now_ms;
    int64_t each_ms;    /* how long an answer takes */
    int64_t serves;     /* so many a second at most; 0 = any number */
    int refuses;        /* of each hundred, so many */
    int64_t came[MOST]; /* those who wait, a ring */
    size_t first, count;
    int64_t began[MOST], ends[MOST]; /* those under way; 0 = free */
    size_t open, number;
    int64_t free_at_us; /* of a host that serves one behind the other */
    size_t answered;
};

static void begin(struct world *world, size_t maximum, int64_t each_ms)
{
    *world = (struct world){.now_ms = 1000, .each_ms = each_ms};
    allowance_init(&world->allowance, maximum);
}

static int64_t ends_at(struct world *world)
{
    int64_t soonest = world->now_ms + world->each_ms;
    if (!world->serves) return soonest;
    int64_t now_us = world->now_ms * 1000;
    if (world->free_at_us < now_us) world->free_at_us = now_us;
    world->free_at_us += 1000000 / world->serves;
    return soonest > world->free_at_us / 1000 ? soonest : world->free_at_us / 1000;
}

static void let_in(struct world *world)
{
    while (world->count) {
        int64_t waited = world->now_ms - world->came[world->first % MOST];
        if (world->open >= world->allowance.now) allowance_wanted(&world->allowance, world->now_ms, waited);
        if (world->open >= world->allowance.now) return;
        size_t slot = 0;
        while (world->ends[slot])
            slot++;
        world->began[slot] = world->now_ms;
        world->ends[slot] = ends_at(world);
        world->open++, world->first++, world->count--;
        allowance_used(&world->allowance, waited, world->open);
    }
}

static void end(struct world *world)
{
    for (size_t i = 0; i < MOST; i++) {
        if (!world->ends[i] || world->ends[i] > world->now_ms) continue;
        world->ends[i] = 0;
        world->open--;
        bool refused = world->number++ % 100 < (size_t)world->refuses;
        world->answered += !refused;
        allowance_ended(&world->allowance, world->now_ms, world->now_ms - world->began[i], !refused);
    }
}

/* So many come in a second, for so long; returns how many were answered well in each second of the last ten.
 */
static size_t pass(struct world *world, size_t per_second, int64_t seconds)
{
    size_t before = 0;
    for (int64_t i = 0; i < seconds * 100; i++) {
        if (i == (seconds - 10) * 100) before = world->answered;
        world->now_ms += 10;
        for (size_t k = per_second * (size_t)i / 100; k < per_second * (size_t)(i + 1) / 100; k++)
            if (world->count < MOST) world->came[(world->first + world->count++) % MOST] = world->now_ms;
        end(world);
        let_in(world);
    }
    return (world->answered - before) / 10;
}

static struct world world;

static void it_grows_to_what_is_needed(void **state)
{
    (void)state;
    begin(&world, 1000, 300);
    assert_in_range(pass(&world, 50, 30), 48, 50); /* 16 are enough for 53 a second */
    assert_int_equal(world.allowance.now, 16);
    pass(&world, 400, 60);
    assert_in_range(pass(&world, 400, 30), 395, 405);
    assert_in_range(world.allowance.now, 120, 500); /* 120 are under way at once; the backlog took more */
    assert_true(world.count < 100);
}

static void slow_answers_are_no_hindrance(void **state)
{
    (void)state;
    static const int64_t each_ms[] = {20, 1000, 1700, 5000, 12000};
    for (size_t i = 0; i < COUNT(each_ms); i++) {
        size_t per_second = (size_t)(100 * 1000 / each_ms[i]); /* a hundred at once */
        begin(&world, 1000, each_ms[i]);
        pass(&world, per_second, 300);
        assert_in_range(pass(&world, per_second, 120), per_second * 9 / 10, per_second * 11 / 10);
        assert_true(world.count <= per_second);
    }
}

static void the_maximum_is_kept(void **state)
{
    (void)state;
    static const size_t most[] = {1, 3, 16, 17, 40};
    for (size_t i = 0; i < COUNT(most); i++) {
        begin(&world, most[i], 300);
        assert_int_equal(world.allowance.now, most[i] < 16 ? most[i] : 16);
        pass(&world, 1000, 60);
        assert_int_equal(world.allowance.now, most[i]);
        assert_int_equal(world.open, most[i]);
    }
}

/* More connections bring nothing there: each growth is taken back, and the next comes a minute later. */
static void a_host_that_serves_no_more_is_not_pressed(void **state)
{
    (void)state;
    static const int64_t serves[] = {60, 4};
    for (size_t i = 0; i < COUNT(serves); i++) {
        begin(&world, 1000, 100);
        world.serves = serves[i];
        size_t highest = 0, higher = 0;
        for (int second = 0; second < 900; second++) {
            pass(&world, 100, 1);
            if (world.allowance.now > highest) highest = world.allowance.now;
            higher += world.allowance.now > 16;
        }
        assert_in_range(highest, 17, 25);
        assert_in_range(higher, 10, 250); /* of 900 seconds */
    }
}

/* Who waited a moment ago is no reason to grow when somebody has just begun to. */
static void growing_takes_a_second_of_want(void **state)
{
    (void)state;
    struct allowance allowance;
    allowance_init(&allowance, 100);
    allowance_wanted(&allowance, 1000, 300);
    for (int i = 0; i < 100; i++)
        allowance_ended(&allowance, 1200, 300, true);
    allowance_used(&allowance, 20, 10);
    allowance_wanted(&allowance, 9000, 300);
    assert_int_equal(allowance.now, 16);
    for (int i = 0; i < 100; i++)
        allowance_ended(&allowance, 9900, 300, true);
    allowance_wanted(&allowance, 9999, 300);
    assert_int_equal(allowance.now, 16);
    allowance_wanted(&allowance, 10000, 300);
    assert_int_equal(allowance.now, 20);
}

static void refusals_halve_it(void **state)
{
    (void)state;
    begin(&world, 1000, 300);
    pass(&world, 600, 60);
    size_t before = world.allowance.now;
    assert_true(before > 150);
    world.refuses = 5; /* a few are the trouble of single accounts */
    pass(&world, 600, 20);
    assert_true(world.allowance.now >= before * 3 / 4);
    world.refuses = 100;
    pass(&world, 600, 5);
    assert_int_equal(world.allowance.now, 16);
    pass(&world, 600, 120);
    assert_int_equal(world.allowance.now, 16); /* however long they wait */
    world.refuses = 50;
    pass(&world, 600, 120);
    assert_int_equal(world.allowance.now, 16); /* nor what is answered between */
    world.refuses = 0;
    pass(&world, 600, 60);
    assert_true(world.allowance.now > 150);
}

static void a_host_that_does_not_answer_gets_no_more(void **state)
{
    (void)state;
    begin(&world, 1000, 3600 * 1000);
    pass(&world, 10, 600);
    assert_int_equal(world.allowance.now, 16);
}

static void what_is_not_needed_is_given_back(void **state)
{
    (void)state;
    begin(&world, 1000, 300);
    pass(&world, 600, 60);
    assert_true(world.allowance.now >= 180);
    pass(&world, 100, 30);
    assert_true(world.allowance.now >= 180); /* not at once */
    pass(&world, 100, 120);
    assert_in_range(world.allowance.now, 30, 40);
    pass(&world, 1, 120);
    assert_int_equal(world.allowance.now, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_to_what_is_needed),
        cmocka_unit_test(slow_answers_are_no_hindrance),
        cmocka_unit_test(the_maximum_is_kept),
        cmocka_unit_test(a_host_that_serves_no_more_is_not_pressed),
        cmocka_unit_test(growing_takes_a_second_of_want),
        cmocka_unit_test(refusals_halve_it),
        cmocka_unit_test(a_host_that_does_not_answer_gets_no_more),
        cmocka_unit_test(what_is_not_needed_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
