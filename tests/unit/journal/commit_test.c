/* Commits: all or nothing, one that fails hurts no other, and all is there after a restart. */
#include "fixture.h"

#include "base/text.h"
#include "journal/page/page.h"

static void assert_records(const struct fixture *fixture, const struct account_record *account)
{
    assert_string_equal(fixture->stream.position, "token \xff\x01");
    assert_int_equal(fixture->stream.settled_until_ms, T0 - HOUR);
    assert_int_equal(fixture->stream.requests, 7);
    assert_string_equal(trouble_error(fixture->stream.trouble), "no");
    assert_string_equal(trouble_remedy(fixture->stream.trouble), "say yes");
    assert_string_equal(trouble_request_id(fixture->stream.trouble), "id-1");
    assert_int_equal(fixture->stream.state, STREAM_NOT_LICENSED);
    assert_string_equal(trouble_error(fixture->account.trouble), "gone");
    assert_string_equal(trouble_remedy(fixture->account.trouble), "");
    assert_int_equal(fixture->account.status, ACCOUNT_CONNECTED);
    assert_true(fixture->account.ever_connected);
    assert_memory_equal(fixture->account.fingerprint, account->fingerprint, 32);
    assert_memory_equal(fixture->account.key, account->key, 16);
    assert_int_equal(fixture->account.added_ms, T0);
}

static void a_commit_holds_everything(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture->stream.position = strdup("token \xff\x01");
    fixture->stream.settled_until_ms = T0 - HOUR;
    fixture->stream.requests = 7;
    fixture->stream.trouble = trouble_words_new("no", "say yes", "id-1");
    fixture->stream.state = STREAM_NOT_LICENSED;
    fixture->account.trouble = trouble_words_new("gone", NULL, NULL);
    fixture->account.status = ACCOUNT_CONNECTED;
    fixture->account.ever_connected = true;
    memset(fixture->account.fingerprint, 7, sizeof fixture->account.fingerprint);
    struct account_record account;
    assert_true(account_record_copy(&account, &fixture->account));
    struct journal_page *pages = pages_of(1, 2500, 10);
    const char *done[] = {"a", "b"};
    struct coverage_read coverage = {T0 - HOUR, T0, 2500, 0, false};
    struct journal_commit commit = {.stream = &fixture->stream,
                                    .pages = pages,
                                    .received_ms = T0,
                                    .coverage = &coverage,
                                    .downloads_done = done,
                                    .download_done_count = 2,
                                    .account = &account};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    journal_page_free(pages);

    for (int restarted = 0; restarted < 2; restarted++) {
        int64_t end = 0, sequence = 0;
        assert_int_equal(read_all(fixture->journal, 0, &end), 2500);
        assert_ok(journal_end(fixture->journal, &sequence, &error));
        assert_int_equal(end, 3); /* pages of 1,000, 1,000 and 500 */
        assert_int_equal(sequence, 3);
        assert_int_equal(known_of(fixture, 1, 2500), 2500);
        assert_int_equal(known_of(fixture, 2501, 100), 0);
        bool is_done = false;
        assert_ok(journal_download_is_done(fixture->journal, fixture->stream.id, "b", &is_done, &error));
        assert_true(is_done);
        assert_ok(journal_download_is_done(fixture->journal, fixture->stream.id, "c", &is_done, &error));
        assert_false(is_done);
        fixture_close(fixture);
        fixture_open(fixture);
        assert_records(fixture, &account);
    }
    account_record_clear(&account);
    struct journal_commit clearing = {.stream = &fixture->stream, .downloads_clear = true};
    bool is_done = true;
    assert_ok(journal_commit_now(fixture->journal, &clearing, &error));
    assert_ok(journal_download_is_done(fixture->journal, fixture->stream.id, "b", &is_done, &error));
    assert_false(is_done);
}

/* What is left for "a" (or, NULL, for all keys) in the order of the keys, as "key=bytes;". */
static bool append_left(void *context, const char *key, postern_text left)
{
    buffer_printf(context, "%s=%.*s;", key, (int)left.size, left.data);
    return true;
}

static void assert_left(struct fixture *fixture, const char *key, const char *expected)
{
    postern_error error = ERROR_INIT;
    struct buffer words = {.limit = 256};
    assert_ok(journal_tries(fixture->journal, fixture->stream.id, key, append_left, &words, &error));
    assert_string_equal(buffer_string(&words), expected);
    buffer_free(&words);
}

static void leave(struct fixture *fixture, const char *key, const char *left)
{
    postern_error error = ERROR_INIT;
    struct journal_commit commit = {
        .stream = &fixture->stream, .tries_key = key, .tries_left = text_of(left)};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void what_tries_leave_lasts_until_they_are_over(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    assert_left(fixture, NULL, "");
    leave(fixture, "", "page");
    leave(fixture, "a", "one");
    leave(fixture, "b", "two");
    leave(fixture, "a", "one and more");
    fixture_close(fixture);
    fixture_open(fixture);
    assert_left(fixture, NULL, "=page;a=one and more;b=two;");
    assert_left(fixture, "", "=page;");
    assert_left(fixture, "a", "a=one and more;");
    assert_left(fixture, "c", "");
    leave(fixture, "a", "");
    assert_left(fixture, NULL, "=page;b=two;");
    struct journal_commit failing = {.stream = &fixture->stream,
                                     .pages = journal_page_out_of_memory(),
                                     .tries_key = "b",
                                     .tries_left = TEXT("three")};
    assert_int_equal(journal_commit_now(fixture->journal, &failing, &error), POSTERN_E_MEMORY);
    assert_left(fixture, "b", "b=two;");
    struct journal_commit clearing = {.stream = &fixture->stream, .tries_clear = true};
    assert_ok(journal_commit_now(fixture->journal, &clearing, &error));
    assert_left(fixture, NULL, "");
}

struct counted {
    struct journal_commit commit;
    _Atomic int calls;
    postern_status status;
    char message[480];
};

static void count_done(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct counted *counted = commit->context;
    counted->status = status;
    if (error) snprintf(counted->message, sizeof counted->message, "%s", error->message);
    atomic_fetch_add(&counted->calls, 1);
}

static void one_failing_commit_hurts_no_other(void **state)
{
    struct fixture *fixture = *state;
    enum { COUNT = 50, BAD = 17 };
    struct counted *all = calloc(COUNT, sizeof *all);
    struct journal_page *pages[COUNT];
    struct delivery_move nowhere = {.delivery_id = 12345, .cursor = 1};
    for (int i = 0; i < COUNT; i++) {
        pages[i] = pages_of(i * 10, 10, 20);
        all[i].commit = (struct journal_commit){.stream = &fixture->stream,
                                                .pages = pages[i],
                                                .received_ms = T0,
                                                .done = count_done,
                                                .context = &all[i]};
        /* Its pages are stored first, then the move fails: the pages must go, too. */
        if (i == BAD) all[i].commit.delivery = &nowhere;
    }
    for (int i = 0; i < COUNT; i++)
        journal_submit(fixture->journal, &all[i].commit);
    for (int i = 0; i < COUNT; i++) {
        assert_comes_true(atomic_load(&all[i].calls) == 1);
        assert_int_equal(all[i].status, i == BAD ? POSTERN_E_INVALID : POSTERN_OK);
        journal_page_free(pages[i]);
    }
    assert_string_equal(all[BAD].message, "there is no delivery 12345");
    assert_int_equal(read_all(fixture->journal, 0, NULL), (COUNT - 1) * 10);
    assert_int_equal(known_of(fixture, 0, COUNT * 10), (COUNT - 1) * 10);
    assert_int_equal(known_of(fixture, BAD * 10, 10), 0);
    free(all);
}

static void bad_commits_are_refused_with_words(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct journal_page *pages = pages_of(1, 1, 1);
    struct coverage_read backwards = {T0, T0 - 1, 0, 0, false};
    char reason[] = "x";
    struct dead_letter letter = {.reason = reason};
    struct dead_letter *letters[] = {&letter};
    char *long_position = malloc(POSITION_LIMIT + 2);
    memset(long_position, 'x', POSITION_LIMIT + 1);
    long_position[POSITION_LIMIT + 1] = '\0';
    struct stream_record long_stream = fixture->stream;
    long_stream.position = long_position;
    const struct {
        struct journal_commit commit;
        postern_status status;
        const char *message;
    } rows[] = {
        /* pages belong to a stream */
        {{.pages = pages}, POSTERN_E_INVALID, "no stream"},
        /* a range has an order */
        {{.stream = &fixture->stream, .coverage = &backwards}, POSTERN_E_INVALID, "ends before it starts"},
        /* a position has a limit */
        {{.stream = &long_stream}, POSTERN_E_LIMIT, "longer than 65536 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct journal_commit commit = rows[i].commit;
        assert_int_equal(journal_commit_now(fixture->journal, &commit, &error), rows[i].status);
        assert_non_null(strstr(error.message, rows[i].message));
    }
    free(long_position);
    struct journal_commit good = {.dead = letters, .dead_count = 1};
    assert_ok(journal_commit_now(fixture->journal, &good, &error));
    journal_page_free(pages);
}

static void repeats_are_known_over_restarts(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    for (int64_t round = 0; round < 5; round++) {
        assert_int_equal(known_of(fixture, round * 100, 100), 0);
        assert_ok(commit_events(fixture, round * 100, 100, 10, &error));
        /* loaded before the commit: the commit must add to what is in memory */
        assert_int_equal(known_of(fixture, 0, (round + 1) * 100), (round + 1) * 100);
        fixture_close(fixture);
        fixture_open(fixture);
        assert_int_equal(known_of(fixture, 0, 500), (round + 1) * 100);
    }
    struct stream_record other;
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "dlp", "dlp",
                             POSTERN_STREAM_WINDOW, "", &other, &error));
    struct stream_record mine = fixture->stream;
    fixture->stream = other; /* another stream's ids are its own */
    assert_int_equal(known_of(fixture, 0, 500), 0);
    fixture->stream = mine;
}

static void ids_that_do_not_fit_into_memory_are_found_all_the_same(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    const int64_t limits[] = {1, 2000 * 20 + 1000, 1 << 20}; /* none fit; the first few; all */
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        fixture_close(fixture);
        fixture->settings.ids_memory = limits[i];
        fixture_open(fixture);
        for (int64_t round = 0; round < 5; round++) {
            int64_t first = ((int64_t)i * 5 + round) * 1000;
            assert_int_equal(known_of(fixture, first, 1000), 0);
            assert_ok(commit_events(fixture, first, 1000, 10, &error));
            assert_int_equal(known_of(fixture, 0, first + 2000), first + 1000);
        }
    }
}

static void coverage_grows_in_place(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    const struct {
        struct coverage_read read;
        size_t ranges; /* afterwards */
    } rows[] = {
        {{1000, 2000, 5, 0, false}, 1}, /* the first */
        {{2000, 3000, 5, 0, false}, 1}, /* goes on where it ended */
        {{3001, 4000, 5, 0, false}, 1}, /* the next millisecond: nothing lies between */
        {{6000, 7000, 5, 0, false}, 2}, /* a hole of two seconds */
        {{6500, 6600, 0, 0, false}, 2}, /* inside of what is there */
        {{8000, 9000, 5, 0, false}, 3}, /* another hole */
        {{4002, 5998, 5, 0, false}, 4}, /* leaves two holes of one millisecond each */
        {{3500, 8500, 5, 0, false}, 1}, /* closes all */
    };
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct coverage_range *ranges = NULL;
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct journal_commit commit = {.stream = &fixture->stream, .coverage = &rows[i].read};
        fixture_advance(fixture, 1000);
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        assert_ok(journal_coverage(fixture->journal, fixture->stream.id, arena, &ranges, &count, &error));
        assert_int_equal(count, rows[i].ranges);
    }
    assert_int_equal(ranges[0].from_ms, 1000);
    assert_int_equal(ranges[0].until_ms, 9000);
    assert_int_equal(ranges[0].events, 35);
    assert_int_equal(ranges[0].first_read_ms, T0 + 1000);
    assert_int_equal(ranges[0].last_read_ms, T0 + 8000);
}

static void streams_and_accounts_are_listed(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct account_record other, again;
    struct stream_record stream;
    assert_ok(journal_account(fixture->journal, "globex", &other, &error));
    assert_ok(journal_account(fixture->journal, "globex", &again, &error));
    assert_int_equal(other.id, again.id);
    assert_memory_not_equal(other.key, fixture->account.key, sizeof other.key);
    assert_int_equal(other.status, ACCOUNT_PENDING);
    assert_ok(journal_stream(fixture->journal, other.id, "globex", "siem", "siem", POSTERN_STREAM_TOKEN, "",
                             &stream, &error));
    assert_int_equal(stream.kind, POSTERN_STREAM_TOKEN);
    assert_string_equal(stream.account, "globex");
    struct account_record *accounts = NULL;
    struct stream_record *streams = NULL;
    size_t count = 0;
    assert_ok(journal_accounts(fixture->journal, &accounts, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(accounts[0].name, "acme");
    assert_string_equal(accounts[1].name, "globex");
    free(accounts);
    assert_ok(journal_streams(fixture->journal, &streams, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(streams[1].source, "siem");
    for (size_t i = 0; i < count; i++)
        stream_record_clear(&streams[i]);
    free(streams);
    assert_int_equal(journal_stream(fixture->journal, 999, "nobody", "siem", "siem", 1, "", &stream, &error),
                     POSTERN_E_INVALID);
}

static void sink_state_is_committed_with_the_move(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct state_entry entries[] = {
        {{"path\0x", 6}, {"inode 1", 7}}, {{"b", 1}, {"2", 1}}, {{"gone", 4}, {"3", 1}}};
    struct state_entry removal = {{"gone", 4}, {NULL, 0}};
    struct delivery_move set = {.sink = "files", .entries = entries, .entry_count = 3};
    struct delivery_move remove = {.sink = "files", .entries = &removal, .entry_count = 1};
    struct delivery_move bad = {
        .delivery_id = 99, .sink = "files", .entries = &removal, .entry_count = 1, .cursor = 1};
    struct journal_commit commits[] = {{.delivery = &set}, {.delivery = &remove}, {.delivery = &bad}};
    assert_ok(journal_commit_now(fixture->journal, &commits[0], &error));
    assert_ok(journal_commit_now(fixture->journal, &commits[1], &error));
    assert_int_equal(journal_commit_now(fixture->journal, &commits[2], &error), POSTERN_E_INVALID);
    fixture_close(fixture);
    fixture_open(fixture);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const postern_pair *pairs = NULL;
    size_t count = 0;
    assert_ok(journal_sink_state(fixture->journal, "files", arena, &pairs, &count, &error));
    assert_int_equal(count, 2);
    assert_memory_equal(pairs[1].name.data, "path\0x", 6);
    assert_memory_equal(pairs[1].value.data, "inode 1", 7);
    assert_ok(journal_sink_state(fixture->journal, "others", arena, &pairs, &count, &error));
    assert_int_equal(count, 0);
}

static void count_wake(void *context)
{
    atomic_fetch_add((_Atomic int *)context, 1);
}

static void every_listener_is_told(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct journal_listener listeners[40];
    _Atomic int wakes[40] = {0};
    for (size_t i = 0; i < 40; i++) {
        listeners[i] = (struct journal_listener){.wake = count_wake, .context = (void *)&wakes[i]};
        journal_listen(fixture->journal, &listeners[i]);
    }
    assert_ok(commit_events(fixture, 0, 10, 10, &error));
    for (size_t i = 0; i < 40; i++)
        assert_comes_true(atomic_load(&wakes[i]) == 1);
    for (size_t i = 0; i < 40; i += 3)
        journal_unlisten(fixture->journal, &listeners[i]);
    assert_ok(commit_events(fixture, 10, 10, 10, &error));
    for (size_t i = 0; i < 40; i++)
        assert_comes_true(atomic_load(&wakes[i]) == (i % 3 ? 2 : 1));
    for (size_t i = 0; i < 40; i++)
        journal_unlisten(fixture->journal, &listeners[i]); /* twice does no harm */
    assert_ok(commit_events(fixture, 20, 10, 10, &error));
    fixture_close(fixture);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(atomic_load(&wakes[i]), i % 3 ? 2 : 1);
    fixture_open(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_holds_everything, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_tries_leave_lasts_until_they_are_over, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(one_failing_commit_hurts_no_other, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(bad_commits_are_refused_with_words, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(repeats_are_known_over_restarts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(ids_that_do_not_fit_into_memory_are_found_all_the_same, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(coverage_grows_in_place, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(streams_and_accounts_are_listed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(every_listener_is_told, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(sink_state_is_committed_with_the_move, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
