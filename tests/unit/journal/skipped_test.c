/* What a delivery does not get is named: how much, of what time, and why. */
#include "fixture.h"
#include "journal/hand.h"
#include "journal/skipped.h"

static const char *only_source; /* NULL = all */

static bool is_wanted(void *context, const char *account, const char *source)
{
    (void)context, (void)account;
    return !only_source || strcmp(source, only_source) == 0;
}

/* As the deliverer does at a start or reload. */
static struct delivery_record begin(struct fixture *fixture, const char *name)
{
    postern_error error = ERROR_INIT;
    struct delivery_record record;
    assert_ok(journal_delivery(fixture->journal, name, false, &record, &error));
    assert_ok(journal_name_skipped(fixture->journal, record.id, name, is_wanted, NULL, &error));
    return record;
}

static void keep_only(struct fixture *fixture, const char *name)
{
    postern_error error = ERROR_INIT;
    const char *const names[] = {name};
    assert_ok(journal_deliveries_keep(fixture->journal, names, 1, &error));
}

/* The ranges that are named; of the newest the particulars. */
static size_t newest_of(struct fixture *fixture, struct skipped_range *newest)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct skipped_range *ranges = NULL;
    size_t count = 0;
    assert_ok(journal_skipped(fixture->journal, arena, &ranges, &count, &error));
    *newest = count ? ranges[0] : (struct skipped_range){0};
    newest->delivery = NULL;
    return count;
}

/* The bodies of all pages that every configured delivery has passed go. */
static void let_go(struct fixture *fixture, int64_t pages)
{
    postern_error error = ERROR_INIT;
    fixture_advance(fixture, 30 * HOUR);
    struct journal_totals totals = {.pages = pages + 1};
    for (int left = 5000; totals.pages > pages && left > 0; left--) {
        deliver_until(fixture, begin(fixture, "p/kept").id, 0); /* wakes the writer */
        assert_ok(journal_totals(fixture->journal, &totals, &error));
    }
    assert_int_equal(totals.pages, pages);
}

static void a_delivery_that_begins_at_the_end_says_so(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct skipped_range range;
    only_source = NULL;
    begin(fixture, "p/first"); /* nothing is before it */
    assert_int_equal(newest_of(fixture, &range), 0);
    assert_ok(commit_events(fixture, 0, 1500, 10, &error));
    fixture_advance(fixture, HOUR);
    assert_ok(commit_events(fixture, 1500, 10, 10, &error));
    begin(fixture, "p/new");
    assert_int_equal(newest_of(fixture, &range), 1);
    assert_int_equal(range.reason, SKIP_BEGAN);
    assert_int_equal(range.events, 1510);
    assert_int_equal(range.from_ms, T0);
    assert_int_equal(range.until_ms, T0 + HOUR);
    begin(fixture, "p/new"); /* said once */
    only_source = "siem";
    begin(fixture, "q/new"); /* nothing of that is for it */
    assert_int_equal(newest_of(fixture, &range), 1);
}

static void what_went_while_it_was_away_is_named(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct skipped_range range;
    only_source = NULL;
    int64_t kept = begin(fixture, "p/kept").id;
    begin(fixture, "p/away");
    assert_ok(commit_events(fixture, 0, 1000, 10, &error)); /* page 1 */
    keep_only(fixture, "p/kept");
    assert_int_equal(newest_of(fixture, &range), 1);
    assert_int_equal(range.reason, SKIP_REMOVED);
    assert_int_equal(range.events, 1000);
    fixture_advance(fixture, HOUR);
    assert_ok(commit_events(fixture, 1000, 500, 10, &error)); /* page 2 */
    deliver_until(fixture, kept, 2);
    let_go(fixture, 0);
    assert_ok(commit_events(fixture, 1500, 100, 10, &error)); /* page 3: still there when it comes back */
    fixture_close(fixture);
    fixture_open(fixture);
    struct delivery_record back = begin(fixture, "p/away");
    assert_int_equal(back.cursor, 0);
    assert_int_equal(read_all(fixture->journal, back.cursor, NULL), 100);
    assert_int_equal(newest_of(fixture, &range), 1); /* what was said at its removal is settled */
    assert_int_equal(range.reason, SKIP_AWAY);
    assert_int_equal(range.events, 1500);
    assert_int_equal(range.from_ms, T0);
    assert_int_equal(range.until_ms, T0 + HOUR);
    begin(fixture, "p/away");
    assert_int_equal(newest_of(fixture, &range), 1);
}

static void nothing_is_named_where_all_is_there(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct skipped_range range;
    only_source = NULL;
    begin(fixture, "p/kept");
    begin(fixture, "p/away");
    assert_ok(commit_events(fixture, 0, 1000, 10, &error));
    keep_only(fixture, "p/kept");
    assert_int_equal(begin(fixture, "p/away").backlog_events, 1000);
    assert_int_equal(newest_of(fixture, &range), 0);
}

/* The place is given up in the end: what was said at the removal stays. */
static void what_never_came_back_stays_named(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct skipped_range range;
    only_source = NULL;
    int64_t kept = begin(fixture, "p/kept").id;
    begin(fixture, "p/away");
    assert_ok(commit_events(fixture, 0, 1000, 10, &error));
    keep_only(fixture, "p/kept");
    deliver_until(fixture, kept, 1);
    fixture_advance(fixture, 8 * 24 * HOUR);
    let_go(fixture, 0);
    assert_int_equal(newest_of(fixture, &range), 1);
    assert_int_equal(range.reason, SKIP_REMOVED);
    assert_int_equal(range.events, 1000);
}

static void the_oldest_ranges_go(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct skipped_range range;
    only_source = NULL;
    assert_ok(commit_events(fixture, 0, 1, 10, &error));
    for (int i = 0; i < SKIPPED_KEPT + 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "p/s%d", i);
        begin(fixture, name);
    }
    assert_int_equal(newest_of(fixture, &range), SKIPPED_KEPT);
}

/* ---- What is dropped while it is named ---- */

#define PAGE_EVENTS 100

static int64_t pages_written;

/* Commits pages until the slow delivery has dropped some more; the other one takes them. */
static void drop_some(struct fixture *fixture, int64_t kept)
{
    postern_error error = ERROR_INIT;
    int64_t before = journal_given_up(fixture->journal);
    while (journal_given_up(fixture->journal) == before && pages_written < 2000) {
        assert_ok(commit_events(fixture, pages_written++ * PAGE_EVENTS, PAGE_EVENTS, 1000, &error));
        deliver_until(fixture, kept, pages_written);
    }
    assert_true(journal_given_up(fixture->journal) > before);
}

static struct delivery_record of(struct fixture *fixture, const char *name)
{
    postern_error error = ERROR_INIT;
    struct delivery_record record;
    assert_ok(journal_delivery(fixture->journal, name, false, &record, &error));
    return record;
}

static int64_t page_behind(struct fixture *fixture, int64_t after)
{
    postern_error error = ERROR_INIT;
    const struct page_view *view = NULL;
    int64_t sequence = 0;
    assert_ok(journal_next_page(fixture->journal, after, NULL, NULL, &view, &sequence, &error));
    page_release(view);
    return sequence;
}

/* 1 to 5, and 10 to 12: what is between them went. */
static void expect_in_hand(struct fixture *fixture)
{
    assert_int_equal(page_behind(fixture, 0), 1);
    assert_int_equal(page_behind(fixture, 4), 5);
    assert_int_equal(page_behind(fixture, 5), 10);
    assert_int_equal(page_behind(fixture, 11), 12);
    assert_true(page_behind(fixture, 12) > 13);
}

/* One has the first pages in hand, another one some in the middle, and a third has none. */
static void what_is_in_hand_is_not_dropped(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    only_source = NULL;
    pages_written = 0;
    fixture_close(fixture);
    fixture->settings.max_size = 16 << 20;
    fixture->settings.cache_size = 256 << 20; /* all of it */
    fixture_open(fixture);
    int64_t kept = begin(fixture, "p/kept").id, seen = journal_given_up(fixture->journal);
    struct journal_hand first = {.delivery_id = begin(fixture, "p/first").id},
                        middle = {.delivery_id = begin(fixture, "p/middle").id};
    int64_t none = begin(fixture, "p/none").id;
    journal_hand_add(fixture->journal, &first);
    journal_hand_add(fixture->journal, &middle);
    const int64_t dropping_ids[] = {first.delivery_id, middle.delivery_id, none};
    for (size_t i = 0; i < 3; i++)
        assert_ok(journal_delivery_drops_oldest(fixture->journal, dropping_ids[i], true, &error));
    for (; pages_written < 20; pages_written++)
        assert_ok(commit_events(fixture, pages_written * PAGE_EVENTS, PAGE_EVENTS, 1000, &error));
    deliver_until(fixture, kept, pages_written);
    deliver_until(fixture, middle.delivery_id, 9);
    assert_true(journal_hand_take(fixture->journal, &first, 5, seen));
    assert_true(journal_hand_take(fixture->journal, &middle, 12, seen));
    drop_some(fixture, kept);
    assert_false(journal_hand_take(fixture->journal, &first, 7, seen));
    while (of(fixture, "p/none").cursor < 15)
        drop_some(fixture, kept);
    assert_int_equal(of(fixture, "p/first").cursor, 0);
    assert_int_equal(of(fixture, "p/middle").cursor, 9);
    assert_true(journal_hand_lost(fixture->journal, &first) && journal_hand_lost(fixture->journal, &middle));
    assert_false(journal_hand_lost(fixture->journal, &first));
    expect_in_hand(fixture);
    fixture_close(fixture); /* none of it is in memory alone */
    fixture_open(fixture);
    const char *const names[] = {"p/first", "p/middle", "p/none"};
    const int64_t passed[] = {0, 9, 0};
    for (size_t i = 0; i < 3; i++) {
        struct delivery_record record = begin(fixture, names[i]);
        record.skipped = of(fixture, names[i]).skipped;
        assert_int_equal(record.backlog_events + record.skipped, (pages_written - passed[i]) * PAGE_EVENTS);
        assert_int_equal(read_all(fixture->journal, record.cursor, NULL), record.backlog_events);
    }
    expect_in_hand(fixture);
}

static void plan(struct fixture *fixture, int64_t delivery_id, const char *ends)
{
    postern_error error = ERROR_INIT;
    struct delivery_move move = {.delivery_id = delivery_id, .planned = ends};
    assert_ok(journal_commit_now(fixture->journal, &(struct journal_commit){.delivery = &move}, &error));
}

/* Two that drop, with pages up to `held` in hand and so planned, and one that keeps the pace. */
struct planned {
    int64_t held;
    const char *ends;
};

static void drop_with_plans(struct fixture *fixture, const struct planned planned[2])
{
    static const char *const names[] = {"p/first", "p/second"};
    postern_error error = ERROR_INIT;
    struct journal_hand hands[2] = {{0}};
    only_source = NULL;
    pages_written = 0;
    fixture_close(fixture);
    fixture->settings.max_size = 16 << 20;
    fixture_open(fixture);
    int64_t kept = begin(fixture, "p/kept").id, seen = journal_given_up(fixture->journal);
    for (size_t i = 0; i < 2; i++) {
        hands[i].delivery_id = begin(fixture, names[i]).id;
        journal_hand_add(fixture->journal, &hands[i]);
        assert_ok(journal_delivery_drops_oldest(fixture->journal, hands[i].delivery_id, true, &error));
        plan(fixture, hands[i].delivery_id, planned[i].ends);
        assert_true(journal_hand_take(fixture->journal, &hands[i], planned[i].held, seen));
    }
    drop_some(fixture, kept);
    for (size_t i = 0; i < 2; i++)
        journal_hand_remove(fixture->journal, &hands[i]);
}

/* The end of one's batch may lie in the middle of another one's, so all are looked at again. */
static void no_planned_batch_loses_its_first_pages(void **state)
{
    struct fixture *fixture = *state;
    drop_with_plans(fixture, (const struct planned[]){{5, "5 13 16"}, {4, "4 5 14"}});
    assert_int_equal(page_behind(fixture, 4), 5);
    assert_int_equal(page_behind(fixture, 5), 17);
}

/* What the first one has in hand ends in the middle of the second one's batch. */
static void no_planned_batch_loses_its_last_pages(void **state)
{
    struct fixture *fixture = *state;
    drop_with_plans(fixture, (const struct planned[]){{5, "5"}, {4, "4 8"}});
    assert_int_equal(page_behind(fixture, 5), 6);
    assert_int_equal(page_behind(fixture, 7), 8);
    assert_int_equal(page_behind(fixture, 8), 17);
}

static struct dropping {
    struct fixture *fixture;
    int64_t kept;
} dropping; /* fixture NULL: it has been done */

static bool drops_more_and_wants_all(void *context, const char *account, const char *source)
{
    (void)context, (void)account, (void)source;
    struct dropping once = dropping;
    dropping.fixture = NULL;
    if (once.fixture) drop_some(once.fixture, once.kept);
    return true;
}

static void what_is_dropped_while_it_is_named_is_named_next(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    only_source = NULL;
    pages_written = 0;
    fixture_close(fixture);
    fixture->settings.max_size = 16 << 20;
    fixture_open(fixture);
    int64_t kept = begin(fixture, "p/kept").id;
    struct delivery_record slow = begin(fixture, "p/slow");
    assert_ok(journal_delivery_drops_oldest(fixture->journal, slow.id, true, &error));
    drop_some(fixture, kept);
    dropping = (struct dropping){fixture, kept};
    assert_ok(
        journal_name_skipped(fixture->journal, slow.id, "p/slow", drops_more_and_wants_all, NULL, &error));
    assert_null(dropping.fixture);
    begin(fixture, "p/slow");
    assert_ok(journal_delivery(fixture->journal, "p/slow", false, &slow, &error));
    assert_true(slow.cursor > 0);
    assert_int_equal(slow.skipped, slow.cursor * PAGE_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_delivery_that_begins_at_the_end_says_so, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_went_while_it_was_away_is_named, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_named_where_all_is_there, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_never_came_back_stays_named, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_oldest_ranges_go, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_in_hand_is_not_dropped, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(no_planned_batch_loses_its_first_pages, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(no_planned_batch_loses_its_last_pages, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_dropped_while_it_is_named_is_named_next, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
