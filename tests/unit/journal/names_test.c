/* What the journal keeps under a name goes over to another one, whole, and back. */
#include "fixture.h"
#include "journal/names.h"
#include "journal/sqlite/schema.h"

static int64_t account_id(struct fixture *fixture, const char *name)
{
    postern_error error = ERROR_INIT;
    struct account_record record;
    assert_ok(journal_account(fixture->journal, name, &record, &error));
    account_record_clear(&record);
    return record.id;
}

static struct delivery_record delivery(struct fixture *fixture, const char *name)
{
    postern_error error = ERROR_INIT;
    struct delivery_record record;
    assert_ok(journal_delivery(fixture->journal, name, false, &record, &error));
    return record;
}

static void store_state(struct fixture *fixture, const char *sink, const char *value)
{
    postern_error error = ERROR_INIT;
    struct state_entry entry = {{"place", 5}, {value, strlen(value)}};
    struct delivery_move move = {.sink = sink, .entries = &entry, .entry_count = 1};
    struct journal_commit commit = {.delivery = &move};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void assert_state(struct fixture *fixture, const char *sink, const char *value)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 16);
    const postern_pair *entries = NULL;
    size_t count = 0;
    assert_ok(journal_sink_state(fixture->journal, sink, arena, &entries, &count, &error));
    assert_int_equal(count, value ? 1 : 0);
    if (value) assert_memory_equal(entries[0].value.data, value, strlen(value));
}

static void store_letter(struct fixture *fixture, const char *account, const char *name)
{
    postern_error error = ERROR_INIT;
    struct dead_letter letter = {.stage = DEAD_SINK, .reason = (char *)(uintptr_t) "why", .bytes = {"{}", 2}};
    snprintf(letter.account, sizeof letter.account, "%s", account);
    snprintf(letter.delivery, sizeof letter.delivery, "%s", name);
    struct dead_letter *const letters[] = {&letter};
    struct journal_commit commit = {.dead = letters, .dead_count = 1};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void assert_letter(struct fixture *fixture, size_t which, const char *account, const char *name)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    assert_ok(journal_dead_list(fixture->journal, arena, 0, 100, false, &letters, &count, &error));
    assert_true(which < count);
    assert_string_equal(letters[which].account, account);
    assert_string_equal(letters[which].delivery, name);
}

/* The account that the first page names. */
static void assert_page_account(struct fixture *fixture, const char *account)
{
    postern_error error = ERROR_INIT;
    const struct page_view *page = NULL;
    int64_t after = 0;
    assert_ok(journal_next_page(fixture->journal, 0, NULL, NULL, &page, &after, &error));
    assert_non_null(page);
    assert_string_equal(page->account, account);
    page_release(page);
}

static void two_swap_their_names_and_back(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    const struct rename swaps[] = {
        {NAMED_ACCOUNT, "acme", "globex"}, {NAMED_ACCOUNT, "globex", "acme"}, {NAMED_SINK, "one", "two"},
        {NAMED_SINK, "two", "one"},        {NAMED_PIPELINE, "p", "q"},
    };
    const struct journal_renames renames = {.renames = swaps, .rename_count = 5};
    int64_t acme = account_id(fixture, "acme"), globex = account_id(fixture, "globex");
    int64_t first = delivery(fixture, "p/one").id, second = delivery(fixture, "p/two").id;
    assert_ok(commit_events(fixture, 0, 10, 10, &error));
    store_state(fixture, "one", "1");
    store_state(fixture, "two", "2");
    store_letter(fixture, "acme", "p/one");
    store_letter(fixture, "globex", "p/two");
    assert_page_account(fixture, "acme"); /* from memory */
    assert_ok(journal_rename(fixture->journal, &renames, &error));
    assert_int_equal(account_id(fixture, "globex"), acme);
    assert_int_equal(account_id(fixture, "acme"), globex);
    assert_int_equal(delivery(fixture, "q/two").id, first);
    assert_int_equal(delivery(fixture, "q/one").id, second);
    assert_state(fixture, "two", "1");
    assert_state(fixture, "one", "2");
    assert_letter(fixture, 0, "globex", "q/two");
    assert_letter(fixture, 1, "acme", "q/one");
    assert_page_account(fixture, "globex");
    assert_ok(journal_rename_back(fixture->journal, &renames, &error));
    assert_int_equal(account_id(fixture, "acme"), acme);
    assert_int_equal(delivery(fixture, "p/one").id, first);
    assert_state(fixture, "one", "1");
    assert_letter(fixture, 0, "acme", "p/one");
    assert_page_account(fixture, "acme");
}

/* Nobody has it any more: it goes elsewhere, and what is renamed to it keeps its own. */
static void what_stands_in_the_way_gives_way(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    const struct rename ahead[] = {{NAMED_ACCOUNT, "acme", "globex"}, {NAMED_SINK, "one", "two"}};
    const struct journal_renames renames = {.renames = ahead, .rename_count = 2};
    int64_t acme = account_id(fixture, "acme"), globex = account_id(fixture, "globex");
    int64_t first = delivery(fixture, "p/one").id;
    delivery(fixture, "p/two");
    store_state(fixture, "one", "1");
    store_state(fixture, "two", "2");
    assert_ok(journal_rename(fixture->journal, &renames, &error));
    assert_int_equal(account_id(fixture, "globex"), acme);
    assert_int_not_equal(account_id(fixture, "acme"), globex); /* a new one */
    assert_int_equal(delivery(fixture, "p/two").id, first);
    assert_state(fixture, "two", "1");
    assert_state(fixture, "one", NULL);
}

/* Written by a stream that goes by the old name still: the letter has the account's present one. */
static void a_letter_has_the_name_of_now(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    const struct rename ahead[] = {{NAMED_ACCOUNT, "acme", "globex"}};
    const struct journal_renames renames = {.renames = ahead, .rename_count = 1};
    assert_ok(journal_rename(fixture->journal, &renames, &error));
    struct dead_letter letter = {
        .stage = DEAD_COLLECT, .account = "acme", .reason = (char *)(uintptr_t) "why"};
    struct dead_letter *const letters[] = {&letter};
    struct journal_commit commit = {.stream = &fixture->stream, .dead = letters, .dead_count = 1};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    assert_letter(fixture, 0, "globex", "");
}

static void names_are_kept_with_what_they_stand_for(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    const struct named_record before[] = {{NAMED_SINK, "one", {1, 2, 3}, "zero", 0},
                                          {NAMED_PIPELINE, "p", {0}, "", T0}};
    const struct journal_renames names = {.named = before, .named_count = 2};
    unsigned char key[NAMED_FINGERPRINT_SIZE], again[NAMED_FINGERPRINT_SIZE];
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct named_record *records = NULL;
    size_t count = 0;
    assert_ok(journal_named(fixture->journal, arena, &records, &count, key, &error));
    assert_int_equal(count, 0);
    assert_ok(journal_rename(fixture->journal, &names, &error));
    fixture_close(fixture);
    fixture_open(fixture);
    assert_ok(journal_named(fixture->journal, arena, &records, &count, again, &error));
    assert_memory_equal(key, again, sizeof key);
    assert_int_equal(count, 2);
    assert_string_equal(records[0].name, "p"); /* in the order of their kinds' words */
    assert_int_equal(records[0].removed_ms, T0);
    assert_string_equal(records[1].was, "zero");
    assert_memory_equal(records[1].fingerprint, before[0].fingerprint, NAMED_FINGERPRINT_SIZE);
}

/* Of a journal of version 3 the names are known, so that `was` can tell what they became. */
static void an_old_journal_knows_its_names(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 3, &error));
    run_sql(path, "INSERT INTO delivery (key, name, cursor, removed_ms) VALUES (x'01', 'p/one', 5, 0),"
                  " (x'02', 'p/two', 5, 77), (x'03', 'q/two', 5, 88)");
    fixture_open(fixture);
    unsigned char key[NAMED_FINGERPRINT_SIZE];
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct named_record *records = NULL;
    size_t count = 0;
    assert_ok(journal_named(fixture->journal, arena, &records, &count, key, &error));
    const struct named_record expected[] = {{NAMED_PIPELINE, "p", {0}, "", 0},
                                            {NAMED_PIPELINE, "q", {0}, "", 88},
                                            {NAMED_SINK, "one", {0}, "", 0},
                                            {NAMED_SINK, "two", {0}, "", 77}};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(records[i].kind, expected[i].kind);
        assert_string_equal(records[i].name, expected[i].name);
        assert_int_equal(records[i].removed_ms, expected[i].removed_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_swap_their_names_and_back, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_stands_in_the_way_gives_way, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_letter_has_the_name_of_now, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(names_are_kept_with_what_they_stand_for, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_old_journal_knows_its_names, fixture_setup_closed,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
