/* Notices in the journal: pages like any others, each change once, over restarts and full disks. */
#include "seen_notices.h"
#include <semaphore.h>
#include <sys/resource.h>

static const struct notice_settings settings = {
    .wanted = true, .after_ms = 60000, .repeat_ms = HOUR, .per_hour = 4};

static const struct notice failing = {.kind = NOTICE_ACCOUNT_FAILING,
                                      .account = "acme",
                                      .message = "the credentials were refused (\"HTTP 401\")",
                                      .remedy = "renew them"};
static const struct notice stopped = {.kind = NOTICE_DELIVERY_STOPPED,
                                      .subject = "default/slack",
                                      .message = "HTTP 404",
                                      .events = 7,
                                      .oldest_ms = T0};

static void a_notice_is_an_event_of_its_account(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen;
    assert_false(notice_emit(fixture->journal, &failing)); /* nobody takes them: they cost nothing */
    assert_int_equal(count_of(fixture), 0);
    journal_take_notices(fixture->journal, &settings);
    assert_true(notice_emit(fixture->journal, &failing));
    assert_true(notice_emit(fixture->journal, &stopped));
    settle(fixture);
    look(fixture, &seen);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.accounts[0], "acme");
    assert_string_equal(seen.types[0], "account.failing");
    assert_string_equal(seen.texts[0],
                        "{\"time\":\"2026-01-01T00:00:00.000Z\",\"kind\":\"account.failing\",\"severity\":"
                        "\"warning\",\"account\":\"acme\",\"message\":\"the credentials were refused "
                        "(\\\"HTTP 401\\\")\",\"remedy\":\"renew them\",\"key\":\"account:acme\"}");
    assert_string_equal(seen.accounts[1], NOTICE_ACCOUNT);
    assert_string_equal(
        seen.texts[1], "{\"time\":\"2026-01-01T00:00:00.000Z\",\"kind\":\"delivery.stopped\",\"severity\":"
                       "\"error\",\"delivery\":\"default/slack\",\"sink\":\"slack\",\"message\":\"HTTP 404\","
                       "\"events\":7,\"oldest\":\"2026-01-01T00:00:00.000Z\","
                       "\"key\":\"delivery:postern/default/slack\"}");
    assert_memory_not_equal(seen.ids[0], seen.ids[1], EVENT_ID_SIZE);
}

/* What holds them is no account and no stream of a vendor. */
static void nothing_else_sees_where_they_lie(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct account_record *accounts = NULL;
    struct stream_record *streams = NULL;
    size_t account_count = 0, stream_count = 0;
    journal_take_notices(fixture->journal, &settings);
    notice_emit(fixture->journal, &failing);
    notice_emit(fixture->journal, &stopped);
    assert_int_equal(count_of(fixture), 2);
    assert_ok(journal_accounts(fixture->journal, &accounts, &account_count, &error));
    assert_ok(journal_streams(fixture->journal, &streams, &stream_count, &error));
    assert_int_equal(account_count, 1);
    assert_int_equal(stream_count, 1);
    assert_string_equal(accounts[0].name, "acme");
    assert_string_equal(streams[0].source, "ttp-url");
    account_record_clear(accounts);
    stream_record_clear(streams);
    free(accounts);
    free(streams);
}

static void each_change_is_told_once_over_restarts(void **state)
{
    struct fixture *fixture = *state;
    struct notice connected = failing;
    connected.kind = NOTICE_ACCOUNT_CONNECTED;
    for (int restart = 0; restart < 3; restart++) {
        journal_take_notices(fixture->journal, &settings);
        assert_true(notice_emit(fixture->journal, &failing));
        assert_int_equal(count_of(fixture), 1);
        fixture_close(fixture);
        fixture_open(fixture);
    }
    journal_take_notices(fixture->journal, &settings);
    notice_emit(fixture->journal, &connected);
    notice_emit(fixture->journal, &connected);
    notice_emit(fixture->journal, &failing);
    assert_int_equal(count_of(fixture), 3);
    fixture_advance(fixture, HOUR);
    notice_emit(fixture->journal, &failing);
    assert_int_equal(count_of(fixture), 4);
}

static void what_heals_soon_is_not_told(void **state)
{
    struct fixture *fixture = *state;
    struct notice retrying = stopped, recovered = stopped;
    retrying.kind = NOTICE_DELIVERY_RETRYING;
    retrying.since_ms = T0;
    recovered.kind = NOTICE_DELIVERY_RECOVERED;
    journal_take_notices(fixture->journal, &settings);
    assert_false(notice_emit(fixture->journal, &retrying));
    notice_emit(fixture->journal, &recovered);
    assert_int_equal(count_of(fixture), 0);
    fixture_advance(fixture, 60000);
    assert_true(notice_emit(fixture->journal, &retrying));
    notice_emit(fixture->journal, &recovered);
    assert_int_equal(count_of(fixture), 2);
}

static void beyond_the_bound_they_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen;
    journal_take_notices(fixture->journal, &settings);
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "stream-%d", i);
        struct notice trouble = failing;
        trouble.kind = NOTICE_STREAM_TROUBLE;
        trouble.subject = name;
        notice_emit(fixture->journal, &trouble);
    }
    assert_int_equal(count_of(fixture), 4);
    notice_tend(fixture->journal);
    assert_int_equal(count_of(fixture), 4); /* not yet */
    fixture_advance(fixture, HOUR);
    notice_tend(fixture->journal);
    settle(fixture);
    look(fixture, &seen);
    assert_int_equal(seen.count, 5);
    assert_string_equal(seen.types[4], "notices.left_out");
    assert_non_null(strstr(seen.texts[4], "\"6 more notices were left out\""));
    notice_tend(fixture->journal);
    assert_int_equal(count_of(fixture), 5);
}

static void a_full_journal_has_room_for_notices(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    struct seen seen;
    fixture_close(fixture);
    fixture->settings.max_size = (int64_t)16 << 20;
    fixture_open(fixture);
    journal_take_notices(fixture->journal, &settings);
    assert_ok(journal_delivery(fixture->journal, "p/s", true, &delivery, &error));
    for (int64_t n = 0; !journal_is_full(fixture->journal) && n < 100000; n += 100)
        if (commit_events(fixture, n, 100, 1000, &error) < 0) break;
    assert_true(journal_is_full(fixture->journal));
    assert_comes_true((look(fixture, &seen), seen.count == 1));
    assert_string_equal(seen.types[0], "journal.full");
    int64_t end = 0;
    assert_ok(journal_end(fixture->journal, &end, &error));
    deliver_until(fixture, delivery.id, end);
    assert_comes_true((fixture_advance(fixture, 1000), !journal_is_full(fixture->journal)));
    assert_comes_true((look(fixture, &seen),
                       seen.count >= 1 && strcmp(seen.types[seen.count - 1], "journal.recovered") == 0));
}

static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Full, then a disk that takes nothing, which ends first. */
static void recovered_is_told_when_no_trouble_is_left(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    struct journal_space space = {0};
    struct seen seen;
    fixture_close(fixture);
    fixture->settings.max_size = (int64_t)16 << 20;
    fixture_open(fixture);
    journal_take_notices(fixture->journal, &settings);
    assert_ok(journal_delivery(fixture->journal, "p/s", true, &delivery, &error));
    for (int64_t n = 0; !journal_is_full(fixture->journal) && n < 100000; n += 100)
        if (commit_events(fixture, n, 100, 1000, &error) < 0) break;
    assert_comes_true((look(fixture, &seen), seen.count == 1));
    signal(SIGXFSZ, SIG_IGN);
    set_file_limit(4096);
    assert_comes_true((fixture->stream.requests++, commit_events(fixture, 0, 0, 0, &error),
                       journal_space(fixture->journal, &space), space.kind == SPACE_CANNOT_WRITE));
    set_file_limit(RLIM_INFINITY);
    assert_comes_true((fixture_advance(fixture, 1000), journal_space(fixture->journal, &space),
                       space.kind == SPACE_JOURNAL_FULL));
    assert_comes_true((notice_tend(fixture->journal), look(fixture, &seen), seen.count >= 3));
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.types[1], "journal.unwritable");
    assert_string_equal(seen.types[2], "journal.full");
    int64_t end = 0;
    assert_ok(journal_end(fixture->journal, &end, &error));
    deliver_until(fixture, delivery.id, end);
    assert_comes_true((fixture_advance(fixture, 1000), !journal_is_full(fixture->journal)));
    assert_comes_true((look(fixture, &seen),
                       seen.count >= 1 && strcmp(seen.types[seen.count - 1], "journal.recovered") == 0));
}

static void remove_all(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    const char *const none[] = {""};
    assert_ok(journal_deliveries_keep(fixture->journal, none, 1, &error));
}

/* A delivery of notices lacks nothing that is worth one; any other does, of what it takes. */
static void of_lost_notices_there_is_none(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    struct seen seen;
    journal_take_notices(fixture->journal, &settings);
    assert_ok(journal_delivery(fixture->journal, "p/told", true, &delivery, &error));
    assert_ok(journal_delivery_wants(fixture->journal, delivery.id, "*|notices", &error));
    assert_ok(commit_events(fixture, 0, 10, 10, &error));
    notice_emit(fixture->journal, &failing);
    assert_int_equal(count_of(fixture), 1);
    remove_all(fixture);
    assert_int_equal(count_of(fixture), 1);
    assert_ok(journal_delivery(fixture->journal, "p/all", true, &delivery, &error));
    assert_ok(journal_delivery_wants(fixture->journal, delivery.id, "*|ttp-url", &error));
    remove_all(fixture);
    settle(fixture);
    look(fixture, &seen);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.types[1], "events.skipped");
    assert_non_null(strstr(seen.texts[1], "\"10 events, "));
}

/* It is only a memory of what was told: for its sake no event waits. */
static void a_damaged_memory_of_notices_stops_nothing(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture_damage_table(fixture, "notice");
    fixture_open(fixture);
    journal_take_notices(fixture->journal, &settings);
    for (int64_t n = 0; n < 30; n += 10) {
        notice_emit(fixture->journal, &failing);
        assert_ok(commit_events(fixture, n, 10, 10, &error));
        notice_tend(fixture->journal);
    }
    assert_false(journal_is_full(fixture->journal));
    assert_int_equal(count_of(fixture), 0);
}

#ifdef POSTERN_TESTING
static size_t place_of(const struct seen *seen, const char *type)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->types[i], type) == 0) return i;
    fail_msg("no %s", type);
    return 0;
}

/* A commit whose end holds the writer. */
struct holder {
    struct journal_commit commit;
    sem_t held, go_on;
};

static void hold(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct holder *holder = commit->context;
    (void)status, (void)error;
    sem_post(&holder->held);
    sem_wait(&holder->go_on);
}

static void submit_holder(struct fixture *fixture, struct holder *holder)
{
    holder->commit = (struct journal_commit){.done = hold, .context = holder};
    sem_init(&holder->held, 0, 0);
    sem_init(&holder->go_on, 0, 0);
    journal_submit(fixture->journal, &holder->commit);
}

/* The commit of the first one fails (see main), when what comes behind it is with the writer already. */
static void what_could_not_be_stored_waits(void **state)
{
    struct fixture *fixture = *state;
    struct holder first, second;
    struct notice connected = failing;
    struct seen seen;
    connected.kind = NOTICE_ACCOUNT_CONNECTED;
    journal_take_notices(fixture->journal, &settings);
    submit_holder(fixture, &first);
    sem_wait(&first.held);
    submit_holder(fixture, &second);
    notice_emit(fixture->journal, &failing);
    sem_post(&first.go_on);
    sem_wait(&second.held);
    notice_emit(fixture->journal, &connected);
    sem_post(&second.go_on);
    assert_comes_true(journal_is_full(fixture->journal));
    notice_emit(fixture->journal, &stopped);
    assert_comes_true((fixture_advance(fixture, 100), notice_tend(fixture->journal), look(fixture, &seen),
                       seen.count >= 5));
    assert_int_equal(seen.count, 5);
    assert_true(place_of(&seen, "account.failing") < place_of(&seen, "account.connected"));
    assert_true(place_of(&seen, "account.connected") < place_of(&seen, "delivery.stopped"));
    assert_true(place_of(&seen, "journal.unwritable") < place_of(&seen, "journal.recovered"));
    sem_destroy(&first.held), sem_destroy(&first.go_on);
    sem_destroy(&second.held), sem_destroy(&second.go_on);
}
#endif

int main(void)
{
#ifdef POSTERN_TESTING
    /* account, stream, what holds the writer, then the notice */
    setenv("POSTERN_FAILPOINT", "journal-before-commit:4:error", 1);
#endif
    const struct CMUnitTest tests[] = {
#ifdef POSTERN_TESTING
        cmocka_unit_test_setup_teardown(what_could_not_be_stored_waits, fixture_setup, fixture_teardown),
#endif
        cmocka_unit_test_setup_teardown(a_notice_is_an_event_of_its_account, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_else_sees_where_they_lie, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(each_change_is_told_once_over_restarts, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_heals_soon_is_not_told, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(beyond_the_bound_they_are_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_journal_has_room_for_notices, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(recovered_is_told_when_no_trouble_is_left, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(of_lost_notices_there_is_none, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_memory_of_notices_stops_nothing, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
