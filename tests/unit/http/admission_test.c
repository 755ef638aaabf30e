/* What those who wait are told, and what is remembered of a host. (That hosts take turns: network_test.c) */
#include "../unit.h"
#include "http/admission.h"
#include "http/allowance.h"

#define MOST 200

static struct admission_ticket tickets[MOST];

/* Lets in as many as may, and returns how many. */
static size_t let_in(struct admission *admission, int64_t now_ms)
{
    size_t count = 0;
    while (admission_next(admission, now_ms))
        count++;
    return count;
}

static void wait_for(struct admission *admission, const char *host, size_t first, size_t count,
                     int64_t now_ms)
{
    for (size_t i = first; i < first + count; i++)
        assert_true(admission_enter(admission, &tickets[i], host, now_ms));
}

static void leave(struct admission *admission, size_t first, size_t count, int64_t now_ms)
{
    for (size_t i = first; i < first + count; i++)
        admission_leave(admission, &tickets[i], ENDED_WELL, now_ms);
}

/* Whoever had to wait hears for what. */
static void waiting_has_a_reason(void **state)
{
    (void)state;
    struct admission admission = {.limit = 20, .limit_per_host = 18};
    wait_for(&admission, "a", 0, 30, 1000);
    assert_int_equal(let_in(&admission, 1000), 16);
    assert_int_equal(tickets[15].bound, BOUND_NONE);
    leave(&admission, 0, 16, 1300);
    assert_int_equal(let_in(&admission, 1300), 14);
    assert_int_equal(tickets[29].waited_ms, 300);
    assert_int_equal(tickets[29].bound, BOUND_GROWS);
    wait_for(&admission, "a", 0, 8, 1400);
    assert_int_equal(let_in(&admission, 1400), 2);
    for (size_t i = 16; i < 20; i++)
        admission_leave(&admission, &tickets[i], ENDED_BADLY, 1500);
    assert_int_equal(let_in(&admission, 1500), 4);
    assert_null(admission_next(&admission, 1500));
    leave(&admission, 20, 10, 1600);
    assert_int_equal(let_in(&admission, 1600), 2);
    assert_int_equal(tickets[7].bound, BOUND_BEARS);
    leave(&admission, 0, 8, 1700);
    assert_null(admission.first);

    admission.limit_per_host = 4;
    wait_for(&admission, "a", 0, 5, 2000);
    assert_int_equal(let_in(&admission, 2000), 4);
    leave(&admission, 0, 1, 2010);
    assert_int_equal(let_in(&admission, 2010), 1);
    assert_int_equal(tickets[4].bound, BOUND_HOST);
    assert_int_equal(tickets[4].waited_ms, 10);

    admission.limit = 5;
    wait_for(&admission, "b", 5, 2, 2020);
    assert_int_equal(let_in(&admission, 2020), 1);
    assert_int_equal(tickets[5].bound, BOUND_NONE);
    leave(&admission, 1, 1, 2030);
    assert_int_equal(let_in(&admission, 2030), 1);
    assert_int_equal(tickets[6].bound, BOUND_ALL);
    leave(&admission, 2, 5, 2040);
    assert_null(admission.first);
}

/* 200 wait, and each is answered after 300 ms: returns how many were under way at once at most. */
static size_t be_busy(struct admission *admission, const char *host, int64_t *now_ms)
{
    size_t first = 0, inside = 0, most = 0;
    wait_for(admission, host, 0, MOST, *now_ms);
    while (first < MOST) {
        inside += let_in(admission, *now_ms);
        if (inside > most) most = inside;
        *now_ms += 300;
        leave(admission, first, inside, *now_ms);
        first += inside;
        inside = 0;
    }
    return most;
}

static void what_a_host_bears_is_remembered_for_a_while(void **state)
{
    (void)state;
    struct admission admission = {.limit = 1000, .limit_per_host = 1000};
    int64_t now_ms = 1000;
    size_t most = be_busy(&admission, "a", &now_ms);
    assert_true(most > 16);
    assert_non_null(admission.first);
    now_ms += ALLOWANCE_UNUSED_MS / 2;
    wait_for(&admission, "a", 0, most, now_ms);
    assert_int_equal(let_in(&admission, now_ms), most);
    leave(&admission, 0, most, now_ms);
    /* Whoever comes to another host finds it out of use. */
    now_ms += ALLOWANCE_UNUSED_MS;
    wait_for(&admission, "b", 0, 1, now_ms);
    assert_int_equal(let_in(&admission, now_ms), 1);
    leave(&admission, 0, 1, now_ms);
    assert_null(admission.first);
    assert_true(be_busy(&admission, "a", &now_ms) > 16);
    now_ms += ALLOWANCE_UNUSED_MS;
    wait_for(&admission, "a", 0, 20, now_ms);
    assert_int_equal(let_in(&admission, now_ms), 16);
    leave(&admission, 0, 16, now_ms);
    let_in(&admission, now_ms);
    leave(&admission, 16, 4, now_ms);
    be_busy(&admission, "a", &now_ms);
    admission_clear(&admission);
    assert_null(admission.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_has_a_reason),
        cmocka_unit_test(what_a_host_bears_is_remembered_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
