/* What one answer may make is bounded, whatever stands in it, and its stream goes on. */
#include "stream_fixture.h"

#define BAD_LINES 5000

static void say_once(struct flight *flight, int n, void (*body)(struct flight *flight))
{
    if (n > 0) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    say(flight, "more\nposition t1\n");
    body(flight);
}

/* ---- Set aside ----------------------------------------------------------------------------------- */

static void neighbours(struct flight *flight)
{
    say(flight, "event 0 {\"n\":1}\n");
    for (int i = 0; i < BAD_LINES; i++)
        say(flight, "aside x\n");
    say(flight, "event 0 {\"n\":2}\n");
}

static void script_neighbours(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    say_once(flight, n, neighbours);
}

static void test_neighbours_are_one_letter(void **state)
{
    (void)state;
    begin(1, script_neighbours);
    build();
    go(1u << TOKEN);
    run_for(MINUTE);
    assert_int_equal(world.dead_count, 1);
    assert_string_equal(world.last_dead_reason, "no event at all (5000 in a row)");
    assert_int_equal(world.last_dead_size, 2 * BAD_LINES - 1);
    assert_int_equal(record_of(TOKEN)->set_aside, BAD_LINES);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    end();
}

static void test_a_long_row_is_cut(void **state)
{
    (void)state;
    begin(1, script_neighbours);
    bench.config.config.limits.set_aside_size = 1000;
    build();
    go(1u << TOKEN);
    run_for(MINUTE);
    assert_int_equal(world.dead_count, 1);
    assert_string_equal(world.last_dead_reason,
                        "no event at all (5000 in a row; the first 1000 of 9999 bytes are kept)");
    assert_int_equal(world.last_dead_size, 1000);
    end();
}

static void one_by_one(struct flight *flight)
{
    for (int i = 0; i < 500; i++)
        buffer_printf(&flight->body, "aside broken\nevent 0 {\"n\":%d}\n", i);
}

static void script_one_by_one(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    say_once(flight, n, one_by_one);
}

static void test_beyond_the_count_one_letter_speaks_for_the_rest(void **state)
{
    (void)state;
    begin(1, script_one_by_one);
    bench.config.config.limits.set_aside_count = 20;
    build();
    go(1u << TOKEN);
    run_for(MINUTE);
    assert_int_equal(world.dead_count, 21);
    assert_non_null(strstr(world.last_dead_reason, "480 more that could not be read (2880 bytes, from "
                                                   "\"line 1\" to \"line 1\") are not kept"));
    assert_int_equal(record_of(TOKEN)->set_aside, 500);
    assert_int_equal(record_of(TOKEN)->events, 500);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    end();
}

/* ---- Events -------------------------------------------------------------------------------------- */

static void many_events(struct flight *flight)
{
    for (int i = 0; i < 500; i++)
        buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", i);
}

static void script_many_events(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    say_once(flight, n, many_events);
}

static void test_too_many_events(void **state)
{
    (void)state;
    begin(1, script_many_events);
    bench.config.config.limits.answer_events = 100;
    build();
    go(1u << TOKEN);
    run_for(MINUTE);
    assert_int_equal(record_of(TOKEN)->events, 100);
    assert_int_equal(world.dead_count, 1);
    assert_string_equal(world.last_dead_reason,
                        "the answer has more records than limits.answer_events (400 in a row)");
    assert_string_equal(record_of(TOKEN)->position, "t1");
    end();
}

/* ---- Tries --------------------------------------------------------------------------------------- */

static void script_damaged(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    say(flight, "garbage\n");
}

/* A reload takes all streams down and builds them anew. */
static void test_tries_survive_a_reload(void **state)
{
    (void)state;
    begin(1, script_damaged);
    build();
    for (uint32_t attempt = 1; attempt <= 4; attempt++) {
        go(1u << TOKEN);
        int requests = bench.seen[0][TOKEN].requests;
        while (bench.seen[0][TOKEN].requests == requests)
            assert_true(world_step(INT64_MAX));
        run_for(200); /* read, and the note about it stored */
        assert_int_equal(toy_last_attempt, attempt);
        stop();
        build();
    }
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours_are_one_letter),
        cmocka_unit_test(test_a_long_row_is_cut),
        cmocka_unit_test(test_beyond_the_count_one_letter_speaks_for_the_rest),
        cmocka_unit_test(test_too_many_events),
        cmocka_unit_test(test_tries_survive_a_reload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
