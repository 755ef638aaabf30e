/* Deliveries: where they start, what they see, what they count. */
#include "fixture.h"

static struct delivery_record delivery(struct fixture *fixture, const char *name, bool oldest)
{
    struct delivery_record record;
    postern_error error = ERROR_INIT;
    assert_ok(journal_delivery(fixture->journal, name, oldest, &record, &error));
    return record;
}

static void a_delivery_starts_where_it_should(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    assert_int_equal(delivery(fixture, "p/first", false).cursor, 0); /* empty journal: the beginning */
    assert_ok(commit_events(fixture, 0, 3000, 10, &error));          /* pages 1, 2, 3 */
    assert_int_equal(delivery(fixture, "p/new", false).cursor, 3);   /* the end */
    assert_int_equal(delivery(fixture, "p/oldest", true).cursor, 0); /* the oldest page is 1 */
    deliver_until(fixture, delivery(fixture, "p/first", false).id, 2);
    fixture_close(fixture);
    fixture_open(fixture);
    struct delivery_record first = delivery(fixture, "p/first", true); /* known ones stay where they are */
    assert_int_equal(first.cursor, 2);
    assert_int_equal(first.backlog_pages, 1);
    assert_int_equal(first.backlog_events, 1000);
    assert_int_equal(delivery(fixture, "p/new", true).cursor, 3);
    assert_int_equal(delivery(fixture, "p/new", true).backlog_events, 0);
}

static void removed_deliveries_come_back_where_they_were(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int64_t kept = delivery(fixture, "p/kept", false).id, removed = delivery(fixture, "p/removed", false).id;
    assert_ok(commit_events(fixture, 0, 2000, 10, &error));
    deliver_until(fixture, removed, 1);
    const char *const names[] = {"p/kept"};
    assert_ok(journal_deliveries_keep(fixture->journal, names, 1, &error));
    struct delivery_record *records = NULL;
    size_t count = 0;
    assert_ok(journal_deliveries(fixture->journal, &records, &count, &error));
    assert_int_equal(count, 2);
    assert_int_equal(records[0].id, kept);
    assert_int_equal(records[0].removed_ms, 0);
    assert_int_equal(records[1].removed_ms, T0);
    free(records);
    struct delivery_record back = delivery(fixture, "p/removed", false);
    assert_int_equal(back.id, removed);
    assert_int_equal(back.cursor, 1);
    assert_int_equal(back.removed_ms, 0);

    assert_ok(journal_deliveries_keep(fixture->journal, names, 1, &error));
    fixture_advance(fixture, 8 * 24 * HOUR); /* after 7 days it is forgotten */
    for (count = 2; count == 2;) {
        assert_ok(journal_deliveries(fixture->journal, &records, &count, &error));
        free(records);
    }
    assert_int_equal(count, 1);
    assert_int_equal(delivery(fixture, "p/removed", false).cursor, 2); /* a new one: the end */
}

static void moves_are_counted(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int64_t id = delivery(fixture, "p/s", false).id;
    struct drop_count drops[] = {{"spam", 3}, {"too old", 1}};
    struct delivery_move trouble = {
        .delivery_id = id, .state = DELIVERY_RETRYING, .last_error = "no route", .remedy = "mend it"};
    struct delivery_move good = {.delivery_id = id,
                                 .cursor = 5,
                                 .delivered = 10,
                                 .dropped = 4,
                                 .dead = 2,
                                 .wrong_types = 1,
                                 .state = DELIVERY_OK,
                                 .last_error = "",
                                 .remedy = "",
                                 .drops = drops,
                                 .drop_reason_count = 2};
    struct journal_commit commits[] = {{.delivery = &trouble}, {.delivery = &good}, {.delivery = &good}};
    assert_ok(journal_commit_now(fixture->journal, &commits[0], &error));
    struct delivery_record record = delivery(fixture, "p/s", false);
    assert_int_equal(record.state, DELIVERY_RETRYING);
    assert_string_equal(record.last_error, "no route");
    assert_string_equal(record.remedy, "mend it");
    assert_int_equal(record.last_success_ms, 0);
    assert_int_equal(record.cursor, 0);
    fixture_advance(fixture, 1000);
    assert_ok(journal_commit_now(fixture->journal, &commits[1], &error));
    assert_ok(journal_commit_now(fixture->journal, &commits[2], &error));
    record = delivery(fixture, "p/s", false);
    assert_int_equal(record.state, DELIVERY_OK);
    assert_string_equal(record.last_error, "");
    assert_int_equal(record.cursor, 5);
    assert_int_equal(record.delivered, 20);
    assert_int_equal(record.dropped, 8);
    assert_int_equal(record.dead, 4);
    assert_int_equal(record.wrong_types, 2);
    assert_int_equal(record.last_success_ms, T0 + 1000);
    /* A script may make up reasons without end: they are kept to a hundred, and none is lost from the sum. */
    for (int i = 0; i < 150; i++) {
        char reason[32];
        snprintf(reason, sizeof reason, "reason %d", i);
        struct drop_count one = {reason, 1};
        struct delivery_move move = {.delivery_id = id, .drops = &one, .drop_reason_count = 1};
        struct journal_commit commit = {.delivery = &move};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    }
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct drop_count *counts = NULL;
    size_t count = 0;
    assert_ok(journal_drops(fixture->journal, id, arena, &counts, &count, &error));
    assert_int_equal(count, 101);
    assert_string_equal(counts[0].reason, "other reasons");
    assert_int_equal(counts[0].count, 52);
    assert_string_equal(counts[1].reason, "spam");
    assert_int_equal(counts[1].count, 6);
}

/* A sink that was promised the same batches after a crash relies on both. */
static void keys_and_planned_ends_are_kept(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    static const unsigned char none[sizeof((struct delivery_record){0}.key)];
    struct delivery_record first = delivery(fixture, "p/s", false),
                           other = delivery(fixture, "p/other", false);
    assert_memory_not_equal(first.key, none, sizeof none);
    assert_memory_not_equal(first.key, other.key, sizeof none);
    assert_string_equal(first.planned, "");
    struct delivery_move plan = {.delivery_id = first.id, .planned = "3 9"};
    struct delivery_move words = {.delivery_id = first.id, .state = DELIVERY_RETRYING};
    struct journal_commit commits[] = {{.delivery = &plan}, {.delivery = &words}};
    assert_ok(journal_commit_now(fixture->journal, &commits[0], &error));
    assert_ok(journal_commit_now(fixture->journal, &commits[1], &error));
    fixture_close(fixture);
    fixture_open(fixture);
    struct delivery_record again = delivery(fixture, "p/s", false);
    assert_memory_equal(again.key, first.key, sizeof first.key);
    assert_string_equal(again.planned, "3 9");
    assert_int_equal(again.cursor, first.cursor);
}

static bool only_dlp(void *context, int64_t stream_id, const char *account, const char *source)
{
    (void)stream_id;
    ++*(int *)context;
    return strcmp(account, "acme") == 0 && strcmp(source, "dlp") == 0;
}

static void pages_come_in_order_and_only_the_wanted(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    delivery(fixture, "p/s", false); /* without a delivery nothing is cached */
    struct stream_record other;
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "dlp", "dlp",
                             POSTERN_STREAM_WINDOW, "", &other, &error));
    struct stream_record first = fixture->stream;
    for (int i = 0; i < 600; i++) { /* page 300 and the last one are dlp's */
        fixture->stream = i == 299 || i == 599 ? other : first;
        assert_ok(commit_events(fixture, i * 2, 2, 10, &error));
        if (i == 299) other = fixture->stream;
    }
    fixture->stream = first;
    for (int restarted = 0; restarted < 2; restarted++) { /* from the cache, then from the file */
        int asked = 0;
        int64_t next = 0;
        const struct page_view *page = NULL;
        assert_ok(journal_next_page(fixture->journal, 0, only_dlp, &asked, &page, &next, &error));
        assert_int_equal(asked, 300);
        assert_int_equal(next, 300);
        assert_int_equal(page->sequence, 300);
        assert_int_equal(page->stream_id, other.id);
        assert_int_equal(page->received_ms, T0);
        assert_int_equal(page->event_count, 2);
        assert_string_equal(page->account, "acme");
        assert_string_equal(page->source, "dlp");
        assert_string_equal(page->stream, "dlp");
        page_release(page);
        assert_ok(journal_next_page(fixture->journal, 300, only_dlp, &asked, &page, &next, &error));
        assert_int_equal(page->sequence, 600);
        page_release(page);
        assert_ok(journal_next_page(fixture->journal, 600, only_dlp, &asked, &page, &next, &error));
        assert_null(page);
        assert_int_equal(next, 600 + restarted);
        /* nothing wanted: the cursor may go to the end */
        assert_ok(commit_events(fixture, 10000 + restarted * 10, 2, 10, &error));
        int64_t end = 0;
        assert_ok(journal_end(fixture->journal, &end, &error));
        assert_int_equal(end, 601 + restarted);
        assert_ok(journal_next_page(fixture->journal, 600, only_dlp, &asked, &page, &next, &error));
        assert_null(page);
        assert_int_equal(next, end);
        assert_int_equal(read_all(fixture->journal, 0, NULL), 1202 + restarted * 2);
        fixture_close(fixture);
        fixture_open(fixture);
    }
}

static void a_small_cache_gives_the_same_as_a_large_one(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.cache_size = 100000; /* room for some of the pages */
    fixture_open(fixture);
    delivery(fixture, "p/s", false);
    for (int i = 0; i < 50; i++)
        assert_ok(commit_events(fixture, i * 100, 100, 100, &error));
    assert_int_equal(read_all(fixture->journal, 0, NULL), 5000);
    assert_int_equal(read_all(fixture->journal, 45, NULL), 500);
}

static void a_damaged_page_is_named_and_passed_over(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    assert_ok(commit_events(fixture, 0, 3000, 10, &error)); /* pages 1, 2, 3 */
    fixture_close(fixture);
    char path[128];
    fixture_path(fixture, "journal.db", path);
    run_sql(path, "UPDATE page_body SET body = zeroblob(100) WHERE sequence = 2");
    fixture_open(fixture);
    const struct page_view *page = NULL;
    int64_t next = 0;
    assert_int_equal(journal_next_page(fixture->journal, 1, NULL, NULL, &page, &next, &error),
                     POSTERN_E_PROTOCOL);
    assert_string_equal(error.message, "journal page 2: the stored page is damaged: its format is unknown");
    assert_null(page);
    assert_int_equal(next, 2);
    assert_int_equal(read_all(fixture->journal, next, NULL), 1000);
}

/* Breaks the chain of a stored body in the file, as a bad sector would: its own row cannot be read then. */
static void break_body(const char *path, int64_t sequence)
{
    char sql[100];
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "SELECT body FROM page_body WHERE sequence = %lld", (long long)sequence);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    char part[32]; /* of the second of its database pages of 8 KiB, or the third */
    assert_true(sqlite3_column_bytes(statement, 0) > 40000);
    memcpy(part, (const char *)sqlite3_column_blob(statement, 0) + 20000, sizeof part);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);

    FILE *file = fopen(path, "r+");
    static char bytes[4 << 20];
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    const char *place = memmem(bytes, size, part, sizeof part);
    assert_non_null(place);
    fseek(file, (place - bytes) / 8192 * 8192, SEEK_SET); /* there the number of the next page stands */
    assert_int_equal(fwrite("\x7f\xff\xff\xff", 1, 4, file), 4);
    assert_int_equal(fclose(file), 0);
}

/* One that cannot be unpacked and one whose row is broken, among whole ones: each in its place. */
static void damaged_pages_come_in_their_order(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    assert_ok(commit_events(fixture, 0, 5000, 100, &error)); /* pages 1 to 5 */
    fixture_close(fixture);
    char path[128];
    fixture_path(fixture, "journal.db", path);
    run_sql(path, "UPDATE page_body SET body = zeroblob(100) WHERE sequence = 4");
    break_body(path, 2);
    fixture_open(fixture);
    static const char *const damages[] = {
        [2] = "journal page 2: the stored page is damaged: its row is malformed",
        [4] = "journal page 4: the stored page is damaged: its format is unknown"};
    int64_t at = 0;
    for (int64_t expected = 1; expected <= 5; expected++) {
        const struct page_view *page = NULL;
        postern_status status = journal_next_page(fixture->journal, at, NULL, NULL, &page, &at, &error);
        assert_int_equal(at, expected);
        if (expected % 2 == 0) {
            assert_int_equal(status, POSTERN_E_PROTOCOL);
            assert_string_equal(error.message, damages[expected]);
            assert_null(page);
            continue;
        }
        assert_ok(status);
        assert_int_equal(page->sequence, expected);
        struct journal_event event;
        size_t cursor = 0;
        assert_true(page_next_event(page, &cursor, &event));
        assert_int_equal(event.time_ms, T0 + (expected - 1) * 1000);
        page_release(page);
    }
}

/* Whoever wrote it: it is never taken for a good one, and what does not speak of it leaves it as it is. */
static void an_unknown_state_in_the_database_is_not_good(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    int64_t id = delivery(fixture, "p/s", true).id;
    fixture_path(fixture, "journal.db", path);
    run_sql(path, "UPDATE delivery SET state = 'strange'");
    assert_int_equal(delivery(fixture, "p/s", true).state, DELIVERY_UNKNOWN);
    struct delivery_move counts = {.delivery_id = id, .delivered = 1};
    struct journal_commit commit = {.delivery = &counts};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    assert_int_equal(delivery(fixture, "p/s", true).state, DELIVERY_UNKNOWN);
    struct delivery_move good = {.delivery_id = id, .state = DELIVERY_OK};
    commit = (struct journal_commit){.delivery = &good};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    commit.delivery = &counts;
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    assert_int_equal(delivery(fixture, "p/s", true).state, DELIVERY_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_delivery_starts_where_it_should, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(removed_deliveries_come_back_where_they_were, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(moves_are_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(keys_and_planned_ends_are_kept, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(pages_come_in_order_and_only_the_wanted, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_small_cache_gives_the_same_as_a_large_one, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(damaged_pages_come_in_their_order, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_page_is_named_and_passed_over, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_state_in_the_database_is_not_good, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
