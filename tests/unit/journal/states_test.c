/* States have words in the database: each its own, and each is found again by it. */
#include "../unit.h"
#include "journal/states.h"

static void names_lead_back(void **state)
{
    (void)state;
    for (int i = ACCOUNT_PENDING; i <= ACCOUNT_REMOVED; i++)
        assert_int_equal(account_status_of(account_status_name((enum account_status)i)), i);
    for (int i = STREAM_PENDING; i <= STREAM_REMOVED; i++)
        assert_int_equal(stream_state_of(stream_state_name((enum stream_state)i)), i);
    for (int i = DELIVERY_UNKNOWN; i <= DELIVERY_STOPPED; i++)
        assert_int_equal(delivery_state_of(delivery_state_name((enum delivery_state)i)), i);
    for (int i = DEAD_UNKNOWN; i <= DEAD_JOURNAL; i++)
        assert_int_equal(dead_stage_of(dead_stage_name((enum dead_stage)i)), i);
    for (int i = SKIP_UNKNOWN; i <= SKIP_DROPPED; i++)
        assert_int_equal(skip_reason_of(skip_reason_name((enum skip_reason)i)), i);
}

/* These stand in databases and are read by monitors: they cannot be changed. */
static void names_are_fixed(void **state)
{
    (void)state;
    assert_string_equal(account_status_name(ACCOUNT_PENDING), "connection pending");
    assert_string_equal(account_status_name(ACCOUNT_FAILING), "failing");
    assert_string_equal(stream_state_name(STREAM_NOT_PERMITTED), "not permitted");
    assert_string_equal(stream_state_name(STREAM_REMOVED), "removed");
    assert_string_equal(delivery_state_name(DELIVERY_OK), "ok");
    assert_string_equal(delivery_state_name(DELIVERY_RETRYING), "retrying");
    assert_string_equal(delivery_state_name(DELIVERY_STOPPED), "stopped");
    assert_string_equal(dead_stage_name(DEAD_COLLECT), "collect");
    assert_string_equal(dead_stage_name(DEAD_SCRIPT), "script");
    assert_string_equal(dead_stage_name(DEAD_SINK), "sink");
    assert_string_equal(dead_stage_name(DEAD_JOURNAL), "journal");
    assert_string_equal(skip_reason_name(SKIP_BEGAN), "began at the end");
    assert_string_equal(skip_reason_name(SKIP_AWAY), "away");
    assert_string_equal(skip_reason_name(SKIP_REMOVED), "removed");
    assert_string_equal(skip_reason_name(SKIP_DROPPED), "dropped");
}

static void an_unknown_name_is_no_state(void **state)
{
    (void)state;
    assert_int_equal(account_status_of("strange"), ACCOUNT_PENDING);
    assert_int_equal(stream_state_of(""), STREAM_PENDING);
    assert_int_equal(delivery_state_of("strange"), DELIVERY_UNKNOWN); /* and so never good */
    assert_int_equal(dead_stage_of("strange"), DEAD_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_back),
        cmocka_unit_test(names_are_fixed),
        cmocka_unit_test(an_unknown_name_is_no_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
