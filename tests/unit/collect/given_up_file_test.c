/* Files that cannot be had: one of them holds nothing up for ever, and none is given up because all are out.
 */
#include "collect/stream/file_tries.h"
#include "stream_fixture.h"

#define LONG_AGO (50 * HOUR) /* behind it a file that was out from the start is given up */

static struct {
    int files;               /* on the page */
    unsigned bad;            /* bits: these are out, by `how` */
    int how;                 /* status; 0 = no connection stands */
    int64_t all_out_from_ms; /* nothing comes any more; 0 = never */
    bool other_brings;       /* the account's other stream has a file at each of its polls */
    int fetches[10], others;
} shelf;

static bool is_out(int file)
{
    int64_t now = world.time_ms - WORLD_START;
    return shelf.bad & 1u << file || (shelf.all_out_from_ms && now >= shelf.all_out_from_ms);
}

static void script_store(struct flight *flight, int account, int which, int n)
{
    (void)account;
    int file;
    if (which == TOKEN) {
        shelf.others++;
        if (!shelf.other_brings) say(flight, "nothing\nkeep\n");
        if (shelf.other_brings)
            buffer_printf(&flight->body,
                          "end\nposition p%d\ndownload https://other.example/file/9 other-%d\n", n, n);
        return;
    }
    if (which == FILES_STREAM) {
        if (strstr(bench.seen[0][FILES_STREAM].body, "page2")) {
            say(flight, "nothing\nkeep\n");
            return;
        }
        say(flight, "more\nposition page2\n");
        for (int i = 0; i < shelf.files; i++)
            buffer_printf(&flight->body, "download https://store.example/file/%d?sig=%d key-%d\n", i, n, i);
        return;
    }
    assert_non_null(strstr(flight->exchange->url, "/file/"));
    file = strstr(flight->exchange->url, "/file/")[6] - '0';
    shelf.fetches[file]++;
    if (is_out(file))
        flight->status = shelf.how;
    else
        buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", file);
}

static void open_store(int files, unsigned bad, int how)
{
    begin(1, script_store);
    memset(&shelf, 0, sizeof shelf);
    shelf.files = files;
    shelf.bad = bad;
    shelf.how = how;
    build();
}

static bool stands_still(void)
{
    return !record_of(FILES_STREAM)->position;
}

static void test_one_file_that_cannot_be_had(void **state)
{
    (void)state;
    static const struct {
        int how;
        const char *reason;
    } rows[] = {{500, "HTTP 500"}, {503, "HTTP 503"}, {302, "redirect"}, {0, "the connection was reset"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        open_store(10, 1u << 2, rows[i].how);
        go(1u << FILES_STREAM);
        run_for(23 * HOUR);
        assert_true(stands_still());
        assert_int_equal(world.dead_count, 0);
        for (int k = 0; k < 10; k++)
            assert_true(k == 2 ? shelf.fetches[k] > 20 : shelf.fetches[k] == 1);
        run_for(3 * HOUR);
        assert_string_equal(record_of(FILES_STREAM)->position, "page2");
        assert_int_equal(record_of(FILES_STREAM)->state, STREAM_OK);
        assert_int_equal(record_of(FILES_STREAM)->set_aside, 1);
        assert_int_equal(record_of(FILES_STREAM)->repeats, 0); /* a witness is not read */
        assert_int_equal(world.dead_count, 1);
        assert_non_null(strstr(world.last_dead_reason, "given up: it could not be fetched for 1d"));
        assert_non_null(strstr(world.last_dead_reason, rows[i].reason));
        for (int k = 0; k < 10; k++)
            assert_int_equal(world.taken[k], k != 2);
        end();
    }
}

/* Each has a letter of its own. */
static void test_several_of_a_page(void **state)
{
    (void)state;
    for (int at_once = 1; at_once <= 4; at_once += 3) {
        open_store(6, 1u << 0 | 1u << 3 | 1u << 5, 0);
        bench.fleet->shared.download_limits.at_once = (size_t)at_once;
        go(1u << FILES_STREAM);
        run_for(LONG_AGO);
        assert_string_equal(record_of(FILES_STREAM)->position, "page2");
        assert_int_equal(record_of(FILES_STREAM)->set_aside, 3);
        assert_int_equal(world.dead_count, 3);
        end();
    }
}

/* All others of its page had come when the store went down. */
static void test_an_outage_gives_nothing_up(void **state)
{
    (void)state;
    static const int hows[] = {0, 503};
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
        open_store(10, 1u << 2, hows[i]);
        shelf.all_out_from_ms = HOUR;
        go(1u << FILES_STREAM);
        run_for(5 * DAY);
        assert_true(stands_still());
        assert_int_equal(world.dead_count, 0);
        shelf.all_out_from_ms = shelf.bad = 0;
        run_for(HOUR);
        assert_string_equal(record_of(FILES_STREAM)->position, "page2");
        assert_int_equal(world.dead_count, 0);
        for (int k = 0; k < 10; k++)
            assert_int_equal(world.taken[k], 1);
        end();
    }
}

/* Behind an outage longer than the time the file has its tries, and is given up for itself. */
static void test_behind_an_outage(void **state)
{
    (void)state;
    open_store(10, 1u << 2, 0);
    shelf.all_out_from_ms = HOUR;
    go(1u << FILES_STREAM);
    run_for(2 * DAY);
    shelf.all_out_from_ms = 0;
    int before = shelf.fetches[2];
    run_for(3 * HOUR);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    assert_int_equal(shelf.fetches[2] - before, FILE_MISSED + 1);
    assert_int_equal(world.dead_count, 1);
    end();
}

static void test_a_page_with_one_file(void **state)
{
    (void)state;
    for (int others = 0; others < 2; others++) {
        open_store(1, 1u << 0, 0);
        shelf.other_brings = others;
        go(1u << FILES_STREAM | 1u << TOKEN);
        run_for(23 * HOUR);
        assert_true(stands_still());
        assert_int_equal(world.dead_count, 0);
        run_for(LONG_AGO);
        assert_true(shelf.others > 100);
        assert_int_equal(stands_still(), !others); /* nothing shows that files can be had */
        assert_int_equal(world.dead_count, others);
        end();
    }
}

/* What another stream brought before the store went down says nothing about now. */
static void test_one_file_in_an_outage(void **state)
{
    (void)state;
    open_store(1, 1u << 0, 0);
    shelf.other_brings = true;
    shelf.all_out_from_ms = HOUR;
    go(1u << FILES_STREAM | 1u << TOKEN);
    run_for(5 * DAY);
    assert_true(stands_still());
    assert_int_equal(world.dead_count, 0);
    end();
}

/* It comes now and then: the time begins anew. */
static void test_a_file_that_is_in_time(void **state)
{
    (void)state;
    open_store(10, 1u << 2, 503);
    go(1u << FILES_STREAM);
    run_for(23 * HOUR);
    shelf.bad = 0;
    run_for(HOUR);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    assert_int_equal(world.taken[2], 1);
    assert_int_equal(world.dead_count, 0);
    end();
}

static void test_a_reload_does_not_begin_anew(void **state)
{
    (void)state;
    open_store(10, 1u << 2, 503);
    go(1u << FILES_STREAM);
    for (int i = 0; i < 26; i++) {
        run_for(HOUR);
        bool is_idle = false;
        fleet_pause(bench.fleet, idle, &is_idle);
        while (!is_idle)
            assert_true(world_step(INT64_MAX));
        struct fleet *fresh;
        const struct collector_parts parts = bench_parts();
        assert_int_equal(fleet_build(&parts, &bench.progress, bench.fleet, &fresh, NULL), POSTERN_OK);
        fleet_free(bench.fleet);
        bench.fleet = fresh;
        go(1u << FILES_STREAM);
    }
    assert_false(stands_still());
    assert_int_equal(world.dead_count, 1);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file_that_cannot_be_had),
        cmocka_unit_test(test_several_of_a_page),
        cmocka_unit_test(test_an_outage_gives_nothing_up),
        cmocka_unit_test(test_behind_an_outage),
        cmocka_unit_test(test_a_page_with_one_file),
        cmocka_unit_test(test_one_file_in_an_outage),
        cmocka_unit_test(test_a_file_that_is_in_time),
        cmocka_unit_test(test_a_reload_does_not_begin_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
