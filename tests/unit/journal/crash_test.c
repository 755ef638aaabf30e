/* Killed at any of the named points, the journal holds each commit wholly or not at all: events, position,
 * delivery, sink state and dead letter of one commit agree. The program runs itself again with
 * POSTERN_FAILPOINT set. */
#include "fixture.h"

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

static int spawn(const char *directory, const char *point, int at)
{
    pid_t child = fork();
    if (child == 0) {
        char plan[80];
        snprintf(plan, sizeof plan, "%s:%d", point, at);
        setenv("POSTERN_FAILPOINT", plan, 1);
        execl("/proc/self/exe", "crash_test", "--child", directory, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void check_all_agrees(struct fixture *fixture, int *rounds)
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
    assert_int_equal(known_of(fixture, 0, ROUNDS * EVENTS), *rounds * EVENTS);
    assert_int_equal(read_all(fixture->journal, 0, NULL), totals.events); /* what retention left is whole */
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
        assert_int_equal(spawn(fixture->directory, rows[i].point, rows[i].at), 128 + SIGKILL);
        check_all_agrees(fixture, &rounds);
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
    assert_int_equal(spawn(fixture->directory, "nowhere", 1), 0);
    check_all_agrees(fixture, &rounds);
    assert_int_equal(rounds, ROUNDS);
}

static void a_commit_is_there_after_it_and_not_before(void **state)
{
    struct fixture *fixture = *state;
    int rounds = 0;
    /* Commits of a first run: account, stream, delivery, then the rounds. */
    assert_int_equal(spawn(fixture->directory, "journal-before-commit", 4), 128 + SIGKILL);
    check_all_agrees(fixture, &rounds);
    assert_int_equal(rounds, 0);
    assert_int_equal(spawn(fixture->directory, "journal-after-commit", 1), 128 + SIGKILL);
    check_all_agrees(fixture, &rounds);
    assert_int_equal(rounds, 1);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--child") == 0) return run_child(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_point_all_agrees, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_commit_is_there_after_it_and_not_before, fixture_setup_closed,
                                        fixture_teardown),
    };
#ifndef POSTERN_TESTING
    return 0; /* without fail points there is nothing to kill at */
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
