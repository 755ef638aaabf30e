/* What a poll of a list says of its items, and what there is room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect/plan/snapshot.h"
#include "collect/plan/window.h"

#include <string.h>

static void test_a_poll_keeps_its_number_until_it_is_whole(void **state)
{
    (void)state;
    struct stream_record record = {0};
    struct snapshot_state list = {.polls = 6};
    snapshot_begin_poll(&list, &record, 5000);
    assert_int_equal(snapshot_poll(&list), 7);
    window_page_read(&record, strdup("p2"), 5100);
    assert_true(window_can_resume(&record, 5200));
    snapshot_note_damage(&list, 99);
    snapshot_begin_poll(&list, &record, 8000); /* again */
    assert_int_equal(snapshot_poll(&list), 7);
    assert_null(record.position);
    assert_int_equal(list.damage, 0);
    struct snapshot_end end = snapshot_poll_read(&list, &record);
    assert_int_equal(end.missed_ms, 8000);
    assert_int_equal(end.since, 0);
    assert_int_equal(list.polls, 7);
    assert_int_equal(record.pass_until_ms, 0);
}

/* Reads one poll with this damage (0 = none); since when it says something. */
static int64_t poll_with(struct snapshot_state *list, uint64_t mark)
{
    struct stream_record record = {0};
    snapshot_begin_poll(list, &record, 1);
    if (mark) snapshot_note_damage(list, mark);
    return snapshot_poll_read(list, &record).since;
}

static void test_damage_hides_what_was_not_seen_beside_it(void **state)
{
    (void)state;
    struct snapshot_state list = {0};
    assert_int_equal(poll_with(&list, 0), 0);
    assert_int_equal(poll_with(&list, 42), 2); /* nothing that this poll does not show is missed */
    assert_int_equal(poll_with(&list, 42), 2); /* but what was shown beside the same damage */
    assert_int_equal(poll_with(&list, 43), 4);
    assert_int_equal(poll_with(&list, 42), 5);
    assert_int_equal(poll_with(&list, 0), 0);
    assert_int_equal(poll_with(&list, 42), 7);
}

static void test_damage_that_is_not_kept_whole_is_like_no_other(void **state)
{
    (void)state;
    struct snapshot_state list = {0};
    struct stream_record record = {0};
    for (int64_t poll = 1; poll < 5; poll++) {
        snapshot_begin_poll(&list, &record, 1);
        snapshot_note_damage(&list, 0);
        assert_int_equal(snapshot_poll_read(&list, &record).since, poll);
    }
}

static void test_two_marks_that_cancel_out_are_damage(void **state)
{
    (void)state;
    struct snapshot_state list = {0};
    struct stream_record record = {0};
    snapshot_begin_poll(&list, &record, 1);
    snapshot_note_damage(&list, 5);
    snapshot_note_damage(&list, (uint64_t)-5);
    assert_int_equal(snapshot_poll_read(&list, &record).since, 1);
}

static void test_sights(void **state)
{
    (void)state;
    const struct snapshot_known none = {0}, known = {.is_known = true, .sum = 5, .bytes = 10, .seen = 3};
    const struct {
        const struct snapshot_known *known;
        uint64_t sum;
        size_t size;
        struct snapshot_room room;
        bool taken;
        enum snapshot_sight sight;
    } rows[] = {
        {&none, 5, 10, {1, 10}, true, SNAPSHOT_APPEARED},  {&none, 5, 10, {0, 100}, false, SNAPSHOT_APPEARED},
        {&none, 5, 11, {1, 10}, false, SNAPSHOT_APPEARED}, {&known, 5, 10, {0, 0}, true, SNAPSHOT_SHOWN},
        {&known, 6, 10, {0, 0}, true, SNAPSHOT_CHANGED},   {&known, 6, 20, {0, 10}, true, SNAPSHOT_CHANGED},
        {&known, 6, 21, {0, 10}, true, SNAPSHOT_SHOWN},    {&known, 6, 9, {0, -1}, true, SNAPSHOT_CHANGED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum snapshot_sight sight;
        assert_int_equal(snapshot_sight_of(rows[i].known, rows[i].sum, rows[i].size, &rows[i].room, &sight),
                         rows[i].taken);
        assert_int_equal(sight, rows[i].sight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_poll_keeps_its_number_until_it_is_whole),
        cmocka_unit_test(test_damage_hides_what_was_not_seen_beside_it),
        cmocka_unit_test(test_damage_that_is_not_kept_whole_is_like_no_other),
        cmocka_unit_test(test_two_marks_that_cancel_out_are_damage),
        cmocka_unit_test(test_sights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
