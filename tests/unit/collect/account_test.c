/* Accounts against a scripted vendor: credentials that are refused, permissions, clocks. */
#include "stream_fixture.h"

static int64_t works_after_ms; /* since the start */

static void script_refused(struct flight *flight, int account, int which, int n)
{
    (void)n;
    if (account == 0 && which != FILES_STREAM && world.time_ms - WORLD_START < works_after_ms)
        flight->status = 401;
    else
        say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static int refused_requests(void)
{
    return bench.seen[0][WINDOW].requests + bench.seen[0][TOKEN].requests;
}

static void test_new_keys_need_half_an_hour(void **state)
{
    (void)state;
    begin(2, script_refused);
    works_after_ms = 30 * MINUTE;
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(20 * MINUTE);
    assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
    assert_int_equal(world.accounts[0].first_failure_ms / 1000, WORLD_START / 1000);
    assert_int_equal(world.accounts[1].status, ACCOUNT_CONNECTED); /* the other account does not notice */
    /* 5, 10 ... 160, 300, 300 s: one stream at a time, never all of them. */
    assert_in_range(refused_requests(), 7, 10);
    run_for(16 * MINUTE);
    assert_true(bench.seen[1][WINDOW].requests >= 2);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_string_equal(trouble_error(world.accounts[0].trouble), "");
    assert_true(world.accounts[0].ever_connected);
    assert_int_equal(record_of(WINDOW)->state, STREAM_OK);
    assert_int_equal(record_of(TOKEN)->state, STREAM_OK); /* the first success lets all go */
    end();
}

static void test_failed_account(void **state)
{
    (void)state;
    begin(1, script_refused);
    works_after_ms = 100 * DAY;
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(2 * HOUR + 10 * MINUTE);
    assert_int_equal(world.accounts[0].status, ACCOUNT_FAILED);
    int before = refused_requests();
    run_for(3 * HOUR);
    assert_in_range(refused_requests() - before, 11, 13); /* one probe per 15 minutes, by one stream */
    assert_non_null(strstr(trouble_error(record_of(WINDOW)->trouble), "HTTP 401"));
    stop();

    /* New credentials a day later: pending, connected, and what lies before the replay limit is a gap. */
    world.time_ms += DAY;
    works_after_ms = 0;
    secret_release(bench.config.accounts[0].credentials.secrets[3]);
    bench.config.accounts[0].credentials.secrets[3] = secret_new(TEXT("bmV3IHNlY3JldA=="));
    int64_t credentials = world.time_ms;
    build();
    assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
    assert_int_equal(world.accounts[0].failure_count, 0);
    assert_int_equal(world.accounts[0].credentials_since_ms, credentials);
    go(1u << WINDOW | 1u << TOKEN);
    run_for(MINUTE); /* from when replay_limit counts is known with the first answer to them */
    assert_true(record_of(WINDOW)->settled_until_ms >= credentials - 12 * HOUR - 1);
    const struct stored_stream *window = world_stream("toy-window");
    assert_int_equal(window->coverage_count, 2);
    assert_int_equal(window->coverage[0].from_ms, WORLD_START - HOUR); /* where the hole begins */
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    long long from;
    assert_int_equal(sscanf(bench.seen[0][WINDOW].body, "%lld", &from), 1);
    assert_true(from >= credentials - 12 * HOUR);
    end();
}

static void test_rotated_credentials_make_no_gap(void **state)
{
    (void)state;
    begin(1, script_refused);
    works_after_ms = 0;
    build();
    go(1u << WINDOW);
    run_for(HOUR);
    stop();
    world.time_ms += 3 * DAY; /* switched off, not refused */
    int64_t settled = record_of(WINDOW)->settled_until_ms;
    secret_release(bench.config.accounts[0].credentials.secrets[3]);
    bench.config.accounts[0].credentials.secrets[3] = secret_new(TEXT("bmV3IHNlY3JldA=="));
    build();
    assert_int_equal(record_of(WINDOW)->settled_until_ms, settled);
    assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
    end();
}

static void script_one_refused(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    if (which == WINDOW)
        flight->status = 401;
    else
        say(flight, "nothing\nkeep\n");
}

static void test_one_stream_refused_alone(void **state)
{
    (void)state;
    begin(1, script_one_refused);
    bench.config.source.interval_ms = 10 * SECOND;
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(30 * MINUTE);
    assert_int_equal(record_of(WINDOW)->state, STREAM_FAILED);
    assert_in_range(bench.seen[0][WINDOW].requests, 3, 6); /* then hourly */
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_in_range(bench.seen[0][TOKEN].requests, 170, 190); /* hardly disturbed */
    end();
}

static void script_not_permitted(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which == WINDOW && n < 2)
        flight->status = 403;
    else if (which == FILES_STREAM)
        flight->status = 402;
    else
        say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static void test_one_stream_not_permitted(void **state)
{
    (void)state;
    begin(1, script_not_permitted);
    build();
    go(7);
    run_for(HOUR - MINUTE);
    assert_int_equal(record_of(WINDOW)->state, STREAM_NOT_PERMITTED);
    assert_int_equal(record_of(FILES_STREAM)->state, STREAM_NOT_LICENSED);
    assert_int_equal(bench.seen[0][WINDOW].requests, 1);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_true(bench.seen[0][TOKEN].requests >= 3);
    run_for(HOUR + 2 * MINUTE);
    assert_int_equal(bench.seen[0][WINDOW].requests, 3); /* looked at again every hour; now it works */
    assert_int_equal(record_of(WINDOW)->state, STREAM_OK);
    end();
}

static void script_license_that_comes(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which == FILES_STREAM && n < 2)
        flight->status = 402;
    else
        say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

/* Found once, looked at again every day. */
static void test_a_product_that_is_not_licensed(void **state)
{
    (void)state;
    begin(1, script_license_that_comes);
    build();
    go(1u << FILES_STREAM);
    run_for(DAY - MINUTE);
    const struct stream_record *record = record_of(FILES_STREAM);
    assert_int_equal(record->state, STREAM_NOT_LICENSED);
    assert_int_equal(bench.seen[0][FILES_STREAM].requests, 1);
    assert_string_equal(trouble_remedy(record->trouble),
                        "The account needs the product \"Toys by Mail\"; it is looked at again every 1d, and "
                        "nothing need be done");
    assert_in_range(record->next_attempt_ms, WORLD_START + DAY, WORLD_START + DAY + MINUTE);
    run_for(DAY);
    assert_int_equal(bench.seen[0][FILES_STREAM].requests, 2);
    run_for(DAY);
    assert_int_equal(record->state, STREAM_OK); /* it was bought meanwhile */
    end();
}

static void test_how_often_is_a_setting(void **state)
{
    (void)state;
    begin(1, script_not_permitted);
    bench.config.source.permission_recheck_ms = 10 * MINUTE;
    bench.config.source.license_recheck_ms = 20 * MINUTE;
    build();
    go(1u << WINDOW | 1u << FILES_STREAM);
    run_for(5 * MINUTE);
    assert_string_equal(trouble_remedy(record_of(WINDOW)->trouble),
                        "Grant the permission \"Toys | Read\" to the role of the API user; it is looked at "
                        "again every 10m");
    run_for(16 * MINUTE);
    assert_int_equal(bench.seen[0][WINDOW].requests, 3);
    assert_int_equal(bench.seen[0][FILES_STREAM].requests, 2);
    end();
}

static void test_only_streams_of_its_profile_are_the_account_s(void **state)
{
    (void)state;
    begin(1, script_refused);
    bench.config.accounts[0].profile = &toy_other_auth;
    build();
    assert_int_equal(bench.fleet->stream_count, 0);
    go(7);
    end();
}

static void script_clock(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    int64_t off = flight->signed_ms - world.time_ms;
    if (off > MINUTE || off < -MINUTE)
        flight->status = 401;
    else
        say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static void test_wrong_clock_is_no_refusal(void **state)
{
    (void)state;
    begin(1, script_clock);
    world.skew_ms = -3 * HOUR;
    build();
    go(1u << WINDOW);
    run_for(2 * SECOND);
    /* Signed again at once with the vendor's time; and at once on to where the vendor's time is. */
    assert_int_equal(bench.seen[0][WINDOW].requests, 3);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_in_range(record_of(WINDOW)->last_success_ms - world.accounts[0].status_since_ms, 0, SECOND);
    end();
}

/* Requests of two accounts were under way, signed with the wrong time, when the first answer set the clock of
 * their host. */
static void test_wrong_clock_is_no_refusal_of_any_account(void **state)
{
    (void)state;
    begin(2, script_clock);
    world.skew_ms = -3 * HOUR;
    world.latency_ms = 400;
    build();
    go(1u << WINDOW);
    run_for(3 * SECOND);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bench.seen[i][WINDOW].requests, 3);
        assert_int_equal(world.accounts[i].failure_count, 0);
        assert_int_equal(world.accounts[i].status, ACCOUNT_CONNECTED);
    }
    end();
}

static void script_nothing_new(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    say(flight, which == WINDOW ? "end\nevent 0 {\"n\":1}\n" : "nothing\nkeep\n");
}

/* What an account learns goes to the journal with the next commit of one of its streams. When that fails, it
 * goes with the one after it. */
static void test_account_news_survive_a_failed_commit(void **state)
{
    (void)state;
    begin(1, script_nothing_new);
    build();
    fleet_store_accounts(bench.fleet); /* the fingerprint of its credentials */
    world.refuse_commits = 3;
    go(1u << WINDOW);
    while (world.refuse_commits > 0) {
        assert_true(world_step(WORLD_START + MINUTE));
        assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
    }
    run_for(MINUTE);
    assert_int_equal(world.taken[1], 1);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_true(world.accounts[0].ever_connected);
    assert_false(bench.fleet->accounts[0]->record_changed);
    end();
}

static void test_once_gives_up_on_refused_credentials(void **state)
{
    (void)state;
    begin(1, script_refused);
    works_after_ms = DAY;
    bench.once = true;
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(2 * MINUTE);
    assert_int_equal(atomic_load(&bench.progress.finished), 2);
    assert_int_equal(atomic_load(&bench.progress.failed), 2);
    assert_in_range(refused_requests(), 5, 6);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_keys_need_half_an_hour),
        cmocka_unit_test(test_failed_account),
        cmocka_unit_test(test_rotated_credentials_make_no_gap),
        cmocka_unit_test(test_one_stream_refused_alone),
        cmocka_unit_test(test_one_stream_not_permitted),
        cmocka_unit_test(test_a_product_that_is_not_licensed),
        cmocka_unit_test(test_how_often_is_a_setting),
        cmocka_unit_test(test_only_streams_of_its_profile_are_the_account_s),
        cmocka_unit_test(test_wrong_clock_is_no_refusal),
        cmocka_unit_test(test_wrong_clock_is_no_refusal_of_any_account),
        cmocka_unit_test(test_account_news_survive_a_failed_commit),
        cmocka_unit_test(test_once_gives_up_on_refused_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
