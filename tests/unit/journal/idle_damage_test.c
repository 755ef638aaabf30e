/* Idle polls are only a memory that nothing came: what cannot be stored of them, and damage of their log,
 * stop nothing and are not kept for ever. */
#include "idle_story.h"

static void refuse_rows(struct fixture *fixture)
{
    char path[128];
    fixture_close(fixture);
    fixture_path(fixture, "journal.db", path);
    run_sql(path,
            "CREATE TRIGGER refuse BEFORE UPDATE ON stream WHEN new.source = 'ttp-url'"
            " AND new.requests > 1 AND new.events = old.events BEGIN SELECT raise(ABORT, 'refused'); END");
    fixture_open(fixture);
}

/* Until the log is empty: each look is one more flush. */
static bool is_emptied(struct fixture *fixture, int64_t *minute)
{
    polls(fixture, (*minute)++, 1);
    fixture_advance(fixture, PERIOD);
    return groups(fixture) == 0;
}

/* The log comes to its end all the same. */
static void what_can_never_be_stored_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    int64_t minute = 1;
    begin(fixture);
    refuse_rows(fixture);
    for (; minute <= 32; minute++) {
        polls(fixture, minute, 1);
        fixture_advance(fixture, PERIOD);
        assert_comes_true(groups(fixture) == minute);
    }
    assert_comes_true(is_emptied(fixture, &minute));
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream"), 1);
}

/* Events take what waits along: for its sake they wait, but not for ever. */
static void events_come_all_the_same(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int tries = 1;
    begin(fixture);
    refuse_rows(fixture);
    polls(fixture, 1, 1);
    while (commit_events(fixture, 0, 10, 50, &error) < 0)
        assert_true(++tries <= 10);
    assert_true(tries > 1);
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM page"), 1);
    assert_int_equal(number_in_file(fixture, "SELECT requests FROM stream"), fixture->stream.requests);
}

/* What it said is read again, and what is polled from then on gets into the rows. */
static void a_damaged_log_stops_nothing(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    in_a_killed_process(fixture, poll_for_three_flushes);
    assert_int_equal(groups(fixture), 3);
    fixture_path(fixture, "journal.db", path);
    run_sql(path, "SELECT 1 FROM idle_log"); /* which leaves nothing in the write-ahead log */
    fixture_damage_table(fixture, "idle_log");
    check_shown(fixture, 1, 1); /* without a daemon, too */
    fixture_open(fixture);
    assert_int_equal(fixture->stream.requests, 1);
    polls(fixture, 1, 3);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 4));
    check_rows(fixture, 4, 4);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
    fixture_close(fixture);
    fixture_open(fixture); /* again and again */
    assert_int_equal(fixture->stream.requests, 4);
    assert_int_equal(fixture->stream.events, 10);
}

/* Found when the next group is added: that transaction is lost, and later ones do without the log. */
static void damage_is_found_while_it_runs(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    begin(fixture);
    fixture_close(fixture);
    fixture_open(fixture);
    fixture_damage_table(fixture, "idle_log");
    fixture_advance(fixture,
                    PERIOD); /* nothing to do: the writer gives its memory back, which had the table */
    polls(fixture, 1, 3);
    assert_comes_true((fixture_advance(fixture, PERIOD), shows(fixture, 4)));
    check_rows(fixture, 4, 4);
    assert_ok(commit_events(fixture, 0, 10, 50, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_can_never_be_stored_is_given_up),
                                       TEST(events_come_all_the_same), TEST(a_damaged_log_stops_nothing),
                                       TEST(damage_is_found_while_it_runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
