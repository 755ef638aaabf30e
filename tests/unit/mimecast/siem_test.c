/* Source siem: what an answer holds, by its bytes and not by what was asked, and where to go on. */
#include "../module/zip_builder.h"
#include "harness.h"
#include <stdlib.h>

#define FILE_OF(records) "{\"type\":\"MTA\",\"data\":[" records "]}"
#define NOTHING          "{\"meta\":{\"isLastToken\":true,\"status\":200},\"data\":[],\"fail\":[]}"

/* ---- Plain answers ---- */

static const struct {
    const char *why, *position, *token, *type, *disposition, *body;
    int32_t outcome;
    const char *next; /* NULL: the position stays */
    size_t events, aside;
} rows[] = {
    {"nothing new, as seen live", "t1", NULL, "application/json", NULL, NOTHING, POSTERN_NOTHING_NEW, NULL, 0,
     0},
    {"nothing new with a charset and a token (Q18)", "t1", "t2", "Application/JSON;charset=utf-8", NULL,
     NOTHING, POSTERN_NOTHING_NEW, "t2", 0, 0},
    {"nothing new with an empty token", "t1", "", "application/json", NULL, NOTHING, POSTERN_NOTHING_NEW,
     NULL, 0, 0},
    {"nothing new on the first call", NULL, NULL, "application/json", NULL, NOTHING, POSTERN_NOTHING_NEW,
     NULL, 0, 0},
    {"isLastToken missing, data empty", "t1", "t1", "application/json", NULL,
     "{\"meta\":{\"status\":200},\"data\":[]}", POSTERN_NOTHING_NEW, "t1", 0, 0},
    {"data missing", "t1", NULL, "application/json", NULL, "{\"meta\":{\"isLastToken\":true},\"fail\":[]}",
     POSTERN_NOTHING_NEW, NULL, 0, 0},
    {"data null", "t1", "t2", NULL, NULL, "{\"meta\":{\"isLastToken\":true},\"data\":null}",
     POSTERN_NOTHING_NEW, "t2", 0, 0},
    {"nothing new that is not the last token", "t1", "t2", "application/json", NULL,
     "{\"meta\":{\"isLastToken\":false,\"status\":200},\"data\":[],\"fail\":[]}", POSTERN_NOTHING_NEW, "t2",
     0, 0},
    {"a file that was not compressed", "t1", "t2", "application/octet-stream",
     "attachment; filename=\"receipt_20260101.json\"", FILE_OF("{\"a\":1},{\"a\":2}"), POSTERN_MORE, "t2", 2,
     0},
    {"the same as application/json, which some clients take for the end", "t1", "t2", "application/json",
     NULL, FILE_OF("{\"a\":1}"), POSTERN_MORE, "t2", 1, 0},
    {"events and isLastToken", "t1", "t2", "application/json", NULL,
     "{\"meta\":{\"isLastToken\":true},\"type\":\"MTA\",\"data\":[{\"a\":1}]}", POSTERN_END, "t2", 1, 0},
    {"a file without events leads on", "t1", "t2", "application/octet-stream", NULL, FILE_OF(""),
     POSTERN_MORE, "t2", 0, 0},
    {"a file without events, the same token: no endless loop", "t1", "t1", "application/octet-stream", NULL,
     FILE_OF(""), POSTERN_END, "t1", 0, 0},
    {"a file with the same token: there is more, which nobody can reach", "t1", "t1",
     "application/octet-stream", NULL, FILE_OF("{\"a\":1}"), POSTERN_MORE, "t1", 1, 0},
    {"a file without a token: its events are taken, the position stays", "t1", NULL,
     "application/octet-stream", NULL, FILE_OF("{\"a\":1}"), POSTERN_MORE, NULL, 1, 0},
    {"strange records", "t1", "t2", NULL, NULL, FILE_OF("1,{\"a\":1},null"), POSTERN_MORE, "t2", 1, 2},
    {"bytes behind the file", "t1", "t2", NULL, NULL, FILE_OF("{\"a\":1}") "xyz", POSTERN_MORE, "t2", 1, 1},
    {"key_value although json was asked", "t1", "t2", "application/octet-stream", NULL,
     "datetime=2026-01-01T00:00:00+0000|aCode=x\r\ndatetime=2026-01-01T00:00:01+0000|aCode=y\r\n",
     POSTERN_MORE, "t2", 2, 0},
};

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.position = rows[i].position,
                                                                        .token = rows[i].token,
                                                                        .content_type = rows[i].type,
                                                                        .disposition = rows[i].disposition,
                                                                        .body = text_of(rows[i].body)});
        if (got->status < 0) fail_msg("%s: %s", rows[i].why, got->error.message);
        if (got->outcome != rows[i].outcome || got->event_count != rows[i].events ||
            got->aside_count != rows[i].aside || got->keep_position != !rows[i].next ||
            strcmp(got->position, rows[i].next ? rows[i].next : ""))
            fail_msg("%s: outcome %d, position \"%s\" keep %d, %zu events, %zu set aside", rows[i].why,
                     got->outcome, got->position, got->keep_position, got->event_count, got->aside_count);
        outcome_free(got);
        source_close(&source);
    }
}

/* Q1 and Q2: three tries more, then over it, if there is a way. */
static void answers_that_make_no_sense(void **state)
{
    static const struct {
        const char *why, *body;
        size_t events;
        const char *aside;
    } bad[] = {
        {"zero bytes", "", 0, ""},
        {"a proxy's page", "<html>blocked</html>", 0, "<html>blocked</html>"},
        {"an array", "[1]", 0, "[1]"},
        {"JSON of another kind", "{\"hello\":1}", 0, "{\"hello\":1}"},
        {"a zip's first bytes", "PK\3\4", 0, "PK\3\4"},
        {"the known truncated file (Q1)", "{ \"type\" : \"MTA\", \"data\" : ", 0,
         "{ \"type\" : \"MTA\", \"data\" : "},
        {"a file cut in a record", "{\"type\":\"MTA\",\"data\":[{\"a\":1},{\"a\":", 1, "{\"a\":"},
        {"a file cut behind a record", "{\"type\":\"MTA\",\"data\":[{\"a\":1}", 1, ""},
        {"a broken record between good ones", FILE_OF("{\"a\":1},{\"a\":01},{\"a\":3}"), 2, "{\"a\":01}"},
        {"an envelope that breaks off", "{\"meta\":{\"isLas", 0, "{\"meta\":{\"isLas"},
        {"a file with a second list", "{\"type\":\"MTA\",\"data\":[{\"a\":1}],\"data\":[{\"a\":2}]}", 1,
         "[{\"a\":2}]"},
        {"a file with a second list behind an empty one",
         "{\"data\":[],\"type\":\"MTA\",\"data\":[{\"a\":2}]}", 0, "[{\"a\":2}]"},
        {"a file whose list is an object", "{\"type\":\"MTA\",\"data\":{}}", 0,
         "{\"type\":\"MTA\",\"data\":{}}"},
        {"a file whose list is a text", "{\"type\":\"MTA\",\"data\":\"abc\"}", 0,
         "{\"type\":\"MTA\",\"data\":\"abc\"}"},
        {"a file whose list is null", "{\"type\":\"MTA\",\"data\":null}", 0,
         "{\"type\":\"MTA\",\"data\":null}"},
        {"a file without a list", "{\"type\":\"MTA\"}", 0, "{\"type\":\"MTA\"}"},
        {"an answer whose list is an object", "{\"meta\":{\"status\":200},\"data\":{\"a\":[1]}}", 0,
         "{\"meta\":{\"status\":200},\"data\":{\"a\":[1]}}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (unsigned attempt = 1; attempt <= 5; attempt++) {
            struct test_source source = source_open("siem", NULL, 0);
            struct question question = {
                .position = "t1", .attempt = attempt, .token = "t2", .body = text_of(bad[i].body)};
            struct outcome *got = source_answer(&source, &question);
            if (attempt <= 3) {
                if (got->status != POSTERN_E_PROTOCOL) fail_msg("%s: %d", bad[i].why, got->status);
                assert_non_null(strstr(got->error.remedy, "asked for again"));
            } else {
                if (got->status < 0) fail_msg("%s: %s", bad[i].why, got->error.message);
                if (got->event_count != bad[i].events || got->aside_count != 1 ||
                    strcmp(got->aside[0].bytes, bad[i].aside) || got->outcome != POSTERN_MORE ||
                    strcmp(got->position, "t2"))
                    fail_msg("%s: %zu events, %zu set aside \"%s\"", bad[i].why, got->event_count,
                             got->aside_count, got->aside_count ? got->aside[0].bytes : "");
            }
            outcome_free(got);
            source_close(&source);
        }
}

static void without_a_token_the_stream_waits(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "<html>", "{\"hello\":1}", "PK\3\4", "{\"meta\":{\"isLas"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        for (unsigned attempt = 1; attempt < 100; attempt += 20) {
            struct test_source source = source_open("siem", NULL, 0);
            struct outcome *got = source_answer(&source, &(struct question){.position = "t1",
                                                                            .attempt = attempt,
                                                                            .body = text_of(bodies[i]),
                                                                            .content_type = "text/html"});
            assert_int_equal(got->status, POSTERN_E_PROTOCOL);
            if (attempt > 3) assert_non_null(strstr(got->error.message, "no mc-siem-token to go on from"));
            outcome_free(got);
            source_close(&source);
        }
}

/* ---- Log types ---- */

static void types_by_name(void **state)
{
    static const struct {
        const char *name, *type;
    } names[] = {
        {"receipt_20260101120000.json", "receipt"},
        {"process_20260101120000.json", "process"},
        {"delivery_1.json", "delivery"},
        {"jrnl_1.json", "jrnl"},
        {"av_tse_1.json", "av"},
        {"spameventthread_1.json", "spam"},
        {"ttp_url_1.json", "ttp-url"},
        {"ttp_ap_1.json", "ttp-attachment"},
        {"ttp_impersonation_1.json", "impersonation"}, /* the longer word wins */
        {"impersonation_1.json", "impersonation"},
        {"iep_1.json", "iep"},
        {"email_receipt_1.json", "receipt"}, /* the names of API 2.0 */
        {"email_journal_1.json", "jrnl"},
        {"email_antivirus_1.json", "av"},
        {"email_spam_1.json", "spam"},
        {"email_ttp_impersonation_1.json", "impersonation"},
        {"EMAIL_IEP_1.JSON", "iep"},
        {"log_1.json", ""}, /* nothing: the fields decide */
    };
    (void)state;
    struct zip_builder zip = zip_new();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        zip_add(&zip, ZIP_DEFLATED, names[i].name, TEXT(FILE_OF("{\"x\":1}")));
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.token = "t", .body = zip_finish(&zip)});
    assert_int_equal(got->event_count, sizeof names / sizeof *names);
    for (size_t i = 0; i < got->event_count; i++)
        assert_string_equal(got->events[i].type, names[i].type);
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
}

static void types_by_fields(void **state)
{
    static const struct {
        const char *record, *type;
    } records[] = {
        {"{\"aCode\":\"x\",\"Delivered\":true,\"Latency\":1}", "delivery"},
        {"{\"aCode\":\"x\",\"SpamLimit\":28,\"TlsVer\":\"1\"}", "receipt"},
        {"{\"SPAMSCORE\":1}", "receipt"}, /* in any case */
        {"{\"aCode\":\"x\",\"Hld\":\"Spm\",\"MsgSize\":1}", "process"},
        {"{\"MimecastIP\":\"No\",\"fileName\":\"a\",\"sha1\":\"\"}",
         "av"}, /* fileName alone is an attachment */
        {"{\"fileName\":\"a\",\"sha1\":\"\"}", "ttp-attachment"},
        {"{\"Definition\":\"d\",\"Hits\":1}", "impersonation"},
        {"{\"NewDomain\":false}", "impersonation"},
        {"{\"url\":\"u\",\"reason\":\"malicious\"}", "ttp-url"},
        {"{\"URL\":\"u\",\"ScanResultInfo\":\"x\"}", "iep"},
        {"{\"RcptActType\":\"Jnl\"}", "jrnl"},
        {"{\"SourceIP\":\"192.0.2.1\",\"headerFrom\":\"a\",\"SenderDomain\":\"d\"}", "spam"},
        {"{\"sourceIp\":\"192.0.2.1\",\"url\":\"u\",\"reason\":\"r\"}", "ttp-url"},
        {"{\"aCode\":\"x\",\"Sender\":\"a\"}", ""}, /* nothing tells: the event is kept without a type */
    };
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        char body[512];
        snprintf(body, sizeof body, FILE_OF("%s"), records[i].record);
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.token = "t", .body = text_of(body)});
        assert_int_equal(got->event_count, 1);
        if (strcmp(got->events[0].type, records[i].type))
            fail_msg("%s: %s", records[i].record, got->events[0].type);
        assert_string_equal(got->events[0].json, records[i].record);
        outcome_free(got);
        source_close(&source);
    }
}

static void types_of_a_single_file(void **state)
{
    static const char *const dispositions[][2] = {
        {"attachment; filename=\"delivery_1.json\"", "delivery"},
        {"attachment; FileName=process_1.json; size=3", "process"},
        {"attachment", ""},
        {"attachment; filename=\"\"", ""},
        {"attachment; filename=\"av_tse", "av"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof dispositions / sizeof *dispositions; i++) {
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.token = "t",
                                                                        .disposition = dispositions[i][0],
                                                                        .body = TEXT(FILE_OF("{\"x\":1}"))});
        assert_string_equal(got->events[0].type, dispositions[i][1]);
        outcome_free(got);
        source_close(&source);
    }
}

static void times(void **state)
{
    (void)state;
    static const char body[] =
        FILE_OF("{\"datetime\":\"2022-05-23T12:20:44-0400\"}," /* the account's offset */
                "{\"datetime\":\"2022-05-23T12:20:44\"},"      /* none: not known (Q19) */
                "{\"aCode\":\"x\"}");                          /* no time at all (Q19) */
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.token = "t", .body = text_of(body)});
    assert_int_equal(got->event_count, 3);
    assert_int_equal(got->events[0].time_ms, 1653322844000);
    assert_int_equal(got->events[1].time_ms, 0);
    assert_int_equal(got->events[2].time_ms, 0);
    outcome_free(got);
    source_close(&source);
}

/* ---- Zip ---- */

static void zips(void **state)
{
    (void)state;
    struct zip_builder zip = zip_new();
    zip_add(&zip, ZIP_DEFLATED, "receipt_1.json", TEXT(FILE_OF("{\"a\":1},{\"a\":2}")));
    zip_add(&zip, ZIP_STORED, "folder/", TEXT(""));
    zip_add(&zip, ZIP_STREAMED, "../../process_1.json", TEXT(FILE_OF("{\"b\":1}")));
    zip_add(&zip, ZIP_STORED, "delivery_1.siem", TEXT("aCode=x|Delivered=true\raCode=y|Delivered=false"));
    zip_add(&zip, ZIP_STORED, "delivery_2.siem", TEXT(""));
    zip_add(&zip, ZIP_STREAMED, "folder/sub/", TEXT(""));
    zip_add(&zip, ZIP_STORED, "spam_1.json", TEXT("")); /* nothing happened */
    zip_add(&zip, ZIP_STREAMED, "spam_2.json", TEXT(""));
    zip_add(&zip, ZIP_DEFLATED, "spam_3.json", TEXT("  \r\n"));
    zip_add(&zip, ZIP_STORED, "delivery_3.siem",
            TEXT("\xef\xbb\xbf"
                 "aCode=z|Delivered=true"));
    zip_add(&zip, ZIP_DEFLATED, "empty_1.json", TEXT(FILE_OF("")));
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.position = "t1",
                                                                    .token = "t2",
                                                                    .content_type = "text/plain",
                                                                    .body = zip_finish(&zip)});
    if (got->status < 0) fail_msg("%s", got->error.message);
    static const char *const expected[][2] = {{"receipt", "{\"a\":1}"},
                                              {"receipt", "{\"a\":2}"},
                                              {"process", "{\"b\":1}"},
                                              {"delivery", "{\"aCode\":\"x\",\"Delivered\":\"true\"}"},
                                              {"delivery", "{\"aCode\":\"y\",\"Delivered\":\"false\"}"},
                                              {"delivery", "{\"aCode\":\"z\",\"Delivered\":\"true\"}"}};
    assert_int_equal(got->event_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(got->events[i].type, expected[i][0]);
        assert_string_equal(got->events[i].json, expected[i][1]);
    }
    assert_int_equal(got->aside_count, 0);
    assert_int_equal(got->outcome, POSTERN_MORE);
    assert_string_equal(got->position, "t2");
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
}

/* A file is told by its headers when its first line is not of the form; the good lines are events. */
static void lines_behind_a_bad_one(void **state)
{
    static const struct {
        const char *type, *disposition;
        size_t events;
    } headers[] = {
        {"application/octet-stream", NULL, 2},
        {"Application/Octet-Stream; x=y", NULL, 2},
        {NULL, "Attachment; filename=\"receipt_1.siem\"", 2},
        {"text/html", NULL, 0}, /* a page may hold such lines as well */
    };
    static const char body[] = "<half a line\ndatetime=2026-01-01T00:00:00+0000|aCode=x\naCode=y|Act=Acc\n";
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.token = "t2",
                                                                        .attempt = 4,
                                                                        .content_type = headers[i].type,
                                                                        .disposition = headers[i].disposition,
                                                                        .body = text_of(body)});
        assert_int_equal(got->status, POSTERN_OK);
        assert_int_equal(got->event_count, headers[i].events);
        assert_int_equal(got->aside_count, 1);
        assert_string_equal(got->aside[0].bytes, headers[i].events ? "<half a line" : body);
        assert_string_equal(got->position, "t2");
        outcome_free(got);
        source_close(&source);
    }
}

static void an_empty_zip(void **state)
{
    (void)state;
    struct zip_builder zip = zip_new();
    postern_text body = zip_finish(&zip);
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *on =
        source_answer(&source, &(struct question){.position = "t1", .token = "t2", .body = body});
    struct outcome *still =
        source_answer(&source, &(struct question){.position = "t1", .token = "t1", .body = body});
    assert_int_equal(on->status, POSTERN_OK);
    assert_int_equal(on->outcome, POSTERN_MORE);
    assert_int_equal(still->outcome, POSTERN_END);
    assert_int_equal(on->event_count + on->aside_count, 0);
    outcome_free(on), outcome_free(still);
    source_close(&source);
    zip_free(&zip);
}

static void members_that_cannot_be_read(void **state)
{
    static const struct {
        const char *name;
        postern_text data;
        const char *aside, *reason;
    } members[] = {
        {"b.json",
         {"{ \"type\" : \"MTA\", \"data\" : ", 27},
         "{ \"type\" : \"MTA\", \"data\" : ",
         "before its first record"},
        {"c.json", {"{\"type\":\"MTA\",\"data\":[{\"a\":", 27}, "{\"a\":", "ends early"},
        {"d.txt",
         {"\x7f"
          "ELF",
          4},
         "\x7f"
         "ELF",
         "neither JSON nor lines"},
        {"e.json", {"{\"type\":\"MTA\"}", 14}, "{\"type\":\"MTA\"}", "no list of records"},
        {"f.json", {"{\"data\":{}}", 11}, "{\"data\":{}}", "no list of records"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct zip_builder zip = zip_new();
        zip_add(&zip, ZIP_DEFLATED, "receipt_1.json", TEXT(FILE_OF("{\"r\":1}")));
        zip_add(&zip, ZIP_DEFLATED, members[i].name, members[i].data);
        zip_add(&zip, ZIP_DEFLATED, "receipt_2.json", TEXT(FILE_OF("{\"r\":2}")));
        postern_text body = zip_finish(&zip);
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got =
            source_answer(&source, &(struct question){.token = "t", .attempt = 4, .body = body});
        if (got->status < 0) fail_msg("%s: %s", members[i].name, got->error.message);
        assert_int_equal(got->event_count, 2); /* the neighbours */
        assert_int_equal(got->aside_count, 1);
        assert_string_equal(got->aside[0].name, members[i].name);
        if (!strstr(got->aside[0].reason, members[i].reason))
            fail_msg("%s: %s", members[i].name, got->aside[0].reason);
        if (members[i].aside) assert_string_equal(got->aside[0].bytes, members[i].aside);
        assert_int_equal(got->outcome, POSTERN_MORE);
        outcome_free(got);
        source_close(&source);
        zip_free(&zip);
    }
}

static void a_zip_over_the_limits(void **state)
{
    (void)state;
    struct zip_builder zip = zip_new();
    struct buffer large = {.limit = 32 << 20};
    char *filler = malloc(65536);
    memset(filler, '.', 65536);
    buffer_append_string(&large, "{\"type\":\"MTA\",\"data\":[{\"a\":1}");
    while (large.size < (17 << 20)) {
        buffer_append_string(&large, ",{\"filler\":\"");
        buffer_append(&large, filler, 65536);
        buffer_append_string(&large, "\"}");
    }
    buffer_append_string(&large, "]}");
    zip_add(&zip, ZIP_DEFLATED, "receipt_1.json", buffer_text(&large)); /* the limit of a member is 16 MiB */
    zip_add(&zip, ZIP_DEFLATED, "receipt_2.json", TEXT(FILE_OF("{\"a\":2}")));
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got =
        source_answer(&source, &(struct question){.token = "t", .attempt = 4, .body = zip_finish(&zip)});
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->event_count, 1 + 255 + 1); /* all that is whole in front of the limit */
    assert_string_equal(got->events[0].json, "{\"a\":1}");
    assert_string_equal(got->events[256].json, "{\"a\":2}");
    assert_int_equal(got->aside_count, 1);
    assert_non_null(strstr(got->aside[0].reason, "unpacks to more than 16"));
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
    buffer_free(&large);
    free(filler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(answers_that_make_no_sense),
        cmocka_unit_test(without_a_token_the_stream_waits),
        cmocka_unit_test(types_by_name),
        cmocka_unit_test(types_by_fields),
        cmocka_unit_test(types_of_a_single_file),
        cmocka_unit_test(times),
        cmocka_unit_test(zips),
        cmocka_unit_test(lines_behind_a_bad_one),
        cmocka_unit_test(an_empty_zip),
        cmocka_unit_test(members_that_cannot_be_read),
        cmocka_unit_test(a_zip_over_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
