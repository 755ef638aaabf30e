/* Other processes: they read while the daemon writes, ask it for things, and cannot hold it up. */
#include "fixture.h"

/* A process that runs one of the bodies at the end of this file with a journal of its own and then ends with
 * its result. Pipes: a byte to the child lets it go on, a byte from it says where it is. */
struct outsider {
    pid_t pid;
    int to, from;
};

/* The program runs itself again: a bare fork would take with it whatever lock the writer's thread held just
 * then, SQLite's or the sanitizer's, and wait for it for ever. */
static struct outsider start(const char *directory, const char *body)
{
    int down[2], up[2];
    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    char from[12], to[12];
    snprintf(from, sizeof from, "%d", down[0]);
    snprintf(to, sizeof to, "%d", up[1]);
    pid_t pid = fork();
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        execl("/proc/self/exe", "reader_test", body, directory, from, to, (char *)NULL);
        _exit(99);
    }
    close(down[0]);
    close(up[1]);
    return (struct outsider){pid, down[1], up[0]};
}

static int finish(struct outsider *outsider)
{
    int status = 0;
    close(outsider->to);
    close(outsider->from);
    waitpid(outsider->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void meet(int from, int to)
{
    char byte = 'x';
    if (write(to, &byte, 1) != 1) _exit(98);
    if (read(from, &byte, 1) < 0) _exit(98);
}

static void wait_for(const struct outsider *outsider)
{
    char byte;
    assert_int_equal(read(outsider->from, &byte, 1), 1);
}

static void let_go(const struct outsider *outsider)
{
    assert_int_equal(write(outsider->to, "x", 1), 1);
}

static int64_t wal_size(const struct fixture *fixture)
{
    char path[128];
    struct stat status;
    fixture_path(fixture, "journal.db-wal", path);
    return stat(path, &status) == 0 ? status.st_size : 0;
}

/* ---- Reading ------------------------------------------------------------------------------------ */

static int read_half_then_stall(struct journal *journal, int from, int to)
{
    int64_t after = 0, next = 0;
    const struct page_view *page = NULL;
    struct stream_record *streams = NULL;
    size_t count = 0;
    for (; after < 5; after = next) {
        if (journal_next_page(journal, after, NULL, NULL, &page, &next, NULL) < 0 || !page) return 1;
        if (next < 5) page_release(page);
    }
    if (journal_streams(journal, &streams, &count, NULL) < 0 || count != 1) return 2;
    meet(from, to); /* like `tap | less`: holds a page and reads no further */
    size_t cursor = 0;
    struct journal_event event;
    if (!page_next_event(page, &cursor, &event) || event.json.size < 100) return 3;
    page_release(page);
    int64_t events = 0;
    while (journal_next_page(journal, after, NULL, NULL, &page, &after, NULL) == POSTERN_OK && page) {
        events += (int64_t)page->event_count;
        page_release(page);
    }
    stream_record_clear(streams);
    free(streams);
    return events == 100 * 395 ? 0 : 4;
}

static void a_reader_that_stalls_does_not_hold_up_the_log(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 10; i++)
        assert_ok(commit_events(fixture, i * 100, 100, 1000, &error));
    struct outsider outsider = start(fixture->directory, "read_half_then_stall");
    wait_for(&outsider);
    int64_t largest = 0;
    for (int i = 10; i < 400; i++) { /* 40 MiB */
        assert_ok(commit_events(fixture, i * 100, 100, 1000, &error));
        if (wal_size(fixture) > largest) largest = wal_size(fixture);
    }
    assert_true(largest < 6 << 20);
    let_go(&outsider);
    assert_int_equal(finish(&outsider), 0);
}

static int read_while_written(struct journal *journal, int from, int to)
{
    int64_t events = 0, after = 0;
    meet(from, to);
    while (events < 20000) { /* follows, as `tap` does */
        const struct page_view *page = NULL;
        if (journal_next_page(journal, after, NULL, NULL, &page, &after, NULL) < 0) return 1;
        events += page ? (int64_t)page->event_count : 0;
        page_release(page);
        struct journal_totals totals;
        if (journal_totals(journal, &totals, NULL) < 0 || totals.events < events) return 2;
    }
    return events == 20000 ? 0 : 3;
}

static void readers_and_the_daemon_do_not_wait_for_each_other(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct outsider outsider = start(fixture->directory, "read_while_written");
    wait_for(&outsider);
    let_go(&outsider);
    for (int i = 0; i < 200; i++)
        assert_ok(commit_events(fixture, i * 100, 100, 200, &error));
    assert_int_equal(finish(&outsider), 0);
}

static int try_to_write(struct journal *journal, int from, int to)
{
    (void)from;
    (void)to;
    postern_error error = ERROR_INIT;
    struct account_record account;
    struct stream_record stream = {.id = 1};
    struct journal_commit commit = {.stream = &stream};
    if (journal_commit_now(journal, &commit, &error) != POSTERN_E_INVALID) return 1;
    if (!strstr(error.message, "open for reading only")) return 2;
    if (journal_account(journal, "acme", &account, &error) != POSTERN_OK || account.id != 1) return 3;
    if (journal_account(journal, "unknown", &account, &error) != POSTERN_E_UNSUPPORTED) return 4;
    return 0;
}

static void a_reader_cannot_write(void **state)
{
    struct fixture *fixture = *state;
    struct outsider outsider = start(fixture->directory, "try_to_write");
    assert_int_equal(finish(&outsider), 0);
    struct account_record *accounts = NULL;
    size_t count = 0;
    assert_int_equal(journal_accounts(fixture->journal, &accounts, &count, NULL), POSTERN_OK);
    assert_int_equal(count, 1);
    free(accounts);
}

static int commit_and_be_killed(const char *directory) /* its log is left behind */
{
    struct fixture fixture = {.clock = {.clock = {moved_now, moved_now, 1.0}},
                              .settings = usual_journal_settings()};
    atomic_store(&fixture.clock.now_ms, T0);
    snprintf(fixture.directory, sizeof fixture.directory, "%s", directory);
    fixture_open(&fixture);
    return commit_events(&fixture, 0, 1000, 10, NULL) == POSTERN_OK ? raise(SIGKILL) : 1;
}

static void readers_work_without_a_daemon_and_after_it_was_killed(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    struct outsider daemon = start(fixture->directory, "commit_and_be_killed");
    assert_int_equal(finish(&daemon), 128 + SIGKILL);
    assert_true(wal_size(fixture) > 0);
    assert_false(journal_daemon_runs(fixture->directory));
    struct journal *reader = NULL;
    assert_ok(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error));
    assert_int_equal(read_all(reader, 0, NULL), 1000);
    struct journal_totals totals;
    assert_ok(journal_totals(reader, &totals, &error));
    assert_int_equal(totals.events, 1000);
    assert_int_equal(totals.max_size, (int64_t)2 << 30);
    assert_int_equal(fixture->stream.id > 0 ? known_of((fixture->journal = reader, fixture), 0, 2000) : 0,
                     1000);
    fixture->journal = NULL;
    journal_close(reader);
    assert_true(wal_size(fixture) > 0); /* cleaning up is the daemon's */
    fixture_open(fixture);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 1000);
}

/* A database tool left open, say: nothing of ours reads so. */
static int hold_a_transaction(struct journal *journal, int from, int to)
{
    (void)journal;
    sqlite3 *handle = NULL;
    if (sqlite3_open(getenv("TEST_DATABASE"), &handle) != SQLITE_OK) return 1;
    if (sqlite3_exec(handle, "BEGIN; SELECT count(*) FROM page", NULL, NULL, NULL) != SQLITE_OK) return 2;
    meet(from, to);
    return sqlite3_close(handle) == SQLITE_OK ? 0 : 3;
}

static void a_foreign_reader_cannot_grow_the_log_without_end(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    setenv("TEST_DATABASE", path, 1);
    fixture_close(fixture);
    fixture->settings.max_size = 16 << 20;
    fixture_open(fixture);
    struct outsider outsider = start(fixture->directory, "hold_a_transaction");
    wait_for(&outsider);
    int64_t committed = 0;
    postern_status status;
    while ((status = commit_events(fixture, committed, 100, 1000, &error)) == POSTERN_OK &&
           committed < 100000)
        committed += 100;
    assert_int_equal(status, POSTERN_E_LIMIT);
    assert_non_null(strstr(error.message, "write-ahead log has grown too large"));
    assert_non_null(strstr(error.remedy, "end that process"));
    assert_true(journal_is_full(fixture->journal));
    assert_true(wal_size(fixture) < 9 << 20);
    let_go(&outsider);
    assert_int_equal(finish(&outsider), 0);
    assert_comes_true((fixture_advance(fixture, 100), !journal_is_full(fixture->journal)));
    assert_ok(commit_events(fixture, committed, 100, 1000, &error));
    assert_int_equal(read_all(fixture->journal, 0, NULL), committed + 100);
}

/* ---- Requests ------------------------------------------------------------------------------------- */

static int ask(struct journal *journal, int from, int to)
{
    (void)from;
    (void)to;
    int64_t id = 0;
    char *outcome = NULL, *progress = NULL;
    if (journal_request_put(journal, "dead retry", "{\"id\":7}", &id, NULL) < 0) return 1;
    for (int left = 5000; left > 0 && !outcome; left--) {
        if (journal_request_look(journal, id, &outcome, &progress, NULL) < 0) return 2;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    int result = outcome && strcmp(outcome, "done: 7") == 0 ? 0 : 3;
    free(outcome);
    return result;
}

static void requests_come_from_other_processes(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct journal_request request = {0};
    int64_t own = 0;
    char *outcome = NULL, *progress = NULL;
    assert_ok(journal_request_next(fixture->journal, &request, &error));
    assert_int_equal(request.id, 0);
    struct outsider outsider = start(fixture->directory, "ask");
    assert_comes_true(journal_request_next(fixture->journal, &request, &error) == POSTERN_OK &&
                      request.id != 0);
    assert_ok(journal_request_put(fixture->journal, "reload", NULL, &own, &error)); /* from inside */
    assert_string_equal(request.kind, "dead retry");
    assert_string_equal(request.arguments, "{\"id\":7}");
    struct journal_commit answer = {.request_id = request.id, .request_outcome = "done: 7"};
    assert_ok(journal_commit_now(fixture->journal, &answer, &error));
    free(request.arguments);
    assert_int_equal(finish(&outsider), 0);
    assert_ok(journal_request_next(fixture->journal, &request, &error));
    assert_int_equal(request.id, own); /* the oldest open one */
    assert_string_equal(request.kind, "reload");
    free(request.arguments);
    assert_ok(journal_request_look(fixture->journal, own, &outcome, &progress, &error));
    assert_null(outcome);
    assert_int_equal(journal_request_look(fixture->journal, 999, &outcome, &progress, &error),
                     POSTERN_E_INVALID);
}

static int be_outsider(char **arguments)
{
    const struct {
        const char *name;
        int (*body)(struct journal *journal, int from, int to);
    } readers[] = {
        {"read_half_then_stall", read_half_then_stall},
        {"read_while_written", read_while_written},
        {"try_to_write", try_to_write},
        {"hold_a_transaction", hold_a_transaction},
        {"ask", ask},
    };
    const char *body = arguments[1], *directory = arguments[2];
    if (strcmp(body, "commit_and_be_killed") == 0) return commit_and_be_killed(directory);
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    if (journal_open_reader(directory, clock_process(), &journal, &error) < 0) return 97;
    int result = 96;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(body, readers[i].name) == 0)
            result = readers[i].body(journal, atoi(arguments[3]), atoi(arguments[4]));
    journal_close(journal);
    return result;
}

int main(int count, char **arguments)
{
    if (count == 5) return be_outsider(arguments);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reader_that_stalls_does_not_hold_up_the_log, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(readers_and_the_daemon_do_not_wait_for_each_other, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_reader_cannot_write, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(readers_work_without_a_daemon_and_after_it_was_killed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_foreign_reader_cannot_grow_the_log_without_end, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(requests_come_from_other_processes, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
