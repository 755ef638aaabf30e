/* Token streams: the position moves with its pages only, and nothing spins. */
#include "collect/plan/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *before;
        struct token_answer answer;
        bool goes_on;
    } rows[] = {
        {"a file and a new token", "t1", {POSTERN_MORE, false, "t2", 5}, true},
        {"the first file", NULL, {POSTERN_MORE, false, "t1", 5}, true},
        {"no new event but a new token (all repeats)", "t1", {POSTERN_MORE, false, "t2", 0}, true},
        {"same token, new events: the vendor still fills it", "t1", {POSTERN_MORE, false, "t1", 5}, true},
        {"same token, nothing new: would go round for ever", "t1", {POSTERN_MORE, false, "t1", 0}, false},
        {"kept token, nothing new", "t1", {POSTERN_MORE, true, NULL, 0}, false},
        {"no token before or after, nothing new", NULL, {POSTERN_MORE, false, NULL, 0}, false},
        {"caught up", "t1", {POSTERN_END, false, "t2", 5}, false},
        {"nothing new, with a new token", "t1", {POSTERN_NOTHING_NEW, false, "t2", 0}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("row %zu: %s\n", i, rows[i].what);
        struct stream_record record = {.position = rows[i].before ? strdup(rows[i].before) : NULL};
        assert_int_equal(token_goes_on(&record, &rows[i].answer), rows[i].goes_on);
        free(record.position);
    }
}

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
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_lookback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
