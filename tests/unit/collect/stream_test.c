/* What a stream does about trouble, and where it goes on. */
#include "stream_fixture.h"

/* ---- Retrying ----------------------------------------------------------------------------------- */

static uint32_t attempts[8];

static void script_retry(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    if (n > 0 && n <= 8) attempts[n - 1] = toy_last_attempt;
    switch (n) {
    case 0:
        say(flight, "more\nposition p2\nevent 0 {\"n\":1}\n");
        break;
    case 1:
        say(flight, "garbage\n");
        break; /* attempt 1 */
    case 2:
        flight->status = 0;
        break; /* the source does not see it: no attempt */
    case 3:
        flight->status = 503;
        break; /* nor this */
    case 4:
        say(flight, "error protocol\n");
        break; /* attempt 2 */
    case 5:
        say(flight, "error retry\n");
        break; /* attempt 3 */
    case 6:
        say(flight, "more\nposition p3\nevent 0 {\"n\":2}\n");
        break; /* still attempt 3: the answer before was understood */
    default:
        say(flight, "end\nevent 0 {\"n\":3}\n");
        break; /* attempt 1 of another position */
    }
}

static void test_retries_and_words(void **state)
{
    (void)state;
    begin(1, script_retry);
    build();
    go(1u << WINDOW);
    struct seen *seen = &bench.seen[0][WINDOW];
    while (seen->requests < 6)
        assert_true(world_step(INT64_MAX));
    char range[64];
    snprintf(range, sizeof range, "%lld %lld p2", (long long)(WORLD_START - HOUR),
             (long long)(WORLD_START - 5 * MINUTE));
    assert_string_equal(seen->body, range); /* at its page, with the same range */
    run_for(100);
    assert_string_equal(trouble_error(record_of(WINDOW)->trouble), "page 2: the vendor said retry");
    assert_string_equal(trouble_remedy(record_of(WINDOW)->trouble), "press the button");
    assert_int_equal(record_of(WINDOW)->state, STREAM_RETRYING);
    assert_true(record_of(WINDOW)->next_attempt_ms > world.time_ms);
    assert_string_equal(record_of(WINDOW)->position, "p2");
    run_for(2 * MINUTE);
    assert_int_equal(seen->requests, 8);
    static const uint32_t expected[] = {1, 1, 1, 1, 2, 3, 3};
    assert_memory_equal(attempts, expected, sizeof expected);
    assert_int_equal(toy_last_attempt, 1);
    for (int i = 2; i < 7; i++) /* 0.5 .. 1 s, then doubling */
        assert_in_range(seen->at_ms[i] - seen->at_ms[i - 1], 500 << (i - 2), (1000 << (i - 2)) + 200);
    assert_int_equal(record_of(WINDOW)->state, STREAM_OK);
    assert_string_equal(trouble_error(record_of(WINDOW)->trouble), "");
    assert_null(record_of(WINDOW)->position);
    assert_int_equal(record_of(WINDOW)->events, 3);
    assert_int_equal(record_of(WINDOW)->requests, 8);
    end();
}

static void script_limited(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    if (n == 0) {
        flight->status = 429;
        flight_header(flight, "x-ratelimit-reset", "120000");
        say(flight, "slow down");
        return;
    }
    if (n == 1) {
        flight_header(flight, "x-ratelimit-remaining", "0");
        flight_header(flight, "x-ratelimit-reset", "30000");
        say(flight, "more\nposition t1\nevent 0 {\"n\":1}\n");
        return;
    }
    if (n == 2) {
        flight->status = 429;
        flight_header(flight, "x-ratelimit-reset", "10000");
        flight_header(flight, "next", "t9");
        say(flight, "more\nposition t9\n"); /* whatever it says */
        return;
    }
    say(flight, "nothing\nkeep\n");
}

static void test_rate_limit(void **state)
{
    (void)state;
    begin(1, script_limited);
    build();
    go(1u << TOKEN);
    run_for(SECOND);
    assert_int_equal(record_of(TOKEN)->state, STREAM_WAITING);
    assert_non_null(strstr(trouble_error(record_of(TOKEN)->trouble), "waiting 2m"));
    run_for(5 * MINUTE);
    struct seen *seen = &bench.seen[0][TOKEN];
    assert_int_equal(seen->requests, 4);
    assert_in_range(seen->at_ms[1] - seen->at_ms[0], 2 * MINUTE, 2 * MINUTE + SECOND);
    assert_in_range(seen->at_ms[2] - seen->at_ms[1], 30 * SECOND, 31 * SECOND); /* none remained */
    assert_in_range(seen->at_ms[3] - seen->at_ms[2], 10 * SECOND, 11 * SECOND);
    assert_string_equal(seen->body, "0 0 t1"); /* a 429 moves nothing */
    assert_string_equal(record_of(TOKEN)->position, "t1");
    assert_int_equal(record_of(TOKEN)->state, STREAM_OK);
    end();
}

/* ---- The journal -------------------------------------------------------------------------------- */

static void script_files(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    buffer_printf(&flight->body, "more\nposition t%d\nevent 0 {\"n\":%d}\n", n + 1, n);
}

static void test_full_journal(void **state)
{
    (void)state;
    begin(1, script_files);
    build();
    go(1u << TOKEN);
    struct seen *seen = &bench.seen[0][TOKEN];
    while (seen->requests < 5)
        assert_true(world_step(INT64_MAX));
    world.full = true;
    run_for(MINUTE);
    int asked = seen->requests;
    assert_true(asked <= 6); /* one may have been under way */
    run_for(10 * MINUTE);
    assert_int_equal(seen->requests, asked);
    assert_int_equal(record_of(TOKEN)->state, STREAM_FULL);
    assert_non_null(strstr(trouble_remedy(record_of(TOKEN)->trouble), "journal.max_size"));
    char position[16];
    snprintf(position, sizeof position, "%s", record_of(TOKEN)->position);
    world.full = false;
    int64_t space = world.time_ms;
    while (seen->requests < asked + 3)
        assert_true(world_step(INT64_MAX));
    assert_true(world.time_ms - space < 8 * SECOND); /* by itself */
    while (record_of(TOKEN)->state != STREAM_OK)
        assert_true(world_step(INT64_MAX));
    end();
}

static void script_same_page(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    (void)n;
    if (strstr(bench.seen[0][TOKEN].body, "t1"))
        say(flight, "nothing\nkeep\n");
    else
        say(flight, "more\nposition t1\nevent 0 {\"n\":1}\naside broken\n");
}

static void test_failed_commit_is_asked_again(void **state)
{
    (void)state;
    begin(1, script_same_page);
    world.fail_commits = 2;
    build();
    go(1u << TOKEN);
    run_for(2 * SECOND);
    assert_null(record_of(TOKEN)->position); /* not moved */
    assert_string_equal(trouble_error(record_of(TOKEN)->trouble), "the disk refused");
    assert_int_equal(world.taken[1], 0);
    run_for(MINUTE);
    assert_string_equal(record_of(TOKEN)->position, "t1");
    assert_int_equal(world.taken[1], 1);
    assert_int_equal(world.dead_count, 1);
    assert_int_equal(record_of(TOKEN)->set_aside, 1);
    end();
}

static void script_set_aside(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    (void)n;
    say(flight, "end\naside {\"broken\":\nevent 0 {\"n\":1}\nevent 0 [not an object]\nevent 0 {\"n\":2} {\n");
}

static void test_set_aside_once(void **state)
{
    (void)state;
    begin(1, script_set_aside);
    build();
    go(1u << WINDOW);
    run_for(31 * MINUTE);
    assert_in_range(bench.seen[0][WINDOW].requests, 2, 4);
    assert_int_equal(world.dead_count, 3); /* although the unsettled zone was read again */
    assert_int_equal(world.taken[1], 1);
    assert_int_equal(record_of(WINDOW)->set_aside, 3);
    end();
}

static void script_file_without_token(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    if (n < 4)
        say(flight, "end\nkeep\naside {\"broken\":\nevent 0 {\"n\":1}\n");
    else if (n < 6) /* the next files are damaged in the same way */
        buffer_printf(&flight->body, "more\nposition t%d\naside {\"broken\":\n", n);
    else
        say(flight, "nothing\nkeep\n");
}

/* A file that names no place behind it comes again and again. */
static void test_set_aside_once_at_a_place(void **state)
{
    (void)state;
    begin(1, script_file_without_token);
    build();
    go(1u << TOKEN);
    struct seen *seen = &bench.seen[0][TOKEN];
    while (seen->requests < 4)
        assert_true(world_step(INT64_MAX));
    run_for(SECOND);
    assert_int_equal(world.dead_count, 1);
    assert_int_equal(world.taken[1], 1);
    run_for(30 * MINUTE);
    assert_int_equal(world.dead_count, 2); /* t4 came at the known place, t5 is another one's */
    end();
}

/* ---- Positions ---------------------------------------------------------------------------------- */

static void script_token_refused(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    if (n == 3)
        flight->status = 400; /* too old */
    else if (n == 0 || n == 4)
        say(flight, "more\nposition t1\nevent 0 {\"n\":1}\n");
    else if (n == 1 || n == 5)
        say(flight, "more\nposition t2\nevent 0 {\"n\":2}\n");
    else if (n == 6)
        say(flight, "more\nposition t3\nevent 0 {\"n\":3}\n");
    else
        say(flight, "nothing\nkeep\n");
}

static void test_refused_token_starts_again(void **state)
{
    (void)state;
    begin(1, script_token_refused);
    build();
    go(1u << TOKEN);
    run_for(20 * MINUTE);
    run_for(20 * MINUTE);
    assert_true(bench.seen[0][TOKEN].requests >= 8);
    for (int n = 1; n <= 3; n++)
        assert_int_equal(world.taken[n], 1); /* ids keep it silent */
    assert_int_equal(record_of(TOKEN)->repeats, 2);
    assert_string_equal(record_of(TOKEN)->position, "t3");
    end();
}

static void script_position_never_taken(struct flight *flight, int account, int which, int n)
{
    (void)n;
    const char *body = bench.seen[account][which].body;
    if (body[strlen(body) - 1] == '1')
        flight->status = 400;
    else
        say(flight, "more\nposition p1\nevent 0 {\"n\":1}\n");
}

/* The first page comes every time and its token is refused every time: the pages that come in between are no
 * reason to forget how often it was in vain. */
static void test_restarts_do_not_spin(void **state)
{
    (void)state;
    begin(1, script_position_never_taken);
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(HOUR);
    assert_in_range(bench.seen[0][WINDOW].requests, 10, 60);
    assert_in_range(bench.seen[0][TOKEN].requests, 10, 60);
    assert_int_equal(world.taken[1], 2); /* once for each stream */
    assert_int_equal(record_of(WINDOW)->state, STREAM_RETRYING);
    assert_int_equal(record_of(TOKEN)->state, STREAM_RETRYING);
    assert_int_equal(record_of(WINDOW)->settled_until_ms, 0);
    end();
}

static void script_large_answer(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    if (which == TOKEN && strstr(bench.seen[0][TOKEN].body, "t9")) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    flight->status = -1;
    if (which == TOKEN) flight_header(flight, "next", "t9");
}

static void test_too_large_answer(void **state)
{
    (void)state;
    begin(1, script_large_answer);
    build();
    go(1u << TOKEN | 1u << WINDOW);
    run_for(5 * MINUTE);
    assert_string_equal(record_of(TOKEN)->position, "t9"); /* its headers tell where to go on */
    assert_int_equal(bench.seen[0][TOKEN].requests, 5);
    assert_int_equal(world.dead_count, 1);
    assert_string_equal(world.last_dead_reason, "the answer is too large");
    assert_int_equal(record_of(WINDOW)->state, STREAM_RETRYING); /* there is no way around it */
    assert_string_equal(trouble_error(record_of(WINDOW)->trouble), "the answer is too large");
    end();
}

/* ---- Once --------------------------------------------------------------------------------------- */

static void script_once(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which == FILES_STREAM)
        flight->status = 402;
    else if (which == TOKEN)
        flight->status = 403;
    else if (n == 0)
        flight->status = 500; /* retried as usual */
    else
        say(flight, n == 1 ? "end\nevent 0 {\"n\":1}\n" : "nothing\n");
}

static void test_once(void **state)
{
    (void)state;
    begin(1, script_once);
    bench.once = true;
    bench.config.source.lookback_ms = 20 * HOUR; /* four slices */
    build();
    go(7);
    run_for(MINUTE);
    struct fleet_progress *progress = &bench.progress;
    assert_int_equal(atomic_load(&progress->streams), 3);
    assert_int_equal(atomic_load(&progress->finished), 3);
    assert_int_equal(atomic_load(&progress->failed), 1); /* "not licensed" does not count */
    assert_int_equal(atomic_load(&progress->events), 1);
    assert_true(atomic_load(&progress->last_progress_ms) >= WORLD_START);
    assert_int_equal(bench.seen[0][WINDOW].requests, 5);
    run_for(DAY);
    assert_int_equal(bench.seen[0][WINDOW].requests, 5); /* and that was that */
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retries_and_words),
        cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_full_journal),
        cmocka_unit_test(test_failed_commit_is_asked_again),
        cmocka_unit_test(test_set_aside_once),
        cmocka_unit_test(test_set_aside_once_at_a_place),
        cmocka_unit_test(test_refused_token_starts_again),
        cmocka_unit_test(test_restarts_do_not_spin),
        cmocka_unit_test(test_too_large_answer),
        cmocka_unit_test(test_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
