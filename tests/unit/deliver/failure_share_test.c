/* When scripts fail on too many events to go on: by one page, or by many small ones. */
#include "deliver/route/failure_share.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct failure_limit half = {50, 10};

static bool exceeds(struct failure_share *share, int64_t events, int64_t failed)
{
    struct failure_share page = {events, failed}, judged;
    if (failure_share_exceeds(share, &half, &page, &judged)) return true;
    failure_share_add(share, &page);
    return false;
}

static void a_page_is_judged_by_itself(void **unused)
{
    (void)unused;
    assert_false(exceeds(&(struct failure_share){0}, 1, 1)); /* few are dead letters */
    assert_false(exceeds(&(struct failure_share){0}, 9, 9));
    assert_true(exceeds(&(struct failure_share){0}, 10, 10));
    assert_false(exceeds(&(struct failure_share){0}, 100, 50));
    assert_true(exceeds(&(struct failure_share){0}, 100, 51));
    assert_true(exceeds(&(struct failure_share){1000, 0}, 100, 51)); /* whatever was before */
}

static void small_pages_are_judged_together(void **unused)
{
    (void)unused;
    struct failure_share share = {0};
    for (int i = 0; i < 9; i++)
        assert_false(exceeds(&share, 1, 1));
    assert_true(exceeds(&share, 1, 1));
    assert_true(exceeds(&share, 1, 1));  /* and the next try is no other */
    assert_false(exceeds(&share, 1, 0)); /* what does not fail always goes on */
    assert_int_equal(share.events, 10);
    assert_int_equal(share.failed, 9);
}

/* What is long gone does not let a flood pass for long, nor does it hold up what has become good. */
static void what_is_old_counts_for_less(void **unused)
{
    (void)unused;
    struct failure_share share = {0};
    for (int i = 0; i < 100000; i++)
        assert_false(exceeds(&share, 5, 0));
    int passed = 0;
    while (!exceeds(&share, 5, 5))
        passed++;
    assert_in_range(passed, 50, 200);
    for (int i = 0; i < 400; i++)
        assert_false(exceeds(&share, 5, 0));
    assert_false(exceeds(&share, 5, 5));
}

static void a_limit_of_a_hundred_percent_never_stops(void **unused)
{
    (void)unused;
    struct failure_share share = {0}, page = {1000, 1000}, judged;
    assert_false(failure_share_exceeds(&share, &(struct failure_limit){100, 1}, &page, &judged));
    assert_false(failure_share_exceeds(&share, &(struct failure_limit){0, 0}, &page, &judged));
    assert_true(failure_share_exceeds(&share, &(struct failure_limit){99, 1}, &page, &judged));
    assert_int_equal(judged.failed, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_judged_by_itself),
        cmocka_unit_test(small_pages_are_judged_together),
        cmocka_unit_test(what_is_old_counts_for_less),
        cmocka_unit_test(a_limit_of_a_hundred_percent_never_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
