/* What is known of the calls under a quota: each account's own, the latest, and there after a restart. */
#include "fixture.h"

#include "base/text.h"

static void put(const struct fixture *fixture, int64_t account_id, const char *quota, const char *words)
{
    postern_error error = ERROR_INIT;
    const struct journal_calls calls = {.account_id = account_id, .quota = quota, .text = text_of(words)};
    struct journal_commit commit = {.calls = &calls};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void expect(const struct fixture *fixture, int64_t account_id, const char *quota, const char *words)
{
    postern_error error = ERROR_INIT;
    struct buffer text = {.limit = 1000};
    assert_ok(journal_calls(fixture->journal, account_id, quota, &text, &error));
    assert_string_equal(buffer_string(&text), words);
    buffer_free(&text);
}

static void the_latest_is_there_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    expect(fixture, 1, "siem", "");
    put(fixture, 1, "siem", "1 1000");
    put(fixture, 1, "siem", "2 1000 2000");
    put(fixture, 1, "other", "0 3000");
    put(fixture, 11, "siem", "0");
    for (int restarted = 0; restarted < 2; restarted++) {
        expect(fixture, 1, "siem", "2 1000 2000");
        expect(fixture, 1, "other", "0 3000");
        expect(fixture, 11, "siem", "0");
        expect(fixture, 2, "siem", "");
        fixture_close(fixture);
        fixture_open(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_latest_is_there_after_a_restart, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
