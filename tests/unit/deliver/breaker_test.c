/* When a sink that failed is tried again, and with how much: on a clock in the hand. */
#include "../unit.h"
#include "base/error.h"
#include "deliver/sink/breaker.h"

#define NOW  ((int64_t)1000000)
#define WALL ((int64_t)1767225600000)

static struct random_source random_numbers;

static int64_t fail_with(struct breaker *breaker, postern_status code, int64_t retry_after_ms, int64_t now_ms)
{
    postern_error error = ERROR_INIT;
    error.code = code;
    error.retry_after_ms = retry_after_ms;
    return breaker_fail(breaker, &error, now_ms, WALL + now_ms, &random_numbers);
}

static void a_sink_that_works_has_all(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    assert_int_equal(breaker_allows(&breaker, 4, NOW), 4);
    assert_false(breaker_begin(&breaker)); /* nothing special */
    assert_int_equal(breaker_allows(&breaker, 4, NOW), 4);
    breaker_succeed(&breaker);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void one_batch_tries_what_failed(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    int64_t wait = fail_with(&breaker, POSTERN_E_RETRY, 0, NOW);
    assert_in_range(wait, 1000, 2000);
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + wait - 1), 0);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + wait), 1);
    assert_true(breaker_begin(&breaker));
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + wait), 1); /* that one */
    breaker_succeed(&breaker);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + wait), 4);
    assert_int_equal(breaker.since_ms, 0);
}

/* However long it takes: longer each time, up to five minutes, and since when it is so stays. */
static void it_is_tried_ever_more_rarely(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    int64_t now_ms = NOW, last = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t wait = fail_with(&breaker, POSTERN_E_IO, 0, now_ms);
        assert_in_range(wait, i < 8 ? 1000 << i : 150000, 300000);
        if (i < 8) assert_true(wait >= last);
        last = wait;
        now_ms += wait;
        assert_true(breaker_begin(&breaker));
    }
    assert_int_equal(breaker.since_ms, WALL + NOW);
    breaker_succeed(&breaker);
    assert_in_range(fail_with(&breaker, POSTERN_E_IO, 0, now_ms), 1000, 2000); /* from the beginning */
}

static void what_the_user_must_mend_is_tried_slowly(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    for (int i = 0; i < 20; i++)
        assert_in_range(fail_with(&breaker, POSTERN_E_CONFIG, 0, NOW), 30000, 300000);
}

static void what_the_receiver_asks_for_is_granted(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    assert_int_equal(fail_with(&breaker, POSTERN_E_RETRY, 900000, NOW), 900000);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + 899999), 0);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + 900000), 1);
    assert_int_equal(fail_with(&breaker, POSTERN_E_CONFIG, 5, NOW), 5);
    assert_int_equal(fail_with(&breaker, POSTERN_E_RETRY, INT64_MAX, NOW), 86400000); /* a slip */
}

static void giving_up_is_no_failure(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    breaker_give_up(&breaker, NOW);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + 1000), 4);
    fail_with(&breaker, POSTERN_E_RETRY, 10, NOW);
    breaker_begin(&breaker);
    breaker_give_up(&breaker, NOW + 10); /* the try said nothing: another one is due */
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_int_equal(breaker.failures, 1);
    assert_int_equal(breaker_allows(&breaker, 4, NOW + 1010), 1);
}

static void a_restart_tries_with_care(void **state)
{
    (void)state;
    struct breaker breaker = {0};
    breaker_restore(&breaker, WALL);
    assert_int_equal(breaker_allows(&breaker, 4, 0), 1);
    assert_true(breaker_begin(&breaker));
    fail_with(&breaker, POSTERN_E_RETRY, 0, NOW);
    assert_int_equal(breaker.since_ms, WALL);
}

int main(void)
{
    random_numbers = random_fixed(7);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sink_that_works_has_all),
        cmocka_unit_test(one_batch_tries_what_failed),
        cmocka_unit_test(it_is_tried_ever_more_rarely),
        cmocka_unit_test(what_the_user_must_mend_is_tried_slowly),
        cmocka_unit_test(what_the_receiver_asks_for_is_granted),
        cmocka_unit_test(giving_up_is_no_failure),
        cmocka_unit_test(a_restart_tries_with_care),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
