/* Idle polls that are noted outlive a kill, and say nothing any more once their stream's row is newer. */
#include "idle_story.h"

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

static void poll_beyond_three_flushes(struct fixture *fixture)
{
    poll_for_three_flushes(fixture);
    polls(fixture, 4, 2);
}

static void what_was_noted_outlives_a_kill(void **state)
{
    struct fixture *fixture = *state;
    in_a_killed_process(fixture, poll_beyond_three_flushes);
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
    poll_beyond_three_flushes(fixture);
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
    in_a_killed_process(fixture, poll_beyond_three_flushes);
    run_sql(path,
            "UPDATE idle_log SET polls = CAST(substr(polls, 1, 20) || x'00' || substr(polls, 22) AS BLOB)"
            " WHERE id >= 2");
    check_shown(fixture, 2, 2);
    fixture_open(fixture);
    check_rows(fixture, 2, 2);
    assert_int_equal(groups(fixture), 0);
}

static void poll_what_is_kept_for(struct fixture *fixture, int64_t minute, const char *position,
                                  int64_t remember_ms)
{
    postern_error error = ERROR_INIT;
    char text[32];
    const struct coverage_read read = {.from_ms = T0 + minute * MINUTE, .until_ms = T0 + minute * MINUTE};
    struct journal_commit commit = {
        .stream = &fixture->stream, .coverage = &read, .remember_ms = remember_ms, .may_wait = true};
    snprintf(text, sizeof text, "%s", position);
    fixture->stream.position = text; /* the journal has a copy of its own */
    fixture->stream.position_saved_ms = T0 + minute * MINUTE;
    fixture->stream.requests++;
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    fixture->stream.position = NULL;
}

static void poll_token(struct fixture *fixture, int64_t minute, const char *position)
{
    poll_what_is_kept_for(fixture, minute, position, 8 * 24 * HOUR);
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

/* However long its rows wait: what was read in time is no hole, though it is kept for an hour alone. */
static void what_was_read_in_time_is_no_hole(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture);
    for (int64_t i = 0; i < 40; i++) {
        poll_what_is_kept_for(fixture, 5 * i, "a", HOUR);
        fixture_advance(fixture, PERIOD);
        assert_comes_true(shows(fixture, i + 1));
        struct shown shown = shown_of(fixture, fixture->stream.id);
        assert_int_equal(shown.gaps, 0);
        assert_int_equal(shown.until_ms, T0 + 5 * i * MINUTE);
    }
    assert_int_equal(number_in_file(fixture, "SELECT max(id) FROM idle_log"), 38); /* emptied once */
    fixture_close(fixture);
    assert_int_equal(number_in_file(fixture, "SELECT from_ms FROM coverage"), T0);
    assert_int_equal(number_in_file(fixture, "SELECT sum(reads) FROM coverage_day"), 40);
    fixture_open(fixture);
}

/* Nor is a hole hidden by polls on both sides of it that wait. */
static void what_was_not_read_in_time_is_a_hole(void **state)
{
    struct fixture *fixture = *state;
    open_token_stream(fixture);
    poll_what_is_kept_for(fixture, 0, "a", HOUR);
    fixture_advance(fixture, PERIOD);
    assert_comes_true(shows(fixture, 1));
    poll_what_is_kept_for(fixture, 50, "b", HOUR);
    poll_what_is_kept_for(fixture, 210, "c", HOUR);
    fixture_close(fixture);
    assert_int_equal(number_in_file(fixture, "SELECT count(*) FROM coverage"), 2);
    assert_int_equal(number_in_file(fixture, "SELECT min(until_ms) FROM coverage"), T0 + 50 * MINUTE);
    assert_int_equal(number_in_file(fixture, "SELECT max(from_ms) FROM coverage"), T0 + 150 * MINUTE);
    fixture_open(fixture);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_log_is_emptied),
        TEST(killed_it_stands_where_it_stood),
        TEST(what_was_noted_outlives_a_kill),
        TEST(a_row_is_newer_than_the_log),
        TEST(a_damaged_group_is_passed_over),
        TEST(a_token_stream_follows_on),
        TEST(the_log_keeps_the_position_of_the_row),
        TEST(what_was_read_in_time_is_no_hole),
        TEST(what_was_not_read_in_time_is_a_hole),
        TEST(the_log_ends_a_pass),
        TEST(a_list_that_stands_still_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
