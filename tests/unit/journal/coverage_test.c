/* The coverage ledger: whatever is read in whatever order, it is the union of what was read. */
#include "fixture.h"
#include "journal/sqlite/schema.h"

#define TIMELINE 600

static const struct coverage_range *ranges_of(struct fixture *fixture, postern_arena *arena, size_t *count)
{
    postern_error error = ERROR_INIT;
    const struct coverage_range *ranges = NULL;
    assert_ok(journal_coverage(fixture->journal, fixture->stream.id, arena, &ranges, count, &error));
    return ranges;
}

static void read_range(struct fixture *fixture, int64_t from, int64_t until, int64_t events)
{
    postern_error error = ERROR_INIT;
    const struct coverage_read read = {from, until, events, 0, false};
    struct journal_commit commit = {
        .stream = &fixture->stream, .coverage = &read, .remember_ms = 8 * 24 * HOUR};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void read_token(struct fixture *fixture, int64_t now, int64_t newest, bool begins_anew)
{
    postern_error error = ERROR_INIT;
    const struct coverage_read read = {now, now, 1, newest, begins_anew};
    struct journal_commit commit = {
        .stream = &fixture->stream, .coverage = &read, .remember_ms = 8 * 24 * HOUR};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void open_token_stream(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void assert_gap(struct fixture *fixture, size_t which, int64_t from, int64_t until, int64_t holes)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct coverage_gap *gaps = NULL;
    size_t count = 0;
    assert_ok(journal_gaps(fixture->journal, arena, &gaps, &count, &error));
    assert_true(which < count);
    assert_string_equal(gaps[which].account, "acme");
    assert_int_equal(gaps[which].from_ms, from);
    assert_int_equal(gaps[which].until_ms, until);
    assert_int_equal(gaps[which].holes, holes);
}

/* The ranges of a timeline on which every millisecond says whether it was read. */
static size_t expected_ranges(const bool *is_read, struct coverage_range *ranges)
{
    size_t count = 0;
    for (int at = 0; at < TIMELINE; at++) {
        if (!is_read[at]) continue;
        if (at == 0 || !is_read[at - 1]) ranges[count++].from_ms = T0 + at;
        ranges[count - 1].until_ms = T0 + at;
    }
    return count;
}

static void the_ledger_is_the_union(void **state)
{
    struct fixture *fixture = *state;
    uint32_t random = 7;
    for (int round = 0; round < 12; round++) {
        bool is_read[TIMELINE] = {false};
        fixture_close(fixture);
        remove_directory(fixture->directory);
        fixture_open(fixture);
        int64_t events = 0;
        for (int pass = 0; pass < 60; pass++) {
            struct coverage_range expected[TIMELINE];
            int from = (int)(next_random(&random) % TIMELINE);
            int until = from + (int)(next_random(&random) % (round < 6 ? 8 : 60));
            if (until >= TIMELINE) until = TIMELINE - 1;
            read_range(fixture, T0 + from, T0 + until, pass);
            events += pass;
            for (int at = from; at <= until; at++)
                is_read[at] = true;
            _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
            size_t count = 0, wanted = expected_ranges(is_read, expected);
            const struct coverage_range *ranges = ranges_of(fixture, arena, &count);
            assert_int_equal(count, wanted);
            int64_t counted = 0;
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(ranges[i].from_ms, expected[i].from_ms);
                assert_int_equal(ranges[i].until_ms, expected[i].until_ms);
                assert_int_equal(ranges[i].holes, 0);
                counted += ranges[i].events;
            }
            assert_int_equal(counted, events);
        }
    }
}

/* Answers come every two minutes, and each takes some milliseconds to be stored. */
static void a_token_stream_has_one_range(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture);
    int64_t now = T0;
    for (int answer = 0; answer < 900; answer++, now += 120000 + answer % 4)
        read_range(fixture, now, now, 1);
    read_range(fixture, now - HOUR, now - HOUR, 1); /* a clock was set back */
    read_range(fixture, T0 - 9 * 24 * HOUR, T0 - 9 * 24 * HOUR, 1);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    size_t count = 0;
    const struct coverage_range *ranges = ranges_of(fixture, arena, &count);
    assert_int_equal(count, 1);
    assert_int_equal(ranges[0].from_ms, T0);
    assert_int_equal(ranges[0].events, 902);
}

/* Away for longer than the vendor keeps what it did not hand out. */
static void what_the_vendor_no_longer_had_is_a_hole(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture);
    read_range(fixture, T0, T0, 1);
    read_range(fixture, T0 + 20 * 24 * HOUR, T0 + 20 * 24 * HOUR, 1);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    size_t count = 0;
    const struct coverage_range *ranges = ranges_of(fixture, arena, &count);
    assert_int_equal(count, 2);
    assert_int_equal(ranges[1].from_ms, T0 + 12 * 24 * HOUR);
    assert_int_equal(ranges[1].until_ms, T0 + 20 * 24 * HOUR);
    assert_gap(fixture, 0, T0 + 1, T0 + 12 * 24 * HOUR - 1, 1);
}

/* Its place was refused: at first all may be missing; each answer shows that the vendor still had older. */
static void what_was_not_kept_is_a_hole(void **state)
{
    struct fixture *fixture = *state;
    const int64_t again = T0 + 180 * HOUR, kept = again - 24 * HOUR;
    open_token_stream(fixture);
    read_token(fixture, T0, T0 - HOUR, false);
    read_token(fixture, kept, 0, true);
    assert_gap(fixture, 0, T0 + 1, kept - 1, 1);
    read_token(fixture, again, 0, false); /* a page without events */
    assert_gap(fixture, 0, T0 + 1, kept - 1, 1);
    read_token(fixture, again + 1, T0 + 13 * HOUR, false);
    read_token(fixture, again + 2, T0 + 12 * HOUR, false); /* they come in no order */
    read_token(fixture, again + 3, again, false);
    assert_gap(fixture, 0, T0 + 1, T0 + 12 * HOUR - 1, 1);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    size_t count = 0;
    const struct coverage_range *ranges = ranges_of(fixture, arena, &count);
    assert_int_equal(count, 2);
    assert_int_equal(ranges[1].until_ms, again + 3);
    read_token(fixture, again + 4, T0 - HOUR, false); /* it was all there */
    ranges_of(fixture, arena, &count);
    assert_int_equal(count, 1);
}

/* Real holes, more than are listed: the newest stay, the oldest are counted. */
static void many_holes_are_joined_and_counted(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    fixture->settings.coverage_ranges = 10;
    fixture_open(fixture);
    for (int i = 0; i < 100; i++)
        read_range(fixture, T0 + i * 1000, T0 + i * 1000 + 499, 2);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    size_t count = 0;
    const struct coverage_range *ranges = ranges_of(fixture, arena, &count);
    assert_int_equal(count, 10);
    assert_int_equal(ranges[0].from_ms, T0);
    assert_int_equal(ranges[0].until_ms, T0 + 90 * 1000 + 499);
    assert_int_equal(ranges[0].holes, 90);
    assert_int_equal(ranges[0].missing_ms, 90 * 500);
    assert_int_equal(ranges[0].events, 91 * 2);
    assert_int_equal(ranges[1].holes, 0);
    assert_int_equal(ranges[9].from_ms, T0 + 99 * 1000);
    assert_gap(fixture, 0, T0 + 98 * 1000 + 500, T0 + 99 * 1000 - 1, 1); /* the newest */
    assert_gap(fixture, 9, T0, T0 + 90 * 1000 + 499, 90);
}

/* As version 3 left them: each a few milliseconds behind the one before. */
static void an_old_ledger_shrinks(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 3, &error));
    run_sql(path,
            "INSERT INTO account (key, name, added_ms, status) VALUES (x'00112233445566778899aabbccddeeff',"
            " 'acme', 5, 'connected');"
            "INSERT INTO stream (account_id, source, name, kind, state) VALUES"
            " (1, 'siem', 'siem', 2, 'ok'), (1, 'ttp-url', 'ttp-url', 1, 'ok');"
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 858)"
            " INSERT INTO coverage SELECT 1, 1000 + i * 120000 + 4 + i % 4, 1000 + (i + 1) * 120000, 3, i, i"
            " FROM n;"
            "INSERT INTO coverage VALUES (2, 1000, 2000, 1, 1, 1), (2, 5000, 6000, 1, 1, 1)");
    fixture_open(fixture);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    size_t count = 0;
    ranges_of(fixture, arena, &count);
    assert_int_equal(count, 2); /* a hole of a window stream stays */
    open_token_stream(fixture);
    const struct coverage_range *ranges = ranges_of(fixture, arena, &count);
    assert_int_equal(count, 1);
    assert_int_equal(ranges[0].from_ms, 1004);
    assert_int_equal(ranges[0].until_ms, 1000 + 859 * 120000);
    assert_int_equal(ranges[0].events, 859 * 3);
    assert_int_equal(ranges[0].last_read_ms, 858);
}

static int64_t number_of_days(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return number;
}

/* As version 11 left it: each stream's days together. Now each day's streams are, and what is read goes on.
 */
static void the_days_of_an_older_ledger_are_kept(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128], sql[160];
    const int64_t day = T0 / (24 * HOUR);
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 11, &error));
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"
             " INSERT INTO coverage_day SELECT 1 + i / 10, %lld - i %% 10, 3, i FROM n",
             (long long)day);
    run_sql(path, sql);
    fixture_open(fixture);
    assert_int_equal(fixture->stream.id, 1);
    struct coverage_read read = {T0, T0 + 1000, 7, 0, false};
    struct journal_commit commit = {.stream = &fixture->stream, .coverage = &read};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    fixture_close(fixture);
    assert_int_equal(number_of_days(path, "SELECT count(*) FROM coverage_day"), 100);
    assert_int_equal(number_of_days(path, "SELECT sum(reads) FROM coverage_day"), 301);
    assert_int_equal(number_of_days(path, "SELECT sum(events) FROM coverage_day"), 99 * 50 + 7);
    snprintf(sql, sizeof sql,
             "SELECT reads * 100 + events FROM coverage_day WHERE day = %lld AND stream_id = 1",
             (long long)day);
    assert_int_equal(number_of_days(path, sql), 407);
    fixture_open(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_ledger_is_the_union, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_not_kept_is_a_hole, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_token_stream_has_one_range, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_the_vendor_no_longer_had_is_a_hole, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(many_holes_are_joined_and_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_old_ledger_shrinks, fixture_setup_closed, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_days_of_an_older_ledger_are_kept, fixture_setup_closed,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
