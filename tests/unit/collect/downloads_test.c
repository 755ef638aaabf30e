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
    assert_in_range(most, DOWNLOAD_BUDGET - DOWNLOAD_GUESS, DOWNLOAD_BUDGET + 2 * DOWNLOAD_GUESS);
    assert_int_equal(held_by_downloads(), 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(world.taken[i], 8);
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
        cmocka_unit_test(test_links_that_stay_dead),
        cmocka_unit_test(test_downloads_keep_to_their_budget),
        cmocka_unit_test(test_paused_downloads_hold_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
