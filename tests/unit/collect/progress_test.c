/* Vendors whose pages lead nowhere: each ends the round after a bounded number of requests, with trouble that
 * status shows; asking grows rarer; and under `once` the stream is finished, as failed. */
#include "collect/plan/progress.h"
#include "stream_fixture.h"

/* ---- Decisions ----------------------------------------------------------------------------------- */

static enum headway take(struct progress_round *round, const char *asked, const char *next, uint64_t content,
                         int64_t new_events, bool is_window)
{
    const struct progress_limits limits = {.stalled_pages = 5, .known_pages = 20};
    const struct progress_page page = {
        .asked = asked, .next = next, .content = content, .new_events = new_events, .is_window = is_window};
    return progress_take(round, &limits, &page);
}

static void test_news_are_progress(void **state)
{
    (void)state;
    struct progress_round round = {0};
    for (int i = 0; i < 100; i++) /* the vendor still fills it */
        assert_int_equal(take(&round, "a", "a", 1, 1, false), PROGRESS_MADE);
    progress_clear(&round);
}

static void test_known_pages_lead_somewhere(void **state)
{
    (void)state;
    struct progress_round round = {0};
    char asked[16] = "0", next[16];
    for (uint64_t i = 1; i < 20; i++) { /* read again from the oldest */
        snprintf(next, sizeof next, "%d", (int)i);
        assert_int_equal(take(&round, asked, next, i, 0, false), PROGRESS_MADE);
        memcpy(asked, next, sizeof asked);
    }
    assert_int_equal(take(&round, asked, "x", 99, 0, false), PROGRESS_KNOWN);
    progress_clear(&round);
}

static void test_a_window_is_left_at_once(void **state)
{
    (void)state;
    struct progress_round round = {0};
    assert_int_equal(take(&round, NULL, "p2", 1, 3, true), PROGRESS_MADE);
    assert_int_equal(take(&round, "p2", "p2", 2, 3, true), PROGRESS_MADE);
    assert_int_equal(take(&round, "p2", "p2", 2, 0, true), PROGRESS_STANDS);
    progress_clear(&round);
    assert_int_equal(take(&round, NULL, "p2", 1, 3, true), PROGRESS_MADE);
    assert_int_equal(take(&round, "p2", "p1", 2, 3, true), PROGRESS_MADE);
    assert_int_equal(take(&round, "p1", "p2", 3, 0, true), PROGRESS_CIRCLES);
    progress_clear(&round);
}

/* ---- Whole streams ------------------------------------------------------------------------------- */

struct maze {
    const char *what;
    int circle;     /* so many places; 0 = ever new ones, 1 = itself */
    bool no_place;  /* names none */
    int pages;      /* so many different contents; 0 = none at all */
    int most_asked; /* in an hour */
};
static const struct maze *maze;
static int answered;

static void script_maze(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    const char *position = strrchr(bench.seen[0][which].body, 'p');
    int at = position ? atoi(position + 1) : 0;
    int next = maze->circle ? (at + 1) % maze->circle : at + 1;
    answered++;
    say(flight, "more\n");
    if (maze->no_place)
        say(flight, "keep\n");
    else
        buffer_printf(&flight->body, "position p%d\n", next);
    if (maze->pages) buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", at % maze->pages);
}

static const struct maze mazes[] = {
    {"no place, with events", 1, true, 1, 90},
    {"no place, nothing", 1, true, 0, 90},
    {"names itself", 1, false, 1, 90},
    {"two places", 2, false, 2, 1500},
    {"a hundred places", 100, false, 100, 4500},
    {"ever new places, known events", 0, false, 1, 1500},
    {"ever new places, ever the same ten", 0, false, 10, 1500},
    {"ever new places, nothing", 0, false, 0, 1500},
};

static void test_mazes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mazes / sizeof *mazes; i++)
        for (int which = WINDOW; which <= TOKEN; which++) {
            maze = &mazes[i];
            begin(1, script_maze);
            build();
            go(1u << which);
            run_for(HOUR);
            const struct stream_record *record = record_of(which);
            int asked = bench.seen[0][which].requests;
            print_message("%s, %s: asked %d times, \"%s\"\n", maze->what, stream_names[which], asked,
                          trouble_error(record->trouble));
            assert_in_range(asked, 1, maze->most_asked);
            assert_int_equal(record->state, STREAM_RETRYING);
            assert_true(trouble_error(record->trouble)[0] && trouble_remedy(record->trouble)[0]);
            for (int n = 0; which == TOKEN && n < maze->pages; n++) /* a window forgets what is settled */
                assert_int_equal(world.taken[n], 1);
            if (which == WINDOW && maze->pages) assert_true(record->settled_until_ms > 0); /* got past it */
            end();
        }
}

static void test_mazes_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mazes / sizeof *mazes; i++)
        for (int which = WINDOW; which <= TOKEN; which++) {
            maze = &mazes[i];
            begin(1, script_maze);
            bench.once = true;
            build();
            go(1u << which);
            run_for(10 * MINUTE);
            assert_int_equal(atomic_load(&bench.progress.finished), 1);
            assert_int_equal(atomic_load(&bench.progress.failed), 1);
            assert_in_range(bench.seen[0][which].requests, 1, 200);
            end();
        }
}

static void script_mended(struct flight *flight, int account, int which, int n)
{
    if (n < 8)
        script_maze(flight, account, which, n);
    else
        say(flight, n < 20 ? "more\nposition q\nevent 0 {\"n\":7}\n" : "nothing\nkeep\n");
}

static void test_it_is_mended(void **state)
{
    (void)state;
    maze = &mazes[0];
    begin(1, script_mended);
    build();
    go(1u << TOKEN);
    run_for(2 * SECOND);
    assert_int_equal(record_of(TOKEN)->state, STREAM_RETRYING);
    run_for(HOUR);
    assert_int_equal(record_of(TOKEN)->state, STREAM_OK);
    assert_int_equal(world.taken[7], 1);
    end();
}

static void script_empty_pages(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    buffer_printf(&flight->body, "%s\nposition t%d\n", n < 5 ? "more" : "nothing", n + 1);
}

/* Empty pages with new tokens up to one that says so: a plain end, and its token is kept. */
static void test_an_empty_page_that_is_the_end(void **state)
{
    (void)state;
    begin(1, script_empty_pages);
    build();
    go(1u << TOKEN);
    run_for(10 * SECOND);
    const struct stream_record *record = record_of(TOKEN);
    assert_int_equal(bench.seen[0][TOKEN].requests, 6);
    assert_int_equal(record->state, STREAM_OK);
    assert_null(record->trouble);
    assert_true(record->caught_up_ms > 0);
    assert_string_equal(record->position, "t6");
    run_for(16 * MINUTE);
    assert_string_equal(bench.seen[0][TOKEN].body, "0 0 t6"); /* and asked with at the next poll */
    assert_int_equal(bench.seen[0][TOKEN].requests, 7);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news_are_progress),
        cmocka_unit_test(test_known_pages_lead_somewhere),
        cmocka_unit_test(test_a_window_is_left_at_once),
        cmocka_unit_test(test_mazes),
        cmocka_unit_test(test_mazes_once),
        cmocka_unit_test(test_it_is_mended),
        cmocka_unit_test(test_an_empty_page_that_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
