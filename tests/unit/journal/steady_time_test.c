/* The time by which things are forgotten, whatever the clocks do. */
#include "fixture.h"
#include "journal/steady_time.h"

#define DAY    (24 * HOUR)
#define SECOND ((int64_t)1000)

/* One life of a process: `run` later the vendor is heard, by clocks that may have been stepped; then it runs
 * on for `rest` and ends. `server` and `wall` are what they are ahead of the truth by. */
struct life {
    int64_t down_ms, wall_ahead_ms, server_ahead_ms;
    bool hears;
};

/* Returns how far steady time went, `lives` from T0 on, each running for an hour; *truth: how far it should
 * have. */
static int64_t advance_of(const struct life *lives, size_t count, int64_t *truth)
{
    struct steady_mark mark = {T0, T0, T0};
    int64_t now = T0;
    for (size_t i = 0; i < count; i++) {
        struct steady_time time;
        int64_t monotonic = 5 * SECOND, before = mark.steady_ms; /* it starts anew with the machine */
        now += lives[i].down_ms;
        steady_time_start(&time, &mark, monotonic);
        now += HOUR / 2, monotonic += HOUR / 2;
        if (lives[i].hears)
            steady_time_hear(&time, now + lives[i].server_ahead_ms, now + lives[i].wall_ahead_ms, monotonic);
        now += HOUR / 2, monotonic += HOUR / 2;
        assert_true(steady_time_now(&time, monotonic) >= before + HOUR); /* never back, never standing */
        mark = steady_time_mark(&time, monotonic);
    }
    *truth = now - T0;
    return mark.steady_ms - T0;
}

static void it_is_the_truth_where_the_clocks_agree(void **state)
{
    (void)state;
    const struct life lives[] = {{DAY, 0, 0, true}, {9 * DAY, 0, 0, true}, {0, 0, 0, true}};
    int64_t truth = 0, advance = advance_of(lives, 3, &truth);
    assert_int_equal(advance, truth);
    assert_int_equal(truth, 10 * DAY + 3 * HOUR);
}

static void one_clock_that_jumps_makes_nothing_old(void **state)
{
    (void)state;
    const struct life rows[][3] = {
        {{60 * SECOND, 9 * DAY, 0, true}, {60 * SECOND, 0, 0, true}, {60 * SECOND, 0, 0, true}}, /* ours */
        {{60 * SECOND, 0, 9 * DAY, true}, {60 * SECOND, 0, 0, true}, {60 * SECOND, 0, 0, true}}, /* theirs */
        {{60 * SECOND, 9 * DAY, 0, true}, {60 * SECOND, 0, 9 * DAY, true}, {60 * SECOND, 0, 0, true}},
        {{60 * SECOND, -9 * DAY, 0, true}, {60 * SECOND, 0, 0, true}, {60 * SECOND, 9 * DAY, 0, true}},
        {{60 * SECOND, 0, -9 * DAY, true}, {60 * SECOND, 0, 0, true}, {60 * SECOND, 9 * DAY, 0, true}},
        {{60 * SECOND, 0, 0, false}, {60 * SECOND, 9 * DAY, 0, false}, {60 * SECOND, 9 * DAY, 0, true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t truth = 0, advance = advance_of(rows[i], 3, &truth);
        assert_in_range(advance, 3 * HOUR, truth);
    }
}

static void a_downtime_counts_once_the_vendor_is_heard(void **state)
{
    (void)state;
    const struct life deaf[] = {{2 * DAY, 0, 0, false}, {2 * DAY, 0, 0, false}};
    const struct life at_last[] = {{2 * DAY, 0, 0, false}, {2 * DAY, 0, 0, true}};
    int64_t truth = 0, advance = advance_of(deaf, 2, &truth);
    assert_int_equal(advance, 2 * HOUR);
    advance = advance_of(at_last, 2, &truth);
    assert_int_equal(advance, truth);
}

static void a_vendor_never_heard_before_settles_no_downtime(void **state)
{
    (void)state;
    struct steady_time time;
    const struct steady_mark mark = {T0, T0, 0};
    steady_time_start(&time, &mark, 0);
    steady_time_hear(&time, T0 + 30 * DAY, T0 + 30 * DAY, SECOND);
    assert_int_equal(steady_time_now(&time, SECOND), T0 + SECOND);
    steady_time_hear(&time, T0 + 30 * DAY + HOUR, T0 + 30 * DAY + HOUR, SECOND + 60 * SECOND); /* it slept */
    assert_int_equal(steady_time_now(&time, SECOND + 60 * SECOND), T0 + SECOND + HOUR);
}

/* ---- In the journal ------------------------------------------------------------------------------ */

static void commit_remembered(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
    struct journal_page *pages = pages_of(0, 100, 10);
    struct journal_commit commit = {.stream = &fixture->stream,
                                    .pages = pages,
                                    .received_ms = stepped_now(&fixture->clock.clock),
                                    .remember_ms = 8 * DAY};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    journal_page_free(pages);
}

static int64_t pages_kept(struct fixture *fixture)
{
    struct journal_totals totals;
    postern_error error = ERROR_INIT;
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    return totals.pages;
}

/* Lets housekeeping look once and once more: the second look begins behind the end of the first. */
static void keep_house_twice(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 2; i++) {
        struct journal_commit nothing = {0};
        fixture_advance(fixture, 25 * SECOND);
        assert_ok(journal_commit_now(fixture->journal, &nothing, &error));
    }
    assert_ok(journal_commit_now(fixture->journal, &(struct journal_commit){0}, &error));
}

static void a_wall_clock_ahead_for_a_while_forgets_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct delivery_record gone;
    postern_error error = ERROR_INIT;
    commit_remembered(fixture);
    assert_ok(journal_delivery(fixture->journal, "p/gone", true, &gone, &error));
    deliver_until(fixture, gone.id, 1);
    assert_ok(journal_deliveries_keep(fixture->journal, NULL, 0, &error));
    journal_server_time(fixture->journal, T0, T0);
    atomic_store(&fixture->clock.ahead_ms, 9 * DAY);
    keep_house_twice(fixture);
    journal_server_time(fixture->journal, moved_now(&fixture->clock.clock),
                        stepped_now(&fixture->clock.clock));
    keep_house_twice(fixture);
    fixture_close(fixture); /* nor over a restart meanwhile */
    fixture_open(fixture);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
    journal_server_time(fixture->journal, moved_now(&fixture->clock.clock),
                        stepped_now(&fixture->clock.clock));
    keep_house_twice(fixture);
    atomic_store(&fixture->clock.ahead_ms, 0);
    keep_house_twice(fixture);
    assert_int_equal(known_of(fixture, 0, 100), 100);
    assert_int_equal(pages_kept(fixture), 1);
    assert_ok(journal_delivery(fixture->journal, "p/gone", true, &gone, &error));
    assert_int_equal(gone.cursor, 1); /* the place of one that was removed, too */
}

static void a_downtime_forgets_once_the_vendor_is_heard(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    commit_remembered(fixture);
    journal_server_time(fixture->journal, T0, T0);
    fixture_close(fixture);
    fixture_advance(fixture, 9 * DAY);
    fixture_open(fixture);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
    keep_house_twice(fixture);
    assert_int_equal(known_of(fixture, 0, 100), 100);
    assert_int_equal(pages_kept(fixture), 1);
    int64_t now = moved_now(&fixture->clock.clock);
    journal_server_time(fixture->journal, now, now);
    assert_comes_true((keep_house_twice(fixture), known_of(fixture, 0, 100) == 0));
    assert_comes_true(pages_kept(fixture) == 0);
}

static int64_t letters_kept(struct fixture *fixture)
{
    int64_t count = 0, bytes = 0;
    postern_error error = ERROR_INIT;
    assert_ok(journal_dead_count(fixture->journal, &count, &bytes, &error));
    return count;
}

static void a_wall_clock_ahead_for_a_while_expires_no_dead_letter(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.dead_retain_ms = DAY;
    fixture_open(fixture);
    struct dead_letter letter = {
        .stage = DEAD_COLLECT, .reason = (char *)(uintptr_t) "cut off", .received_ms = T0};
    struct dead_letter *list[] = {&letter};
    static const int64_t steps[] = {9 * DAY, 0, -9 * DAY, 0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct journal_commit commit = {.dead = list, .dead_count = 1};
        atomic_store(&fixture->clock.ahead_ms, steps[i]);
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        keep_house_twice(fixture);
        assert_int_equal(letters_kept(fixture), i + 1);
    }
    fixture_advance(fixture, DAY);
    assert_comes_true((keep_house_twice(fixture), letters_kept(fixture) == 0));
}

/* ---- Requests ------------------------------------------------------------------------------------ */

static int64_t ask(struct fixture *fixture, const char *outcome)
{
    postern_error error = ERROR_INIT;
    int64_t id = 0;
    assert_ok(journal_request_put(fixture->journal, "dead retry", "{}", &id, &error));
    if (!outcome) return id;
    struct journal_commit answer = {.request_id = id, .request_outcome = outcome};
    assert_ok(journal_commit_now(fixture->journal, &answer, &error));
    return id;
}

static bool is_there(struct fixture *fixture, int64_t id)
{
    char *outcome = NULL, *progress = NULL;
    postern_status status = journal_request_look(fixture->journal, id, &outcome, &progress, NULL);
    free(outcome);
    free(progress);
    return status == POSTERN_OK;
}

/* Whoever asked finds the answer, and what is not done yet. */
static void a_wall_clock_ahead_for_a_while_removes_no_answer(void **state)
{
    struct fixture *fixture = *state;
    int64_t answered = ask(fixture, "done"), open = ask(fixture, NULL);
    atomic_store(&fixture->clock.ahead_ms, 9 * DAY);
    keep_house_twice(fixture);
    assert_true(is_there(fixture, answered));
    assert_true(is_there(fixture, open));
    atomic_store(&fixture->clock.ahead_ms, 0);
    keep_house_twice(fixture);
    assert_true(is_there(fixture, answered));
}

static void answers_are_kept_for_a_day_whatever_the_clock_showed(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t steps[] = {9 * DAY, 0, -9 * DAY};
    int64_t answered[3];
    for (size_t i = 0; i < 3; i++) {
        atomic_store(&fixture->clock.ahead_ms, steps[i]);
        answered[i] = ask(fixture, "done");
    }
    int64_t open = ask(fixture, NULL);
    atomic_store(&fixture->clock.ahead_ms, 0);
    fixture_advance(fixture, DAY - 60 * SECOND);
    keep_house_twice(fixture);
    for (size_t i = 0; i < 3; i++)
        assert_true(is_there(fixture, answered[i]));
    fixture_advance(fixture, 60 * SECOND);
    for (size_t i = 0; i < 3; i++)
        assert_comes_true((keep_house_twice(fixture), !is_there(fixture, answered[i])));
    assert_true(is_there(fixture, open)); /* one that takes its time */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_truth_where_the_clocks_agree),
        cmocka_unit_test(one_clock_that_jumps_makes_nothing_old),
        cmocka_unit_test(a_downtime_counts_once_the_vendor_is_heard),
        cmocka_unit_test(a_vendor_never_heard_before_settles_no_downtime),
        cmocka_unit_test_setup_teardown(a_wall_clock_ahead_for_a_while_forgets_nothing, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_downtime_forgets_once_the_vendor_is_heard, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_wall_clock_ahead_for_a_while_expires_no_dead_letter, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_wall_clock_ahead_for_a_while_removes_no_answer, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(answers_are_kept_for_a_day_whatever_the_clock_showed, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
