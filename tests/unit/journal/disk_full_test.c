/* A disk that takes no more: commits fail with words, nothing is half done, and it goes on by itself. */
#include "fixture.h"
#include <sys/resource.h>

static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void wake(void *count)
{
    atomic_fetch_add((_Atomic int *)count, 1);
}

/* A real failure of write(): the process may not make files larger than they are. */
static void writes_that_fail_stop_collecting_until_they_work(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    _Atomic int wakes = 0;
    signal(SIGXFSZ, SIG_IGN);
    struct journal_listener listener = {.wake = wake, .context = (void *)&wakes};
    journal_listen(fixture->journal, &listener);
    int64_t committed = 0;
    for (; committed < 2000; committed += 100)
        assert_ok(commit_events(fixture, committed, 100, 1000, &error));
    set_file_limit(3 << 20);
    postern_status status;
    while ((status = commit_events(fixture, committed, 100, 1000, &error)) == POSTERN_OK && committed < 20000)
        committed += 100;
    assert_int_equal(status, POSTERN_E_IO);
    assert_non_null(strstr(error.message, "journal.db"));
    assert_true(journal_is_full(fixture->journal));
    assert_int_equal(commit_events(fixture, committed, 100, 1000, &error),
                     POSTERN_E_IO);                                   /* tries, fails again */
    assert_int_equal(read_all(fixture->journal, 0, NULL), committed); /* reading goes on */
    assert_int_equal(known_of(fixture, committed, 100), 0);
    atomic_store(&wakes, 0);
    fixture_advance(fixture, 1500);
    assert_int_equal(atomic_load(&wakes), 0);
    assert_true(journal_is_full(fixture->journal));
    set_file_limit(RLIM_INFINITY);
    assert_comes_true((fixture_advance(fixture, 100), !journal_is_full(fixture->journal)));
    assert_comes_true(atomic_load(&wakes) > 0);
    assert_ok(commit_events(fixture, committed, 100, 1000, &error));
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(read_all(fixture->journal, 0, NULL), committed + 100);
    assert_int_equal(fixture->stream.events, committed + 100);
}

#ifdef POSTERN_TESTING
/* The fourth commit of the process fails at its COMMIT (see main). */
static void a_failing_commit_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct journal_page *pages = pages_of(0, 10, 10);
    struct dead_letter letter = {.stage = DEAD_COLLECT};
    struct dead_letter *letters[] = {&letter};
    struct delivery_record delivery;
    assert_ok(journal_delivery(fixture->journal, "p/s", false, &delivery, &error));
    struct delivery_move move = {.delivery_id = delivery.id, .cursor = 1};
    struct journal_commit commit = {.stream = &fixture->stream,
                                    .pages = pages,
                                    .received_ms = T0,
                                    .dead = letters,
                                    .dead_count = 1,
                                    .delivery = &move};
    assert_int_equal(known_of(fixture, 0, 10), 0);
    assert_int_equal(journal_commit_now(fixture->journal, &commit, &error), POSTERN_E_IO);
    assert_string_equal(error.message, "failpoint journal-before-commit");
    assert_true(journal_is_full(fixture->journal)); /* a full disk counts as full */
    int64_t end = -1, count = -1, bytes = -1;
    assert_ok(journal_end(fixture->journal, &end, &error));
    assert_ok(journal_dead_count(fixture->journal, &count, &bytes, &error));
    assert_int_equal(end, 0);
    assert_int_equal(count, 0);
    assert_int_equal(known_of(fixture, 0, 10), 0);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 0);
    assert_comes_true((fixture_advance(fixture, 100), !journal_is_full(fixture->journal)));
    assert_ok(journal_commit_now(fixture->journal, &commit, &error)); /* the same commit, tried again */
    journal_page_free(pages);
    assert_int_equal(known_of(fixture, 0, 10), 10);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 10);
    assert_ok(journal_delivery(fixture->journal, "p/s", false, &delivery, &error));
    assert_int_equal(delivery.cursor, 1);
}

#endif

int main(void)
{
#ifdef POSTERN_TESTING
    setenv("POSTERN_FAILPOINT", "journal-before-commit:4:error",
           1); /* account, stream, delivery, then the commit */
#endif
    const struct CMUnitTest tests[] = {
#ifdef POSTERN_TESTING
        cmocka_unit_test_setup_teardown(a_failing_commit_leaves_nothing, fixture_setup, fixture_teardown),
#endif
        cmocka_unit_test_setup_teardown(writes_that_fail_stop_collecting_until_they_work, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
