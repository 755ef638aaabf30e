/* The verdict is pure: what each situation must be called, and where a tolerance ends. */
#include "../unit.h"
#include "base/error.h"
#include "report/status.h"
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60000)
#define NOW       ((int64_t)1767258000000)

static struct account_record accounts[2];
static struct stream_record streams[2];
static struct delivery_record delivery;

/* A daemon that runs and all of whose work is done. */
static struct status_report *fine(void)
{
    static struct status_report report;
    report = (struct status_report){.now_ms = NOW,
                                    .directory = "/s",
                                    .daemon_runs = true,
                                    .daemon_pid = 7,
                                    .has_heartbeat = true,
                                    .heartbeat_age_ms = 1000,
                                    .volume = {true, false, (int64_t)1 << 30},
                                    .has_journal = true,
                                    .journal_is_there = true,
                                    .accounts = accounts,
                                    .account_count = 2,
                                    .streams = streams,
                                    .stream_count = 2,
                                    .deliveries = &delivery,
                                    .delivery_count = 1};
    report.heartbeat.pid = 7;
    report.heartbeat.started_ms = NOW - 60 * MINUTE_MS;
    report.heartbeat.tolerance = (struct tolerance){.stalled_ms = TOLERANCE_STALLED_MS,
                                                    .pending_ms = TOLERANCE_PENDING_MS,
                                                    .missed_polls = TOLERANCE_MISSED_POLLS,
                                                    .backlog_ms = TOLERANCE_BACKLOG_MS,
                                                    .once_ms = TOLERANCE_ONCE_MS};
    for (int i = 0; i < 2; i++) {
        accounts[i] = (struct account_record){.id = i + 1,
                                              .name = i ? "globex" : "acme",
                                              .added_ms = NOW - 600 * MINUTE_MS,
                                              .status = ACCOUNT_CONNECTED};
        streams[i] = (struct stream_record){.account_id = i + 1,
                                            .account = accounts[i].name,
                                            .source = "audit",
                                            .name = "audit",
                                            .state = STREAM_OK,
                                            .last_success_ms = NOW - MINUTE_MS,
                                            .next_attempt_ms = NOW + MINUTE_MS};
    }
    delivery =
        (struct delivery_record){.name = "p/s", .state = DELIVERY_OK, .last_success_ms = NOW - MINUTE_MS};
    return &report;
}

static const struct verdict_reason *expect(struct status_report *report, enum verdict_level level,
                                           const char *code)
{
    verdict_reach(report, &report->verdict);
    const struct verdict_reason *first = &report->verdict.reasons[0];
    assert_int_equal(report->verdict.level, level);
    assert_int_equal(report->verdict.reason_count > 0, code != NULL);
    if (code) assert_string_equal(first->code, code);
    if (code) assert_true(first->text[0] && first->remedy[0]);
    return first;
}

static void all_is_well(void **state)
{
    (void)state;
    expect(fine(), VERDICT_GOOD, NULL);
    streams[0].state = STREAM_NOT_LICENSED;
    streams[0].last_success_ms = 0;
    expect(fine(), VERDICT_GOOD, NULL);
}

static void a_heartbeat_grows_old(void **state)
{
    (void)state;
    struct status_report *report = fine();
    report->heartbeat_age_ms = HEARTBEAT_FRESH_MS;
    expect(report, VERDICT_GOOD, NULL);
    report->heartbeat_age_ms++;
    expect(report, VERDICT_BAD, "no_heartbeat");
    report->heartbeat.pid = 6; /* another's: this one has not begun */
    report->locked_since_ms = NOW - MINUTE_MS;
    expect(report, VERDICT_ATTENTION, "starting");
    report->locked_since_ms = NOW - TOLERANCE_STALLED_MS - 1;
    expect(report, VERDICT_BAD, "does_not_start");
    report->daemon_runs = false;
    expect(report, VERDICT_BAD, "not_running");
}

static void a_part_stands(void **state)
{
    (void)state;
    static const char *const parts[] = {"journal", "network", "main"};
    for (size_t i = 0; i < 3; i++) {
        struct status_report *report = fine();
        report->heartbeat.part_count = 1;
        report->heartbeat.parts[0] =
            (struct standing_part){.step = "turning", .for_ms = TOLERANCE_STALLED_MS - 1000};
        strcpy(report->heartbeat.parts[0].part, parts[i]);
        expect(report, VERDICT_GOOD, NULL);
        report->heartbeat.parts[0].for_ms++;
        const struct verdict_reason *reason = expect(report, VERDICT_BAD, "part_stands");
        assert_string_equal(reason->names[0], parts[i]);
        assert_non_null(strstr(reason->text, parts[i]));
    }
}

static void a_sink_is_blocked(void **state)
{
    (void)state;
    struct status_report *report = fine();
    report->heartbeat.part_count = 1;
    report->heartbeat.parts[0] = (struct standing_part){"sink s", "write", 3600000};
    assert_non_null(strstr(expect(report, VERDICT_BAD, "sink_blocked")->text, "blocked in write for 1h"));
    strcpy(report->heartbeat.parts[0].part, "sink other");
    expect(report, VERDICT_GOOD, NULL);
}

static void late_polls_are_said_for_each_cause(void **state)
{
    (void)state;
    struct status_report *report = fine();
    struct late_polls *late = &report->heartbeat.late;
    *late = (struct late_polls){.settings = {[LATE_CONNECTIONS] = 64}};
    late->groups[LATE_CONNECTIONS] =
        (struct late_group){.streams = 2, .interval_ms = 30000, .every_ms = 45000, .example = "acme/audit"};
    const struct verdict_reason *reason = expect(report, VERDICT_ATTENTION, "polls_late");
    assert_string_equal(reason->text,
                        "2 streams are polled every 45s on average instead of every 30s, because all "
                        "connections are in use (max_connections = 64), such as acme/audit");
    assert_string_equal(reason->remedy,
                        "Raise max_connections in http { ... }, which needs a restart, or lengthen "
                        "`interval` of their sources to 45s or more");
    assert_true(reason->count == 2 && reason->of == 2);
    assert_string_equal(reason->names[0], "acme/audit");
    memset(late->groups, 0, sizeof late->groups);
    late->groups[LATE_ANSWER] = (struct late_group){.streams = 1, .interval_ms = 30000, .every_ms = 60000};
    reason = expect(report, VERDICT_ATTENTION, "polls_late");
    assert_string_equal(reason->text,
                        "1 stream is polled every 1m on average instead of every 30s, because the "
                        "vendor's answers take so long");
    assert_string_equal(reason->remedy, "Lengthen `interval` of their sources to 1m or more");
    report->heartbeat_age_ms = HEARTBEAT_FRESH_MS + 1; /* nobody knows how it is now */
    expect(report, VERDICT_BAD, "no_heartbeat");
}

static void streams_are_judged_by_the_clock(void **state)
{
    (void)state;
    struct status_report *report = fine();
    report->heartbeat.tolerance.interval_count = 3; /* another API's comes first, and another stream's last */
    report->heartbeat.tolerance.intervals[0] = (struct stream_interval){"audit toys/2", 15 * MINUTE_MS};
    report->heartbeat.tolerance.intervals[1] = (struct stream_interval){"audit toys/1", 10 * MINUTE_MS};
    report->heartbeat.tolerance.intervals[2] = (struct stream_interval){"audit-more toys/1", 60 * MINUTE_MS};
    streams[0].auth = streams[1].auth = "toys/1";
    streams[0].last_success_ms = NOW - 35 * MINUTE_MS;
    expect(report, VERDICT_GOOD, NULL);
    streams[0].last_success_ms--;
    const struct verdict_reason *reason = expect(report, VERDICT_ATTENTION, "stream_late");
    assert_string_equal(reason->names[0], "acme/audit");
    assert_true(reason->count == 1 && reason->of == 2);
    streams[1].last_success_ms = streams[0].last_success_ms;
    expect(report, VERDICT_BAD, "stream_late");
    report = fine();
    streams[0].next_attempt_ms = NOW - 3 * TOLERANCE_STALLED_MS - 1;
    expect(report, VERDICT_ATTENTION, "stream_overdue");
    report = fine(); /* polls without anything new may wait so long to be stored */
    report->heartbeat.tolerance.idle_flush_ms = 5 * MINUTE_MS;
    streams[0].last_success_ms = NOW - (3 * 15 + 5 + 5) * MINUTE_MS;
    streams[0].next_attempt_ms = NOW - 3 * TOLERANCE_STALLED_MS - 5 * MINUTE_MS;
    expect(report, VERDICT_GOOD, NULL);
    streams[0].next_attempt_ms--;
    expect(report, VERDICT_ATTENTION, "stream_overdue");
    streams[0].last_success_ms--;
    expect(report, VERDICT_ATTENTION, "stream_late");
    report = fine();
    streams[0].last_success_ms = 0;
    streams[0].state = STREAM_PENDING;
    expect(report, VERDICT_ATTENTION, "stream_pending");
    accounts[0].added_ms = NOW - TOLERANCE_PENDING_MS;
    expect(report, VERDICT_GOOD, NULL);
    streams[0].state = STREAM_RETRYING; /* a rate limit for ever is no excuse, trouble needs none */
    expect(report, VERDICT_ATTENTION, "stream_retrying");
}

static void an_account_in_trouble_speaks_for_its_streams(void **state)
{
    (void)state;
    struct status_report *report = fine();
    accounts[1].status = ACCOUNT_FAILED;
    accounts[1].trouble = trouble_words_new("refused", "make new keys", NULL);
    streams[1].state = STREAM_FAILED;
    const struct verdict_reason *reason = expect(report, VERDICT_ATTENTION, "account_failed");
    assert_non_null(strstr(reason->text, "1 of 2 accounts has failed: globex: refused"));
    assert_int_equal(report->verdict.reason_count, 1);
    free(accounts[1].trouble);
}

static void an_account_that_nothing_reads(void **state)
{
    (void)state;
    struct status_report *report = fine();
    report->stream_count = 1;
    const struct verdict_reason *reason = expect(report, VERDICT_ATTENTION, "account_unread");
    assert_non_null(strstr(reason->text, "1 of 2 accounts is not read: no source reads globex"));
    report->stream_count = 0;
    reason = expect(report, VERDICT_BAD, "account_unread");
    assert_non_null(strstr(reason->text, "2 of 2 accounts are not read: no source reads acme"));
}

/* Of a daemon it is a matter of time; what a run left waiting was not read. */
static void a_rate_limit_in_a_run_that_is_over(void **state)
{
    (void)state;
    struct status_report *report = fine();
    streams[0].state = STREAM_WAITING;
    expect(report, VERDICT_GOOD, NULL);
    report->daemon_runs = false;
    report->heartbeat.once = true;
    report->heartbeat.ended_ms = NOW - MINUTE_MS;
    report->heartbeat.exit_code = 1;
    expect(report, VERDICT_ATTENTION, "once_incomplete");
    assert_string_equal(report->verdict.reasons[1].code, "stream_retrying");
    streams[1].state = STREAM_WAITING;
    expect(report, VERDICT_BAD, "stream_retrying");
}

/* Neither late nor in trouble, as long as it goes on when it said. */
static void a_stream_that_is_out_of_calls(void **state)
{
    (void)state;
    struct status_report *report = fine();
    streams[0].state = STREAM_OUT_OF_CALLS;
    streams[0].trouble =
        trouble_words_new("the 50 calls in 15m that the vendor allows are used up", NULL, NULL);
    streams[0].last_success_ms = NOW - 600 * MINUTE_MS;
    expect(report, VERDICT_GOOD, NULL);
    streams[0].last_success_ms = 0;
    expect(report, VERDICT_GOOD, NULL);
    streams[0].next_attempt_ms = NOW - 3 * TOLERANCE_STALLED_MS - 1;
    expect(report, VERDICT_ATTENTION, "stream_overdue");
    report->daemon_runs = false;
    report->heartbeat.once = true;
    report->heartbeat.ended_ms = NOW - MINUTE_MS;
    report->heartbeat.exit_code = 1;
    expect(report, VERDICT_ATTENTION, "once_incomplete");
    assert_string_equal(report->verdict.reasons[1].code, "stream_retrying");
    free(streams[0].trouble);
}

static void a_directory_that_nobody_may_look_into(void **state)
{
    (void)state;
    struct status_report *report = fine();
    report->daemon_runs = report->has_heartbeat = report->has_journal = report->journal_is_there = false;
    error_set(&report->directory_error, POSTERN_E_IO, "cannot look into /s");
    report->directory_error.code = POSTERN_E_IO;
    error_remedy(&report->directory_error, "be somebody else");
    const struct verdict_reason *reason = expect(report, VERDICT_BAD, "state_unreadable");
    assert_string_equal(reason->remedy, "be somebody else");
    assert_int_equal(report->verdict.reason_count, 1);
    report->directory_error.code = POSTERN_OK;
    expect(report, VERDICT_BAD, "never_started");
}

static const char *good_words(struct status_report *report)
{
    expect(report, VERDICT_GOOD, NULL);
    return report->verdict.good;
}

static void one_is_one(void **state)
{
    (void)state;
    struct status_report *report = fine();
    report->totals.dead_letters = 2;
    assert_string_equal(good_words(report),
                        "running for 1h; all 2 streams of 2 accounts are read, and nothing "
                        "waits too long; 2 dead letters, see `postern dead list --count`");
    report->stream_count = report->account_count = 1;
    report->totals.dead_letters = 1;
    assert_string_equal(good_words(report),
                        "running for 1h; 1 stream of 1 account is read, and nothing waits "
                        "too long; 1 dead letter, see `postern dead list --count`");
    static const struct {
        enum stream_state state;
        const char *one, *many;
    } rows[] = {
        {STREAM_FAILED, "1 of 1 stream cannot be read: ", "2 of 2 streams cannot be read: "},
        {STREAM_RETRYING, "1 of 1 stream could not be read and is tried again: ",
         "2 of 2 streams could not be read and are tried again: "},
        {STREAM_FULL, "1 of 1 stream waits because", "2 of 2 streams wait because"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        report = fine();
        streams[0].state = streams[1].state = rows[i].state;
        verdict_reach(report, &report->verdict);
        assert_ptr_equal(strstr(report->verdict.reasons[0].text, rows[i].many),
                         report->verdict.reasons[0].text);
        report->stream_count = report->account_count = 1;
        verdict_reach(report, &report->verdict);
        assert_ptr_equal(strstr(report->verdict.reasons[0].text, rows[i].one),
                         report->verdict.reasons[0].text);
    }
    report = fine();
    delivery.state = DELIVERY_RETRYING;
    delivery.backlog_events = 1;
    assert_non_null(strstr(expect(report, VERDICT_ATTENTION, "delivery_retrying")->text, "1 event waits)"));
}

static void a_delivery_falls_behind(void **state)
{
    (void)state;
    struct status_report *report = fine();
    delivery.backlog_events = 5;
    delivery.last_success_ms = NOW - 6000 * MINUTE_MS; /* idle for days: only what waits counts */
    delivery.waiting_since_ms = NOW - TOLERANCE_BACKLOG_MS;
    expect(report, VERDICT_GOOD, NULL);
    delivery.waiting_since_ms--;
    expect(report, VERDICT_BAD, "delivery_behind");
    delivery.last_success_ms = NOW - MINUTE_MS; /* much waits, and it moves */
    expect(report, VERDICT_GOOD, NULL);
    delivery.removed_ms = 1;
    delivery.state = DELIVERY_STOPPED;
    expect(report, VERDICT_GOOD, NULL);
}

static void space_has_its_own_words(void **state)
{
    (void)state;
    static const struct {
        enum space_kind kind;
        const char *code, *words;
    } rows[] = {
        {SPACE_JOURNAL_FULL, "journal_full", "the journal has been full for 1h"},
        {SPACE_DISK_FULL, "disk_full", "the disk of the state directory /s has been full for 1h"},
        {SPACE_READ_ONLY, "read_only", "read-only file system"},
        {SPACE_CANNOT_WRITE, "cannot_write", "Input/output error"},
        {SPACE_LOG_STUCK, "journal_pinned", "another process"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct status_report *report = fine();
        report->heartbeat.space =
            (struct journal_space){rows[i].kind, NOW - 60 * MINUTE_MS, "Input/output error"};
        assert_non_null(strstr(expect(report, VERDICT_BAD, rows[i].code)->text, rows[i].words));
        assert_int_equal(report->verdict.reason_count, 1);
    }
    struct status_report *report = fine();
    report->volume.free_bytes = 0;
    expect(report, VERDICT_BAD, "disk_full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(a_heartbeat_grows_old),
        cmocka_unit_test(a_part_stands),
        cmocka_unit_test(late_polls_are_said_for_each_cause),
        cmocka_unit_test(a_sink_is_blocked),
        cmocka_unit_test(streams_are_judged_by_the_clock),
        cmocka_unit_test(an_account_in_trouble_speaks_for_its_streams),
        cmocka_unit_test(an_account_that_nothing_reads),
        cmocka_unit_test(a_rate_limit_in_a_run_that_is_over),
        cmocka_unit_test(a_stream_that_is_out_of_calls),
        cmocka_unit_test(a_directory_that_nobody_may_look_into),
        cmocka_unit_test(one_is_one),
        cmocka_unit_test(a_delivery_falls_behind),
        cmocka_unit_test(space_has_its_own_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
