/* How often each message was refused, over tries of its batch. */
#include "desk.h"
#include "relp_refusals.h"

static postern_batch batch_of(const char *delivery, uint64_t id)
{
    return (postern_batch){.size = sizeof(postern_batch), .id = id, .delivery = kit_text(delivery)};
}

static unsigned refuse(struct relp_refusals *refusals, const char *delivery, uint64_t id, const char *text)
{
    const postern_batch batch = batch_of(delivery, id);
    const postern_sink_event event = event_of(text);
    struct refused_batch *counts = relp_refusals_of(refusals, &batch);
    assert_non_null(counts);
    return relp_refusals_add(counts, &event);
}

static void each_message_is_counted_by_itself(void **unused)
{
    (void)unused;
    struct relp_refusals refusals = {0};
    assert_int_equal(refuse(&refusals, "a/b", 7, "1"), 1);
    assert_int_equal(refuse(&refusals, "a/b", 7, "2"), 1);
    assert_int_equal(refuse(&refusals, "a/b", 7, "1"), 2);
    assert_int_equal(refuse(&refusals, "c/b", 7, "1"), 1); /* another delivery's */
    assert_int_equal(refuse(&refusals, "a/b", UINT64_C(1) << 63 | 7, "1"),
                     1); /* a dead letter between them */
    assert_int_equal(refuse(&refusals, "a/b", 7, "1"), 3);
    assert_int_equal(refuse(&refusals, "a/b", 8, "1"), 1); /* the next batch */
    assert_int_equal(refuse(&refusals, "c/b", 7, "1"), 2);
    relp_refusals_free(&refusals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_message_is_counted_by_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
