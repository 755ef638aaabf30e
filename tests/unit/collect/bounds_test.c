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
                        "no event at all (5000 in a row; the first 500 of 9999 bytes are kept)");
    assert_int_equal(world.last_dead_size, 500); /* half of what the answer may leave behind */
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

/* ---- Steps --------------------------------------------------------------------------------------- */

/* The intake looks up its events in chunks of 1024, so this makes three steps and the stream's own commit. */
#define LARGE 4000

static bool breaks_off;

static void script_large(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    const char *asked = bench.seen[0][which].body;
    if (strstr(asked, "t1")) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    say(flight, which == WINDOW ? "end\n" : "more\nposition t1\n");
    say(flight, "aside broken\n");
    for (int i = 0; i < LARGE; i++)
        buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", i);
    if (breaks_off) say(flight, "error protocol\n");
    breaks_off = false;
}

static void begin_large(unsigned streams)
{
    begin(1, script_large);
    bench.config.config.journal.commit_size = 4096;
    build();
    go(streams);
}

static void expect_each_once(int which)
{
    for (int i = 0; i < LARGE; i++)
        assert_int_equal(world.taken[i], 1);
    assert_int_equal(record_of(which)->events, LARGE);
    assert_int_equal(world_stream(stream_names[which])->coverage_events, LARGE);
    assert_int_equal(world.dead_count, 1);
    assert_int_equal(bench.fleet->shared.answers_held, 0);
}

/* The unsettled zone is read again at every poll, also by the next life of the process, until it is settled.
 */
static void test_the_unsettled_zone_is_set_aside_once(void **state)
{
    (void)state;
    begin_large(1u << WINDOW);
    run_for(10 * MINUTE);
    expect_each_once(WINDOW);
    for (int life = 0; life < 3; life++) {
        int polls = bench.seen[0][WINDOW].requests;
        stop();
        build();
        go(1u << WINDOW);
        run_for(5 * MINUTE);
        assert_true(bench.seen[0][WINDOW].requests > polls);
        expect_each_once(WINDOW);
    }
    end();
}

static void script_without_a_token(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    say(flight, "nothing\nkeep\naside broken\n");
}

static void test_the_place_of_a_token_is_set_aside_once(void **state)
{
    (void)state;
    begin(1, script_without_a_token);
    for (int life = 0; life < 3; life++) {
        build();
        go(1u << TOKEN);
        run_for(5 * MINUTE);
        assert_true(bench.seen[0][TOKEN].requests > life);
        assert_int_equal(world.dead_count, 1);
        if (life < 2) stop();
    }
    end();
}

static void test_a_large_answer_goes_in_steps(void **state)
{
    (void)state;
    begin_large(1u << TOKEN);
    while (!world.taken[0])
        assert_true(world_step(WORLD_START + MINUTE));
    assert_null(record_of(TOKEN)->position); /* it comes with the last of them */
    assert_int_equal(world.dead_count, 0);
    run_for(MINUTE);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    assert_in_range(world.most_pages, 1, 2048);
    assert_int_equal(bench.progress.events, LARGE);
    expect_each_once(TOKEN);
    end();
}

/* Fails after three steps: they stay, and are silent when they come again. */
static void test_a_large_answer_that_breaks_off(void **state)
{
    (void)state;
    breaks_off = true;
    begin_large(1u << TOKEN);
    run_for(MINUTE);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    assert_true(record_of(TOKEN)->repeats > 3000);
    expect_each_once(TOKEN);
    end();
}

static void test_a_step_that_finds_no_room(void **state)
{
    (void)state;
    begin_large(1u << TOKEN);
    while (bench.seen[0][TOKEN].requests == 0)
        assert_true(world_step(WORLD_START + MINUTE));
    world.full = true;
    run_for(20 * SECOND);
    assert_int_equal(record_of(TOKEN)->state, STREAM_FULL);
    assert_non_null(strstr(trouble_remedy(record_of(TOKEN)->trouble), "journal.max_size"));
    world.full = false;
    run_for(MINUTE);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    expect_each_once(TOKEN);
    end();
}

/* The journal is in trouble, not the vendor: it is not asked at once. */
static void test_a_step_that_fails(void **state)
{
    (void)state;
    begin_large(1u << TOKEN);
    world.fail_commits = 1;
    run_for(MINUTE);
    const int64_t *at_ms = bench.seen[0][TOKEN].at_ms;
    assert_in_range(at_ms[1] - at_ms[0], 5 * SECOND, 8 * SECOND);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    expect_each_once(TOKEN);
    end();
}

static void crash_and_restart(int which, int64_t at)
{
    begin(1, script_large);
    bench.config.config.journal.commit_size = 4096;
    build();
    world.crash_at = world.commits + at;
    go(1u << which);
    while (!world.crashed)
        assert_true(world_step(WORLD_START + MINUTE));
    stop();
    world.crashed = false;
    build();
    go(1u << which);
    run_for(3 * MINUTE);
    expect_each_once(which);
    end();
}

static void test_a_crash_between_steps(void **state)
{
    (void)state;
    for (int64_t at = 1; at <= 4; at++) { /* the last of them is the stream's own commit */
        crash_and_restart(TOKEN, at);
        crash_and_restart(WINDOW, at);
    }
}

/* ---- Many answers at once ------------------------------------------------------------------------ */

static int answered;

static void script_one_event(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    answered++;
    buffer_printf(&flight->body, "end\nkeep\nevent 0 {\"n\":%d}\n", n);
}

/* The workers are busy with something else: what has arrived waits for them in memory. */
static void test_streams_do_not_ask_while_too_much_is_held(void **state)
{
    (void)state;
    answered = 0;
    begin(8, script_one_event);
    build();
    bench.fleet->shared.limits.held_size = 1;
    world.worker_ms = 10 * SECOND;
    go(7);
    run_for(9 * SECOND);
    assert_in_range(answered, 1, 6); /* those under way when the first arrived */
    assert_true(bench.fleet->shared.answers_held > 0);
    world.worker_ms = 0;
    run_for(MINUTE);
    assert_in_range(answered, 24, 60);
    assert_int_equal(bench.fleet->shared.answers_held, 0);
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
        cmocka_unit_test(test_the_unsettled_zone_is_set_aside_once),
        cmocka_unit_test(test_the_place_of_a_token_is_set_aside_once),
        cmocka_unit_test(test_a_large_answer_goes_in_steps),
        cmocka_unit_test(test_a_large_answer_that_breaks_off),
        cmocka_unit_test(test_a_step_that_finds_no_room),
        cmocka_unit_test(test_a_step_that_fails),
        cmocka_unit_test(test_a_crash_between_steps),
        cmocka_unit_test(test_streams_do_not_ask_while_too_much_is_held),
        cmocka_unit_test(test_tries_survive_a_reload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
