/* What the tests of idle polls share: polls that find nothing, and what is shown of them. */
#ifndef POSTERN_TESTS_JOURNAL_IDLE_STORY_H
#define POSTERN_TESTS_JOURNAL_IDLE_STORY_H

#include "fixture.h"

#define MINUTE ((int64_t)60000)
#define PERIOD (5 * MINUTE)

static inline int setup(void **state)
{
    struct fixture *fixture = fixture_new();
    fixture->settings.idle_flush_ms = PERIOD;
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

/* A poll that read up to `minutes` and found nothing. */
static inline postern_status poll_until(struct fixture *fixture, int64_t from, int64_t minutes,
                                        postern_error *error)
{
    struct stream_record *stream = &fixture->stream;
    const struct coverage_read read = {.from_ms = T0 + from * MINUTE, .until_ms = T0 + minutes * MINUTE};
    struct journal_commit commit = {
        .stream = stream, .coverage = &read, .forget_settled = true, .may_wait = true};
    stream->settled_until_ms = read.until_ms;
    stream->requests++;
    return journal_commit_now(fixture->journal, &commit, error);
}

static inline void polls(struct fixture *fixture, int64_t from, int64_t count)
{
    postern_error error = ERROR_INIT;
    for (int64_t i = 0; i < count; i++)
        assert_ok(poll_until(fixture, from + i, from + i + 1, &error));
}

static inline int64_t number_in_file(const struct fixture *fixture, const char *sql)
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

static inline struct shown shown_of(const struct fixture *fixture, int64_t stream_id)
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
static inline void check_shown(const struct fixture *fixture, int64_t minutes, int64_t reads)
{
    struct shown shown = shown_of(fixture, fixture->stream.id);
    assert_int_equal(shown.requests, reads);
    assert_int_equal(shown.settled_until_ms, minutes ? T0 + minutes * MINUTE : 0);
    assert_int_equal(shown.ranges, reads ? 1 : 0);
    if (reads) assert_int_equal(shown.until_ms, T0 + minutes * MINUTE);
    assert_int_equal(shown.gaps, 0);
}

/* The same of the rows themselves, which say how often as well. */
static inline void check_rows(const struct fixture *fixture, int64_t minutes, int64_t reads)
{
    check_shown(fixture, minutes, reads);
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream WHERE source = 'ttp-url'"), reads);
    assert_int_equal(number_in_file(fixture, "SELECT coalesce(sum(reads), 0) FROM coverage_day"), reads);
}

static inline int64_t groups(const struct fixture *fixture)
{
    return number_in_file(fixture, "SELECT count(*) FROM idle_log");
}

static inline bool shows(const struct fixture *fixture, int64_t requests)
{
    return shown_of(fixture, fixture->stream.id).requests == requests;
}

/* The first of all has no range yet that it could move the end of: it is stored. */
static inline void begin(struct fixture *fixture)
{
    polls(fixture, 0, 1);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 1));
    check_rows(fixture, 1, 1);
    assert_int_equal(groups(fixture), 0);
}

/* Runs `work` on the journal in a process of its own, which is killed with it open. */
static inline void in_a_killed_process(struct fixture *fixture, void (*work)(struct fixture *fixture))
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

/* Four polls: the first is in the row, the others in the log. */
static inline void poll_for_three_flushes(struct fixture *fixture)
{
    begin(fixture);
    for (int64_t i = 1; i <= 3; i++) {
        polls(fixture, i, 1);
        fixture_advance(fixture, PERIOD);
        assert_comes_true(shows(fixture, i + 1));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

#endif
