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

/* What another process is shown of the stream: its record and the one range of its ledger. */
struct shown {
    int64_t requests, settled_until_ms, until_ms, last_read_ms;
    size_t ranges, gaps;
    char position[32];
};

static struct shown shown_of(const struct fixture *fixture, int64_t stream_id)
{
    postern_error error = ERROR_INIT;
    struct shown shown = {0};
    struct journal *reader = NULL;
    struct stream_record *records = NULL;
    const struct coverage_range *ranges = NULL;
    const struct coverage_gap *gaps = NULL;
    size_t count = 0;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    assert_ok(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error));
    assert_ok(journal_streams(reader, &records, &count, &error));
    for (size_t i = 0; i < count; i++) {
        if (records[i].id == stream_id) {
            shown.requests = records[i].requests;
            shown.settled_until_ms = records[i].settled_until_ms;
            if (records[i].position)
                snprintf(shown.position, sizeof shown.position, "%s", records[i].position);
        }
        stream_record_clear(&records[i]);
    }
    free(records);
    assert_ok(journal_coverage(reader, stream_id, arena, &ranges, &shown.ranges, &error));
    if (shown.ranges) {
        shown.until_ms = ranges[shown.ranges - 1].until_ms;
        shown.last_read_ms = ranges[shown.ranges - 1].last_read_ms;
    }
    assert_ok(journal_gaps(reader, arena, &gaps, &shown.gaps, &error));
    journal_close(reader);
    return shown;
}

/* Record and ledger agree, and the ledger has no hole: all up to that minute was read in so many polls. */
static void check_shown(const struct fixture *fixture, int64_t minutes, int64_t reads)
{
    struct shown shown = shown_of(fixture, fixture->stream.id);
    assert_int_equal(shown.requests, reads);
    assert_int_equal(shown.settled_until_ms, minutes ? T0 + minutes * MINUTE : 0);
    assert_int_equal(shown.ranges, reads ? 1 : 0);
    if (reads) assert_int_equal(shown.until_ms, T0 + minutes * MINUTE);
    assert_int_equal(shown.gaps, 0);
}

/* The same of the rows themselves, which say how often as well. */
static void check_rows(const struct fixture *fixture, int64_t minutes, int64_t reads)
{
    check_shown(fixture, minutes, reads);
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream WHERE source = 'ttp-url'"), reads);
    assert_int_equal(number_in_file(fixture, "SELECT coalesce(sum(reads), 0) FROM coverage_day"), reads);
}

static int64_t groups(const struct fixture *fixture)
{
    return number_in_file(fixture, "SELECT count(*) FROM idle_log");
}

static bool shows(const struct fixture *fixture, int64_t requests)
{
    return shown_of(fixture, fixture->stream.id).requests == requests;
}

/* The first of all has no range yet that it could move the end of: it is stored. */
static void begin(struct fixture *fixture)
{
    polls(fixture, 0, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 1));
    check_rows(fixture, 1, 1);
    assert_int_equal(groups(fixture), 0);
}

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

static void a_long_log_is_emptied(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    for (int64_t i = 1; i <= 32; i++) {
        polls(fixture, i, 1);
        fixture_advance(fixture, PERIOD);
        assert_comes_true(shows(fixture, i + 1));
        assert_int_equal(groups(fixture), i);
    }
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream"), 1);
    polls(fixture, 33, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(groups(fixture) == 0);
    check_rows(fixture, 34, 34);
    polls(fixture, 34, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 35)); /* a new one counts behind the rows */
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

/* Runs `work` on the journal in a process of its own, which is killed with it open. */
static void in_a_killed_process(struct fixture *fixture, void (*work)(struct fixture *fixture))
{
    int status = 0;
    fixture_close(fixture);
    pid_t child = fork();
    if (child == 0) {
        fixture_open(fixture);
        work(fixture);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void poll_around_events(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    polls(fixture, 0, 2);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
    polls(fixture, 2, 5);
}

static void killed_it_stands_where_it_stood(void **state)
{
    struct fixture *fixture = *state;
    in_a_killed_process(fixture, poll_around_events);
    check_rows(fixture, 2, 2);
    fixture_open(fixture);
    assert_int_equal(known_of(fixture, 0, 10), 10);
    polls(fixture, 2, 6); /* read again from there, and on */
    fixture_close(fixture);
    check_rows(fixture, 8, 8);
    fixture_open(fixture);
}

static void poll_for_three_flushes(struct fixture *fixture)
{
    begin(fixture);
    for (int64_t i = 1; i <= 3; i++) {
        polls(fixture, i, 1);
        fixture_advance(fixture, PERIOD);
        assert_comes_true(shows(fixture, i + 1));
    }
    polls(fixture, 4, 2);
}

static void what_was_noted_outlives_a_kill(void **state)
{
    struct fixture *fixture = *state;
    in_a_killed_process(fixture, poll_for_three_flushes);
    assert_int_equal(groups(fixture), 3);
    check_shown(fixture, 4, 4); /* without a daemon, too */
    fixture_open(fixture);
    assert_int_equal(fixture->stream.requests, 4);
    check_rows(fixture, 4, 4);
    assert_int_equal(groups(fixture), 0);
    polls(fixture, 4, 1);
    fixture_advance(fixture, 3 * PERIOD);
    assert_comes_true(shows(fixture, 5));
    check_shown(fixture, 5, 5);
}

static void store_behind_a_flush(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    poll_for_three_flushes(fixture);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
}

/* What a group says of a stream is over with the next writing of its row, which a kill does not undo. */
static void a_row_is_newer_than_the_log(void **state)
{
    struct fixture *fixture = *state;
    in_a_killed_process(fixture, store_behind_a_flush);
    assert_int_equal(groups(fixture), 3);
    check_rows(fixture, 6, 6);
    fixture_open(fixture);
    check_rows(fixture, 6, 6);
    assert_int_equal(fixture->stream.events, 10);
    assert_comes_true(groups(fixture) == 0);
}

/* Groups that cannot be read are as if they had never been: it is read again from the one before. */
static void a_damaged_group_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    in_a_killed_process(fixture, poll_for_three_flushes);
    run_sql(path,
            "UPDATE idle_log SET polls = CAST(substr(polls, 1, 20) || x'00' || substr(polls, 22) AS BLOB)"
            " WHERE id >= 2");
    check_shown(fixture, 2, 2);
    fixture_open(fixture);
    check_rows(fixture, 2, 2);
    assert_int_equal(groups(fixture), 0);
}

static void poll_token(struct fixture *fixture, int64_t minute, const char *position)
{
    postern_error error = ERROR_INIT;
    char text[32];
    const struct coverage_read read = {.from_ms = T0 + minute * MINUTE, .until_ms = T0 + minute * MINUTE};
    struct journal_commit commit = {
        .stream = &fixture->stream, .coverage = &read, .remember_ms = 8 * 24 * HOUR, .may_wait = true};
    snprintf(text, sizeof text, "%s", position);
    fixture->stream.position = text; /* the journal has a copy of its own */
    fixture->stream.position_saved_ms = T0 + minute * MINUTE;
    fixture->stream.requests++;
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    fixture->stream.position = NULL;
}

static void open_token_stream(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
}

static void a_token_stream_follows_on(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture);
    poll_token(fixture, 0, "token-0");
    poll_token(fixture, 1, "token-1");
    poll_token(fixture, 2, "token-2");
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM coverage"), 0);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(number_in_file(fixture, "SELECT until_ms FROM coverage") == T0 + 2 * MINUTE);
    assert_int_equal(number_in_file(fixture, "SELECT from_ms FROM coverage"), T0);
    assert_int_equal(number_in_file(fixture, "SELECT reads FROM coverage_day"), 3);
    assert_int_equal(
        number_in_file(fixture, "SELECT position = x'746f6b656e2d32' FROM stream WHERE kind = 2"), 1);
}

static void poll_with_tokens(struct fixture *fixture)
{
    static const char *const tokens[] = {"a", "b", "c"};
    open_token_stream(fixture);
    for (int64_t i = 0; i < 3; i++) {
        poll_token(fixture, i, tokens[i]);
        fixture_advance(fixture, PERIOD);
        assert_comes_true(shows(fixture, i + 1));
    }
}

/* The token of the row leads to the same place as those that were not written, and is as old as it is. */
static void the_log_keeps_the_position_of_the_row(void **state)
{
    struct fixture *fixture = *state;
    in_a_killed_process(fixture, poll_with_tokens);
    assert_int_equal(groups(fixture), 2);
    fixture_open(fixture);
    open_token_stream(fixture);
    assert_string_equal(fixture->stream.position, "a");
    assert_int_equal(fixture->stream.position_saved_ms, T0);
    assert_int_equal(fixture->stream.requests, 3);
    assert_int_equal(number_in_file(fixture, "SELECT until_ms FROM coverage"), T0 + 2 * MINUTE);
    assert_int_equal(number_in_file(fixture, "SELECT sum(reads) FROM coverage_day"), 3);
}

/* A pass that ended with an idle poll is over, whatever place of it the row has. */
static void the_log_ends_a_pass(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char place[] = "page 2";
    begin(fixture);
    fixture->stream.position = place;
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
    fixture->stream.position = NULL;
    assert_string_equal(shown_of(fixture, fixture->stream.id).position, "page 2");
    polls(fixture, 1, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 2));
    assert_string_equal(shown_of(fixture, fixture->stream.id).position, "");
}

static postern_status read_list(struct fixture *fixture, int64_t polls, const struct snapshot_change *more,
                                postern_error *error)
{
    const struct snapshot_state state = {.polls = polls};
    struct snapshot_change change = more ? *more : (struct snapshot_change){0};
    const struct coverage_read read = {.from_ms = T0 + polls * MINUTE, .until_ms = T0 + polls * MINUTE};
    struct journal_commit commit = {
        .stream = &fixture->stream, .coverage = &read, .snapshot = &change, .may_wait = true};
    change.state = &state;
    change.poll = polls;
    fixture->stream.requests++;
    return journal_commit_now(fixture->journal, &commit, error);
}

static int64_t list_polls_shown(const struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    struct journal *reader = NULL;
    const struct snapshot_list *lists = NULL;
    size_t count = 0;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    assert_ok(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error));
    assert_ok(journal_snapshot_lists(reader, arena, &lists, &count, &error));
    int64_t polls = count ? lists->totals.state.polls : 0;
    assert_true(!count || (lists->totals.state.damage_since == 0 && lists->totals.items <= 1));
    journal_close(reader);
    return polls;
}

static void open_list(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "queue", "queue",
                             POSTERN_STREAM_SNAPSHOT, "", &fixture->stream, &error));
}

static void read_a_list_that_stands_still(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    const struct snapshot_item item = {.sum = 1, .sight = SNAPSHOT_APPEARED, .text = {"x", 1}};
    open_list(fixture);
    assert_ok(read_list(fixture, 1, &(struct snapshot_change){.items = &item, .count = 1}, &error));
    assert_int_equal(list_polls_shown(fixture), 1); /* what appears is stored at once */
    for (int64_t polls = 2; polls <= 4; polls++)
        assert_ok(read_list(fixture, polls, NULL, &error));
    assert_int_equal(list_polls_shown(fixture), 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(list_polls_shown(fixture) == 4);
    assert_int_equal(groups(fixture), 1);
    assert_ok(read_list(fixture, 5, NULL, &error));
}

/* How often it was read waits and is noted like all else, and a restart counts on from there. */
static void a_list_that_stands_still_is_counted(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct snapshot_totals totals;
    in_a_killed_process(fixture, read_a_list_that_stands_still);
    assert_int_equal(list_polls_shown(fixture), 4);
    fixture_open(fixture);
    open_list(fixture);
    assert_ok(journal_snapshot_totals(fixture->journal, fixture->stream.id, &totals, &error));
    assert_int_equal(totals.state.polls, 4);
    assert_int_equal(totals.items, 1);
    assert_int_equal(fixture->stream.requests, 4);
    assert_int_equal(number_in_file(fixture, "SELECT sum(reads) FROM coverage_day"), 4);
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
        TEST(many_are_noted_together),
        TEST(a_long_log_is_emptied),
        TEST(a_few_are_stored_at_once),
        TEST(without_a_period_nothing_waits),
        TEST(the_end_stores_all),
        TEST(who_reads_here_sees_all),
        TEST(events_bring_what_waits),
        TEST(what_leaves_a_hole_is_not_noted),
        TEST(a_hole_stays_a_hole),
        TEST(each_day_counts_its_own),
        TEST(ids_are_forgotten_with_what_settles_them),
        TEST(what_cannot_be_stored_waits_on),
        TEST(in_one_group_each_is_stored_once),
        TEST(killed_it_stands_where_it_stood),
        TEST(what_was_noted_outlives_a_kill),
        TEST(a_row_is_newer_than_the_log),
        TEST(a_damaged_group_is_passed_over),
        TEST(a_token_stream_follows_on),
        TEST(the_log_keeps_the_position_of_the_row),
        TEST(the_log_ends_a_pass),
        TEST(a_list_that_stands_still_is_counted),
        TEST(thousands_share_a_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
