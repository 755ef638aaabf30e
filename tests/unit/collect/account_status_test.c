/* The account's status, by tables of what happened and what must be shown. */
#include "collect/plan/account_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define START  (1000 * HOUR) /* monotonic */
#define WALL   1767225600000LL

enum { OK = 1, REFUSED, RENEWED };

struct step {
    int64_t at_ms;
    int what;
    enum account_status status;
    int64_t again_ms; /* when the next probe is due, after `at`; 0 = not looked at */
};

static void play(const char *what, enum account_status from, const struct step *steps, size_t count)
{
    print_message("%s\n", what);
    struct account_health health = {.status = from, .next_probe_ms = START};
    for (size_t i = 0; i < count; i++) {
        int64_t now = START + steps[i].at_ms, again = 0;
        enum account_status before = health.status;
        bool changed = true;
        if (steps[i].what == OK) changed = account_succeeded(&health);
        if (steps[i].what == REFUSED) changed = account_refused(&health, now);
        if (steps[i].what == RENEWED) account_renewed(&health, now);
        if (health.status != steps[i].status) fail_msg("step %zu: %s", i, account_status_name(health.status));
        if (steps[i].what != RENEWED) assert_int_equal(changed, before != health.status);
        if (steps[i].again_ms) {
            assert_false(account_may_ask(&health, now, &again));
            assert_int_equal(again - now, steps[i].again_ms);
            assert_true(account_may_ask(&health, again, &again));
        }
    }
}
#define PLAY(what, from, steps) play(what, from, steps, sizeof(steps) / sizeof(steps)[0])

static void test_histories(void **state)
{
    (void)state;
    static const struct step first_success[] = {{0, OK, ACCOUNT_CONNECTED, 0}};
    PLAY("first success connects", ACCOUNT_PENDING, first_success);

    static const struct step new_application[] = {
        {0, REFUSED, ACCOUNT_PENDING, 5 * SECOND},
        {5 * SECOND, REFUSED, ACCOUNT_PENDING, 10 * SECOND},
        {15 * SECOND, REFUSED, ACCOUNT_PENDING, 20 * SECOND},
        {35 * SECOND, REFUSED, ACCOUNT_PENDING, 40 * SECOND},
        {75 * SECOND, REFUSED, ACCOUNT_PENDING, 80 * SECOND},
        {155 * SECOND, REFUSED, ACCOUNT_PENDING, 160 * SECOND},
        {315 * SECOND, REFUSED, ACCOUNT_PENDING, 5 * MINUTE},
        {615 * SECOND, REFUSED, ACCOUNT_PENDING,
         5 * MINUTE}, /* far more than 5 over 10 minutes: still pending */
        {30 * MINUTE, OK, ACCOUNT_CONNECTED, 0},
    };
    PLAY("a new application needs up to 30 minutes", ACCOUNT_PENDING, new_application);

    static const struct step never[] = {
        {0, REFUSED, ACCOUNT_PENDING, 0},
        {2 * HOUR - SECOND, REFUSED, ACCOUNT_PENDING, 0},
        {2 * HOUR, REFUSED, ACCOUNT_FAILED, 15 * MINUTE},
        {2 * HOUR + 15 * MINUTE, REFUSED, ACCOUNT_FAILED, 15 * MINUTE}, /* one probe per 15 minutes */
        {3 * HOUR, RENEWED, ACCOUNT_PENDING, 0},
        {3 * HOUR, REFUSED, ACCOUNT_PENDING, 5 * SECOND}, /* everything begins anew */
        {4 * HOUR, OK, ACCOUNT_CONNECTED, 0},
    };
    PLAY("credentials that never work, then new ones", ACCOUNT_PENDING, never);

    static const struct step quick[] = {
        {0, REFUSED, ACCOUNT_FAILING, 5 * SECOND},
        {1, REFUSED, ACCOUNT_FAILING, 0},
        {2, REFUSED, ACCOUNT_FAILING, 0},
        {3, REFUSED, ACCOUNT_FAILING, 0},
        {4, REFUSED, ACCOUNT_FAILING, 0}, /* five, but not over ten minutes */
        {10 * MINUTE, REFUSED, ACCOUNT_FAILED, 15 * MINUTE},
        {25 * MINUTE, OK, ACCOUNT_CONNECTED, 0}, /* mended at the vendor's without new keys */
    };
    PLAY("five in a row over ten minutes", ACCOUNT_CONNECTED, quick);

    static const struct step four[] = {
        {0, REFUSED, ACCOUNT_FAILING, 0},
        {9 * MINUTE, REFUSED, ACCOUNT_FAILING, 0},
        {18 * MINUTE, REFUSED, ACCOUNT_FAILING, 0},
        {27 * MINUTE, REFUSED, ACCOUNT_FAILING, 0}, /* over ten minutes, but four */
        {36 * MINUTE, REFUSED, ACCOUNT_FAILED, 0},
    };
    PLAY("the fifth fails it", ACCOUNT_CONNECTED, four);

    static const struct step broken[] = {
        {0, REFUSED, ACCOUNT_FAILING, 0},           {6 * MINUTE, REFUSED, ACCOUNT_FAILING, 0},
        {7 * MINUTE, REFUSED, ACCOUNT_FAILING, 0},  {8 * MINUTE, REFUSED, ACCOUNT_FAILING, 0},
        {9 * MINUTE, OK, ACCOUNT_CONNECTED, 0},     {10 * MINUTE, REFUSED, ACCOUNT_FAILING, 5 * SECOND},
        {11 * MINUTE, REFUSED, ACCOUNT_FAILING, 0},
    };
    PLAY("a success between starts the count again", ACCOUNT_CONNECTED, broken);
}

static void test_one_probe_at_a_time(void **state)
{
    (void)state;
    struct account_health health = {.status = ACCOUNT_PENDING, .next_probe_ms = START};
    int64_t again = 0;
    assert_true(account_may_ask(&health, START, &again));
    assert_true(account_asked(&health));
    assert_false(account_may_ask(&health, START, &again)); /* the others wait for what the first shows */
    assert_int_equal(again, INT64_MAX);
    account_probe_ended(&health); /* the network failed: the next may try at once */
    assert_true(account_may_ask(&health, START, &again));
    account_succeeded(&health);
    assert_true(account_may_ask(&health, START, &again));
    assert_false(account_asked(&health)); /* connected: all go as they like */
    assert_true(account_may_ask(&health, START, &again));
}

static void test_survives_a_restart(void **state)
{
    (void)state;
    struct account_health health = {.status = ACCOUNT_CONNECTED};
    struct account_record record = {0};
    for (int i = 0; i < 4; i++)
        account_refused(&health, START + i * MINUTE);
    account_health_store(&health, &record, WALL + 3 * MINUTE, START + 3 * MINUTE);
    assert_int_equal(record.status, ACCOUNT_FAILING);
    assert_int_equal(record.failure_count, 4);
    assert_int_equal(record.first_failure_ms, WALL);
    assert_int_equal(record.status_since_ms, WALL + 3 * MINUTE);

    /* Another process, whose monotonic clock is another one: the row goes on. */
    struct account_health again;
    account_health_load(&again, &record, WALL + 10 * MINUTE, 77 * MINUTE);
    assert_int_equal(again.status, ACCOUNT_FAILING);
    assert_true(account_refused(&again, 77 * MINUTE));
    assert_int_equal(again.status, ACCOUNT_FAILED);
    account_health_store(&again, &record, WALL + 10 * MINUTE, 77 * MINUTE);
    assert_int_equal(record.status, ACCOUNT_FAILED);
    assert_int_equal(record.first_failure_ms, WALL);
    assert_false(record.ever_connected);

    account_succeeded(&again);
    account_health_store(&again, &record, WALL + HOUR, 200 * MINUTE);
    assert_int_equal(record.status, ACCOUNT_CONNECTED);
    assert_int_equal(record.first_failure_ms, 0);
    assert_int_equal(record.failure_count, 0);
    assert_true(record.ever_connected);

    /* A record that was just made, and one with an unknown word, begin as pending. */
    memset(&record, 0, sizeof record);
    account_health_load(&again, &record, WALL, START);
    assert_int_equal(again.status, ACCOUNT_PENDING);
    record.status = account_status_of("strange");
    account_health_load(&again, &record, WALL, START);
    assert_int_equal(again.status, ACCOUNT_PENDING);
    /* A clock that was set back makes the row younger, never negative. */
    record.first_failure_ms = WALL + HOUR;
    record.failure_count = 1;
    account_health_load(&again, &record, WALL, START);
    assert_int_equal(again.first_failure_ms, START);
    /* One that was set ahead a day makes it no older than its refusals can be. */
    record.first_failure_ms = WALL - 24 * HOUR;
    record.failure_count = 3;
    record.status = ACCOUNT_PENDING;
    account_health_load(&again, &record, WALL, START);
    assert_int_equal(again.first_failure_ms, START - 3 * ACCOUNT_PROBE_LAST_MS);
    account_refused(&again, START);
    assert_int_equal(again.status, ACCOUNT_PENDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histories),
        cmocka_unit_test(test_one_probe_at_a_time),
        cmocka_unit_test(test_survives_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
