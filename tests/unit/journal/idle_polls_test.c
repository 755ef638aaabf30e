/* Polls that bring nothing new wait for each other; whatever happens meanwhile, what is in the file is a
 * state in which the stream once was, and events bring with them what waits of their stream. */
#include "idle_story.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include <pthread.h>
#include <semaphore.h>

static void many_are_noted_together(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    polls(fixture, 1, 2);
    check_rows(fixture, 1, 1);
    fixture_advance(fixture, PERIOD - 1);
    polls(fixture, 3, 1);
    check_rows(fixture, 1, 1);
    fixture_advance(fixture, 1);
    assert_comes_true(shows(fixture, 4));
    check_shown(fixture, 4, 4);
    assert_int_equal(groups(fixture), 1);
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream"), 1);
    assert_int_equal(shown_of(fixture, fixture->stream.id).last_read_ms, T0 + 2 * PERIOD - 1);
    fixture_close(fixture);
    assert_int_equal(groups(fixture), 0);
    check_rows(fixture, 4, 4);
    fixture_open(fixture);
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
    check_rows(fixture, 2, 2);
    polls(fixture, 2, 2);
    check_rows(fixture, 2, 2);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 4));
    polls(fixture, 4, 1);
    check_rows(fixture, 5, 5); /* another period */
}

static void without_a_period_nothing_waits(void **state)
{
    struct fixture *fixture = *state;
    reopen_with(fixture, 0, 0);
    polls(fixture, 0, 2);
    check_rows(fixture, 2, 2);
}

static void the_end_stores_all(void **state)
{
    struct fixture *fixture = *state;
    polls(fixture, 0, 3);
    fixture_close(fixture);
    check_rows(fixture, 3, 3);
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

/* In one transaction: the events, and all that was read before them, noted or not. */
static void events_bring_what_waits(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    polls(fixture, 0, 3);
    check_rows(fixture, 0, 0);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
    check_rows(fixture, 3, 3);
    assert_int_equal(number_in_file(fixture, "SELECT sum(event_count) FROM page"), 10);
    polls(fixture, 3, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 4));
    polls(fixture, 4, 1);
    assert_ok(commit_events(fixture, 10, 10, 50, &error));
    check_rows(fixture, 5, 5);
    assert_int_equal(groups(fixture), 1); /* which says nothing any more */
    polls(fixture, 5, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 6));
    check_shown(fixture, 6, 6);
    fixture_close(fixture);
    check_rows(fixture, 6, 6);
    assert_int_equal(number_in_file(fixture, "SELECT events FROM stream"), 20);
    fixture_open(fixture);
}

/* A hole before what was read is in the rows, not in the log, which cannot say it. */
static void what_leaves_a_hole_is_not_noted(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    begin(fixture);
    assert_ok(poll_until(fixture, 10, 11, &error));
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 2));
    assert_int_equal(shown_of(fixture, fixture->stream.id).gaps, 1);
    assert_int_equal(groups(fixture), 0);
    polls(fixture, 11, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 3));
    assert_int_equal(groups(fixture), 1);
    assert_int_equal(shown_of(fixture, fixture->stream.id).gaps, 1);
    assert_ok(poll_until(fixture, 1, 12, &error)); /* and it is closed */
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 4));
    assert_int_equal(shown_of(fixture, fixture->stream.id).gaps, 0);
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
    assert_ok(commit_events(fixture, 10, 10, 50, &error));
    polls(fixture, 60, 60);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 120));
    assert_int_equal(groups(fixture), 1);
    assert_int_equal(known_of(fixture, 10, 10), 10); /* until the row says so */
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(known_of(fixture, 10, 10), 0);
}

/* A part that cannot be stored takes the events behind it along, waits on, and goes with a later one. */
static void what_cannot_be_stored_waits_on(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_close(fixture);
    fixture_path(fixture, "journal.db", path);
    run_sql(path,
            "CREATE TRIGGER refuse BEFORE UPDATE ON stream WHEN new.requests = 3"
            " BEGIN SELECT raise(ABORT, 'refused'); END;"
            "CREATE TRIGGER refuse_group BEFORE INSERT ON idle_log WHEN (SELECT requests FROM stream) = 4"
            " BEGIN SELECT raise(ABORT, 'refused'); END");
    fixture_open(fixture);
    polls(fixture, 0, 3);
    assert_true(commit_events(fixture, 0, 10, 50, &error) < 0);
    check_rows(fixture, 0, 0);
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM page"), 0);
    fixture_advance(fixture, PERIOD);
    polls(fixture, 3, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT requests FROM stream") == 4);
    check_rows(fixture, 4, 4);
    polls(fixture, 4, 2);
    fixture_advance(fixture, PERIOD); /* the log is refused: it waits on, ... */
    polls(fixture, 6, 1);
    check_rows(fixture, 4, 4);
    assert_ok(commit_events(fixture, 0, 10, 50, &error)); /* ... and is stored with the events */
    check_rows(fixture, 7, 7);
    polls(fixture, 7, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(groups(fixture) == 1);
    check_shown(fixture, 8, 8);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_are_noted_together),         TEST(a_few_are_stored_at_once),
        TEST(without_a_period_nothing_waits),  TEST(the_end_stores_all),
        TEST(who_reads_here_sees_all),         TEST(events_bring_what_waits),
        TEST(what_leaves_a_hole_is_not_noted), TEST(a_hole_stays_a_hole),
        TEST(each_day_counts_its_own),         TEST(ids_are_forgotten_with_what_settles_them),
        TEST(what_cannot_be_stored_waits_on),  TEST(in_one_group_each_is_stored_once),
        TEST(thousands_share_a_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
