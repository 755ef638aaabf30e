/* Which change of an account or a stream makes which notice. */
#include "stream_fixture.h"

#define assert_notices(...)                                                                                  \
    do {                                                                                                     \
        static const enum notice_kind kinds_[] = {__VA_ARGS__};                                              \
        for (size_t i_ = 0; i_ < sizeof kinds_ / sizeof *kinds_ && i_ < world.notice_count; i_++)            \
            assert_string_equal(notice_trait(world.notices[i_])->name, notice_trait(kinds_[i_])->name);      \
        assert_int_equal(world.notice_count, sizeof kinds_ / sizeof *kinds_);                                \
        world.notice_count = 0;                                                                              \
    } while (0)

#define assert_no_notice() assert_int_equal(world.notice_count, 0)

static int64_t works_after_ms; /* since the start */
static int status_until_then;

static void script(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    if (world.time_ms - WORLD_START < works_after_ms)
        flight->status = status_until_then;
    else
        say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static void start_with(int status, int64_t until_ms)
{
    begin(1, script);
    status_until_then = status;
    works_after_ms = until_ms;
    build();
    go(1u << WINDOW | 1u << TOKEN);
}

static void renew_credentials(void)
{
    stop();
    secret_release(bench.config.accounts[0].credentials.secrets[3]);
    bench.config.accounts[0].credentials.secrets[3] = secret_new(TEXT("bmV3IHNlY3JldA=="));
    build();
    go(1u << WINDOW | 1u << TOKEN);
}

/* Its streams suffer from the same and tell nothing. */
static void an_account_tells_of_its_credentials(void **state)
{
    (void)state;
    start_with(401, 100 * DAY);
    run_for(2 * HOUR + 10 * MINUTE);
    assert_notices(NOTICE_ACCOUNT_PENDING, NOTICE_ACCOUNT_FAILED);
    run_for(DAY);
    assert_no_notice();
    works_after_ms = 0;
    renew_credentials();
    run_for(MINUTE);
    assert_notices(NOTICE_ACCOUNT_RENEWED, NOTICE_ACCOUNT_CONNECTED, NOTICE_GAP_RECORDED);
    run_for(DAY);
    assert_no_notice();
    end();
}

static void revoked_and_granted_again(void **state)
{
    (void)state;
    start_with(401, 0);
    run_for(HOUR);
    assert_notices(NOTICE_ACCOUNT_CONNECTED);
    works_after_ms = 3 * HOUR;
    run_for(HOUR);
    assert_notices(NOTICE_ACCOUNT_FAILING, NOTICE_ACCOUNT_FAILED);
    run_for(2 * HOUR);
    assert_notices(NOTICE_ACCOUNT_CONNECTED);
    end();
}

static void a_stream_in_trouble(void **state)
{
    (void)state;
    start_with(500, HOUR);
    run_for(50 * MINUTE);
    assert_notices(NOTICE_STREAM_TROUBLE, NOTICE_STREAM_TROUBLE);
    run_for(HOUR);
    assert_notices(NOTICE_ACCOUNT_CONNECTED, NOTICE_STREAM_RECOVERED, NOTICE_STREAM_RECOVERED);
    end();
}

/* The first answer that comes again is not committed at once. */
static void what_is_not_committed_has_not_recovered(void **state)
{
    (void)state;
    start_with(500, HOUR);
    run_for(HOUR - MINUTE);
    assert_notices(NOTICE_STREAM_TROUBLE, NOTICE_STREAM_TROUBLE);
    world.refuse_commits = INT32_MAX;
    run_for(HOUR);
    assert_int_equal(record_of(WINDOW)->state, STREAM_RETRYING);
    assert_notices(NOTICE_ACCOUNT_CONNECTED);
    world.refuse_commits = 0;
    run_for(2 * HOUR);
    assert_notices(NOTICE_STREAM_RECOVERED, NOTICE_STREAM_RECOVERED);
    end();
}

/* As after a crash between that commit and the notice. */
static void the_next_run_tells_what_the_last_could_not(void **state)
{
    (void)state;
    start_with(500, HOUR);
    run_for(50 * MINUTE);
    assert_notices(NOTICE_STREAM_TROUBLE, NOTICE_STREAM_TROUBLE);
    run_for(HOUR);
    stop();
    world.notice_count = 0;
    world.told_trouble = true; /* and its end was not stored */
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(HOUR);
    assert_notices(NOTICE_STREAM_RECOVERED, NOTICE_STREAM_RECOVERED);
    end();
}

static void not_permitted(void **state)
{
    (void)state;
    start_with(403, DAY);
    run_for(5 * HOUR); /* it is looked at every hour */
    assert_notices(NOTICE_STREAM_NOT_PERMITTED, NOTICE_STREAM_NOT_PERMITTED);
    run_for(DAY);
    assert_notices(NOTICE_ACCOUNT_CONNECTED, NOTICE_STREAM_RECOVERED, NOTICE_STREAM_RECOVERED);
    end();
}

/* All streams wait for the same: the journal tells of it. */
static void a_full_journal_is_not_the_streams_trouble(void **state)
{
    (void)state;
    start_with(200, 0);
    run_for(HOUR);
    assert_notices(NOTICE_ACCOUNT_CONNECTED);
    world.full = true;
    run_for(HOUR);
    assert_int_equal(record_of(WINDOW)->state, STREAM_FULL);
    assert_no_notice();
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_tells_of_its_credentials),
        cmocka_unit_test(revoked_and_granted_again),
        cmocka_unit_test(a_stream_in_trouble),
        cmocka_unit_test(what_is_not_committed_has_not_recovered),
        cmocka_unit_test(the_next_run_tells_what_the_last_could_not),
        cmocka_unit_test(not_permitted),
        cmocka_unit_test(a_full_journal_is_not_the_streams_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
