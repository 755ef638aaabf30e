/* Polls that bring nothing new wait for each other; whatever happens meanwhile, what is in the file is a
 * state in which the stream once was, and events bring with them what waits of their stream. */
#include "fixture.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include <pthread.h>
#include <semaphore.h>

#define MINUTE ((int64_t)60000)
#define PERIOD (5 * MINUTE)

static int setup(void **state)
{
    struct fixture *fixture = fixture_new();
    fixture->settings.idle_flush_ms = PERIOD;
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

/* A poll that read up to `minutes` and found nothing. */
static postern_status poll_until(struct fixture *fixture, int64_t from, int64_t minutes, postern_error *error)
{
    struct stream_record *stream = &fixture->stream;
    const struct coverage_read read = {.from_ms = T0 + from * MINUTE, .until_ms = T0 + minutes * MINUTE};
    struct journal_commit commit = {
        .stream = stream, .coverage = &read, .forget_settled = true, .may_wait = true};
    stream->settled_until_ms = read.until_ms;
    stream->requests++;
    return journal_commit_now(fixture->journal, &commit, error);
}

static void polls(struct fixture *fixture, int64_t from, int64_t count)
{
    postern_error error = ERROR_INIT;
    for (int64_t i = 0; i < count; i++)
        assert_ok(poll_until(fixture, from + i, from + i + 1, &error));
}

static int64_t number_in_file(const struct fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    fixture_path(fixture, "journal.db", path);
    assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(handle, 5000);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return number;
}

/* Record and ledger agree, and the ledger has no hole: all up to that minute was read in so many polls. */
static void check_file(const struct fixture *fixture, int64_t minutes, int64_t reads)
{
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream WHERE source = 'ttp-url'"), reads);
    assert_int_equal(number_in_file(fixture, "SELECT settled_until_ms FROM stream WHERE source = 'ttp-url'"),
                     minutes ? T0 + minutes * MINUTE : 0);
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM coverage"), reads ? 1 : 0);
    if (reads)
        assert_int_equal(number_in_file(fixture, "SELECT until_ms FROM coverage"), T0 + minutes * MINUTE);
    assert_int_equal(number_in_file(fixture, "SELECT coalesce(sum(reads), 0) FROM coverage_day"), reads);
}

static void many_are_stored_together(void **state)
{
    struct fixture *fixture = *state;
    polls(fixture, 0, 3);
    check_file(fixture, 0, 0);
    fixture_advance(fixture, PERIOD - 1);
    polls(fixture, 3, 1);
    check_file(fixture, 0, 0);
    fixture_advance(fixture, 1);
    assert_comes_true(number_in_file(fixture, "SELECT requests FROM stream") == 4);
    check_file(fixture, 4, 4);
    assert_int_equal(number_in_file(fixture, "SELECT last_read_ms FROM coverage"), T0 + PERIOD - 1);
}

static void reopen_with(struct fixture *fixture, int64_t flush_ms, int64_t at_once)
{
    fixture_close(fixture);
    fixture->settings.idle_flush_ms = flush_ms;
    fixture->settings.idle_at_once = at_once;
    fixture_open(fixture);
}

static void a_few_are_stored_at_once(void **state)
{
    struct fixture *fixture = *state;
    reopen_with(fixture, PERIOD, 2);
    polls(fixture, 0, 2);
    check_file(fixture, 2, 2);
    polls(fixture, 2, 2);
    check_file(fixture, 2, 2);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT requests FROM stream") == 4);
    polls(fixture, 4, 1);
    check_file(fixture, 5, 5); /* another period */
}

static void without_a_period_nothing_waits(void **state)
{
    struct fixture *fixture = *state;
    reopen_with(fixture, 0, 0);
    polls(fixture, 0, 2);
    check_file(fixture, 2, 2);
}

static void the_end_stores_all(void **state)
{
    struct fixture *fixture = *state;
    polls(fixture, 0, 3);
    fixture_close(fixture);
    check_file(fixture, 3, 3);
    fixture_open(fixture);
    assert_int_equal(fixture->stream.requests, 3);
}

static void who_reads_here_sees_all(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct coverage_range *ranges = NULL;
    struct stream_record *records = NULL;
    size_t count = 0;
    polls(fixture, 0, 2);
    assert_ok(journal_streams(fixture->journal, &records, &count, &error));
    assert_int_equal(count, 1);
    assert_int_equal(records->requests, 2);
    stream_record_clear(records);
    free(records);
    polls(fixture, 2, 1);
    assert_ok(journal_coverage(fixture->journal, fixture->stream.id, arena, &ranges, &count, &error));
    assert_int_equal(count, 1);
    assert_int_equal(ranges->until_ms, T0 + 3 * MINUTE);
    polls(fixture, 3, 1);
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "ttp-url", "ttp-url",
                             POSTERN_STREAM_WINDOW, "", &fixture->stream, &error));
    assert_int_equal(fixture->stream.requests, 4);
}

/* In one transaction: the events, and all that was read before them. */
static void events_bring_what_waits(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    polls(fixture, 0, 3);
    check_file(fixture, 0, 0);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
    check_file(fixture, 3, 3);
    assert_int_equal(number_in_file(fixture, "SELECT sum(event_count) FROM page"), 10);
    fixture_advance(fixture, PERIOD);
    polls(fixture, 3, 1);
    check_file(fixture, 3, 3); /* the newer record does not go back to what waited */
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT requests FROM stream") == 4);
    assert_int_equal(number_in_file(fixture, "SELECT events FROM stream"), 10);
}

/* What is not one range with what waits is stored behind it, and stays a hole. */
static void a_hole_stays_a_hole(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    polls(fixture, 0, 2);
    assert_ok(poll_until(fixture, 10, 11, &error));
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM coverage"), 2);
    assert_int_equal(number_in_file(fixture, "SELECT min(until_ms) FROM coverage"), T0 + 2 * MINUTE);
    assert_int_equal(number_in_file(fixture, "SELECT sum(reads) FROM coverage_day"), 3);
}

static void each_day_counts_its_own(void **state)
{
    struct fixture *fixture = *state;
    polls(fixture, 24 * 60 - 2, 4);
    fixture_close(fixture);
    int64_t day = T0 / (24 * HOUR);
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT reads FROM coverage_day WHERE day = %lld", (long long)day);
    assert_int_equal(number_in_file(fixture, sql), 1);
    snprintf(sql, sizeof sql, "SELECT reads FROM coverage_day WHERE day = %lld", (long long)day + 1);
    assert_int_equal(number_in_file(fixture, sql), 3);
    fixture_open(fixture);
}

/* Ids are forgotten with the record that settles them: what is read again after a crash is known. */
static void ids_are_forgotten_with_what_settles_them(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture->stream.pass_until_ms = T0 + MINUTE;
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
    polls(fixture, 0, 60);
    assert_int_equal(known_of(fixture, 0, 10), 10);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT requests FROM stream") == 60);
    assert_comes_true(known_of(fixture, 0, 10) == 0);
}

/* A part that cannot be stored takes the events behind it along, waits on, and goes with a later one. */
static void what_cannot_be_stored_waits_on(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_close(fixture);
    fixture_path(fixture, "journal.db", path);
    run_sql(path, "CREATE TRIGGER refuse BEFORE UPDATE ON stream WHEN new.requests = 3"
                  " BEGIN SELECT raise(ABORT, 'refused'); END");
    fixture_open(fixture);
    polls(fixture, 0, 3);
    assert_true(commit_events(fixture, 0, 10, 50, &error) < 0);
    check_file(fixture, 0, 0);
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM page"), 0);
    fixture_advance(fixture, PERIOD);
    polls(fixture, 3, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT requests FROM stream") == 4);
    check_file(fixture, 4, 4);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
}

static sem_t writer_waits, writer_goes_on, stored;

static void wait_here(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    (void)commit;
    (void)status;
    (void)error;
    sem_post(&writer_waits);
    sem_wait(&writer_goes_on);
}

static void note_stored(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    (void)error;
    assert_int_equal(status, POSTERN_OK);
    if (commit->context) sem_post(&stored);
}

static void *read_streams(void *fixture)
{
    writer_store_idle(((struct fixture *)fixture)->journal);
    return NULL;
}

static bool task_waits(struct fixture *fixture)
{
    struct writer_queue *queue = &fixture->journal->queue;
    pthread_mutex_lock(&queue->lock);
    bool waits = queue->tasks != NULL;
    pthread_mutex_unlock(&queue->lock);
    return waits;
}

/* All that waits is stored for the task's sake, and the events in the same transaction do not do it again;
 * what is polled behind them does not come before them. */
static void in_one_group_each_is_stored_once(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    struct journal_commit first = {.done = wait_here};
    sem_init(&writer_waits, 0, 0);
    sem_init(&writer_goes_on, 0, 0);
    sem_init(&stored, 0, 0);
    polls(fixture, 0, 2);
    journal_submit(fixture->journal, &first);
    sem_wait(&writer_waits);
    pthread_create(&thread, NULL, read_streams, fixture);
    assert_comes_true(task_waits(fixture));
    struct journal_page *pages = pages_of(0, 10, 50);
    struct stream_record with_events = fixture->stream, behind = fixture->stream;
    with_events.events = behind.events = 10;
    behind.requests++;
    struct journal_commit events = {
        .stream = &with_events, .pages = pages, .received_ms = T0, .done = note_stored};
    struct journal_commit last = {
        .stream = &behind, .may_wait = true, .done = note_stored, .context = &stored};
    journal_submit(fixture->journal, &events);
    journal_submit(fixture->journal, &last);
    sem_post(&writer_goes_on);
    sem_wait(&stored);
    pthread_join(thread, NULL);
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream"), 3);
    assert_int_equal(number_in_file(fixture, "SELECT events FROM stream"), 10);
    assert_int_equal(number_in_file(fixture, "SELECT sum(reads) FROM coverage_day"), 2);
    journal_page_free(pages);
    sem_destroy(&writer_waits);
    sem_destroy(&writer_goes_on);
    sem_destroy(&stored);
}

static void killed_it_stands_where_it_stood(void **state)
{
    struct fixture *fixture = *state;
    int status = 0;
    fixture_close(fixture);
    pid_t child = fork();
    if (child == 0) {
        fixture_open(fixture);
        polls(fixture, 0, 2);
        postern_error error = ERROR_INIT;
        assert_ok(commit_events(fixture, 0, 10, 50, &error));
        polls(fixture, 2, 5);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    check_file(fixture, 2, 2);
    fixture_open(fixture);
    assert_int_equal(known_of(fixture, 0, 10), 10);
    polls(fixture, 2, 6); /* read again from there, and on */
    fixture_close(fixture);
    check_file(fixture, 8, 8);
    fixture_open(fixture);
}

static void a_token_stream_follows_on(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char position[] = "token-0";
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
    for (int i = 0; i < 3; i++) {
        const struct coverage_read read = {.from_ms = T0 + i * MINUTE, .until_ms = T0 + i * MINUTE};
        struct journal_commit commit = {
            .stream = &fixture->stream, .coverage = &read, .remember_ms = 8 * 24 * HOUR, .may_wait = true};
        position[6] = (char)('0' + i);
        fixture->stream.position = position;
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        position[6] = 'x'; /* it has a copy of its own */
    }
    fixture->stream.position = NULL;
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM coverage"), 0);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT until_ms FROM coverage") == T0 + 2 * MINUTE);
    assert_int_equal(number_in_file(fixture, "SELECT from_ms FROM coverage"), T0);
    assert_int_equal(number_in_file(fixture, "SELECT reads FROM coverage_day"), 3);
    assert_int_equal(
        number_in_file(fixture, "SELECT position = x'746f6b656e2d32' FROM stream WHERE kind = 2"), 1);
}

static void thousands_share_a_transaction(void **state)
{
    enum { COUNT = 3000 };
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    _cleanup_(freep) struct enrolled *list = calloc(COUNT, sizeof *list);
    _cleanup_(freep) char(*names)[16] = calloc(COUNT, sizeof *names);
    struct stream_record *records = NULL;
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "s%zu", i);
        list[i] = (struct enrolled){"acme", names[i], names[i], "", POSTERN_STREAM_WINDOW};
    }
    assert_ok(journal_enrol(fixture->journal, list, COUNT, &error));
    assert_ok(journal_streams(fixture->journal, &records, &count, &error));
    for (int64_t round = 1; round <= 3; round++)
        for (size_t i = 0; i < count; i++) {
            const struct coverage_read read = {.from_ms = T0, .until_ms = T0 + round};
            struct journal_commit commit = {.stream = &records[i], .coverage = &read, .may_wait = true};
            records[i].requests = round;
            assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        }
    assert_int_equal(number_in_file(fixture, "SELECT sum(requests) FROM stream"), 0);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT sum(requests) FROM stream") > 0);
    assert_int_equal(number_in_file(fixture, "SELECT sum(requests) FROM stream"), 3 * (int64_t)count);
    assert_int_equal(number_in_file(fixture, "SELECT sum(reads) FROM coverage_day"), 3 * (int64_t)count);
    for (size_t i = 0; i < count; i++)
        stream_record_clear(&records[i]);
    free(records);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_are_stored_together),
        TEST(a_few_are_stored_at_once),
        TEST(without_a_period_nothing_waits),
        TEST(the_end_stores_all),
        TEST(who_reads_here_sees_all),
        TEST(events_bring_what_waits),
        TEST(a_hole_stays_a_hole),
        TEST(each_day_counts_its_own),
        TEST(ids_are_forgotten_with_what_settles_them),
        TEST(what_cannot_be_stored_waits_on),
        TEST(in_one_group_each_is_stored_once),
        TEST(killed_it_stands_where_it_stood),
        TEST(a_token_stream_follows_on),
        TEST(thousands_share_a_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
