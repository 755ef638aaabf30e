/* Killed at any of the named points, the journal holds each commit wholly or not at all: events, position,
 * delivery, sink state and dead letter of one commit agree. The program runs itself again with
 * POSTERN_FAILPOINT set. */
#include "fixture.h"
#include "journal/sqlite/store.h"

#define ROUNDS 120
#define EVENTS 50

/* Round n commits events n * EVENTS ..., position "n", cursor, state entry and dead letter n, all in one. */
static postern_status commit_round(struct fixture *fixture, int64_t delivery_id, int round)
{
    char text[16], reason[] = "because";
    snprintf(text, sizeof text, "%d", round);
    fixture->stream.position = text;
    fixture->stream.events = (round + 1) * EVENTS;
    struct journal_page *pages = pages_of(round * EVENTS, EVENTS, 200);
    struct state_entry entry = {{"round", 5}, {text, strlen(text)}};
    struct delivery_move move = {.delivery_id = delivery_id,
                                 .cursor = round + 1,
                                 .sink = "s",
                                 .entries = &entry,
                                 .entry_count = 1,
                                 .delivered = EVENTS};
    struct dead_letter letter = {.stage = DEAD_SCRIPT, .reason = reason, .time_ms = round};
    struct dead_letter *letters[] = {&letter};
    struct journal_commit commit = {.stream = &fixture->stream,
                                    .pages = pages,
                                    .received_ms = T0,
                                    .delivery = &move,
                                    .dead = letters,
                                    .dead_count = 1};
    postern_status status = journal_commit_now(fixture->journal, &commit, NULL);
    journal_page_free(pages);
    fixture->stream.position = NULL;
    return status;
}

static int run_child(const char *directory)
{
    struct fixture fixture = {.clock = {.clock = {moved_now, moved_now, 1.0}},
                              .settings = usual_journal_settings()};
    atomic_store(&fixture.clock.now_ms, T0);
    snprintf(fixture.directory, sizeof fixture.directory, "%s", directory);
    fixture_open(&fixture);
    struct delivery_record delivery;
    if (journal_delivery(fixture.journal, "p/s", false, &delivery, NULL) < 0) return 2;
    int start = (int)(fixture.stream.events / EVENTS);
    stream_record_clear(&fixture.stream);
    for (int round = start; round < ROUNDS; round++) {
        if (commit_round(&fixture, delivery.id, round) < 0) return 3;
        if (round % 10 == 9) fixture_advance(&fixture, 25 * HOUR); /* retention has work, too */
    }
    fixture_close(&fixture);
    return 0;
}

static int spawn(const char *directory, const char *child_kind, const char *point, int at)
{
    pid_t child = fork();
    if (child == 0) {
        char plan[80];
        snprintf(plan, sizeof plan, "%s:%d", point, at);
        setenv("POSTERN_FAILPOINT", plan, 1);
        execl("/proc/self/exe", "crash_test", child_kind, directory, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What the query finds, a row on a line. */
static void say_rows(const struct fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    fixture_path(fixture, "journal.db", path);
    print_error("%s\n", sql);
    if (sqlite3_open(path, &handle) == SQLITE_OK &&
        sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK)
        while (sqlite3_step(statement) == SQLITE_ROW)
            for (int i = 0, columns = sqlite3_column_count(statement); i < columns; i++)
                print_error("%s%s", (const char *)sqlite3_column_text(statement, i),
                            i + 1 < columns ? " " : "\n");
    else
        print_error("%s\n", sqlite3_errmsg(handle));
    sqlite3_finalize(statement);
    sqlite3_close(handle);
}

static int64_t ids_forgotten(const struct fixture *fixture)
{
    int64_t forgotten = -1;
    struct reader_connection reading = reading_begin(&fixture->journal->readers, NULL);
    if (!reading.database) return -1;
    database_number(reading.database, NULL, 0, &forgotten,
                    "SELECT value FROM meta WHERE key = 'ids_forgotten'", NO_VALUES);
    reading_end(&reading);
    return forgotten;
}

/* All ids that were committed are known; else it says whether they are gone from the file or were not found
 * in it, and by whose hand. */
static void check_known(struct fixture *fixture, int rounds, const char *killed_at)
{
    int64_t found = known_of(fixture, 0, ROUNDS * EVENTS);
    if (found == rounds * EVENTS) return;
    print_error("killed at %s, asked again %lld; of each round:", killed_at,
                (long long)known_of(fixture, 0, ROUNDS * EVENTS));
    for (int round = 0; round < rounds; round++)
        print_error(" %lld", (long long)known_of(fixture, round * EVENTS, EVENTS));
    print_error("\n");
    say_rows(fixture,
             "SELECT p.sequence, stream_id, event_count, known, body_bytes, length(ids), pass_until_ms,"
             " remember_until_ms, stored_ms FROM page p LEFT JOIN page_ids i ON i.sequence = p.sequence");
    say_rows(fixture, "SELECT id, stream_id, id_count, pass_until_ms, hex(hours) FROM known_run");
    say_rows(fixture, "SELECT key, value FROM meta WHERE key <> 'fingerprint_key'");
    say_rows(fixture, "SELECT id, kind, events, settled_until_ms FROM stream");
    fail_msg("%lld ids are known of %d", (long long)found, rounds * EVENTS);
}

static void check_all_agrees(struct fixture *fixture, const char *killed_at, int *rounds)
{
    postern_error error = ERROR_INIT;
    fixture_open(fixture);
    struct delivery_record delivery;
    struct journal_totals totals;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const postern_pair *pairs = NULL;
    size_t count = 0;
    int64_t letters = 0, bytes = 0, end = 0;
    assert_ok(journal_delivery(fixture->journal, "p/s", false, &delivery, &error));
    assert_ok(journal_sink_state(fixture->journal, "s", arena, &pairs, &count, &error));
    assert_ok(journal_dead_count(fixture->journal, &letters, &bytes, &error));
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    assert_ok(journal_end(fixture->journal, &end, &error));
    *rounds = fixture->stream.position ? atoi(fixture->stream.position) + 1 : 0;
    assert_int_equal(fixture->stream.events, *rounds * EVENTS);
    assert_int_equal(end, *rounds);
    assert_int_equal(delivery.cursor, *rounds);
    assert_int_equal(delivery.delivered, *rounds * EVENTS);
    assert_int_equal(letters, *rounds);
    assert_int_equal(count, *rounds ? 1 : 0);
    if (*rounds) assert_int_equal(atoi(pairs[0].value.data), *rounds - 1);
    check_known(fixture, *rounds, killed_at);
    assert_int_equal(ids_forgotten(fixture), 0);                    /* there is room for all of it */
    for (int64_t before = -1, read = 0; before != totals.events;) { /* what retention leaves is whole */
        before = totals.events;
        read = read_all(fixture->journal, 0, NULL);
        assert_ok(journal_totals(fixture->journal, &totals, &error));
        if (before == totals.events) assert_int_equal(read, totals.events);
    }
    fixture_close(fixture);
}

static void killed_at_any_point_all_agrees(void **state)
{
    struct fixture *fixture = *state;
    /* Each run goes on where the one before was killed. */
    const struct {
        const char *point;
        int at;
    } rows[] = {
        {"migration-before-commit", 1}, {"migration-after-commit", 1}, {"migration-before-commit", 2},
        {"migration-after-commit", 2},  {"journal-before-commit", 1},  {"journal-after-commit", 1},
        {"journal-before-commit", 4},   {"journal-after-commit", 4},   {"journal-before-commit", 9},
        {"journal-after-commit", 10},   {"house-before-commit", 2},    {"house-after-commit", 2},
        {"house-before-commit", 2},     {"house-after-commit", 2},     {"journal-before-commit", 7},
    };
    int rounds = 0, before = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(spawn(fixture->directory, "--child", rows[i].point, rows[i].at), 128 + SIGKILL);
        check_all_agrees(fixture, rows[i].point, &rounds);
        assert_true(rounds >= before);
        if (strncmp(rows[i].point, "migration", 9) == 0) { /* the next one starts anew again */
            fixture_close(fixture);
            remove_directory(fixture->directory);
            assert_int_equal(mkdir(fixture->directory, 0700), 0);
            continue;
        }
        before = rounds;
    }
    assert_true(rounds > 10 && rounds < ROUNDS);
    assert_int_equal(spawn(fixture->directory, "--child", "nowhere", 1), 0);
    check_all_agrees(fixture, "nowhere", &rounds);
    assert_int_equal(rounds, ROUNDS);
}

/* ---- Folding ------------------------------------------------------------------------------------- */

#define FOLD_EVENTS 20000 /* that each child brings */

static bool all_is_folded(struct fixture *fixture)
{
    int64_t in_rows = -1;
    struct reader_connection reading = reading_begin(&fixture->journal->readers, NULL);
    if (!reading.database) return false;
    database_number(reading.database, NULL, 0, &in_rows, "SELECT sum(event_count) FROM page WHERE known = 1",
                    NO_VALUES);
    reading_end(&reading);
    return in_rows >= 0 && in_rows < 1024; /* that few may stay */
}

/* Goes on with events of a token stream from where the last child was killed, until all are folded. */
static int run_folding_child(const char *directory)
{
    struct fixture fixture = {.clock = {.clock = {moved_now, moved_now, 1.0}},
                              .settings = usual_journal_settings()};
    atomic_store(&fixture.clock.now_ms, T0);
    snprintf(fixture.directory, sizeof fixture.directory, "%s", directory);
    fixture.settings.retain_ms = 0;
    fixture_open(&fixture);
    stream_record_clear(&fixture.stream);
    if (journal_stream(fixture.journal, fixture.account.id, "acme", "siem", "siem", POSTERN_STREAM_TOKEN, "",
                       &fixture.stream, NULL) < 0)
        return 2;
    for (int64_t n = fixture.stream.events, end = n + FOLD_EVENTS; n < end; n += 500) {
        struct journal_page *pages = pages_of(n, 500, 4);
        struct journal_commit commit = {
            .stream = &fixture.stream, .pages = pages, .received_ms = T0, .remember_ms = 192 * HOUR};
        fixture.stream.events = n + 500;
        if (journal_commit_now(fixture.journal, &commit, NULL) < 0) return 3;
        journal_page_free(pages);
        fixture_advance(&fixture, 1000);
    }
    for (int left = 20000; left > 0 && !all_is_folded(&fixture); left--) {
        fixture_advance(&fixture, 11000);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    fixture_close(&fixture);
    return 0;
}

/* Every id once, in a row or in a run, and none that never came; returns the number of runs. */
static int64_t check_ids(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    char path[128];
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    fixture_open(fixture);
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
    assert_int_equal(known_of(fixture, 0, fixture->stream.events + 1000), fixture->stream.events);
    fixture_close(fixture);
    fixture_path(fixture, "journal.db", path);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle,
                                        "SELECT ifnull((SELECT sum(id_count) FROM known_run), 0) +"
                                        " ifnull((SELECT sum(event_count) FROM page WHERE known = 1), 0),"
                                        " (SELECT count(*) FROM known_block WHERE id / 4096 NOT IN"
                                        " (SELECT id FROM known_run)), (SELECT count(*) FROM known_run)",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(statement, 0), fixture->stream.events);
    assert_int_equal(sqlite3_column_int64(statement, 1), 0);
    int64_t runs = sqlite3_column_int64(statement, 2);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return runs;
}

static void killed_while_folding_no_id_is_lost_or_doubled(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        const char *point;
        int at;
    } rows[] = {
        {"fold-midway", 1}, {"fold-before-commit", 1}, {"fold-after-commit", 1}, {"fold-before-commit", 1},
        {"fold-midway", 1}, {"fold-after-commit", 1},  {"fold-midway", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int ended = spawn(fixture->directory, "--folding-child", rows[i].point, rows[i].at);
        assert_int_equal(ended, 128 + SIGKILL);
        check_ids(fixture);
    }
    assert_int_equal(spawn(fixture->directory, "--folding-child", "nowhere", 1), 0);
    assert_true(check_ids(fixture) > 0);
    assert_true(fixture->stream.events >= FOLD_EVENTS);
}

static void a_commit_is_there_after_it_and_not_before(void **state)
{
    struct fixture *fixture = *state;
    int rounds = 0;
    /* Commits of a first run: account, stream, delivery, then the rounds. */
    assert_int_equal(spawn(fixture->directory, "--child", "journal-before-commit", 4), 128 + SIGKILL);
    check_all_agrees(fixture, "journal-before-commit", &rounds);
    assert_int_equal(rounds, 0);
    assert_int_equal(spawn(fixture->directory, "--child", "journal-after-commit", 1), 128 + SIGKILL);
    check_all_agrees(fixture, "journal-after-commit", &rounds);
    assert_int_equal(rounds, 1);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--child") == 0) return run_child(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--folding-child") == 0) return run_folding_child(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_point_all_agrees, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(killed_while_folding_no_id_is_lost_or_doubled, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_commit_is_there_after_it_and_not_before, fixture_setup_closed,
                                        fixture_teardown),
    };
#ifndef POSTERN_TESTING
    return 0; /* without fail points there is nothing to kill at */
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
