/* Notices of what has another name than before, or the same as something else: what was told goes on. */
#include "journal/names.h"
#include "journal/sqlite/schema.h"
#include "seen_notices.h"

static const struct notice_settings settings = {.wanted = true, .repeat_ms = HOUR, .per_hour = 100};

static void tell(struct fixture *fixture, const struct notice *notice)
{
    struct notice told = *notice;
    told.message = "words";
    assert_true(notice_emit(fixture->journal, &told));
    settle(fixture);
}

/* The last of `count`, and under which key and name it is told. */
static void expect_last(struct fixture *fixture, size_t count, const char *kind, const char *name,
                        const char *key)
{
    struct seen seen;
    look(fixture, &seen);
    assert_int_equal(seen.count, count);
    assert_string_equal(seen.types[count - 1], kind);
    if (!strstr(seen.texts[count - 1], name) || !strstr(seen.texts[count - 1], key))
        fail_msg("%s or %s is not in %s", name, key, seen.texts[count - 1]);
}

static void rename_them(struct fixture *fixture, const struct rename *pairs, size_t count)
{
    postern_error error = ERROR_INIT;
    const struct journal_renames renames = {.renames = pairs, .rename_count = count};
    assert_ok(journal_rename(fixture->journal, &renames, &error));
}

static void an_end_finds_its_beginning_under_a_new_name(void **state)
{
    struct fixture *fixture = *state;
    struct delivery_record record;
    postern_error error = ERROR_INIT;
    static const struct rename pairs[] = {{NAMED_ACCOUNT, "acme", "globex"}, {NAMED_SINK, "slack", "pager"}};
    journal_take_notices(fixture->journal, &settings);
    assert_ok(journal_delivery(fixture->journal, "all/slack", false, &record, &error));
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_FAILED, .account = "acme"});
    tell(fixture, &(struct notice){
                      .kind = NOTICE_STREAM_TROUBLE, .account = "acme", .source = "siem", .subject = "av"});
    tell(fixture, &(struct notice){.kind = NOTICE_DELIVERY_STOPPED, .subject = "all/slack"});
    tell(fixture, &(struct notice){.kind = NOTICE_PART_STALLED, .subject = "sink slack"});
    rename_them(fixture, pairs, 2);
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_FAILED, .account = "globex"}); /* no news */
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_CONNECTED, .account = "globex"});
    expect_last(fixture, 5, "account.connected", "\"account\":\"globex\"", "\"key\":\"account:acme\"");
    tell(fixture,
         &(struct notice){
             .kind = NOTICE_STREAM_RECOVERED, .account = "globex", .source = "siem", .subject = "av"});
    expect_last(fixture, 6, "stream.recovered", "\"account\":\"globex\"", "\"key\":\"stream:acme/siem/av\"");
    tell(fixture, &(struct notice){.kind = NOTICE_DELIVERY_RECOVERED, .subject = "all/pager"});
    expect_last(fixture, 7, "delivery.recovered", "\"sink\":\"pager\"",
                "\"key\":\"delivery:postern/all/slack\"");
    tell(fixture, &(struct notice){.kind = NOTICE_PART_MOVES, .subject = "sink pager"});
    expect_last(fixture, 8, "part.moves", "\"part\":\"sink pager\"", "\"key\":\"part:postern/sink slack\"");
    /* What begins now is another one. */
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_FAILED, .account = "globex"});
    expect_last(fixture, 9, "account.failed", "\"account\":\"globex\"", "\"key\":\"account:globex\"");
}

static void two_swap_their_names(void **state)
{
    struct fixture *fixture = *state;
    static const struct rename pairs[] = {{NAMED_ACCOUNT, "acme", "globex"},
                                          {NAMED_ACCOUNT, "globex", "acme"}};
    journal_take_notices(fixture->journal, &settings);
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_FAILED, .account = "acme"});
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_PENDING, .account = "globex"});
    rename_them(fixture, pairs, 2);
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_CONNECTED, .account = "acme"});
    expect_last(fixture, 3, "account.connected", "\"account\":\"acme\"", "\"key\":\"account:globex\"");
    rename_them(fixture, pairs, 2);
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_CONNECTED, .account = "acme"});
    expect_last(fixture, 4, "account.connected", "\"account\":\"acme\"", "\"key\":\"account:acme\"");
}

static void streams_of_one_name_are_told_apart(void **state)
{
    struct fixture *fixture = *state;
    const struct notice one = {
        .kind = NOTICE_STREAM_TROUBLE, .account = "acme", .source = "siem", .subject = "av"};
    struct notice other = one, end = one;
    other.source = "other";
    end.kind = NOTICE_STREAM_RECOVERED;
    journal_take_notices(fixture->journal, &settings);
    tell(fixture, &one);
    tell(fixture, &other);
    expect_last(fixture, 2, "stream.trouble", "\"source\":\"other\",\"stream\":\"av\"",
                "\"key\":\"stream:acme/other/av\"");
    tell(fixture, &end);
    tell(fixture, &other); /* lasts */
    expect_last(fixture, 3, "stream.recovered", "\"source\":\"siem\"", "\"key\":\"stream:acme/siem/av\"");
}

/* They have no source in their keys, and no threads. */
static void what_an_older_journal_told_ends(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 8, &error));
    run_sql(path, "INSERT INTO notice (key, kind, words, told_ms) VALUES ('stream acme/av', 6, 1, 1),"
                  " ('account acme/', 5, 1, 1)");
    fixture_open(fixture);
    journal_take_notices(fixture->journal, &settings);
    tell(fixture, &(struct notice){
                      .kind = NOTICE_STREAM_RECOVERED, .account = "acme", .source = "siem", .subject = "av"});
    expect_last(fixture, 1, "stream.recovered", "\"source\":\"siem\"", "\"key\":\"stream:acme/av\"");
    tell(fixture, &(struct notice){.kind = NOTICE_ACCOUNT_CONNECTED, .account = "acme"});
    expect_last(fixture, 2, "account.connected", "\"account\":\"acme\"", "\"key\":\"account:acme\"");
    tell(fixture, &(struct notice){
                      .kind = NOTICE_STREAM_TROUBLE, .account = "acme", .source = "siem", .subject = "av"});
    expect_last(fixture, 3, "stream.trouble", "\"source\":\"siem\"", "\"key\":\"stream:acme/siem/av\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_end_finds_its_beginning_under_a_new_name, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(two_swap_their_names, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(streams_of_one_name_are_told_apart, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_an_older_journal_told_ends, fixture_setup_closed,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
