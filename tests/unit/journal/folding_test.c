/* Ids that were folded into runs are known like those that still lie in their pages' rows, and are forgotten
 * when they should be. */
#include "number_of.h"

#define DAY      (24 * HOUR)
#define SECOND   ((int64_t)1000)
#define PER_PAGE 1000

static int64_t folded(struct fixture *fixture)
{
    return number_of(fixture->journal, "SELECT sum(id_count) FROM known_run");
}

static int64_t in_rows(struct fixture *fixture)
{
    return number_of(fixture->journal, "SELECT sum(event_count) FROM page WHERE known = 1");
}

/* By one statement: between two of them something may be folded. */
static int64_t remembered(struct fixture *fixture)
{
    return number_of(fixture->journal, "SELECT ifnull((SELECT sum(id_count) FROM known_run), 0)"
                                       " + ifnull((SELECT sum(event_count) FROM page WHERE known = 1), 0)");
}

/* A token stream; no delivery holds its pages, and with retain 0 their bodies go at the next look. */
static void open_token_stream(struct fixture *fixture, int64_t retain_ms)
{
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.retain_ms = retain_ms;
    fixture_open(fixture);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
}

static void commit_token(struct fixture *fixture, int64_t first, int64_t count, int64_t remember_ms)
{
    postern_error error = ERROR_INIT;
    for (int64_t n = first; n < first + count; n += PER_PAGE) {
        struct journal_page *pages = pages_of(n, PER_PAGE, 4);
        struct journal_commit commit = {.stream = &fixture->stream,
                                        .pages = pages,
                                        .received_ms = moved_now(&fixture->clock.clock),
                                        .remember_ms = remember_ms};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        journal_page_free(pages);
    }
}

/* Moves the clock on until all is folded but what stays in the rows. */
static void wait_until_folded(struct fixture *fixture, int64_t ids)
{
    assert_comes_true((fixture_advance(fixture, 11 * SECOND), folded(fixture) >= ids));
}

/* 160,000 ids of a token stream, in runs that are joined meanwhile; all are known at each step. */
static void fold_eight_times(struct fixture *fixture)
{
    for (int64_t round = 0; round < 8; round++) {
        commit_token(fixture, round * 20000, 20000, 8 * DAY);
        wait_until_folded(fixture, round * 20000 + 16000);
        assert_int_equal(known_of(fixture, 0, 200000), (round + 1) * 20000);
    }
}

static void what_is_folded_is_known(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, 0);
    fold_eight_times(fixture);
    assert_int_equal(remembered(fixture), 160000);
    assert_in_range(number_of(fixture->journal, "SELECT count(*) FROM known_run"), 1,
                    12); /* they were joined */
    assert_int_equal(number_of(fixture->journal,
                               "SELECT (SELECT count(*) FROM page_ids) - count(*) FROM page WHERE known = 1"),
                     0);
    open_token_stream(fixture, 0);
    assert_int_equal(known_of(fixture, 0, 200000), 160000);
    fixture_close(fixture);
    fixture->settings.ids_memory = 1; /* nothing is kept in memory */
    open_token_stream(fixture, 0);
    assert_int_equal(known_of(fixture, 159000, 2000), 1000);
    assert_int_equal(known_of(fixture, 0, 200000), 160000);
    assert_int_equal(atomic_load(&fixture->journal->ids.bytes), 0);
}

/* At whatever moment somebody asks, an id lies in a row or in a run. */
/* Runs that lie in memory, of those that are there or of those that are no more. */
static size_t runs_in_memory(struct fixture *fixture, bool there)
{
    struct run_cache *cache = &fixture->journal->ids.runs;
    size_t count = 0;
    for (int64_t run = number_of(fixture->journal, "SELECT max(id) FROM known_run"); run > 0; run--) {
        const struct fingerprints *cached = run_cache_take(cache, run, 0);
        char sql[96];
        if (!cached) continue;
        run_cache_give(cache, cached);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM known_run WHERE id = %lld", (long long)run);
        count += (number_of(fixture->journal, sql) > 0) == there;
    }
    return count;
}

/* A run that a last step has joined out of others is in memory once it was asked. */
static bool is_in_memory_when_asked(struct fixture *fixture)
{
    return known_of(fixture, 0, 1000) == 1000 && runs_in_memory(fixture, true) > 0;
}

static void runs_that_are_no_more_take_no_memory(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, 0);
    fold_eight_times(fixture);
    assert_comes_true(is_in_memory_when_asked(fixture));
    assert_comes_true(runs_in_memory(fixture, false) == 0); /* a last step may be under way */
    fixture_close(fixture);
}

static void nothing_is_overlooked_while_it_is_folded(void **state)
{
    struct fixture *fixture = *state;
    const int64_t limits[] = {1, 1 << 20, 64 << 20};
    open_token_stream(fixture, 0);
    for (int64_t round = 0; round < 60; round++) {
        if (round % 20 == 0) {
            fixture_close(fixture);
            fixture->settings.ids_memory = limits[round / 20];
            open_token_stream(fixture, 0);
        }
        commit_token(fixture, round * 2000, 2000, 8 * DAY);
        fixture_advance(fixture, 11 * SECOND);
        for (int64_t ask = 0; ask < 4; ask++)
            assert_int_equal(known_of(fixture, 0, (round + 1) * 2000 + 500), (round + 1) * 2000);
    }
    assert_true(folded(fixture) > 60000);
}

/* However slowly the raw events go, a stream's newest ids alone lie in rows. */
static void too_many_in_rows_are_folded_with_their_bodies_there(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, DAY);
    commit_token(fixture, 0, 200000, 8 * DAY);
    assert_comes_true((fixture_advance(fixture, 11 * SECOND), in_rows(fixture) <= 131072));
    assert_int_equal(remembered(fixture), 200000);
    assert_int_equal(known_of(fixture, 0, 250000), 200000);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 200000); /* and the events are whole */
}

static void a_run_is_forgotten_with_its_newest_id(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, 0);
    for (int64_t day = 0; day < 4; day++) {
        commit_token(fixture, day * 20000, 20000, 8 * DAY);
        wait_until_folded(fixture, day * 20000 + 19000);
        atomic_store(&fixture->clock.now_ms, T0 + (day + 1) * (DAY + HOUR));
    }
    /* A day's ids are forgotten a day later at the most. */
    assert_in_range(
        number_of(fixture->journal, "SELECT max(last_remember_ms - first_remember_ms) FROM known_run"), 0,
        DAY);
    assert_in_range(number_of(fixture->journal, "SELECT count(*) FROM known_run"), 4, 16);
    for (int64_t day = 0; day < 4; day++) {
        atomic_store(&fixture->clock.now_ms, T0 + day * (DAY + HOUR) + 8 * DAY - 10 * SECOND);
        fixture_advance(fixture, 5 * SECOND);
        assert_int_equal(known_of(fixture, day * 20000, 20000), 20000);
        fixture_advance(fixture, HOUR);
        assert_comes_true(
            (fixture_advance(fixture, 11 * SECOND), known_of(fixture, day * 20000, 20000) == 0));
    }
    assert_comes_true(number_of(fixture->journal, "SELECT count(*) FROM known_block") == 0);
}

static void a_window_forgets_its_runs_when_it_settles(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.retain_ms = 0;
    fixture_open(fixture);
    for (int pass = 0; pass < 3; pass++) {
        for (int page = 0; page < 20000 / PER_PAGE; page++) {
            struct journal_page *pages = pages_of(pass * 20000 + page * PER_PAGE, PER_PAGE, 4);
            struct journal_commit commit = {.stream = &fixture->stream,
                                            .pages = pages,
                                            .received_ms = T0,
                                            .pass_until_ms = T0 + pass * HOUR};
            assert_ok(journal_commit_now(fixture->journal, &commit, &error));
            journal_page_free(pages);
        }
    }
    wait_until_folded(fixture, 55000);
    assert_int_equal(known_of(fixture, 0, 60000), 60000);
    for (int pass = 0; pass < 3; pass++) {
        fixture->stream.settled_until_ms = T0 + pass * HOUR + HOUR / 2;
        struct journal_commit commit = {.stream = &fixture->stream, .forget_settled = true};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        assert_int_equal(number_of(fixture->journal,
                                   "SELECT count(*) FROM known_run WHERE pass_until_ms <= 1767225600000"),
                         0);
        assert_int_equal(known_of(fixture, (pass + 1) * 20000, (2 - pass) * 20000 + 1), (2 - pass) * 20000);
    }
    assert_int_equal(folded(fixture), 0);
}

/* ---- Where to look -------------------------------------------------------------------------------- */

/* How many of events first .. are known when they are said to have these times; NULL: none said. */
static int64_t known_with_times(struct fixture *fixture, int64_t first, int64_t count,
                                const int64_t *times_ms)
{
    postern_error error = ERROR_INIT;
    unsigned char ids[1000][EVENT_ID_SIZE];
    bool known[1000] = {false};
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++)
        event_id(first + i, ids[i]);
    assert_ok(journal_known_ids(fixture->journal, fixture->stream.id, ids[0], times_ms, (size_t)count, known,
                                &error));
    for (int64_t i = 0; i < count; i++)
        found += known[i];
    return found;
}

static void a_time_only_says_where_to_look(void **state)
{
    struct fixture *fixture = *state;
    int64_t times[1000];
    open_token_stream(fixture, 0);
    commit_token(fixture, 0, 40000, 8 * DAY);
    wait_until_folded(fixture, 39000);
    assert_int_equal(known_with_times(fixture, 0, 1000, NULL), 1000);
    for (int i = 0; i < 1000; i++) /* the very time, but for a few that say another */
        times[i] = T0 + i + (i % 10 == 0 ? 30 * HOUR : 0);
    assert_int_equal(known_with_times(fixture, 0, 1000, times), 1000);
    for (int i = 0; i < 1000; i++) /* new events, some of which are from the same hour */
        times[i] = T0 + (i % 2 ? 0 : 30 * HOUR);
    assert_int_equal(known_with_times(fixture, 60000, 1000, times), 0);
    for (int i = 0; i < 1000; i++)
        times[i] = 0;
    assert_int_equal(known_with_times(fixture, 60000, 1000, times), 0);
}

/* ---- What is there already, and what is damaged --------------------------------------------------- */

static void what_an_older_journal_remembers_is_folded(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, DAY);
    commit_token(fixture, 0, 40000, 8 * DAY);
    fixture_close(fixture);
    char path[128];
    fixture_path(fixture, "journal.db", path);
    /* As version 3 left pages: bodies removed, ids kept, nothing known of hours and steady time. */
    run_sql(path, "UPDATE page SET hours = NULL, stored_ms = 0, body_bytes = 0; DELETE FROM page_body;"
                  "DELETE FROM meta WHERE key LIKE 'steady%'");
    open_token_stream(fixture, DAY);
    wait_until_folded(fixture, 39000);
    assert_int_equal(known_of(fixture, 0, 50000), 40000);
}

/* The wall clock was ahead when the last page came, before there was a time that cannot jump. */
static void an_older_journal_forgets_nothing_for_a_clock_that_was_ahead(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, DAY);
    commit_token(fixture, 0, 3000, 8 * DAY);
    fixture_close(fixture);
    char path[128], sql[400];
    fixture_path(fixture, "journal.db", path);
    snprintf(sql, sizeof sql,
             "UPDATE page SET stored_ms = 0; DELETE FROM meta WHERE key LIKE 'steady%%';"
             "UPDATE page SET received_ms = %lld WHERE sequence = (SELECT max(sequence) FROM page)",
             (long long)(T0 + 20 * DAY));
    run_sql(path, sql);
    open_token_stream(fixture, DAY);
    for (int left = 50; left > 0 && known_of(fixture, 0, 3000) == 3000; left--) {
        fixture_advance(fixture, 11 * SECOND);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    fixture_close(fixture);
    open_token_stream(fixture, DAY);
    assert_int_equal(known_of(fixture, 0, 3000), 3000);
}

static void a_damaged_block_is_named_and_the_others_still_know(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture, 0);
    commit_token(fixture, 0, 40000, 8 * DAY);
    wait_until_folded(fixture, 39000);
    fixture_close(fixture);
    char path[128];
    fixture_path(fixture, "journal.db", path);
    run_sql(path, "UPDATE known_block SET block = x'01' WHERE id = (SELECT min(id) + 3 FROM known_block)");
    open_token_stream(fixture, 0);
    int64_t known = known_of(fixture, 0, 50000);
    assert_in_range(known, 40000 - 2000, 40000 - 1000);
    commit_token(fixture, 50000, 40000, 8 * DAY); /* folding goes on beside it */
    wait_until_folded(fixture, 40000 + 30000);
    assert_int_equal(known_of(fixture, 50000, 40000), 40000);
    assert_int_equal(known_of(fixture, 0, 50000), known);
}

/* ---- Short of space ------------------------------------------------------------------------------- */

static void memories_give_way_and_collecting_goes_on(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    struct journal_totals totals;
    const int64_t events = 700000;
    fixture_close(fixture);
    fixture->settings.max_size = 4 << 20;
    open_token_stream(fixture, HOUR);
    assert_ok(journal_delivery(fixture->journal, "p/s", true, &delivery, &error));
    for (int64_t n = 0; n < events; n += 10000) { /* all is delivered at once: the backlog is 0 */
        int64_t end = 0;
        commit_token(fixture, n, 10000, 8 * DAY);
        assert_ok(journal_end(fixture->journal, &end, &error));
        deliver_until(fixture, delivery.id, end);
        assert_false(journal_is_full(fixture->journal));
    }
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    assert_true(totals.bytes_on_disk <= 4 << 20);
    assert_true(totals.forgotten_ids > 100000);
    assert_int_equal(totals.forgotten_ids + totals.remembered_ids, events);
    assert_in_range(totals.remembered_ids, 200000, events); /* what fits is remembered: the newest */
    assert_int_equal(known_of(fixture, events - 150000, 151000), 150000);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    assert_true(totals.forgotten_ids > 100000);
}

static void fill_with_undelivered(struct fixture *fixture, int64_t pass_until_ms, int64_t remember_ms,
                                  postern_error *error)
{
    int64_t committed = 0;
    for (postern_status status = POSTERN_OK; status == POSTERN_OK; committed += 100) {
        struct journal_page *pages = pages_of(1000000 + committed, 100, 1000);
        struct journal_commit commit = {.stream = &fixture->stream,
                                        .pages = pages,
                                        .received_ms = T0,
                                        .pass_until_ms = pass_until_ms,
                                        .remember_ms = remember_ms};
        status = journal_commit_now(fixture->journal, &commit, error);
        journal_page_free(pages);
    }
}

/* Undelivered events do fill it, whatever is remembered beside them, and only then is it said to be full. */
static void memories_give_way_to_undelivered_events(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    struct journal_totals totals;
    fixture_close(fixture);
    fixture->settings.max_size = 4 << 20;
    open_token_stream(fixture, 0);
    commit_token(fixture, 0, 300000, 8 * DAY); /* nobody waits for these */
    assert_ok(journal_delivery(fixture->journal, "p/s", false, &delivery, &error));
    fill_with_undelivered(fixture, 0, 8 * DAY, &error);
    assert_non_null(strstr(error.message, "full of events that are not delivered yet"));
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    assert_true(totals.full);
    assert_true(totals.events * 1000 > 3 << 20);
    assert_int_equal(totals.remembered_ids, totals.events); /* those alone whose raw events are there */
}

/* They are read again while the sink stands still: forgotten, each would be delivered twice. */
static void a_window_s_memories_do_not_give_way_to_undelivered_events(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    fixture_close(fixture);
    fixture->settings.max_size = 4 << 20;
    fixture->settings.retain_ms = 0;
    fixture_open(fixture);
    for (int64_t n = 0; n < 20000; n += PER_PAGE) { /* nobody waits for these */
        struct journal_page *pages = pages_of(n, PER_PAGE, 4);
        struct journal_commit commit = {
            .stream = &fixture->stream, .pages = pages, .received_ms = T0, .pass_until_ms = T0 + HOUR};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        journal_page_free(pages);
    }
    assert_ok(journal_delivery(fixture->journal, "p/s", false, &delivery, &error));
    fill_with_undelivered(fixture, T0 + HOUR, 0, &error);
    assert_non_null(strstr(error.message, "full of events that are not delivered yet"));
    assert_int_equal(known_of(fixture, 0, 20000), 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_folded_is_known, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(runs_that_are_no_more_take_no_memory, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_overlooked_while_it_is_folded, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(too_many_in_rows_are_folded_with_their_bodies_there, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_run_is_forgotten_with_its_newest_id, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_window_forgets_its_runs_when_it_settles, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_time_only_says_where_to_look, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_older_journal_forgets_nothing_for_a_clock_that_was_ahead,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_an_older_journal_remembers_is_folded, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(memories_give_way_and_collecting_goes_on, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(memories_give_way_to_undelivered_events, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_window_s_memories_do_not_give_way_to_undelivered_events,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_block_is_named_and_the_others_still_know, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
