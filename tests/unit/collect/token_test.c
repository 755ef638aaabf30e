/* Token streams: the position moves with its pages only. */
#include "collect/plan/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_position(void **state)
{
    (void)state;
    struct stream_record record = {0};
    token_page_read(&record, false, strdup("t1"), 1000);
    assert_string_equal(record.position, "t1");
    assert_int_equal(record.position_saved_ms, 1000);
    token_page_read(&record, true, strdup("ignored"), 2000); /* keep_position wins */
    assert_string_equal(record.position, "t1");
    assert_int_equal(record.page_number, 2);
    token_restart(&record);
    assert_null(record.position);
    assert_int_equal(record.page_number, 0);
}

/* Read again from the oldest, a stream misses nothing that was published since it was read, unless the vendor
 * has thrown that away meanwhile. */
static void test_gap(void **state)
{
    (void)state;
    const int64_t day = (int64_t)24 * 3600 * 1000;
    struct stream_record record = {.last_success_ms = 5000};
    assert_int_equal(token_gap_from_ms(&record, 5000 + day), 0);
    assert_int_equal(token_gap_from_ms(&record, 5000 + day + 1), 5000);
    record.last_success_ms = 0; /* a new one */
    assert_int_equal(token_gap_from_ms(&record, 9 * day), 0);
}

static void test_lookback(void **state)
{
    (void)state;
    assert_true(token_left_out_before(-1, 5000) == INT64_MIN); /* "all" */
    assert_int_equal(token_left_out_before(2000, 5000), 3000);
    assert_int_equal(token_left_out_before(0, 5000), 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_lookback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
