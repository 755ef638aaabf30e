/* The sources that are read by time range: which events an answer holds, and where to go on. */
#include "harness.h"
#include <stdlib.h>

#define OPEN  "{\"meta\":{\"pagination\":{\"pageSize\":2},\"status\":200},\"data\":["
#define MORE  "{\"meta\":{\"pagination\":{\"pageSize\":2,\"next\":\"eNoV\"},\"status\":200},\"data\":["
#define CLOSE "],\"fail\":[]}"

struct row {
    const char *why;
    const char *source, *position;
    const char *body;
    int32_t outcome;
    const char *next;
    size_t events, aside;
};

static const struct row rows[] = {
    {"audit: flat records, one more page", "audit", NULL, MORE "{\"id\":\"1\"},{\"id\":\"2\"}" CLOSE,
     POSTERN_MORE, "eNoV", 2, 0},
    {"audit: the last page", "audit", "eNoV", OPEN "{\"id\":\"3\"}" CLOSE, POSTERN_END, "", 1, 0},
    {"a trailing next with an empty page ends the list", "audit", "eNoV", MORE CLOSE, POSTERN_END, "", 0, 0},
    {"the same on the first page is nothing new", "audit", NULL, MORE CLOSE, POSTERN_NOTHING_NEW, "", 0, 0},
    {"next may be an empty text", "audit", NULL,
     "{\"meta\":{\"pagination\":{\"next\":\"\"}},\"data\":[{\"id\":\"1\"}]}", POSTERN_END, "", 1, 0},
    {"next may be null", "audit", NULL,
     "{\"meta\":{\"pagination\":{\"next\":null}},\"data\":[{\"id\":\"1\"}]}", POSTERN_END, "", 1, 0},
    {"next with escapes", "audit", NULL,
     "{\"meta\":{\"pagination\":{\"next\":\"a\\/b\\u003d\"}},\"data\":[{\"id\":\"1\"}]}", POSTERN_MORE,
     "a/b=", 1, 0},
    {"pagination missing (Q3)", "audit", NULL,
     "{\"meta\":{\"status\":200},\"data\":[{\"id\":\"1\"}],\"fail\":[]}", POSTERN_END, "", 1, 0},
    {"meta missing", "audit", NULL, "{\"data\":[{\"id\":\"1\"}]}", POSTERN_END, "", 1, 0},
    {"data missing", "ttp-url", NULL, "{\"meta\":{\"status\":200},\"fail\":[]}", POSTERN_NOTHING_NEW, "", 0,
     0},
    {"data null", "ttp-url", NULL, "{\"meta\":{\"status\":200},\"data\":null}", POSTERN_NOTHING_NEW, "", 0,
     0},
    {"meta behind data", "audit", NULL,
     "{\"fail\":[],\"data\":[{\"id\":\"1\"}],\"meta\":{\"pagination\":{\"next\":\"n\"}}}", POSTERN_MORE, "n",
     1, 0},
    {"white space everywhere", "audit", NULL,
     " \r\n{ \"meta\" : { \"status\" : 200 } , \"data\" : [ { \"id\" : \"1\" } , { } ] }\n", POSTERN_END, "",
     2, 0},
    {"nested records", "ttp-url", NULL, MORE "{\"clickLogs\":[{\"url\":\"u\"},{\"url\":\"v\"}]}" CLOSE,
     POSTERN_MORE, "eNoV", 2, 0},
    {"an empty nested list (Q10)", "dlp", NULL, MORE "{\"dlpLogs\":[]}" CLOSE, POSTERN_NOTHING_NEW, "", 0, 0},
    {"an empty nested list behind pages", "dlp", "p", MORE "{\"dlpLogs\":[]}" CLOSE, POSTERN_END, "", 0, 0},
    {"an empty container", "dlp", NULL, OPEN "{}" CLOSE, POSTERN_NOTHING_NEW, "", 0, 0},
    {"a nested list that is null", "dlp", NULL, OPEN "{\"dlpLogs\":null}" CLOSE, POSTERN_NOTHING_NEW, "", 0,
     0},
    {"members beside the list", "ttp-impersonation", NULL,
     OPEN "{\"resultCount\":1,\"impersonationLogs\":[{\"id\":\"MTOKEN:x\"}],\"z\":{}}" CLOSE, POSTERN_END, "",
     1, 0},
    {"several containers", "ttp-attachment", NULL,
     OPEN "{\"attachmentLogs\":[{\"a\":1}]},{\"attachmentLogs\":[{\"a\":2},{\"a\":3}]}" CLOSE, POSTERN_END,
     "", 3, 0},
    {"records that are no objects are kept aside, the others are events", "audit", NULL,
     MORE "{\"id\":\"1\"},7,null,[{}],\"x\",{\"id\":\"2\"}" CLOSE, POSTERN_MORE, "eNoV", 2, 4},
    {"a page of strange records is not empty", "audit", NULL, MORE "7" CLOSE, POSTERN_MORE, "eNoV", 0, 1},
    {"nested likewise", "ttp-url", NULL, OPEN "{\"clickLogs\":[{},true]},17" CLOSE, POSTERN_END, "", 1, 2},
    {"a list under another name is not dropped", "ttp-url", NULL, OPEN "{\"clicks\":[{\"url\":\"u\"}]}" CLOSE,
     POSTERN_END, "", 0, 1},
    {"an empty list under another name is nothing", "ttp-url", NULL, OPEN "{\"clicks\":[ ],\"n\":0}" CLOSE,
     POSTERN_NOTHING_NEW, "", 0, 0},
    {"bytes behind the page are kept", "audit", NULL, OPEN "{\"id\":\"1\"}" CLOSE " {\"id\":\"2\"}",
     POSTERN_END, "", 1, 1},
    {"status 200 in meta is no failure, and fail may be null", "audit", NULL,
     "{\"meta\":{\"status\":200},\"fail\":null,\"data\":[{\"id\":\"1\"}]}", POSTERN_END, "", 1, 0},
    {"held-release", "held-release", NULL,
     MORE "{\"heldReleaseLogs\":[{\"id\":\"1\",\"to\":[{\"emailAddress\":\"a@b\"}]},{\"id\":\"2\"}]}" CLOSE,
     POSTERN_MORE, "eNoV", 2, 0},
    {"archive-search: the last page has a token of no use", "archive-search", "p", MORE CLOSE, POSTERN_END,
     "", 0, 0},
    {"archive-search: the null sender", "archive-search", NULL,
     MORE "{\"logs\":[{\"emailAddr\":\"<>\"}]}" CLOSE, POSTERN_MORE, "eNoV", 1, 0},
    {"archive-view: flat records", "archive-view", NULL, MORE "{\"viewer\":\"a\"},{\"viewer\":\"b\"}" CLOSE,
     POSTERN_MORE, "eNoV", 2, 0},
    {"remediation", "remediation", NULL,
     OPEN "{\"incidents\":[{\"id\":\"1\",\"searchCriteria\":{\"start\":\"x\"}},{\"id\":\"1\"}]}" CLOSE,
     POSTERN_END, "", 2, 0},
    /* of a list that nobody has described */
    {"rejections in one object", "rejections", NULL, MORE "{\"rejections\":[{\"info\":\"i\"}]}" CLOSE,
     POSTERN_MORE, "eNoV", 1, 0},
    {"under another name", "rejections", NULL,
     MORE "{\"count\":2,\"rejectionLogs\":[{\"info\":\"i\"},{\"info\":\"j\"}]}" CLOSE, POSTERN_MORE, "eNoV",
     2, 0},
    {"under a name that nobody has thought of", "rejections", NULL,
     MORE "{\"refused\":[{\"info\":\"i\"}],\"count\":1}" CLOSE, POSTERN_MORE, "eNoV", 1, 0},
    {"rejections flat, with recipients", "rejections", NULL,
     MORE "{\"rejected\":\"2026-01-01T00:01:02Z\",\"to\":[{\"emailAddress\":\"a@b\"}]},{\"time\":"
          "1767225662}" CLOSE,
     POSTERN_MORE, "eNoV", 2, 0},
    {"what cannot be told is kept", "rejections", NULL,
     MORE "{\"info\":\"no time\"},{\"a\":[{}],\"b\":[{}]}" CLOSE, POSTERN_MORE, "eNoV", 0, 2},
    {"nothing in it is nothing", "rejections", NULL,
     MORE "{},{\"count\":0,\"rejections\":[]},{\"refused\":[]},{\"count\":0}" CLOSE, POSTERN_NOTHING_NEW, "",
     0, 0},
    {"a byte order mark", "audit", NULL, "\xef\xbb\xbf{\"data\":[{\"id\":\"1\"}]}", POSTERN_END, "", 1, 0},
};

static void pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct test_source source = source_open(row->source, NULL, 0);
        struct outcome *got =
            source_answer(&source, &(struct question){.position = row->position, .body = text_of(row->body)});
        if (got->status < 0) fail_msg("%s: %s", row->why, got->error.message);
        if (got->outcome != row->outcome || strcmp(got->position, row->next) ||
            got->event_count != row->events || got->aside_count != row->aside || got->keep_position)
            fail_msg("%s: outcome %d, next \"%s\", %zu events, %zu set aside", row->why, got->outcome,
                     got->position, got->event_count, got->aside_count);
        outcome_free(got);
        source_close(&source);
    }
}

static void records_keep_their_text(void **state)
{
    (void)state;
    static const char record[] = "{ \"id\":\"1\",\"n\":1.0,\"big\":12345678901234567890,\"e\":[ "
                                 "],\"u\":\"\\u00e4\",\"o\":{\"a\":null} }";
    char body[512];
    snprintf(body, sizeof body, OPEN "\n %s \n" CLOSE, record);
    struct test_source source = source_open("audit", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.body = text_of(body)});
    assert_int_equal(got->event_count, 1);
    assert_string_equal(got->events[0].json, record);
    outcome_free(got);
    source_close(&source);
}

static void types_and_times(void **state)
{
    static const struct {
        const char *source, *list, *record;
        int64_t time_ms;
    } times[] = {
        {"audit", NULL, "{\"eventTime\":\"2026-01-01T00:01:02+0000\"}", 1767225662000},
        {"ttp-url", "clickLogs", "{\"date\":\"2026-01-01T00:01:02+0000\"}", 1767225662000},
        {"ttp-attachment", "attachmentLogs", "{\"date\":\"2025-12-31T20:01:02-0400\"}", 1767225662000},
        {"ttp-impersonation", "impersonationLogs", "{\"eventTime\":\"2026-01-01T01:01:02+01:00\"}",
         1767225662000},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01T00:01:02Z\"}", 1767225662000},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01T00:01:02\"}", 1767225662000},     /* no offset: UTC */
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01T0:01:02+0000\"}", 1767225662000}, /* one digit */
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01 00: 01 :02.987+00\"}", 1767225662987},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2024-02-29T00:00:00Z\"}", 1709164800000},
        {"dlp", "dlpLogs", "{\"eventTime\":\"1969-12-31T23:59:59Z\"}", -1000},
        {"held-release", "heldReleaseLogs", "{\"released\":\"2026-01-01T00:01:02+00:00\"}", 1767225662000},
        {"archive-search", "logs", "{\"createTime\":\"2026-01-01T00:01:02+0000\"}", 1767225662000},
        {"archive-view", NULL,
         "{\"messageDate\":\"2025-01-01T00:00:00Z\",\"viewed\":\"2026-01-01T00:01:02+0000\"}", 1767225662000},
        /* when it changed, else when it was made */
        {"remediation", "incidents",
         "{\"create\":\"2025-12-01T00:00:00+0000\",\"modified\":\"2026-01-01T00:01:02+0000\"}",
         1767225662000},
        {"remediation", "incidents", "{\"create\":\"2026-01-01T00:01:02+0000\",\"modified\":\"\"}",
         1767225662000},
        /* a field that is known before one that is not, wherever it stands */
        {"rejections", "rejections",
         "{\"sent\":\"2025-01-01T00:00:00Z\",\"rejected\":\"2026-01-01T00:01:02Z\"}", 1767225662000},
        {"rejections", "rejections",
         "{\"rejected\":\"2026-01-01T00:01:02Z\",\"sent\":\"2025-01-01T00:00:00Z\"}", 1767225662000},
        {"rejections", "rejections", "{\"when\":\"2026-01-01T00:01:02Z\"}", 1767225662000},
        {"rejections", "rejections", "{\"when\":1767225662123,\"size\":12345678}", 1767225662123},
        {"rejections", "rejections", "{\"when\":1767225662}", 1767225662000},
        {"rejections", "rejections", "{\"size\":12345678,\"text\":\"2026-01-01\"}", 0},
        {"dlp", "dlpLogs", "{}", 0}, /* none */
        {"dlp", "dlpLogs", "{\"eventTime\":null}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":1767225662000}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"\"}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"yesterday\"}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-02-30T00:00:00Z\"}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-13-01T00:00:00Z\"}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01T24:00:00Z\"}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01T00:00:00+9900\"}", 0},
        {"dlp", "dlpLogs", "{\"eventTime\":\"2026-01-01T00:00:00Zulu\"}", 0},
        {"dlp", "dlpLogs", "{\"x\":{\"eventTime\":\"2026-01-01T00:01:02Z\"}}", 0}, /* not one deeper */
    };
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char body[512];
        struct test_source source = source_open(times[i].source, NULL, 0);
        if (times[i].list)
            snprintf(body, sizeof body, OPEN "{\"%s\":[%s]}" CLOSE, times[i].list, times[i].record);
        else
            snprintf(body, sizeof body, OPEN "%s" CLOSE, times[i].record);
        struct outcome *got = source_answer(&source, &(struct question){.body = text_of(body)});
        assert_int_equal(got->status, POSTERN_OK);
        assert_int_equal(got->event_count, 1);
        assert_string_equal(got->events[0].type, times[i].source);
        if (got->events[0].time_ms != times[i].time_ms)
            fail_msg("%s: %lld", times[i].record, (long long)got->events[0].time_ms);
        outcome_free(got);
        source_close(&source);
    }
}

/* What is held is known again by Mimecast's own key. */
static void held_messages_have_a_key(void **state)
{
    (void)state;
    struct test_source source = source_open("hold-queue", NULL, 0);
    struct outcome *got = source_answer(
        &source, &(struct question){
                     .body = text_of(MORE "{\"id\":\"eNo1\",\"dateReceived\":\"2026-01-01T00:01:02+0000\","
                                          "\"to\":{\"id\":\"x\"}},{\"reason\":\"r\"}" CLOSE)});
    assert_int_equal(got->outcome, POSTERN_MORE);
    assert_int_equal(got->event_count, 2);
    assert_string_equal(got->events[0].id, "eNo1");
    assert_string_equal(got->events[0].type, "hold-queue");
    assert_true(got->events[0].time_ms == 1767225662000);
    assert_string_equal(got->events[1].id, ""); /* without one its text is the key */
    outcome_free(got);
    got = source_answer(&source, &(struct question){.body = text_of(OPEN CLOSE)});
    assert_int_equal(got->outcome, POSTERN_NOTHING_NEW); /* the queue is empty */
    outcome_free(got);
    source_close(&source);
}

/* ---- Damage ---- */

static void answers_that_cannot_be_read(void **state)
{
    static const struct {
        const char *body, *message;
    } bad[] = {
        {"", "no JSON object"},
        {"<html><body>maintenance</body></html>", "no JSON object"},
        {"[]", "no JSON object"},
        {"{}", "neither meta nor data"},
        {"{\"me", "neither meta nor data"},
        {"{\"data\":[{\"id\":\"1\"},", "ends early"}, /* no meta: where to go on is not known */
        {"{\"meta\":{\"pagination\":{\"next\":7}},\"data\":[{}]}", "is no text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (unsigned attempt = 1; attempt < 9;
             attempt += 7) { /* however often it was tried: the range waits */
            struct test_source source = source_open("audit", NULL, 0);
            struct outcome *got = source_answer(&source, &(struct question){.position = "here",
                                                                            .attempt = attempt,
                                                                            .body = text_of(bad[i].body),
                                                                            .content_type = "text/html"});
            if (got->status != POSTERN_E_PROTOCOL || !strstr(got->error.message, bad[i].message))
                fail_msg("%s: %d %s", bad[i].body, got->status, got->error.message);
            outcome_free(got);
            source_close(&source);
        }
}

/* A damaged page is asked for three times more; then its whole records are taken and the rest is set aside.
 */
static void damaged_pages(void **state)
{
    static const struct {
        const char *source, *body;
        size_t events, aside;
        const char *rest; /* what is set aside first */
    } damage[] = {
        {"audit", MORE "{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3", 2, 1, "{\"id\":\"3"},
        {"audit", MORE "{\"id\":\"1\"},", 1, 1, ""},
        {"audit", MORE "{\"id\":\"1\"},{\"id\":\"2\",\"x\":tru},{\"id\":\"3\"}" CLOSE, 2, 1,
         "{\"id\":\"2\",\"x\":tru}"},
        {"audit", MORE "{\"id\":\"1\"},{\"s\":\"say \"hi\" to\"},{\"id\":\"3\"}" CLOSE, 2, 1,
         "{\"s\":\"say \"hi\" to\"}"},
        {"audit", MORE "{\"id\":\"1\"} {\"id\":\"2\"}" CLOSE, 2, 1, ""},
        {"ttp-url", MORE "{\"clickLogs\":[{\"u\":1},{\"u\":2},{\"u\"", 2, 1, "{\"u\""},
        {"ttp-url", MORE "{\"clickLogs\":[{\"u\":1},{\"u\":\"\1\"},{\"u\":3}]}" CLOSE, 2, 1,
         "{\"u\":\"\1\"}"},
        {"ttp-url", MORE "{\"clickLogs\":[{\"u\":1}],\"resul", 1, 1, "{\"clickLogs\":[{\"u\":1}],\"resul"},
        {"ttp-url", MORE "{\"clickLogs\":[{\"u\":1}]}", 1, 1, ""},
        {"audit", MORE "{\"id\":\"1\"}],\"data\":[{\"id\":\"2\"}],\"x\":1,\"data\":[7" CLOSE, 1, 1,
         "[{\"id\":\"2\"}],\"x\":1,\"data\":[7]"},
        {"audit", MORE "],\"data\":[{\"id\":\"2\"}" CLOSE, 0, 1, "[{\"id\":\"2\"}]"},
        {"ttp-url", MORE "{\"clickLogs\":{\"u\":1}}" CLOSE, 0, 1, "{\"clickLogs\":{\"u\":1}}"},
        {"ttp-url", MORE "{\"n\":1,\"clickLogs\":\"\"},{\"clickLogs\":[{\"u\":2}]}" CLOSE, 1, 1,
         "{\"n\":1,\"clickLogs\":\"\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++)
        for (unsigned attempt = 1; attempt <= 4; attempt++) {
            struct test_source source = source_open(damage[i].source, NULL, 0);
            struct outcome *got = source_answer(
                &source, &(struct question){.attempt = attempt, .body = text_of(damage[i].body)});
            if (attempt <= 3) {
                assert_int_equal(got->status, POSTERN_E_PROTOCOL);
            } else {
                if (got->status < 0) fail_msg("row %zu: %s", i, got->error.message);
                if (got->event_count != damage[i].events || got->aside_count != damage[i].aside ||
                    strcmp(got->aside[0].bytes, damage[i].rest))
                    fail_msg("row %zu: %zu events, %zu set aside, first \"%s\"", i, got->event_count,
                             got->aside_count, got->aside_count ? got->aside[0].bytes : "");
                assert_true(got->aside[0].reason[0] && got->aside[0].name[0]);
                assert_int_equal(got->outcome, POSTERN_MORE); /* the token stood in front of the damage */
                assert_string_equal(got->position, "eNoV");
            }
            outcome_free(got);
            source_close(&source);
        }
}

/* Cut at every byte: no crash, no event made up, none lost in front of the cut. */
static void page_cut_anywhere(void **state)
{
    (void)state;
    static const char body[] =
        MORE "{\"clickLogs\":[{\"u\":1,\"s\":\"a]}\"},{\"u\":2},{\"u\":[3,{\"x\":\"\\\"\"}]}]}" CLOSE;
    static const char *const records[] = {"{\"u\":1,\"s\":\"a]}\"}", "{\"u\":2}",
                                          "{\"u\":[3,{\"x\":\"\\\"\"}]}"};
    struct test_source source = source_open("ttp-url", NULL, 0);
    for (size_t size = 0; size < sizeof body - 1; size++) {
        struct outcome *got = source_answer(&source, &(struct question){.attempt = 4, .body = {body, size}});
        size_t whole = 0;
        for (const char *end; whole < 3 && (end = strstr(body, records[whole])); whole++)
            if (end + strlen(records[whole]) > body + size) break;
        if (got->status == POSTERN_OK) {
            assert_int_equal(got->event_count, whole);
            for (size_t i = 0; i < whole; i++)
                assert_string_equal(got->events[i].json, records[i]);
        } else {
            assert_int_equal(got->status, POSTERN_E_PROTOCOL);
            assert_true(whole == 0);
        }
        outcome_free(got);
    }
    source_close(&source);
}

static void the_cores_refusal_is_passed_on(void **state)
{
    (void)state;
    struct test_source source = source_open("audit", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.body = TEXT(OPEN "{\"id\":\"1\"}" CLOSE),
                                                                    .fail_events = POSTERN_E_MEMORY});
    assert_int_equal(got->status, POSTERN_E_MEMORY);
    outcome_free(got);
    source_close(&source);
}

static void deep_nesting_is_no_crash(void **state)
{
    (void)state;
    struct buffer body = {.limit = 4 << 20};
    buffer_append_string(&body, OPEN "{\"id\":");
    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&body, '[');
    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&body, ']');
    buffer_append_string(&body, "},{\"id\":1}" CLOSE);
    struct test_source source = source_open("audit", NULL, 0);
    struct outcome *got =
        source_answer(&source, &(struct question){.attempt = 4, .body = buffer_text(&body)});
    assert_true(got->status < 0 || got->aside_count == 1);
    outcome_free(got);
    source_close(&source);
    buffer_free(&body);
}

int main(void)
{
    setenv("TZ", "Asia/Bangkok", 1); /* +0700: the machine's zone must never get into a time */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages),
        cmocka_unit_test(records_keep_their_text),
        cmocka_unit_test(types_and_times),
        cmocka_unit_test(held_messages_have_a_key),
        cmocka_unit_test(answers_that_cannot_be_read),
        cmocka_unit_test(damaged_pages),
        cmocka_unit_test(page_cut_anywhere),
        cmocka_unit_test(the_cores_refusal_is_passed_on),
        cmocka_unit_test(deep_nesting_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
