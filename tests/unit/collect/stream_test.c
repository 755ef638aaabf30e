/* Single streams against a scripted vendor: what is asked when, what is committed, and what a user is told.
 */
#include "collect/stream/account.h"
#include "collect/stream/downloads.h"
#include "world.h"

#include "toy_source.h"

enum { WINDOW, TOKEN, FILES_STREAM, DOWNLOAD };
static const char *const names[] = {"toy-window", "toy-token", "toy-files", "download"};

/* What the vendor saw of one stream (or of all downloads). */
struct seen {
    int requests;
    int64_t at_ms[400]; /* since the start */
    char body[128];     /* of the last */
};

static struct {
    struct toy_config config;
    struct fleet_progress progress;
    struct fleet *fleet;
    bool once;
    struct seen seen[8][4]; /* by account and stream */
    int open_downloads, most_open_downloads;
    /* Answers stream `which` of account `account`, for the n-th time (0 ...). */
    void (*script)(struct flight *flight, int account, int which, int n);
} bench;

static void say(struct flight *flight, const char *text)
{
    buffer_append_string(&flight->body, text);
}

static void answer(struct flight *flight)
{
    int which = DOWNLOAD, account = 0;
    for (int i = 0; i < 3; i++)
        if (strstr(flight->exchange->url, names[i])) which = i;
    if (flight->access_key[0]) account = flight->access_key[strlen(flight->access_key) - 1] - '0';
    struct seen *seen = &bench.seen[account][which];
    text_to_string(flight->exchange->body, seen->body, sizeof seen->body);
    if (seen->requests < 400) seen->at_ms[seen->requests] = world.time_ms - WORLD_START;
    bench.script(flight, account, which, seen->requests++);
}

static void build(void)
{
    const struct collector_parts parts = {.config = &bench.config.config,
                                          .registry = bench.config.registry,
                                          .journal = (struct journal *)&world,
                                          .network = (struct network *)&world,
                                          .workers = (struct workers *)&world,
                                          .clock = &world_clock,
                                          .random = &world.random,
                                          .once = bench.once};
    postern_error error = ERROR_INIT;
    if (fleet_build(&parts, &bench.progress, NULL, &bench.fleet, &error) < 0) fail_msg("%s", error.message);
}

/* The streams of bits `wanted` only: the others are not started. */
static void go(unsigned wanted)
{
    struct fleet *fleet = bench.fleet;
    fleet_go(fleet);
    for (size_t i = 0; i < fleet->account_count; i++)
        for (size_t j = 0; j < fleet->accounts[i]->stream_count; j++)
            for (int k = 0; k < 3; k++)
                if (strcmp(fleet->accounts[i]->streams[j].declaration->name, names[k]) == 0 &&
                    !(wanted & 1u << k))
                    network_timer_cancel(fleet->shared.network, &fleet->accounts[i]->streams[j].timer);
}

static void begin(size_t accounts, void (*script)(struct flight *flight, int account, int which, int n))
{
    memset(&bench, 0, sizeof bench);
    world_begin(7, answer);
    world.latency_ms = 20;
    bench.script = script;
    toy_config_make(&bench.config, accounts);
    bench.config.source.lookback_ms = HOUR;
}

static void idle(void *context)
{
    *(bool *)context = true;
}

static void stop(void)
{
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    fleet_store_accounts(bench.fleet);
    fleet_free(bench.fleet);
    while (world.happening_count || world.first_task)
        assert_true(world_step(INT64_MAX));
    bench.fleet = NULL;
}

static void end(void)
{
    stop();
    toy_config_free(&bench.config);
    world_end();
}

static void run_for(int64_t ms)
{
    world_run(world.time_ms + ms);
}

static const struct stream_record *record_of(int which)
{
    return &world_stream(names[which])->record;
}

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

/* ---- Accounts ----------------------------------------------------------------------------------- */

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
    secret_release(bench.config.accounts[0].secret_key);
    bench.config.accounts[0].secret_key = secret_new(TEXT("bmV3IHNlY3JldA=="));
    int64_t credentials = world.time_ms;
    build();
    assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
    assert_int_equal(world.accounts[0].failure_count, 0);
    assert_int_equal(world.accounts[0].credentials_since_ms, credentials);
    assert_int_equal(record_of(WINDOW)->settled_until_ms, credentials - 12 * HOUR - 1);
    assert_int_equal(world_stream("toy-window")->coverage_from_ms,
                     WORLD_START - HOUR); /* where the hole begins */
    go(1u << WINDOW | 1u << TOKEN);
    run_for(MINUTE);
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
    secret_release(bench.config.accounts[0].secret_key);
    bench.config.accounts[0].secret_key = secret_new(TEXT("bmV3IHNlY3JldA=="));
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

static void test_api_2_account_has_no_signed_streams(void **state)
{
    (void)state;
    begin(1, script_refused);
    bench.config.accounts[0].api = 2;
    build();
    assert_int_equal(bench.fleet->stream_count, 1);
    assert_string_equal(bench.fleet->accounts[0]->streams[0].declaration->name,
                        "toy-files"); /* auth "none" */
    go(7);
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

static void script_spin(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    if (which == WINDOW)
        say(flight, "more\nposition p\nevent 0 {\"n\":1}\n"); /* the same page for ever */
    else
        say(flight, "more\nposition t\n"); /* more of nothing */
}

static void test_nothing_spins(void **state)
{
    (void)state;
    begin(1, script_spin);
    build();
    go(1u << WINDOW | 1u << TOKEN);
    run_for(HOUR);
    assert_in_range(bench.seen[0][TOKEN].requests, 4, 7); /* once per interval, once more for the new token */
    assert_int_equal(record_of(TOKEN)->state, STREAM_OK);
    assert_in_range(bench.seen[0][WINDOW].requests, 3, 60);
    assert_int_equal(record_of(WINDOW)->state, STREAM_RETRYING);
    assert_non_null(strstr(trouble_error(record_of(WINDOW)->trouble), "page token"));
    assert_int_equal(record_of(WINDOW)->settled_until_ms, 0); /* and nothing is taken for read */
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
    assert_int_equal(bench.seen[0][WINDOW].requests, 2); /* signed again at once with the vendor's time */
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_int_equal(world.accounts[0].status_since_ms, record_of(WINDOW)->last_success_ms);
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
        assert_int_equal(bench.seen[i][WINDOW].requests, 2);
        assert_int_equal(world.accounts[i].failure_count, 0);
        assert_int_equal(world.accounts[i].status, ACCOUNT_CONNECTED);
    }
    end();
}

/* ---- Downloads ---------------------------------------------------------------------------------- */

static int dead_links, list_requests;

static void landed(void *context)
{
    (void)context;
    bench.open_downloads--;
}

static void script_downloads(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)n;
    if (which != DOWNLOAD) {
        if (strstr(bench.seen[0][FILES_STREAM].body, "page2")) {
            say(flight, "nothing\nkeep\n");
            return;
        }
        list_requests++;
        say(flight, "more\nposition page2\nevent 0 {\"n\":99}\n");
        for (int i = 0; i < 10; i++)
            buffer_printf(&flight->body, "download https://store.example/file/%d?sig=%d key-%d\n", i,
                          list_requests, i);
        return;
    }
    if (++bench.open_downloads > bench.most_open_downloads) bench.most_open_downloads = bench.open_downloads;
    world_later(0, landed, NULL);
    int file, signature;
    assert_int_equal(sscanf(flight->exchange->url, "https://store.example/file/%d?sig=%d", &file, &signature),
                     2);
    if (file == 6 && signature <= dead_links) {
        flight->status = 403;
        return;
    }
    buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", file);
}

static void test_downloads(void **state)
{
    (void)state;
    begin(1, script_downloads);
    dead_links = 2;
    list_requests = 0;
    build();
    go(1u << FILES_STREAM);
    while (!record_of(FILES_STREAM)->position) {
        assert_int_equal(world.taken[99], 0); /* the page's own events come with its position */
        assert_true(world_step(WORLD_START + MINUTE));
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(world.taken[i], 1);
    assert_int_equal(world.taken[99], 1);
    assert_int_equal(list_requests, 3); /* asked again for fresh links */
    assert_in_range(bench.seen[0][DOWNLOAD].requests, 12, 12 + 2 * DOWNLOADS_AT_ONCE);
    assert_int_equal(world_stream("toy-files")->done_count, 0); /* forgotten with the page */
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    run_for(MINUTE);
    assert_int_equal(record_of(FILES_STREAM)->repeats, 0); /* done keys are not fetched again */
    end();
}

static void script_large(struct flight *flight, int account, int which, int n)
{
    script_downloads(flight, account, which, n);
    if (which == DOWNLOAD && strstr(flight->exchange->url, "file/3")) flight->status = -1;
}

static void test_too_large_download_is_set_aside(void **state)
{
    (void)state;
    begin(1, script_large);
    dead_links = 0;
    list_requests = 0;
    build();
    go(1u << FILES_STREAM);
    run_for(MINUTE);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    assert_int_equal(world.taken[3], 0);
    assert_int_equal(world.taken[9], 1);
    assert_int_equal(world.dead_count, 1);
    assert_string_equal(world.last_dead_reason, "the answer is too large");
    end();
}

static void script_store_refuses(struct flight *flight, int account, int which, int n)
{
    script_downloads(flight, account, which, n);
    if (which == DOWNLOAD && n < 6) flight->status = 401;
}

static void test_a_file_store_says_nothing_about_the_account(void **state)
{
    (void)state;
    begin(1, script_store_refuses);
    dead_links = list_requests = 0;
    build();
    go(1u << FILES_STREAM);
    run_for(MINUTE);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    assert_int_equal(world.accounts[0].failure_count, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(world.taken[i], 1);
    end();
}

static void script_no_links(struct flight *flight, int account, int which, int n)
{
    script_downloads(flight, account, which, n);
    if (which == DOWNLOAD) flight->status = 404;
}

static void test_links_that_stay_dead(void **state)
{
    (void)state;
    begin(1, script_no_links);
    dead_links = list_requests = 0;
    build();
    go(1u << FILES_STREAM);
    run_for(MINUTE);
    assert_null(record_of(FILES_STREAM)->position);
    assert_true(list_requests >= 4);
    assert_true(toy_last_attempt > DOWNLOAD_DEAD_LINKS); /* then the source is shown the answer */
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
        cmocka_unit_test(test_retries_and_words),
        cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_new_keys_need_half_an_hour),
        cmocka_unit_test(test_failed_account),
        cmocka_unit_test(test_rotated_credentials_make_no_gap),
        cmocka_unit_test(test_one_stream_refused_alone),
        cmocka_unit_test(test_one_stream_not_permitted),
        cmocka_unit_test(test_api_2_account_has_no_signed_streams),
        cmocka_unit_test(test_full_journal),
        cmocka_unit_test(test_failed_commit_is_asked_again),
        cmocka_unit_test(test_set_aside_once),
        cmocka_unit_test(test_set_aside_once_at_a_place),
        cmocka_unit_test(test_refused_token_starts_again),
        cmocka_unit_test(test_restarts_do_not_spin),
        cmocka_unit_test(test_nothing_spins),
        cmocka_unit_test(test_too_large_answer),
        cmocka_unit_test(test_wrong_clock_is_no_refusal),
        cmocka_unit_test(test_wrong_clock_is_no_refusal_of_any_account),
        cmocka_unit_test(test_downloads),
        cmocka_unit_test(test_a_file_store_says_nothing_about_the_account),
        cmocka_unit_test(test_too_large_download_is_set_aside),
        cmocka_unit_test(test_links_that_stay_dead),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_once_gives_up_on_refused_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
