/* Requests per second and account: however many streams and files there are, and however fast the vendor
 * answers, no second sees more of them than the setting says, and each stream has its turn. */
#include "collect/plan/request_rate.h"

#include "stream_fixture.h"

/* ---- The bucket ---------------------------------------------------------------------------------- */

static void test_turns(void **state)
{
    (void)state;
    struct request_rate rate = {0};
    assert_int_equal(request_rate_take(&rate, 4, 1000), 1000);
    assert_int_equal(request_rate_take(&rate, 4, 1000), 1250);
    assert_int_equal(request_rate_take(&rate, 4, 1100), 1500); /* behind those who came before */
    assert_int_equal(request_rate_take(&rate, 4, 1900), 1900);
    assert_int_equal(request_rate_take(&rate, 4, 60000), 60000);
    assert_int_equal(request_rate_take(&rate, 4, 60000), 60250); /* a quiet minute saves nothing up */
}

static void test_no_bound(void **state)
{
    (void)state;
    struct request_rate rate = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(request_rate_take(&rate, 0, 7), 7);
}

/* Rates that do not divide a second, and such that have several turns in a millisecond. */
static void test_no_second_has_more(void **state)
{
    (void)state;
    static const int64_t rates[] = {1, 3, 7, 50, 999, 1000, 1001, 10000};
    static int64_t turns[20001];
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct request_rate rate = {0};
        int64_t count = 2 * rates[i];
        for (int64_t k = 0; k <= count; k++) {
            turns[k] = request_rate_take(&rate, rates[i], 5);
            if (k >= rates[i]) assert_true(turns[k] - turns[k - rates[i]] >= 1000);
        }
        assert_in_range(turns[count] - turns[0], 2000, 2003 + rates[i] / 500); /* and hardly fewer */
    }
}

/* ---- Streams ------------------------------------------------------------------------------------- */

#define PER_SECOND 10
#define SPAN       (20 * SECOND)

static struct {
    int64_t at_ms[8192];
    size_t count;
} sent;

static void remember(void)
{
    if (sent.count < sizeof sent.at_ms / sizeof sent.at_ms[0]) sent.at_ms[sent.count++] = world.time_ms;
}

/* Every stream has always more, and the pages of one name files. */
static void script_endless(struct flight *flight, int account, int which, int n)
{
    if (account == 0) remember();
    if (which == DOWNLOAD) {
        int file;
        assert_int_equal(sscanf(flight->exchange->url, "https://store.example/file/%d", &file), 1);
        buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", 3000 + file % 1000);
        return;
    }
    buffer_printf(&flight->body, "more\nposition p%d\nevent %lld {\"n\":%d}\n", n + 1,
                  (long long)(world.time_ms - 30 * MINUTE), which * 1000 + n % 1000);
    for (int i = 0; which == FILES_STREAM && i < 6; i++)
        buffer_printf(&flight->body, "download https://store.example/file/%d key-%d\n", 6 * n + i, i);
}

/* The most requests in any second. */
static size_t busiest_second(void)
{
    size_t most = 0;
    for (size_t i = 0, first = 0; i < sent.count; i++) {
        while (sent.at_ms[i] - sent.at_ms[first] >= SECOND)
            first++;
        if (i - first + 1 > most) most = i - first + 1;
    }
    return most;
}

static void begin_endless(size_t accounts, int64_t per_second)
{
    sent.count = 0;
    begin(accounts, script_endless);
    world.latency_ms = 1; /* each takes as long as the others: the vendor sees what was sent */
    bench.config.config.http.requests_per_second = per_second;
    build();
}

static void test_streams_and_downloads_keep_to_it(void **state)
{
    (void)state;
    begin_endless(1, PER_SECOND);
    go(7);
    run_for(SPAN);
    assert_in_range(sent.count, PER_SECOND * 19, PER_SECOND * 20 + 1); /* it is used up */
    assert_int_equal(busiest_second(), PER_SECOND);
    const struct seen *seen = bench.seen[0];
    print_message("window %d, token %d, files %d + %d\n", seen[WINDOW].requests, seen[TOKEN].requests,
                  seen[FILES_STREAM].requests, seen[DOWNLOAD].requests);
    /* Each of the three has every third turn. */
    assert_in_range(seen[WINDOW].requests, PER_SECOND * 6, PER_SECOND * 7);
    assert_in_range(seen[TOKEN].requests, PER_SECOND * 6, PER_SECOND * 7);
    assert_in_range(seen[FILES_STREAM].requests + seen[DOWNLOAD].requests, PER_SECOND * 6, PER_SECOND * 8);
    for (int i = 0; i < seen[FILES_STREAM].requests * 6 - 12; i++)
        assert_int_equal(world.taken[3000 + i], 1); /* nothing is lost, nor fetched twice */
    for (int which = WINDOW; which <= FILES_STREAM; which++) {
        assert_null(record_of(which)->trouble); /* waiting is none */
        assert_int_equal(record_of(which)->set_aside, 0);
    }
    end();
}

/* The same world asks far more where nothing bounds it: the test above can fail. */
static void test_without_it_they_run(void **state)
{
    (void)state;
    begin_endless(1, 0);
    go(7);
    run_for(SECOND);
    assert_true(busiest_second() > 20 * PER_SECOND);
    end();
}

static void test_each_account_has_its_own(void **state)
{
    (void)state;
    begin_endless(3, PER_SECOND);
    go(1u << TOKEN);
    run_for(SPAN);
    assert_int_equal(busiest_second(), PER_SECOND);
    for (int i = 0; i < 3; i++)
        assert_in_range(bench.seen[i][TOKEN].requests, PER_SECOND * 19, PER_SECOND * 20 + 1);
    end();
}

/* Waiting costs nothing: the loop does not come round more often than there is something to do. */
static void test_waiting_does_not_spin(void **state)
{
    (void)state;
    begin_endless(1, 1);
    go(7);
    run_for(3 * SECOND);
    int steps = 0;
    for (int64_t until = world.time_ms + SPAN; world_step(until); steps++) {
    }
    assert_in_range(sent.count, 20, 24);
    print_message("%d steps of the world\n", steps);
    assert_true(steps < 20 * 12);
    end();
}

/* A reload in the middle gives no second helping, nor does a pause let those who waited go all at once. */
static void test_reload_and_pause(void **state)
{
    (void)state;
    begin_endless(1, PER_SECOND);
    go(7);
    for (int i = 0; i < 12; i++) {
        run_for(1130);
        bool is_idle = false;
        fleet_pause(bench.fleet, idle, &is_idle);
        while (!is_idle)
            assert_true(world_step(INT64_MAX));
        fleet_store_accounts(bench.fleet);
        if (i % 2) {
            const struct collector_parts parts = bench_parts();
            struct fleet *fresh;
            postern_error error = ERROR_INIT;
            if (fleet_build(&parts, &bench.progress, bench.fleet, &fresh, &error) < 0)
                fail_msg("%s", error.message);
            fleet_free(bench.fleet);
            bench.fleet = fresh;
        }
        go(7);
        for (size_t k = 0; k < bench.fleet->accounts[0]->stream_count; k++) {
            bench.fleet->accounts[0]->streams[k].pace.due_ms = world.time_ms;
            network_timer_set(NULL, &bench.fleet->accounts[0]->streams[k].timer, world.time_ms);
        }
    }
    assert_true(sent.count > 2 * PER_SECOND);
    assert_in_range(busiest_second(), PER_SECOND / 2, PER_SECOND);
    end();
}

/* Turns that were waited for when a pause came have passed after it: they are taken anew. */
static void test_pause_keeps_no_turns(void **state)
{
    (void)state;
    begin_endless(1, 1);
    go(7);
    run_for(3 * SECOND + SECOND / 2);
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    run_for(10 * SECOND);
    size_t before = sent.count;
    go(7);
    run_for(5 * SECOND);
    assert_true(sent.count > before + 2);
    assert_int_equal(busiest_second(), 1);
    end();
}

static int damaged_fetches, fetches_of_first_page;

static void script_damaged_file(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which != DOWNLOAD) {
        say(flight, n > 1 ? "nothing\nkeep\n" : "more\nposition p1\n");
        for (int i = 0; n <= 1 && i < 6; i++)
            buffer_printf(&flight->body, "download https://store.example/%d/file/%d key-%d\n", n, i, i);
        return;
    }
    int page, file;
    assert_int_equal(sscanf(flight->exchange->url, "https://store.example/%d/file/%d", &page, &file), 2);
    if (page == 0) fetches_of_first_page++;
    buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", file);
    if (file == 0 && damaged_fetches++ == 0) say(flight, "garbage\n");
}

/* While the next file waits for its turn, a damaged one does not end the page: all the others have theirs. */
static void test_files_that_wait_come_after_a_damaged_one(void **state)
{
    (void)state;
    damaged_fetches = fetches_of_first_page = 0;
    begin(1, script_damaged_file);
    bench.config.config.http.requests_per_second = 1; /* the damaged one is read long before the next turn */
    build();
    go(1u << FILES_STREAM);
    run_for(5 * MINUTE);
    assert_string_equal(record_of(FILES_STREAM)->position, "p1");
    assert_int_equal(fetches_of_first_page, 6);
    assert_int_equal(bench.seen[0][DOWNLOAD].requests, 7); /* the damaged one alone is fetched again */
    for (int i = 0; i < 6; i++)
        assert_int_equal(world.taken[i], 1);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_no_bound),
        cmocka_unit_test(test_no_second_has_more),
        cmocka_unit_test(test_streams_and_downloads_keep_to_it),
        cmocka_unit_test(test_without_it_they_run),
        cmocka_unit_test(test_each_account_has_its_own),
        cmocka_unit_test(test_waiting_does_not_spin),
        cmocka_unit_test(test_reload_and_pause),
        cmocka_unit_test(test_pause_keeps_no_turns),
        cmocka_unit_test(test_files_that_wait_come_after_a_damaged_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
