/* The files that an answer names: each once, within the budget, whatever becomes of their links. */
#include "stream_fixture.h"

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
    assert_in_range(bench.seen[0][DOWNLOAD].requests, 12, 12 + 2 * 4);
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

static int dead_status;

static void script_dead_status(struct flight *flight, int account, int which, int n)
{
    script_downloads(flight, account, which, n);
    if (which == DOWNLOAD && n % 5 == 4 && n < 30) flight->status = dead_status;
}

static void test_every_word_for_a_dead_link(void **state)
{
    (void)state;
    static const int statuses[] = {400, 401, 403, 404, 410};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        begin(1, script_dead_status);
        dead_links = list_requests = 0;
        dead_status = statuses[i];
        build();
        go(1u << FILES_STREAM);
        run_for(5 * MINUTE);
        assert_string_equal(record_of(FILES_STREAM)->position, "page2");
        assert_true(list_requests > 1);
        assert_int_equal(record_of(FILES_STREAM)->repeats, 0);
        assert_int_equal(record_of(FILES_STREAM)->set_aside, 0);
        assert_int_equal(world.accounts[0].failure_count, 0);
        for (int k = 0; k < 10; k++)
            assert_int_equal(world.taken[k], 1);
        end();
    }
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

static int bad_status, fetches[10];

static void script_one_bad_file(struct flight *flight, int account, int which, int n)
{
    script_downloads(flight, account, which, n);
    int file = -1;
    if (which == DOWNLOAD) sscanf(flight->exchange->url, "https://store.example/file/%d", &file);
    if (file >= 0) fetches[file]++;
    if (file == 2) flight->status = bad_status;
}

/* What has come is read, whatever became of the file beside it; it need not come again. */
static void test_one_bad_file_keeps_no_other_back(void **state)
{
    (void)state;
    static const int statuses[] = {0, 302, 404, 429, 500}; /* 0: the connection breaks */
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        begin(1, script_one_bad_file);
        dead_links = list_requests = 0;
        bad_status = statuses[i];
        memset(fetches, 0, sizeof fetches);
        build();
        go(1u << FILES_STREAM);
        run_for(30 * MINUTE);
        assert_null(record_of(FILES_STREAM)->position);
        assert_true(fetches[2] > 3);
        for (int k = 0; k < 10; k++) {
            if (world.taken[k] != (k != 2))
                fail_msg("HTTP %d: file %d was taken %d times", bad_status, k, world.taken[k]);
            if (k != 2 && fetches[k] != 1)
                fail_msg("HTTP %d: file %d was fetched %d times", bad_status, k, fetches[k]);
        }
        bad_status = 200;
        run_for(2 * HOUR);
        assert_string_equal(record_of(FILES_STREAM)->position, "page2");
        assert_int_equal(world.taken[2], 1);
        assert_int_equal(record_of(FILES_STREAM)->repeats, 0);
        end();
    }
}

static void script_bad_first(struct flight *flight, int account, int which, int n)
{
    script_one_bad_file(flight, account, which, n);
    if (which == DOWNLOAD && strstr(flight->exchange->url, "file/0")) flight->status = 500;
}

/* One at a time: the others are fetched all the same, and only once. */
static void test_a_bad_file_comes_last(void **state)
{
    (void)state;
    begin(1, script_bad_first);
    dead_links = list_requests = 0;
    bad_status = 0;
    memset(fetches, 0, sizeof fetches);
    bench.config.config.http.downloads_at_once = 1;
    build();
    go(1u << FILES_STREAM);
    run_for(5 * MINUTE);
    for (int k = 0; k < 10; k++) {
        assert_int_equal(world.taken[k], k != 0 && k != 2);
        assert_true(k == 0 || k == 2 ? fetches[k] > 1 : fetches[k] == 1);
    }
    end();
}

static void script_coded(struct flight *flight, int account, int which, int n)
{
    script_downloads(flight, account, which, n);
    if (which == DOWNLOAD && strstr(flight->exchange->url, "file/3")) flight->status = -2;
}

/* What cannot be decoded is not asked for so for ever: it comes as it is stored, and its source sees it. */
static void test_a_coding_that_cannot_be_removed(void **state)
{
    (void)state;
    begin(1, script_coded);
    dead_links = list_requests = 0;
    build();
    go(1u << FILES_STREAM);
    run_for(MINUTE);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    assert_int_equal(list_requests, 2);
    assert_int_equal(world.taken[3], 1);
    assert_int_equal(record_of(FILES_STREAM)->repeats, 0);
    end();
}

#define LARGE_FILE ((size_t)2 << 20)

static void script_large_files(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which != DOWNLOAD && n > 0) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    if (which != DOWNLOAD) {
        say(flight, "more\nposition page2\n");
        for (int i = 0; i < 20; i++)
            buffer_printf(&flight->body, "download https://store.example/file/%d?sig=1 key-%d\n", i, i);
        return;
    }
    if (++bench.open_downloads > bench.most_open_downloads) bench.most_open_downloads = bench.open_downloads;
    int file, signature;
    assert_int_equal(sscanf(flight->exchange->url, "https://store.example/file/%d?sig=%d", &file, &signature),
                     2);
    buffer_printf(&flight->body, "event 0 {\"n\":%d%*s}\n", file, (int)LARGE_FILE, "");
}

static int64_t held_by_downloads(void)
{
    return bench.fleet->shared.download_bytes;
}

/* Eight accounts ask for large files at the same time: without the budget they would hold 128 MiB. Each may
 * always have one, so the last of them may stand above the budget. */
static void test_downloads_keep_to_their_budget(void **state)
{
    (void)state;
    begin(8, script_large_files);
    build();
    go(1u << FILES_STREAM);
    int64_t most = 0;
    for (bool moved = true; moved; moved = world_step(WORLD_START + MINUTE)) {
        if (held_by_downloads() > most) most = held_by_downloads();
        assert_true(held_by_downloads() >= 0);
    }
    int64_t budget = bench.fleet->shared.download_limits.budget;
    assert_in_range(most, budget - DOWNLOAD_GUESS, budget + 2 * DOWNLOAD_GUESS);
    assert_int_equal(held_by_downloads(), 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(world.taken[i], 8);
    end();
}

/* By the size that the vendor says, as far as that can be. */
static int64_t said_bytes;

static void script_sizes(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which != DOWNLOAD && n > 0) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    if (which != DOWNLOAD) {
        say(flight, "more\nposition page2\n");
        for (int i = 0; i < 20; i++)
            buffer_printf(&flight->body, "download https://store.example/file/%d?sig=1 key-%d %lld\n", i, i,
                          (long long)said_bytes);
        return;
    }
    int file, signature;
    assert_int_equal(sscanf(flight->exchange->url, "https://store.example/file/%d?sig=%d", &file, &signature),
                     2);
    buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", file);
}

static void test_sizes_that_the_vendor_says(void **state)
{
    (void)state;
    static const struct {
        int64_t said;
        int64_t at_once; /* of 8 that may be; the budget is 16 MiB, a file may have 8 */
    } rows[] = {{0, 4},
                {1, 8},
                {-5, 4},
                {INT64_MIN, 4},
                {(int64_t)4 << 20, 4},
                {(int64_t)6 << 20, 2},
                {(int64_t)8 << 20, 2},
                {INT64_MAX, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1, script_sizes);
        said_bytes = rows[i].said;
        bench.config.config.http.download_budget = 16 << 20;
        bench.config.config.http.response_limit = 8 << 20;
        bench.config.config.http.downloads_at_once = 8;
        build();
        go(1u << FILES_STREAM);
        int64_t most = 0, guess = said_bytes > 0 ? said_bytes : DOWNLOAD_GUESS;
        if (guess < DOWNLOAD_LEAST) guess = DOWNLOAD_LEAST;
        if (guess > 8 << 20) guess = 8 << 20;
        for (bool moved = true; moved; moved = world_step(WORLD_START + MINUTE)) {
            if (held_by_downloads() > most) most = held_by_downloads();
            assert_true(held_by_downloads() >= 0);
        }
        if (most / guess != rows[i].at_once) fail_msg("row %zu: %lld bytes at once", i, (long long)most);
        assert_int_equal(held_by_downloads(), 0);
        for (int k = 0; k < 20; k++)
            assert_int_equal(world.taken[k], 1);
        end();
    }
}

static void script_named_twice(struct flight *flight, int account, int which, int n)
{
    (void)account;
    if (which != DOWNLOAD && n > 0) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    if (which != DOWNLOAD) {
        say(flight, "more\nposition page2\n");
        for (int i = 0; i < 30; i++) /* each of ten three times, with another signature */
            buffer_printf(&flight->body, "download https://store.example/file/%d?sig=%d key-%d\n", i % 10, i,
                          i % 10);
        return;
    }
    int file, signature;
    assert_int_equal(sscanf(flight->exchange->url, "https://store.example/file/%d?sig=%d", &file, &signature),
                     2);
    buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", file);
}

static void test_a_file_that_is_named_twice(void **state)
{
    (void)state;
    begin(1, script_named_twice);
    build();
    go(1u << FILES_STREAM);
    run_for(MINUTE);
    assert_int_equal(bench.seen[0][DOWNLOAD].requests, 10);
    assert_int_equal(record_of(FILES_STREAM)->repeats, 0);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    for (int i = 0; i < 10; i++)
        assert_int_equal(world.taken[i], 1);
    end();
}

/* A pause in the middle gives back what is under way and what was fetched. */
static void test_paused_downloads_hold_nothing(void **state)
{
    (void)state;
    begin(2, script_large_files);
    build();
    go(1u << FILES_STREAM);
    while (!held_by_downloads())
        assert_true(world_step(WORLD_START + MINUTE));
    for (int i = 0; i < 6; i++)
        assert_true(world_step(WORLD_START + MINUTE));
    assert_true(held_by_downloads() > 0);
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    assert_int_equal(held_by_downloads(), 0);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_downloads),
        cmocka_unit_test(test_too_large_download_is_set_aside),
        cmocka_unit_test(test_a_file_store_says_nothing_about_the_account),
        cmocka_unit_test(test_every_word_for_a_dead_link),
        cmocka_unit_test(test_links_that_stay_dead),
        cmocka_unit_test(test_one_bad_file_keeps_no_other_back),
        cmocka_unit_test(test_a_bad_file_comes_last),
        cmocka_unit_test(test_a_coding_that_cannot_be_removed),
        cmocka_unit_test(test_downloads_keep_to_their_budget),
        cmocka_unit_test(test_sizes_that_the_vendor_says),
        cmocka_unit_test(test_a_file_that_is_named_twice),
        cmocka_unit_test(test_paused_downloads_hold_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
