/* The collector with the real network, workers and journal, against a server on the loopback interface. */
#include "collector_fixture.h"

static struct collector *start(bool once)
{
    const struct collector_parts from = collector_parts(once);
    struct collector *collector;
    postern_error error = ERROR_INIT;
    if (collector_start(&from, &collector, &error) < 0) fail_msg("%s", error.message);
    return collector;
}

/* Waits, within reason, until `condition` holds. */
#define WAIT_FOR(condition)                                                                                  \
    do {                                                                                                     \
        int64_t deadline_ = now_ms() + 60000;                                                                \
        while (!(condition)) {                                                                               \
            if (now_ms() > deadline_) fail_msg("waited in vain for " #condition);                            \
            usleep(1000);                                                                                    \
        }                                                                                                    \
    } while (0)

static size_t finished(struct collector *collector)
{
    struct collector_progress progress;
    collector_progress(collector, &progress);
    return progress.finished;
}

static int64_t count_events(void)
{
    int64_t events = 0, after = 0;
    postern_error error = ERROR_INIT;
    for (;;) {
        const struct page_view *page;
        if (journal_next_page(parts.journal, after, NULL, NULL, &page, &after, &error) < 0)
            fail_msg("%s", error.message);
        if (!page) return events;
        events += (int64_t)page->event_count;
        page_release(page);
    }
}

static void note_unfinished(void *context, const char *stream, const char *message, const char *remedy)
{
    (void)remedy;
    struct buffer *list = context;
    buffer_printf(list, "%s: %s\n", stream, message);
}

/* ---- Tests -------------------------------------------------------------------------------------- */

static void test_once_and_again(void **state)
{
    (void)state;
    open_parts(1);
    for (int round = 0; round < 2; round++) {
        struct collector *collector = start(true);
        WAIT_FOR(finished(collector) == 3);
        struct collector_progress progress;
        collector_progress(collector, &progress);
        assert_int_equal(progress.streams, 3);
        assert_int_equal(progress.failed, 0);
        /* The second time everything is known already. */
        assert_int_equal(progress.events, round ? 0 : TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
        assert_true(collector_stop(collector, VENDOR_MS));
        assert_int_equal(count_events(), TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
    }
    struct account_record account;
    assert_int_equal(journal_account(parts.journal, "account-0", &account, NULL), POSTERN_OK);
    assert_int_equal(account.status, ACCOUNT_CONNECTED);
    close_parts();
}

static void test_accounts_do_not_disturb_each_other(void **state)
{
    (void)state;
    open_parts(3); /* only account-0 has keys that the server knows */
    atomic_store(&server.forbid_windows, true);
    struct collector *collector = start(true);
    WAIT_FOR(finished(collector) >= 3);
    struct buffer list = {.limit = 1 << 16};
    collector_each_unfinished(collector, note_unfinished, &list);
    assert_non_null(strstr(buffer_string(&list), "account-0/toy-window: HTTP 403"));
    assert_non_null(strstr(buffer_string(&list), "account-1/toy-token: "));
    assert_null(strstr(buffer_string(&list), "account-0/toy-token"));
    buffer_free(&list);
    assert_true(collector_stop(collector, VENDOR_MS));
    atomic_store(&server.forbid_windows, false);
    assert_int_equal(count_events(), TOKEN_FILES * FILE_EVENTS);
    close_parts();
}

static void test_stop_and_reload_do_not_wait_for_the_vendor(void **state)
{
    (void)state;
    open_parts(2);
    atomic_store(&server.slow, true);
    struct collector *collector = start(false);
    WAIT_FOR(atomic_load(&server.waiting) > 0);
    int64_t before = now_ms();
    parts.toy.config.account_count = 1; /* account-1 goes */
    postern_error error = ERROR_INIT;
    assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
    assert_true(now_ms() - before < VENDOR_MS / 3);
    struct collector_progress progress;
    collector_progress(collector, &progress);
    assert_int_equal(progress.streams, 3);
    atomic_store(&server.slow, false);
    WAIT_FOR(count_events() == TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS); /* it goes on with the new ones */
    parts.toy.config.account_count = 2;
    assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
    atomic_store(&server.slow, true);
    atomic_store(&server.waiting, 0);
    parts.toy.source.interval_ms = 1; /* asks all the time */
    assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
    WAIT_FOR(atomic_load(&server.waiting) > 0);
    before = now_ms();
    assert_true(collector_stop(collector, VENDOR_MS));
    assert_true(now_ms() - before < VENDOR_MS / 3);
    atomic_store(&server.slow, false);
    parts.toy.config.account_count = 2;
    close_parts();
}

/* No stream asks again while the vendor still answers what it asked before a reload, whether that succeeds or
 * not, and what came meanwhile is not lost. */
static void test_a_reload_asks_nothing_twice_at_once(void **state)
{
    (void)state;
    open_parts(1);
    parts.toy.source.interval_ms = 1; /* asks all the time */
    struct collector *collector = start(false);
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 20; i++) {
        atomic_store(&server.slow, true);
        atomic_store(&server.waiting, 0);
        WAIT_FOR(atomic_load(&server.waiting) > 0);
        for (int k = 0; k < 1 + i % 3; k++)
            assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
        if (i % 2) usleep(10000); /* in which a second one would come */
        atomic_store(&server.slow, false);
    }
    WAIT_FOR(count_events() == TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
    assert_int_equal(atomic_load(&server.overlaps), 0);
    assert_true(collector_stop(collector, VENDOR_MS));
    close_parts();
}

static void test_reloads_under_load(void **state)
{
    (void)state;
    open_parts(1);
    struct collector *collector = start(false);
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 40; i++) {
        assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
        usleep(3000);
    }
    WAIT_FOR(count_events() == TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
    assert_true(collector_stop(collector, VENDOR_MS));
    assert_int_equal(count_events(), TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS); /* none twice */
    close_parts();
}

static void note_probe(void *context, const struct probed_account *account)
{
    struct buffer *list = context;
    buffer_printf(list, "%s: %zu requests\n", account->name, account->requests);
    for (size_t i = 0; i < account->stream_count; i++) {
        const struct probed_stream *stream = &account->streams[i];
        buffer_printf(list, "%s%s: %s\n", stream->stream->name, stream->is_empty ? " (empty)" : "",
                      stream->error.code ? stream->error.message : "works");
    }
}

static void test_probe(void **state)
{
    (void)state;
    open_parts(2);
    parts.toy.accounts[1].profile = &toy_other_auth;
    atomic_store(&server.forbid_windows, true);
    const struct collector_parts from = collector_parts(false);
    struct buffer list = {.limit = 1 << 16};
    postern_error error = ERROR_INIT;
    assert_int_equal(collector_probe(&from, NULL, note_probe, &list, &error), POSTERN_OK);
    assert_string_equal(buffer_string(&list), "account-0: 3 requests\n"
                                              "toy-window: HTTP 403\n"
                                              "toy-token: works\n"
                                              "toy-files (empty): works\n"
                                              "account-1: 0 requests\n");
    buffer_clear(&list);
    static const char *const names[] = {"account-1", NULL};
    assert_int_equal(collector_probe(&from, names, note_probe, &list, &error), POSTERN_OK);
    assert_string_equal(buffer_string(&list), "account-1: 0 requests\n");
    atomic_store(&server.forbid_windows, false);
    assert_int_equal(count_events(), 0); /* nothing was kept */
    buffer_free(&list);
    close_parts();
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* of this server, whose clients go away */
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_and_again),
        cmocka_unit_test(test_accounts_do_not_disturb_each_other),
        cmocka_unit_test(test_stop_and_reload_do_not_wait_for_the_vendor),
        cmocka_unit_test(test_a_reload_asks_nothing_twice_at_once),
        cmocka_unit_test(test_reloads_under_load),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
