/* Streams that are polled less often than their interval says are counted with what they wait for. */
#include "collect/stream/late_polls.h"

#include "stream_fixture.h"

#define INTERVAL (30 * SECOND)

static struct late_tally tally;

static void script_nothing(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    say(flight, which == WINDOW ? "end\n" : "nothing\nkeep\n");
}

static void begin_late(void (*script)(struct flight *flight, int account, int which, int n))
{
    begin(1, script);
    late_tally_init(&tally);
    bench.progress.late = &tally;
    bench.config.source.interval_ms = INTERVAL;
}

static void end_late(void)
{
    end();
    late_tally_free(&tally);
}

static int64_t count(enum late_cause cause)
{
    struct late_polls polls = {0};
    late_tally_look(&tally, &polls);
    return polls.groups[cause].streams;
}

static int64_t count_all(void)
{
    int64_t sum = 0;
    for (int cause = 0; cause < LATE_CAUSES; cause++)
        sum += count((enum late_cause)cause);
    return sum;
}

static struct late_group group_of(enum late_cause cause)
{
    struct late_polls polls = {0};
    late_tally_look(&tally, &polls);
    return polls.groups[cause];
}

/* A stream whose polls have waited for connections for ten minutes. */
static void begin_waiting(enum admission_bound bound)
{
    begin_late(script_nothing);
    world.connection_ms = 20 * SECOND;
    world.bound = bound;
    build();
    go(1u << TOKEN);
    run_for(10 * MINUTE);
}

static void test_connections_that_are_waited_for(void **state)
{
    (void)state;
    static const struct {
        enum admission_bound bound;
        enum late_cause cause;
    } cases[] = {
        {BOUND_ALL, LATE_CONNECTIONS}, {BOUND_HOST, LATE_HOST_CONNECTIONS}, {BOUND_BEARS, LATE_HOST}};
    for (size_t i = 0; i < 3; i++) {
        begin_late(script_nothing);
        build();
        go(1u << TOKEN);
        run_for(10 * MINUTE);
        assert_int_equal(count_all(), 0);
        world.connection_ms = 20 * SECOND; /* so each second place in the grid is lost */
        world.bound = cases[i].bound;
        run_for(10 * MINUTE);
        assert_int_equal(count(cases[i].cause), 1);
        assert_int_equal(count_all(), 1);
        struct late_group group = group_of(cases[i].cause);
        assert_int_equal(group.interval_ms, INTERVAL);
        assert_in_range(group.every_ms, INTERVAL * 3 / 2, INTERVAL * 2);
        assert_non_null(strstr(group.example, "/toy-token"));
        world.connection_ms = 14 * SECOND; /* late, and yet every 30 s */
        run_for(10 * MINUTE);
        assert_int_equal(count_all(), 0);
        end_late();
    }
}

/* More may be open in a moment. */
static void test_what_passes_by_itself(void **state)
{
    (void)state;
    begin_waiting(BOUND_GROWS);
    assert_int_equal(count_all(), 0);
    end_late();
}

static void test_turns_that_are_waited_for(void **state)
{
    (void)state;
    begin_late(script_nothing);
    bench.config.source.interval_ms = 2 * SECOND; /* three streams, so three requests in two seconds */
    bench.config.config.http.requests_per_second = 1;
    build();
    go(7);
    run_for(MINUTE);
    assert_true(count(LATE_TURN) > 0);
    assert_int_equal(count_all(), count(LATE_TURN));
    end_late();
}

static void script_limited(struct flight *flight, int account, int which, int n)
{
    if (n % 2) {
        flight->status = 429;
        flight_header(flight, "retry-after", "25");
    } else {
        script_nothing(flight, account, which, n);
    }
}

static void script_none_remains(struct flight *flight, int account, int which, int n)
{
    flight_header(flight, "x-ratelimit-remaining", "0");
    flight_header(flight, "x-ratelimit-reset", "55000");
    script_nothing(flight, account, which, n);
}

static void test_the_limit_of_the_vendor(void **state)
{
    (void)state;
    begin_late(script_limited);
    build();
    go(1u << TOKEN);
    run_for(10 * MINUTE);
    assert_int_equal(count(LATE_LIMIT), 1);
    end_late();
    begin_late(script_none_remains);
    build();
    go(1u << TOKEN);
    run_for(10 * MINUTE);
    assert_int_equal(count(LATE_LIMIT), 1);
    assert_int_equal(count_all(), 1);
    end_late();
}

static void test_answers_that_take_long(void **state)
{
    (void)state;
    begin_late(script_nothing);
    build();
    world.latency_ms = 60 * SECOND;
    go(1u << TOKEN);
    run_for(30 * MINUTE);
    assert_int_equal(count(LATE_ANSWER), 1);
    world.latency_ms = 20;
    run_for(10 * MINUTE);
    assert_int_equal(count_all(), 0);
    world.worker_ms = 20 * SECOND;
    run_for(10 * MINUTE);
    assert_int_equal(count(LATE_MACHINE), 1);
    end_late();
}

/* Trouble and backlogs have words of their own. */
static void script_refused(struct flight *flight, int account, int which, int n)
{
    if (n % 4)
        flight->status = 503;
    else
        script_nothing(flight, account, which, n);
}

static void script_backlog(struct flight *flight, int account, int which, int n)
{
    if (n % 100 == 99)
        script_nothing(flight, account, which, n);
    else
        buffer_printf(&flight->body, "more\nposition p%d\nevent %lld {\"n\":%d}\n", n,
                      (long long)(world.time_ms - 30 * MINUTE), n % 5000);
}

static void test_what_is_said_elsewhere(void **state)
{
    (void)state;
    void (*scripts[])(struct flight *, int, int, int) = {script_refused, script_backlog};
    for (size_t i = 0; i < 2; i++) {
        begin_late(scripts[i]);
        world.latency_ms = 800;
        build();
        go(1u << TOKEN);
        for (int minute = 0; minute < 60; minute++) {
            run_for(MINUTE);
            assert_int_equal(count_all(), 0);
        }
        assert_in_range(bench.seen[0][TOKEN].requests, 50, 5000);
        end_late();
    }
}

static int trouble_status; /* 0 = none */

static void script_trouble(struct flight *flight, int account, int which, int n)
{
    if (trouble_status)
        flight->status = trouble_status;
    else
        script_nothing(flight, account, which, n);
}

/* A stream that was late and now is in trouble waits for something else. */
static void test_trouble_that_comes_later(void **state)
{
    (void)state;
    static const int statuses[] = {401, 403, 503};
    for (size_t i = 0; i < 3; i++) {
        begin_late(script_trouble);
        world.connection_ms = 20 * SECOND;
        world.bound = BOUND_ALL;
        trouble_status = 0;
        build();
        go(1u << TOKEN);
        run_for(10 * MINUTE);
        assert_int_equal(count(LATE_CONNECTIONS), 1);
        trouble_status = statuses[i];
        run_for(HOUR);
        assert_int_equal(count_all(), 0);
        trouble_status = 0;
        run_for(2 * DAY);
        assert_int_equal(count(LATE_CONNECTIONS), 1);
        end_late();
    }
}

static void test_a_full_journal_that_comes_later(void **state)
{
    (void)state;
    begin_waiting(BOUND_ALL);
    assert_int_equal(count(LATE_CONNECTIONS), 1);
    world.full = true;
    run_for(5 * MINUTE);
    assert_int_equal(count_all(), 0);
    world.full = false;
    run_for(10 * MINUTE);
    assert_int_equal(count(LATE_CONNECTIONS), 1);
    end_late();
}

static void reload(int64_t interval_ms)
{
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    fleet_store_accounts(bench.fleet);
    bench.config.source.interval_ms = interval_ms;
    const struct collector_parts parts = bench_parts();
    struct fleet *fresh;
    assert_int_equal(fleet_build(&parts, &bench.progress, bench.fleet, &fresh, NULL), POSTERN_OK);
    fleet_free(bench.fleet);
    bench.fleet = fresh;
    go(1u << TOKEN);
}

static void test_a_reload_forgets_it_only_with_another_interval(void **state)
{
    (void)state;
    begin_waiting(BOUND_ALL);
    assert_int_equal(count(LATE_CONNECTIONS), 1);
    reload(INTERVAL);
    assert_int_equal(count(LATE_CONNECTIONS), 1);
    run_for(10 * MINUTE);
    assert_int_equal(count(LATE_CONNECTIONS), 1);
    reload(2 * INTERVAL);
    assert_int_equal(count_all(), 0);
    run_for(20 * MINUTE);
    assert_int_equal(count_all(), 0);
    end_late();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_that_are_waited_for),
        cmocka_unit_test(test_what_passes_by_itself),
        cmocka_unit_test(test_turns_that_are_waited_for),
        cmocka_unit_test(test_the_limit_of_the_vendor),
        cmocka_unit_test(test_answers_that_take_long),
        cmocka_unit_test(test_what_is_said_elsewhere),
        cmocka_unit_test(test_trouble_that_comes_later),
        cmocka_unit_test(test_a_full_journal_that_comes_later),
        cmocka_unit_test(test_a_reload_forgets_it_only_with_another_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
