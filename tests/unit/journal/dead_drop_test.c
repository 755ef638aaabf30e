/* Dead letters that go: found by a filter, dropped, expired; and what one account's may take. */
#include "fixture.h"

static void store(struct fixture *fixture, const char *account, const char *delivery, const char *reason,
                  size_t size)
{
    postern_error error = ERROR_INIT;
    char *bytes = calloc(1, size + 1);
    struct dead_letter letter = {.stage = delivery[0] ? DEAD_SCRIPT : DEAD_COLLECT,
                                 .reason = (char *)(uintptr_t)reason,
                                 .received_ms = T0,
                                 .bytes = {bytes, size}};
    snprintf(letter.account, sizeof letter.account, "%s", account);
    snprintf(letter.delivery, sizeof letter.delivery, "%s", delivery);
    struct dead_letter *list[] = {&letter};
    struct journal_commit commit = {.dead = list, .dead_count = 1};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    free(bytes);
}

static size_t found(struct fixture *fixture, const struct dead_filter *filter)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    /* The same after a way through a request. */
    _cleanup_(freep) char *text = dead_filter_write(filter);
    assert_non_null(text);
    const struct dead_filter *read = dead_filter_read(text, arena);
    assert_non_null(read);
    assert_ok(journal_dead_find(fixture->journal, arena, read, 0, 1000, false, &letters, &count, &error));
    for (size_t i = 0; i < count; i++)
        assert_true(dead_filter_takes(filter, &letters[i]));
    return count;
}

static void filters_find_what_they_name(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t some[] = {1, 3, 77};
    store(fixture, "acme", "p/a", "first: no field", 10);
    atomic_fetch_add(&fixture->clock.now_ms, HOUR);
    store(fixture, "acme", "p/b", "second", 10);
    store(fixture, "globex", "", "cannot be read", 10);
    atomic_fetch_add(&fixture->clock.now_ms, HOUR);
    store(fixture, "globex", "p/a", "another: no field", 10);
    assert_int_equal(found(fixture, &(struct dead_filter){0}), 4);
    assert_int_equal(found(fixture, &(struct dead_filter){.account = "acme"}), 2);
    assert_int_equal(found(fixture, &(struct dead_filter){.delivery = "p/a"}), 2);
    assert_int_equal(found(fixture, &(struct dead_filter){.reason = "no field"}), 2);
    assert_int_equal(found(fixture, &(struct dead_filter){.reason = "no field", .account = "acme"}), 1);
    assert_int_equal(found(fixture, &(struct dead_filter){.stage = DEAD_COLLECT}), 1);
    assert_int_equal(found(fixture, &(struct dead_filter){.ids = some, .id_count = 3}), 2);
    assert_int_equal(found(fixture, &(struct dead_filter){.before_ms = T0 + HOUR}), 1);
    assert_int_equal(found(fixture, &(struct dead_filter){.created_from_ms = T0 + HOUR}), 3);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    assert_null(dead_filter_read("{\"acount\":\"acme\"}", arena)); /* not all of them by a slip */
    assert_null(dead_filter_read("{\"ids\":[1,\"2\"]}", arena));
    assert_null(dead_filter_read("{\"stage\":\"none such\"}", arena));
    assert_null(dead_filter_read("7", arena));
}

static struct dead_dropped drop_all(struct fixture *fixture, const struct dead_filter *filter)
{
    struct dead_dropped dropped = {0};
    postern_error error = ERROR_INIT;
    for (bool more = true; more;)
        assert_ok(journal_dead_drop(fixture->journal, filter, &dropped, &more, &error));
    return dropped;
}

static void dropping_gives_the_room_back(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int64_t left = 0, left_bytes = 0;
    for (int i = 0; i < 450; i++) /* more than go in one transaction */
        store(fixture, i % 3 ? "acme" : "globex", "p/a", "broken", 100);
    struct dead_dropped dropped = drop_all(fixture, &(struct dead_filter){.account = "acme"});
    assert_int_equal(dropped.count, 300);
    assert_ok(journal_dead_count(fixture->journal, &left, &left_bytes, &error));
    assert_int_equal(left, 150);
    assert_int_equal(dropped.bytes, 2 * left_bytes);
    assert_int_equal(drop_all(fixture, &(struct dead_filter){0}).count, 150);
    assert_ok(journal_dead_count(fixture->journal, &left, &left_bytes, &error));
    assert_int_equal(left + left_bytes, 0);
}

static int64_t expired(struct fixture *fixture)
{
    struct journal_totals totals = {0};
    postern_error error = ERROR_INIT;
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    return totals.dead_expired;
}

static void old_ones_expire_and_are_counted(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int64_t count = 0, bytes = 0;
    fixture_close(fixture);
    fixture->settings.dead_retain_ms = 2 * HOUR;
    fixture_open(fixture);
    for (int i = 0; i < 250; i++)
        store(fixture, "acme", "p/a", "broken", 10);
    atomic_fetch_add(&fixture->clock.now_ms, HOUR);
    store(fixture, "acme", "p/a", "later", 10);
    atomic_fetch_add(&fixture->clock.now_ms, HOUR);
    store(fixture, "acme", "p/a", "now", 10); /* wakes whoever keeps house */
    assert_comes_true(expired(fixture) == 250);
    assert_ok(journal_dead_count(fixture->journal, &count, &bytes, &error));
    assert_int_equal(count, 2);
    /* The counts in memory are the file's. */
    int64_t before = bytes;
    fixture_close(fixture);
    fixture_open(fixture);
    assert_ok(journal_dead_count(fixture->journal, &count, &bytes, &error));
    assert_int_equal(bytes, before);
}

/* A hostile account fills its share; the others' are kept as ever, and a delivery's too. */
static void an_account_has_its_share(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    fixture->settings.dead_limit = 100000;
    fixture->settings.dead_account_share = 20;
    fixture_open(fixture);
    for (int i = 0; i < 50; i++)
        store(fixture, "hostile", "", "rubbish", 900);
    size_t kept = found(fixture, &(struct dead_filter){.account = "hostile"});
    assert_in_range(kept, 18, 20); /* one of them counts the others */
    assert_int_equal(found(fixture, &(struct dead_filter){.reason = "full for the account"}), 1);
    for (int i = 0; i < 10; i++)
        store(fixture, "acme", "", "cut off", 900);
    assert_int_equal(found(fixture, &(struct dead_filter){.account = "acme"}), 10);
    for (int i = 0; i < 30; i++)
        store(fixture, "hostile", "p/a", "a script failed", 900);
    assert_int_equal(found(fixture, &(struct dead_filter){.delivery = "p/a"}), 30);
    /* Dropping gives the share back. */
    drop_all(fixture, &(struct dead_filter){.account = "hostile", .stage = DEAD_COLLECT});
    store(fixture, "hostile", "", "rubbish", 900);
    assert_int_equal(found(fixture, &(struct dead_filter){.reason = "rubbish"}), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(filters_find_what_they_name, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(dropping_gives_the_room_back, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(old_ones_expire_and_are_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_account_has_its_share, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
