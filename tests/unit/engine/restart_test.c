/* What is said of settings that a reload does not take over, or only in part. */
#include "../captured.h"
#include "../unit.h"
#include "engine/restart.h"

/* What restart_report writes to stderr. */
static void report(const struct config *before, const struct config *now, char *said, size_t size)
{
    struct captured captured;
    captured_begin(&captured);
    restart_report(before, now);
    captured_end(&captured, said, size);
}

static void the_same_says_nothing(void **state)
{
    (void)state;
    struct config before = {0}, now = {0};
    char said[1024];
    config_set_defaults(&before);
    config_set_defaults(&now);
    report(&before, &now, said, sizeof said);
    assert_string_equal(said, "");
}

/* Nothing of the journal or of the network's own is ever taken over. */
static void what_waits_for_the_restart_is_named(void **state)
{
    (void)state;
    struct config before = {0}, now = {0};
    char said[1024];
    config_set_defaults(&before);
    config_set_defaults(&now);
    now.http.max_connections++;
    now.journal.retain_ms++;
    report(&before, &now, said, sizeof said);
    assert_contains(said, "RESTART NEEDED: http.max_connections, journal.retain changed, and a reload does "
                          "not take that over\n");
}

static void what_new_sinks_use_already_is_named(void **state)
{
    (void)state;
    static char proxy[] = "http://127.0.0.1:9";
    struct config before = {0}, now = {0};
    char said[1024];
    config_set_defaults(&before);
    config_set_defaults(&now);
    now.http.proxy = proxy;
    now.http.response_limit++;
    now.journal.max_size++;
    report(&before, &now, said, sizeof said);
    assert_contains(said, "RESTART NEEDED: http.proxy, http.response_limit, journal.max_size changed, and a "
                          "reload does not take that over, except that sinks opened from now on use the new "
                          "http.proxy, http.response_limit\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_says_nothing),
        cmocka_unit_test(what_waits_for_the_restart_is_named),
        cmocka_unit_test(what_new_sinks_use_already_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
