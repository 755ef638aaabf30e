/* Streams under one quota: what the vendor counts, who goes first, what is shown; over restarts and reloads.
 */
#include "stream_fixture.h"

#define CALLS     10
#define WINDOW_MS (5 * MINUTE)

static struct {
    int64_t at_ms[8192]; /* what the vendor counted */
    size_t count;
} counted;

static void count(void)
{
    if (counted.count < sizeof counted.at_ms / sizeof counted.at_ms[0])
        counted.at_ms[counted.count++] = world.time_ms;
}

static size_t busiest(void)
{
    size_t most = 0;
    for (size_t i = 0, first = 0; i < counted.count; i++) {
        while (counted.at_ms[i] - counted.at_ms[first] >= WINDOW_MS)
            first++;
        if (i - first + 1 > most) most = i - first + 1;
    }
    return most;
}

static void begin_quota(void (*script)(struct flight *flight, int account, int which, int n))
{
    counted.count = 0;
    begin(1, script);
    world.latency_ms = 4 * SECOND;
    bench.config.source.quota_calls = CALLS;
    bench.config.source.quota_window_ms = WINDOW_MS;
}

/* ---- What the vendor counts ---- */

static void say_more(struct flight *flight, int which, int n)
{
    buffer_printf(&flight->body, "more\nposition p%d\nevent %lld {\"n\":%d}\n", n + 1,
                  (long long)(world.time_ms - 30 * MINUTE), which * 1000 + n % 1000);
}

static void script_all_have_more(struct flight *flight, int account, int which, int n)
{
    (void)account;
    count();
    say_more(flight, which, n);
    if (n % 5 == 3) flight->status = 0;                               /* what is repeated counts */
    if (n % 7 == 3) buffer_append_string(&flight->body, "no line\n"); /* and so does what is asked again */
}

static void test_no_window_has_more(void **state)
{
    (void)state;
    begin_quota(script_all_have_more);
    build();
    go(7);
    run_for(50 * MINUTE);
    assert_int_equal(busiest(), CALLS);
    assert_in_range(counted.count, CALLS * 9, CALLS * 10);
    for (int which = WINDOW; which <= FILES_STREAM; which++) /* each its third */
        assert_in_range(bench.seen[0][which].requests, CALLS * 9 / 3 - 3, CALLS * 10 / 3 + 3);
    end();
}

static void test_another_account_has_its_own(void **state)
{
    (void)state;
    begin_quota(script_all_have_more);
    toy_config_free(&bench.config);
    toy_config_make(&bench.config, 2);
    bench.config.source.lookback_ms = HOUR;
    bench.config.source.quota_calls = CALLS;
    bench.config.source.quota_window_ms = WINDOW_MS;
    build();
    go(1u << TOKEN);
    run_for(50 * MINUTE);
    for (int account = 0; account < 2; account++)
        assert_in_range(bench.seen[account][TOKEN].requests, CALLS * 9, CALLS * 10);
    end();
}

static void script_files(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which == DOWNLOAD) {
        buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", 3000 + n % 1000);
        return;
    }
    count();
    buffer_printf(&flight->body, "more\nposition p%d\nevent 0 {\"n\":%d}\n", n + 1, n % 1000);
    for (int i = 0; i < 9; i++)
        buffer_printf(&flight->body, "download https://store.example/file/%d key-%d\n", 9 * n + i, i);
}

static void test_downloads_do_not_count(void **state)
{
    (void)state;
    begin_quota(script_files);
    world.latency_ms = 500;
    build();
    go(1u << FILES_STREAM);
    run_for(25 * MINUTE);
    assert_int_equal(busiest(), CALLS);
    assert_in_range(counted.count, CALLS * 4, CALLS * 5);
    assert_true(bench.seen[0][DOWNLOAD].requests >= 9 * CALLS * 4 - 9);
    end();
}

/* Over restarts as fast as they can be. */
static void test_a_restart_counts_on(void **state)
{
    (void)state;
    begin_quota(script_all_have_more);
    for (int life = 0; life < 200; life++) {
        build();
        go(7);
        run_for(3 * SECOND + 100 * life);
        if (life % 2) {
            world.crashed = true; /* what is not on record by now never will be */
            stop();
            world.crashed = false;
        } else {
            stop();
        }
    }
    assert_int_equal(busiest(), CALLS);
    assert_true(counted.count > CALLS * 3); /* and it gets on */
    toy_config_free(&bench.config);
    world_end();
}

static void test_a_reload_counts_on(void **state)
{
    (void)state;
    begin_quota(script_all_have_more);
    build();
    go(7);
    for (int i = 0; i < 60; i++) {
        bool is_idle = false;
        run_for(20 * SECOND);
        fleet_pause(bench.fleet, idle, &is_idle);
        while (!is_idle)
            assert_true(world_step(INT64_MAX));
        const struct collector_parts parts = bench_parts();
        struct fleet *fresh = NULL;
        memset(world.calls, 0, sizeof world.calls); /* not even the journal is needed */
        assert_int_equal(fleet_build(&parts, &bench.progress, bench.fleet, &fresh, NULL), POSTERN_OK);
        fleet_free(bench.fleet);
        bench.fleet = fresh;
        go(7);
    }
    assert_int_equal(busiest(), CALLS);
    assert_true(counted.count >= CALLS * 3);
    end();
}

static void test_what_cannot_be_stored_is_not_asked(void **state)
{
    (void)state;
    begin_quota(script_all_have_more);
    build();
    world.refuse_commits = 5;
    go(1u << TOKEN);
    run_for(4 * SECOND);
    assert_int_equal(counted.count, 0);
    assert_int_equal(record_of(TOKEN)->requests, 0);
    run_for(10 * MINUTE);
    assert_int_equal(record_of(TOKEN)->state, STREAM_OUT_OF_CALLS); /* it went on, and has more */
    assert_int_equal(busiest(), CALLS);
    end();
}

static void script_limited(struct flight *flight, int account, int which, int n)
{
    (void)account;
    count();
    if (counted.count == 5) {
        flight->status = 429;
        flight_header(flight, "retry-after", "120");
    } else {
        say_more(flight, which, n);
    }
}

/* Other programs may use the same keys: a wait that the vendor announces to one is one of all. */
static void test_a_wait_that_is_announced_holds_all(void **state)
{
    (void)state;
    begin_quota(script_limited);
    world.latency_ms = 20;
    bench.config.source.quota_calls = 100;
    build();
    go(7);
    run_for(5 * MINUTE);
    size_t meanwhile = 0;
    for (size_t i = 5; i < counted.count; i++)
        meanwhile += counted.at_ms[i] - counted.at_ms[4] < 119 * SECOND;
    assert_in_range(meanwhile, 0, 2); /* which were under way */
    assert_true(counted.count > 50);
    end();
}

/* ---- Who goes first ---- */

/* The token stream has much to read, the others nothing. */
static void script_one_has_more(struct flight *flight, int account, int which, int n)
{
    (void)account;
    count();
    if (which == TOKEN && n < 60)
        say_more(flight, which, n);
    else
        say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static void test_empty_polls_give_way(void **state)
{
    (void)state;
    begin_quota(script_one_has_more);
    bench.config.source.interval_ms = 2 * MINUTE;
    build();
    go(1u << FILES_STREAM);
    run_for(SECOND * 30);
    go(7);
    run_for(20 * MINUTE);
    /* The others ask every two minutes by themselves; now they do when they have not caught up for two
     * intervals. */
    print_message("%d of the backlog, %d and %d polls\n", bench.seen[0][TOKEN].requests,
                  bench.seen[0][WINDOW].requests, bench.seen[0][FILES_STREAM].requests);
    assert_true(bench.seen[0][TOKEN].requests >= 24);
    assert_in_range(bench.seen[0][WINDOW].requests, 3, 7);
    assert_in_range(bench.seen[0][FILES_STREAM].requests, 3, 7);
    run_for(40 * MINUTE);
    assert_int_equal(bench.seen[0][TOKEN].requests >= 60, 1);
    int polls = bench.seen[0][WINDOW].requests;
    run_for(20 * MINUTE);
    assert_in_range(bench.seen[0][WINDOW].requests - polls, 8, 12); /* and when there is enough, all do */
    end();
}

static void test_what_is_shown(void **state)
{
    (void)state;
    begin_quota(script_all_have_more);
    world.latency_ms = 20;
    build();
    go(7);
    run_for(MINUTE);
    for (int which = WINDOW; which <= FILES_STREAM; which++) {
        const struct stream_record *record = record_of(which);
        if (record->state == STREAM_RETRYING) continue;
        assert_int_equal(record->state, STREAM_OUT_OF_CALLS);
        assert_string_equal(trouble_error(record->trouble),
                            "the 10 calls in 5m that the vendor allows are used up");
        assert_in_range(record->next_attempt_ms, WORLD_START + WINDOW_MS,
                        WORLD_START + WINDOW_MS + 5 * SECOND);
    }
    end();
}

static void test_once_waits_for_the_budget(void **state)
{
    (void)state;
    begin_quota(script_one_has_more);
    world.latency_ms = 20;
    bench.once = true;
    build();
    go(7);
    run_for(SECOND * 50);
    /* That it stands is known, and until when. */
    assert_true(atomic_load(&bench.progress.waits_until_ms) > world.time_ms + 3 * MINUTE);
    run_for(40 * MINUTE);
    assert_int_equal(atomic_load(&bench.progress.finished), 3);
    assert_int_equal(atomic_load(&bench.progress.failed), 0);
    assert_int_equal(busiest(), CALLS);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_window_has_more),
        cmocka_unit_test(test_another_account_has_its_own),
        cmocka_unit_test(test_downloads_do_not_count),
        cmocka_unit_test(test_a_restart_counts_on),
        cmocka_unit_test(test_a_reload_counts_on),
        cmocka_unit_test(test_what_cannot_be_stored_is_not_asked),
        cmocka_unit_test(test_a_wait_that_is_announced_holds_all),
        cmocka_unit_test(test_empty_polls_give_way),
        cmocka_unit_test(test_what_is_shown),
        cmocka_unit_test(test_once_waits_for_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
