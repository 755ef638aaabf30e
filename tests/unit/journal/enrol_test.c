/* Accounts and streams that are made together, and commits that are waited for together. */
#include "fixture.h"

#define MANY 300

static size_t streams_of(struct fixture *fixture, size_t *accounts)
{
    struct account_record *records = NULL;
    struct stream_record *streams = NULL;
    postern_error error = ERROR_INIT;
    size_t count = 0;
    assert_ok(journal_accounts(fixture->journal, &records, accounts, &error));
    assert_ok(journal_streams(fixture->journal, &streams, &count, &error));
    for (size_t i = 0; i < *accounts; i++)
        account_record_clear(&records[i]);
    for (size_t i = 0; i < count; i++)
        stream_record_clear(&streams[i]);
    free(records);
    free(streams);
    return count;
}

static void makes_what_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct stream_record stream = {0};
    struct account_record account = {0};
    size_t accounts = 0;
    const struct enrolled list[] = {
        {.account = "acme"}, /* is there, with a stream */
        {"acme", "ttp-url", "ttp-url", "other", POSTERN_STREAM_TOKEN},
        {"acme", "siem", "siem", "profile", POSTERN_STREAM_TOKEN},
        {.account = "globex"},
        {"initech", "siem", "siem", "profile", POSTERN_STREAM_TOKEN},
    };
    fixture->stream.events = 7;
    struct journal_commit commit = {.stream = &fixture->stream};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    for (int i = 0; i < 2; i++) { /* the second time all is there */
        assert_ok(journal_enrol(fixture->journal, list, sizeof list / sizeof *list, &error));
        assert_int_equal(streams_of(fixture, &accounts), 3);
        assert_int_equal(accounts, 3);
    }
    assert_ok(journal_account(fixture->journal, "initech", &account, &error));
    assert_int_equal(account.added_ms, T0);
    assert_ok(journal_stream(fixture->journal, account.id, "initech", "siem", "siem", POSTERN_STREAM_TOKEN,
                             "profile", &stream, &error));
    assert_int_equal(stream.id, 3);
    stream_record_clear(&stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "ttp-url", "ttp-url",
                             POSTERN_STREAM_WINDOW, "", &stream, &error)); /* stayed as it was */
    assert_int_equal(stream.events, 7);
    stream_record_clear(&stream);
}

static void makes_all_or_nothing(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char name[RECORD_NAME_SIZE + 1];
    size_t accounts = 0;
    memset(name, 'x', RECORD_NAME_SIZE);
    name[RECORD_NAME_SIZE] = '\0';
    const struct enrolled list[] = {{.account = "globex"}, {"globex", "siem", name, "", 1}};
    assert_int_equal(journal_enrol(fixture->journal, list, 2, &error), POSTERN_E_INVALID);
    assert_int_equal(streams_of(fixture, &accounts), 1);
    assert_int_equal(accounts, 1);
    assert_ok(journal_enrol(fixture->journal, list, 0, &error));
}

/* One that fails stops no other, and its words are told. */
static void waits_for_many_commits(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct stream_record streams[MANY];
    struct journal_commit commits[MANY] = {0};
    struct enrolled list[MANY];
    struct account_record account = {0};
    char names[MANY][16];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        list[i] = (struct enrolled){"globex", "siem", names[i], "", POSTERN_STREAM_TOKEN};
    }
    assert_ok(journal_enrol(fixture->journal, list, MANY, &error));
    assert_ok(journal_account(fixture->journal, "globex", &account, &error));
    for (int i = 0; i < MANY; i++) {
        assert_ok(journal_stream(fixture->journal, account.id, "globex", "siem", names[i],
                                 POSTERN_STREAM_TOKEN, "", &streams[i], &error));
        streams[i].events = i + 1;
        commits[i].stream = &streams[i];
    }
    const struct delivery_move unknown = {.delivery_id = 99, .cursor = 1};
    commits[MANY / 2].delivery = &unknown;
    assert_int_equal(journal_commit_all(fixture->journal, commits, MANY, &error), POSTERN_E_INVALID);
    assert_true(error.message[0]);
    for (int i = 0; i < MANY; i++) {
        stream_record_clear(&streams[i]);
        assert_ok(journal_stream(fixture->journal, account.id, "globex", "siem", names[i],
                                 POSTERN_STREAM_TOKEN, "", &streams[i], &error));
        assert_int_equal(streams[i].events, i == MANY / 2 ? 0 : i + 1);
        stream_record_clear(&streams[i]);
    }
    assert_ok(journal_commit_all(fixture->journal, commits, 0, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_what_is_not_there, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(makes_all_or_nothing, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(waits_for_many_commits, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
