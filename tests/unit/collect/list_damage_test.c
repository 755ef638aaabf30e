/* Lists with rows that cannot be read: what leaves beside them is told all the same, unless it may hide in
 * them. */
#include "world_fleet.h"

enum { ITEMS = 3, ROUNDS = 12 };

/* By poll: the items that are shown, and the rows that cannot be read, as bits. */
struct scene {
    unsigned items, broken;
};

static const struct scene *scenes;
static int polls;

static void show(struct flight *flight)
{
    const struct scene *scene = &scenes[polls < ROUNDS - 1 ? polls++ : polls];
    buffer_append_string(&flight->body, "end\n");
    for (int n = 0; n < ITEMS; n++)
        if (scene->items >> n & 1)
            buffer_printf(&flight->body, "item key-%d %lld {\"n\":%d}\n", n, (long long)WORLD_START, n);
    if (scene->broken & 1) buffer_append_string(&flight->body, "broken row\n");
    if (scene->broken & 2) buffer_append_string(&flight->body, "aside another\n"); /* by itself */
}

/* Plays the scenes, the last of them on and on. */
static void play(const struct scene *played)
{
    struct toy_config toy;
    struct fleet_progress progress = {0};
    world_begin(7, show);
    world.latency_ms = 20;
    toy_config_make_of(&toy, 1, &toy_list_module);
    toy.source.interval_ms = MINUTE;
    scenes = played;
    polls = 0;
    struct fleet *fleet = world_fleet(&toy, &progress);
    fleet_go(fleet);
    world_run(WORLD_START + 2 * ROUNDS * MINUTE);
    assert_int_equal(polls, ROUNDS - 1);
    fleet_free(fleet);
    toy_config_free(&toy);
}

/* The first of the items that came, and it alone. */
static void expect_one_to_leave(const struct scene *played)
{
    play(played);
    assert_int_equal(world.taken[0], 1);
    assert_int_equal(world.left[0], 1);
    assert_int_equal(world.left[1], 0);
    world_end();
}

static void test_what_leaves_beside_damage_that_stays(void **state)
{
    (void)state;
    const struct scene played[ROUNDS] = {{3, 0}, {3, 1}, {3, 1}, {3, 1}, {2, 1}, {2, 1},
                                         {2, 1}, {2, 1}, {2, 1}, {2, 1}, {2, 1}, {2, 1}};
    expect_one_to_leave(played);
}

/* The poll that shows less of it is the one to be compared with, though it shows nothing else that is new. */
static void test_what_leaves_when_damage_became_less(void **state)
{
    (void)state;
    const struct scene played[ROUNDS] = {{3, 0}, {3, 3}, {3, 3}, {3, 1}, {3, 1}, {3, 1},
                                         {2, 1}, {2, 1}, {2, 1}, {2, 1}, {2, 1}, {2, 1}};
    expect_one_to_leave(played);
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_leaves_beside_damage_that_stays),
        cmocka_unit_test(test_what_leaves_when_damage_became_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
