/* Where no daemon has said its tolerances, `status` takes those that the configuration has by default. */
#include "../unit.h"
#include "config/config.h"
#include "report/tolerance.h"

static void the_defaults_are_the_same(void **state)
{
    (void)state;
    struct config config = {0};
    config_set_defaults(&config);
    assert_int_equal(config.status.stalled_ms, TOLERANCE_STALLED_MS);
    assert_int_equal(config.status.pending_ms, TOLERANCE_PENDING_MS);
    assert_int_equal(config.status.missed_polls, TOLERANCE_MISSED_POLLS);
    assert_int_equal(config.status.backlog_ms, TOLERANCE_BACKLOG_MS);
    assert_int_equal(config.status.once_ms, TOLERANCE_ONCE_MS);
    assert_int_equal(config.journal.idle_flush_ms, TOLERANCE_IDLE_FLUSH_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_defaults_are_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
