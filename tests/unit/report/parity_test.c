/* Comparing two sides: counts by type, and which messages one of them lacks. */
#include "base/text.h"
#include "report/parity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct parity_event event(const char *source, const char *type, const char *message, int64_t time_ms)
{
    return (struct parity_event){text_of(source), text_of(type), text_of(message), time_ms};
}

static void add(struct parity *parity, enum parity_side side, const char *type, const char *message,
                int64_t time_ms)
{
    const struct parity_event one = event("siem", type, message, time_ms);
    assert_true(parity_add(parity, side, &one));
}

static void test_counts(void **state)
{
    (void)state;
    struct parity *parity = parity_new(100);
    add(parity, PARITY_BEFORE, "receipt", "<a>", 1000);
    add(parity, PARITY_BEFORE, "receipt", "<a>", 1000); /* a line for each recipient */
    add(parity, PARITY_BEFORE, "receipt", "<b>", 2000);
    add(parity, PARITY_BEFORE, "process", "<a>", 1000);
    add(parity, PARITY_AFTER, "receipt", "<a>", 1999); /* the same message, by whichever clock */
    add(parity, PARITY_AFTER, "receipt", "<c>", 3000);
    add(parity, PARITY_AFTER, "process", "<a>", 1000);
    parity_compare(parity);
    assert_int_equal(parity_type_count(parity), 2);
    const struct parity_type *receipt = parity_type(parity, 0), *process = parity_type(parity, 1);
    assert_string_equal(receipt->source, "siem");
    assert_string_equal(receipt->name, "receipt");
    assert_int_equal(receipt->events[PARITY_BEFORE], 3);
    assert_int_equal(receipt->events[PARITY_AFTER], 2);
    assert_int_equal(receipt->only[PARITY_BEFORE], 2); /* one of <a>, and <b> */
    assert_int_equal(receipt->only[PARITY_AFTER], 1);
    assert_int_equal(process->only[PARITY_BEFORE] + process->only[PARITY_AFTER], 0);
    const struct parity_event a = event("siem", "receipt", "<a>", 0), c = event("siem", "receipt", "<c>", 0),
                              other = event("siem", "process", "<a>", 0),
                              none = event("audit", "x", "<a>", 0);
    assert_true(parity_is_missing(parity, PARITY_BEFORE, &a) && !parity_is_missing(parity, PARITY_AFTER, &a));
    assert_true(parity_is_missing(parity, PARITY_AFTER, &c) && !parity_is_missing(parity, PARITY_BEFORE, &c));
    assert_false(parity_is_missing(parity, PARITY_BEFORE, &other));
    assert_false(parity_is_missing(parity, PARITY_BEFORE, &none));
    parity_free(parity);
}

/* Events without a message are told apart by their second. */
static void test_without_message(void **state)
{
    (void)state;
    struct parity *parity = parity_new(100);
    add(parity, PARITY_BEFORE, "jrnl", "", 5000);
    add(parity, PARITY_BEFORE, "jrnl", "", 6000);
    add(parity, PARITY_AFTER, "jrnl", "", 5999);
    parity_compare(parity);
    assert_int_equal(parity_type(parity, 0)->only[PARITY_BEFORE], 1);
    assert_int_equal(parity_type(parity, 0)->only[PARITY_AFTER], 0);
    parity_free(parity);
}

static void test_many_and_the_bound(void **state)
{
    enum { MANY = 50000 };
    (void)state;
    struct parity *parity = parity_new(MANY);
    char message[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(message, sizeof message, "<%d>", i);
        add(parity, PARITY_BEFORE, "receipt", message, 0);
        if (i % 100 != 7) add(parity, PARITY_AFTER, "receipt", message, 0);
    }
    const struct parity_event one_more = event("siem", "receipt", "<more>", 0);
    assert_false(parity_add(parity, PARITY_BEFORE, &one_more));
    parity_compare(parity);
    assert_int_equal(parity_type(parity, 0)->only[PARITY_BEFORE], MANY / 100);
    for (int i = 0; i < MANY; i++) {
        snprintf(message, sizeof message, "<%d>", i);
        const struct parity_event one = event("siem", "receipt", message, 0);
        assert_int_equal(parity_is_missing(parity, PARITY_BEFORE, &one), i % 100 == 7);
    }
    parity_free(parity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_without_message),
        cmocka_unit_test(test_many_and_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
