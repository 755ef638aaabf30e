/* A server's Date decides what is asked and what is settled; these Dates are wrong. */
#include "stream_fixture.h"

#include <time.h>

static int64_t wrong_date_ms;
static int right_dates; /* so many answers have a right one before */

static void script_wrong_date(struct flight *flight, int account, int which, int n)
{
    (void)account;
    world.date_ms = n < right_dates ? 0 : wrong_date_ms;
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
    /* An account starts by the earlier of the two clocks: while one is three days behind, so much is read
     * again at every poll. */
    assert_in_range(requests_of_six_hours(now_ms - 72 * HOUR), usual, usual * 13);
    /* Nothing settles meanwhile, so that a poll may need a slice more. */
    right_dates = 1;
    assert_in_range(requests_of_six_hours(now_ms - 72 * HOUR), usual, usual + usual / 2);
    right_dates = 0;
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

/* ---- Our clock is wrong ------------------------------------------------------------------------------- */

/* One event every ten minutes, from two days before the start on; numbered. */
#define EVENT_EVERY  (10 * MINUTE)
#define FIRST_EVENT  (WORLD_START - 2 * DAY)
#define EVENT_AT(ms) ((int)(((ms)-FIRST_EVENT + EVENT_EVERY - 1) / EVENT_EVERY))

static bool strict;                /* a range in the vendor's future is refused, and a time that is off */
static int64_t newest_from_ms;     /* of all that was asked for */
static int64_t refused_until_time; /* until then, keys are refused */
static int future_ranges;

static void say_events(struct flight *flight, long long from, long long until)
{
    say(flight, "end\n");
    for (int i = 0; i < 2000; i++) {
        int64_t time = FIRST_EVENT + i * EVENT_EVERY;
        if (time >= from && time <= until && time <= world.time_ms)
            buffer_printf(&flight->body, "event %lld {\"n\":%d}\n", (long long)time, i);
    }
}

static void script_ranges(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    long long from = 0, until = 0;
    int64_t off = flight->signed_ms - world.time_ms;
    bool stale = strict && (off > 15 * MINUTE || off < -15 * MINUTE);
    sscanf(bench.seen[0][which].body, "%lld %lld", &from, &until);
    if (stale || world.time_ms < refused_until_time) {
        flight->status = 401;
        return;
    }
    if (which != WINDOW) {
        buffer_printf(&flight->body, "nothing\nposition 1\nevent %lld {\"n\":4000}\n",
                      (long long)world.time_ms - 30 * MINUTE);
        return;
    }
    if (from > newest_from_ms) newest_from_ms = from;
    future_ranges += until > world.time_ms + MINUTE;
    if (strict && until > world.time_ms + MINUTE)
        flight->status = 404; /* which the source takes for a mistake of the configuration */
    else
        say_events(flight, from, until);
}

static void begin_ranges(int64_t skew_ms, bool strictly)
{
    strict = strictly;
    newest_from_ms = refused_until_time = future_ranges = 0;
    begin(1, script_ranges);
    world.skew_ms = skew_ms;
}

static void expect_taken(int64_t from_ms, int64_t until_ms, const char *what, int64_t skew_ms)
{
    for (int i = EVENT_AT(from_ms); i <= EVENT_AT(until_ms); i++)
        if (FIRST_EVENT + i * EVENT_EVERY <= until_ms && world.taken[i] != 1)
            fail_msg("%s, our clock %+lld min: the event of %+lld min was taken %d times", what,
                     (long long)(skew_ms / MINUTE),
                     (long long)((FIRST_EVENT + i * EVENT_EVERY - WORLD_START) / MINUTE), world.taken[i]);
}

/* Wherever a clock stands, what is asked for follows on what was asked for before. */
static void expect_no_gap(const char *what, int64_t skew_ms)
{
    const struct stored_stream *stream = world_stream(stream_names[WINDOW]);
    if (stream->coverage_count != 1)
        fail_msg("%s, our clock %+lld min: what was read is in %zu pieces", what,
                 (long long)(skew_ms / MINUTE), stream->coverage_count);
}

static const int64_t skews[] = {0,          -10 * MINUTE, 10 * MINUTE, -2 * HOUR, 2 * HOUR,
                                -23 * HOUR, 23 * HOUR,    24 * HOUR,   -9 * DAY,  9 * DAY};

/* One run, and then one with the clock set right, or left. */
static void first_start(int64_t skew_ms, bool strictly)
{
    begin_ranges(skew_ms, strictly);
    bench.once = true;
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(5 * MINUTE);
    assert_int_equal(bench.progress.finished, 2); /* toy-files was not started */
    assert_int_equal(bench.progress.failed, 0);
    assert_true(world.accounts[0].added_ms <= WORLD_START + SECOND);
    assert_int_equal(world.taken[4000], 1); /* the token stream leaves out what is older than the lookback */
    bool believed = strictly || llabs(skew_ms) <= DAY || skew_ms > 0;
    if (believed) expect_taken(WORLD_START - HOUR + SECOND, WORLD_START - 5 * MINUTE, "once", skew_ms);
    expect_no_gap("once", skew_ms);
    stop();
    world.time_ms += 3 * HOUR;
    world.skew_ms = strictly ? skew_ms : 0;
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(5 * MINUTE);
    expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 11 * MINUTE, "again", skew_ms);
    expect_no_gap("again", skew_ms);
    if (strictly) assert_true(newest_from_ms < world.time_ms);
    end();
}

static void test_a_first_start_with_a_wrong_clock(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        first_start(skews[i], true);
        first_start(skews[i], false);
    }
}

/* Answers take so different times that their Dates are never of one clock. */
static void script_uneven(struct flight *flight, int account, int which, int n)
{
    world.date_off_ms = n % 2 ? 8 * SECOND : -8 * SECOND;
    script_ranges(flight, account, which, n);
}

static void run_unevenly(int64_t skew_ms)
{
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(HOUR);
    expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 21 * MINUTE, "uneven", skew_ms);
    expect_no_gap("uneven", skew_ms);
    stop();
}

static void test_uneven_answers_make_no_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        begin_ranges(skews[i], true);
        bench.script = script_uneven;
        for (int life = 0; life < 3; life++) {
            run_unevenly(skews[i]);
            world.time_ms += 3 * HOUR;
        }
        world.skew_ms = 0;
        run_unevenly(skews[i]);
        struct span read = world_stream(stream_names[WINDOW])->coverage[0];
        assert_true(read.from_ms <= WORLD_START - HOUR);
        assert_in_range(world.time_ms - read.until_ms, 0, 21 * MINUTE);
        world.date_off_ms = 0;
        build();
        end();
    }
}

/* Our clock is set back while the program does not run, for longer than a slice: what is read then is behind
 * what may count by that clock. */
static void test_our_clock_is_set_back_over_a_downtime(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        begin_ranges(0, true);
        build();
        go(1u << WINDOW);
        run_for(HOUR);
        stop();
        world.time_ms += 2 * DAY;
        world.skew_ms = skews[i];
        build();
        go(1u << WINDOW);
        run_for(5 * MINUTE);
        expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 11 * MINUTE, "downtime", skews[i]);
        expect_no_gap("downtime", skews[i]);
        end();
    }
}

/* Our clock is ahead at the first start, and the range that is asked for by it lies in the future: that
 * nothing is there says nothing of what was before. */
static void test_a_range_of_the_future_counts_for_nothing(void **state)
{
    (void)state;
    begin_ranges(2 * HOUR, false);
    build();
    go(1u << WINDOW);
    const struct stored_stream *stream = world_stream(stream_names[WINDOW]);
    while (!stream->coverage_count)
        assert_true(world_step(INT64_MAX));
    assert_int_equal(stream->coverage[0].until_ms, stream->coverage[0].from_ms);
    end();
}

/* The account has failed for two days; then keys come that work, while our clock is wrong. */
static void new_credentials(int64_t skew_ms)
{
    begin_ranges(0, false);
    build();
    go(1u << WINDOW);
    run_for(HOUR);
    int64_t settled = record_of(WINDOW)->settled_until_ms;
    refused_until_time = world.time_ms + 2 * DAY;
    run_for(2 * DAY);
    assert_int_equal(world.accounts[0].status, ACCOUNT_FAILED);
    assert_int_equal(record_of(WINDOW)->settled_until_ms, settled);
    stop();
    world.skew_ms = skew_ms;
    secret_release(bench.config.accounts[0].credentials.secrets[3]);
    bench.config.accounts[0].credentials.secrets[3] = secret_new(TEXT("bmV3IHNlY3JldA=="));
    int64_t credentials = world.time_ms;
    refused_until_time = credentials + 10 * MINUTE; /* new keys take a while, and a restart is in between */
    build();
    assert_true(world.accounts[0].replay_limit_due);
    go(1u << WINDOW);
    run_for(5 * MINUTE);
    stop();
    build();
    go(1u << WINDOW);
    run_for(HOUR);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_false(world.accounts[0].replay_limit_due);
    assert_true(world.accounts[0].credentials_since_ms <= credentials + 11 * MINUTE);
    if (skew_ms < -DAY) { /* more than clock_trust: read on when our clock is right again */
        world.skew_ms = 0;
        run_for(HOUR);
    }
    int64_t limit = credentials + 11 * MINUTE - 12 * HOUR;
    expect_taken(limit, credentials + 30 * MINUTE, "new credentials", skew_ms);
    if (skew_ms >= 0) /* not more than the limit allows */
        assert_int_equal(world.taken[EVENT_AT(credentials - 13 * HOUR)], 0);
    end();
}

static void test_new_credentials_with_a_wrong_clock(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++)
        new_credentials(skews[i]);
}

/* While the program runs, somebody sets our clock: nothing that is asked for shows it. */
static void test_our_clock_is_set_while_it_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof *skews; i++) {
        begin_ranges(0, true);
        build();
        go(1u << WINDOW);
        run_for(2 * HOUR);
        int before = bench.seen[0][WINDOW].requests;
        world.skew_ms = skews[i];
        run_for(2 * HOUR);
        assert_in_range(bench.seen[0][WINDOW].requests - before, 7, 9);
        assert_int_equal(future_ranges, 0);
        expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 21 * MINUTE, "set", skews[i]);
        expect_no_gap("set", skews[i]);
        assert_in_range(world.accounts[0].clock_off_ms + skews[i] + SECOND, 0, 2 * SECOND);
        world.skew_ms = 0;
        run_for(HOUR);
        expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 21 * MINUTE, "set back", skews[i]);
        assert_int_equal(world.accounts[0].clock_off_ms, 0);
        end();
    }
}

/* A start that is stored, and what is stored as read, lie in the future: an earlier version took our clock
 * for it. It is mended as soon as an answer shows the time. */
static void test_what_is_stored_of_the_future_is_mended(void **state)
{
    (void)state;
    begin_ranges(0, true);
    build();
    stop();
    world.accounts[0].added_ms = WORLD_START + DAY;
    world.streams[0].record.settled_until_ms = WORLD_START + 23 * HOUR - 1;
    bench.once = true;
    build();
    go(1u << WINDOW);
    run_for(5 * MINUTE);
    assert_true(world.accounts[0].added_ms <= WORLD_START + SECOND);
    expect_taken(WORLD_START - 40 * MINUTE + SECOND, WORLD_START - 5 * MINUTE, "mended", 0);
    end();
}

/* No answer tells the time, and ours is ahead at the first start: once it is right, the stream begins where
 * it would have begun. */
static void test_a_first_start_by_our_wrong_clock_alone(void **state)
{
    (void)state;
    static const int64_t ahead[] = {2 * HOUR, DAY, 9 * DAY};
    for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++) {
        begin_ranges(ahead[i], false);
        world.date_ms = 1000; /* the beginning of 1970 */
        build();
        go(1u << WINDOW);
        run_for(20 * MINUTE);
        world.skew_ms = 0;
        int64_t right_ms = world.time_ms;
        run_for(HOUR);
        expect_taken(right_ms - 40 * MINUTE, world.time_ms - 21 * MINUTE, "ours alone", ahead[i]);
        end();
        world.date_ms = 0;
    }
}

/* A Date that is 23 hours ahead for good, while events go by the true time. */
static void test_a_date_that_is_ahead_for_good(void **state)
{
    (void)state;
    begin_ranges(0, false);
    world.date_off_ms = 23 * HOUR;
    build();
    go(1u << WINDOW);
    run_for(6 * HOUR);
    assert_true(record_of(WINDOW)->settled_until_ms < world.time_ms);
    expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 21 * MINUTE, "ahead for good", 0);
    world.date_off_ms = 0;
    run_for(HOUR);
    expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 21 * MINUTE, "and right again", 0);
    end();
}

/* One wrong Date lies before what is settled: by it there would be nothing to ask for, for a day. */
static void script_behind_once(struct flight *flight, int account, int which, int n)
{
    world.date_off_ms = n == 5 ? -23 * HOUR : 0;
    script_ranges(flight, account, which, n);
}

static void test_one_wrong_date_does_not_end_the_asking(void **state)
{
    (void)state;
    begin_ranges(0, false);
    bench.script = script_behind_once;
    build();
    go(1u << WINDOW);
    run_for(6 * HOUR);
    assert_in_range(bench.seen[0][WINDOW].requests, 20, 30);
    expect_taken(WORLD_START - HOUR + SECOND, world.time_ms - 21 * MINUTE, "one wrong Date", 0);
    end();
}

/* Retry-After names a time of the server's clock. */
static void script_retry_after(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    char date[TIMESTAMP_SIZE + 16];
    if (n > 0) {
        say(flight, "nothing\n");
        return;
    }
    time_t at = (time_t)((world.time_ms + 10 * MINUTE) / 1000);
    struct tm fields;
    gmtime_r(&at, &fields);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &fields);
    flight->status = 503;
    flight_header(flight, "retry-after", date);
}

static void test_retry_after_goes_by_the_server_s_clock(void **state)
{
    (void)state;
    for (int i = -1; i <= 1; i++) {
        begin(1, script_retry_after);
        world.skew_ms = i * DAY;
        build();
        go(1u << WINDOW);
        run_for(20 * MINUTE);
        assert_true(bench.seen[0][WINDOW].requests >= 2);
        assert_in_range(bench.seen[0][WINDOW].at_ms[1], 10 * MINUTE - 2 * SECOND, 10 * MINUTE + 5 * SECOND);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_wrong_date_makes_neither_more_requests_nor_fewer),
        cmocka_unit_test(test_a_date_that_jumps_is_not_followed_without_rest),
        cmocka_unit_test(test_a_first_start_with_a_wrong_clock),
        cmocka_unit_test(test_uneven_answers_make_no_gap),
        cmocka_unit_test(test_our_clock_is_set_back_over_a_downtime),
        cmocka_unit_test(test_a_range_of_the_future_counts_for_nothing),
        cmocka_unit_test(test_new_credentials_with_a_wrong_clock),
        cmocka_unit_test(test_our_clock_is_set_while_it_runs),
        cmocka_unit_test(test_what_is_stored_of_the_future_is_mended),
        cmocka_unit_test(test_a_first_start_by_our_wrong_clock_alone),
        cmocka_unit_test(test_a_date_that_is_ahead_for_good),
        cmocka_unit_test(test_one_wrong_date_does_not_end_the_asking),
        cmocka_unit_test(test_retry_after_goes_by_the_server_s_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
