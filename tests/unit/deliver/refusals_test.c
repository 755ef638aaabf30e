/* Events that a sink refuses one behind the other: when it is no fault of the events. */
#include "deliver/sink/refusals.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MOST 10

/* A batch of which the sink refused those events that have a reason. */
static bool exceeds(struct refusals *refusals, size_t count, const char *const reasons[])
{
    struct batch_event events[20] = {{.verdict = VERDICT_OPEN}};
    struct batch batch = {.count = count, .events = events};
    for (size_t i = 0; i < count; i++)
        if (reasons[i]) events[i] = (struct batch_event){.verdict = VERDICT_REJECTED, .reason = reasons[i]};
    if (refusals_exceed(refusals, &batch, MOST)) return true;
    refusals_add(refusals, &batch);
    return false;
}

static bool refused(struct refusals *refusals, const char *reason)
{
    return exceeds(refusals, 1, &reason);
}

static bool taken(struct refusals *refusals)
{
    return refused(refusals, NULL);
}

static void single_events_are_judged_together(void **unused)
{
    (void)unused;
    struct refusals refusals = {0};
    for (int i = 0; i < MOST; i++)
        assert_false(refused(&refusals, "no such table"));
    assert_true(refused(&refusals, "no such table"));
    assert_true(refused(&refusals, "no such table")); /* and so is the next try */
    assert_false(taken(&refusals));
    assert_false(refused(&refusals, "no such table"));
}

static void ids_in_the_reason_make_no_other_one(void **unused)
{
    (void)unused;
    struct refusals refusals = {0};
    char words[100];
    for (int i = 0; i < MOST; i++) {
        snprintf(words, sizeof words, "status %d: document \"key %c\" of af%dde is refused", 400, 'a' + i, i);
        assert_false(refused(&refusals, words));
    }
    assert_true(refused(&refusals, "status 400: document \"\" of 9f is refused"));
    assert_false(refused(&refusals, "status 400: document \"\" of 9f is too long"));
    assert_int_equal(refusals_kind("no (request id abc)"), refusals_kind("no (request id xyz)"));
    assert_int_equal(refusals_kind("no (request id abc"), refusals_kind("no")); /* cut off by a limit */
    assert_int_equal(refusals_kind("it's wrong"), refusals_kind("it's wrong")); /* a quote without an end */
    assert_true(refusals_kind("it is wrong") != refusals_kind("it is right"));
    assert_int_equal(refusals_kind(""), refusals_kind("'all of it'"));
}

static void other_reasons_are_faults_of_events(void **unused)
{
    (void)unused;
    struct refusals refusals = {0};
    for (int i = 0; i < 5 * MOST; i++)
        assert_false(refused(&refusals, i % 2 ? "too long" : "too old"));
}

static void small_batches_count_by_their_events(void **unused)
{
    (void)unused;
    struct refusals refusals = {0};
    const char *const three[] = {"no", "no", "no"}, *const some[] = {"no", NULL, "no"};
    for (int i = 0; i < 3; i++)
        assert_false(exceeds(&refusals, 3, three));
    assert_true(exceeds(&refusals, 3, three));
    assert_false(exceeds(&refusals, 3, some)); /* it takes others: those are at fault */
    assert_false(exceeds(&refusals, 3, three));
}

static void empty_batches_say_nothing(void **unused)
{
    (void)unused;
    struct refusals refusals = {0};
    for (int i = 0; i < MOST; i++) {
        assert_false(refused(&refusals, "no"));
        assert_false(exceeds(&refusals, 0, NULL));
    }
    assert_true(refused(&refusals, "no"));
}

static void without_a_limit_all_become_dead_letters(void **unused)
{
    (void)unused;
    struct batch_event event = {.verdict = VERDICT_REJECTED, .reason = "no"};
    struct batch batch = {.count = 1, .events = &event};
    struct refusals refusals = {0};
    for (int i = 0; i < 1000; i++) {
        assert_false(refusals_exceed(&refusals, &batch, 0));
        refusals_add(&refusals, &batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_events_are_judged_together),
        cmocka_unit_test(ids_in_the_reason_make_no_other_one),
        cmocka_unit_test(other_reasons_are_faults_of_events),
        cmocka_unit_test(small_batches_count_by_their_events),
        cmocka_unit_test(empty_batches_say_nothing),
        cmocka_unit_test(without_a_limit_all_become_dead_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
