/* Source siem over the batch endpoints of API 2.0: what is asked, which files a page names, and where it goes
 * on. */
#include "harness.h"

static struct test_source open_log(const char *source, const char *stream)
{
    struct test_source opened = source_open(source, NULL, 0);
    source_choose(&opened, stream);
    return opened;
}

/* ---- Asking ---- */

static void requests(void **state)
{
    (void)state;
    static const struct {
        const char *source, *stream, *position, *path;
    } rows[] = {
        {"siem", "siem-receipt", NULL, "/siem/v1/batch/events/cg?type=receipt&pageSize=100"},
        {"siem", "siem-process", NULL, "/siem/v1/batch/events/cg?type=process&pageSize=100"},
        {"siem", "siem-delivery", NULL, "/siem/v1/batch/events/cg?type=delivery&pageSize=100"},
        {"siem", "siem-jrnl", NULL, "/siem/v1/batch/events/cg?type=journal&pageSize=100"},
        {"siem", "siem-av", NULL, "/siem/v1/batch/events/cg?type=av&pageSize=100"},
        {"siem", "siem-spam", NULL, "/siem/v1/batch/events/cg?type=spam&pageSize=100"},
        {"siem", "siem-ttp-url", NULL, "/siem/v1/batch/events/cg?type=url%20protect&pageSize=100"},
        {"siem", "siem-ttp-attachment", NULL,
         "/siem/v1/batch/events/cg?type=attachment%20protect&pageSize=100"},
        {"siem", "siem-impersonation", NULL,
         "/siem/v1/batch/events/cg?type=impersonation%20protect&pageSize=100"},
        {"siem", "siem-iep", NULL, "/siem/v1/batch/events/cg?type=internal%20email%20protect&pageSize=100"},
        {"siem-ci", "siem-ci-entities", NULL, "/siem/v1/batch/events/ci?type=entities&pageSize=100"},
        {"siem-ci", "siem-ci-mailflow", NULL, "/siem/v1/batch/events/ci?type=mailflow&pageSize=100"},
        {"siem-ci", "siem-ci-urlclick", NULL, "/siem/v1/batch/events/ci?type=urlclick&pageSize=100"},
        {"siem", "siem-receipt", "b3Bh+/x=&a",
         "/siem/v1/batch/events/cg?type=receipt&pageSize=100&nextPage=b3Bh%2B%2Fx%3D%26a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = open_log(rows[i].source, rows[i].stream);
        char *path = source_get(&source, rows[i].position);
        assert_string_equal(path, rows[i].path);
        free(path);
        source_close(&source);
    }
}

static void page_size(void **state)
{
    (void)state;
    const struct option_value small[] = {{.name = "page_size", .type = POSTERN_OPTION_INTEGER, .integer = 7}};
    struct test_source source = source_open("siem", small, 1);
    source_choose(&source, "siem-av");
    char *path = source_get(&source, NULL);
    assert_string_equal(path, "/siem/v1/batch/events/cg?type=av&pageSize=7");
    free(path);
    source_close(&source);
}

/* All ten share the calls that Mimecast allows, and each is declared whole. */
static void streams(void **state)
{
    (void)state;
    size_t count = 0;
    for (int ci = 0; ci < 2; ci++) {
        const postern_source *source = registry_source(harness_registry(), ci ? "siem-ci" : "siem");
        for (const postern_stream *const *stream = source->streams; *stream; stream++) {
            if (strcmp((*stream)->auth, "mimecast/2.0") != 0) continue;
            count++;
            assert_int_equal((*stream)->kind, POSTERN_STREAM_TOKEN);
            assert_non_null((*stream)->product);
            assert_string_equal((*stream)->quota->name, "siem-batch");
            assert_int_equal((*stream)->quota->calls, 50);
            assert_int_equal((*stream)->quota->window_ms, 15 * 60 * 1000);
            assert_int_equal((*stream)->schedule->interval_ms, 10 * 60 * 1000);
            assert_int_equal((*stream)->schedule->remember_ms, 8 * 24 * 3600 * 1000LL);
            assert_string_equal((*stream)->volatile_fields[0]->path, "_offset");
            assert_string_equal((*stream)->volatile_fields[1]->path, "_partition");
        }
    }
    assert_int_equal(count, 13);
}

/* ---- Pages ---- */

#define FILE_1                                                                                               \
    "{\"url\":\"https://s.example/a/"                                                                        \
    "1.json.gz?X-Amz-Signature=q\",\"expiry\":\"2026-01-01T00:05:06Z\",\"size\":489}"
#define FILE_2 "{\"url\":\"https://s.example/a/2.json.gz?X-Amz-Signature=r\",\"size\":\"7\"}"

static const struct {
    const char *why, *position, *body;
    int32_t outcome;
    const char *next; /* NULL: the old one is kept */
    size_t files;
} pages[] = {
    {"more", "p", "{\"value\":[" FILE_1 "],\"@nextPage\":\"n\",\"isCaughtUp\":false}", POSTERN_MORE, "n", 1},
    {"no word about being caught up", "p", "{\"value\":[" FILE_1 "," FILE_2 "],\"@nextPage\":\"n\"}",
     POSTERN_MORE, "n", 2},
    {"the last one with files", "p", "{\"value\":[" FILE_1 "],\"@nextPage\":\"n\",\"isCaughtUp\":true}",
     POSTERN_END, "n", 1},
    {"caught up in words", "p", "{\"value\":[" FILE_1 "],\"@nextPage\":\"n\",\"isCaughtUp\":\"true\"}",
     POSTERN_END, "n", 1},
    {"caught up, and the place has moved", "p", "{\"value\":[],\"@nextPage\":\"n\",\"isCaughtUp\":true}",
     POSTERN_NOTHING_NEW, "n", 0},
    {"empty, and more behind it", "p", "{\"value\":[],\"@nextPage\":\"n\",\"isCaughtUp\":false}",
     POSTERN_MORE, "n", 0},
    {"empty, and it names itself", "p", "{\"value\":[],\"@nextPage\":\"p\",\"isCaughtUp\":false}",
     POSTERN_NOTHING_NEW, "p", 0},
    {"files, and it names itself: the core counts that", "p",
     "{\"value\":[" FILE_1 "],\"@nextPage\":\"p\",\"isCaughtUp\":false}", POSTERN_MORE, "p", 1},
    {"no place behind it", "p", "{\"value\":[" FILE_1 "],\"isCaughtUp\":false}", POSTERN_END, NULL, 1},
    {"no place behind nothing", "p", "{\"value\":[],\"isCaughtUp\":false}", POSTERN_NOTHING_NEW, NULL, 0},
    {"null for all", "p", "{\"value\":null,\"@nextPage\":null,\"isCaughtUp\":null}", POSTERN_NOTHING_NEW,
     NULL, 0},
    {"no list", "p", "{\"@nextPage\":\"n\",\"isCaughtUp\":true}", POSTERN_NOTHING_NEW, "n", 0},
    {"the first of a new account", NULL, "{\"value\":[" FILE_1 "],\"@nextPage\":\"n\",\"isCaughtUp\":false}",
     POSTERN_MORE, "n", 1},
    {"byte order mark", NULL, "\xef\xbb\xbf{\"value\":[],\"@nextPage\":\"n\",\"isCaughtUp\":true}",
     POSTERN_NOTHING_NEW, "n", 0},
    {"errors that are none", "p",
     "{\"error\":null,\"errors\":[],\"fail\":[],\"value\":[],\"@nextPage\":\"n\",\"isCaughtUp\":true}",
     POSTERN_NOTHING_NEW, "n", 0},
};

static void where_it_goes_on(void **state)
{
    (void)state;
    struct test_source source = open_log("siem", "siem-receipt");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct outcome *got = source_answer(&source, &(struct question){.position = pages[i].position,
                                                                        .content_type = "text/plain",
                                                                        .body = text_of(pages[i].body)});
        if (got->status < 0 || got->outcome != pages[i].outcome || got->download_count != pages[i].files ||
            got->keep_position != !pages[i].next)
            fail_msg("%s: status %d, outcome %d, %zu files", pages[i].why, got->status, got->outcome,
                     got->download_count);
        assert_string_equal(got->position, pages[i].next ? pages[i].next : "");
        assert_int_equal(got->event_count + got->aside_count, 0);
        outcome_free(got);
    }
    source_close(&source);
}

static void files_of_a_page(void **state)
{
    (void)state;
    struct test_source source = open_log("siem", "siem-receipt");
    static const char body[] =
        "{\"value\":[" FILE_1 "," FILE_2
        ",{\"url\":\"https://s.example/a/1.json.gz?X-Amz-Signature=other\",\"size\":489},"
        "{\"url\":\" https:\\/\\/s.example:8443\\/b#c \",\"size\":-3},"
        "{\"url\":\"https://user:w@rd@t.example/a/1.json.gz?X-Amz-Signature=q\"}],\"@nextPage\":\"n\"}";
    struct outcome *got = source_answer(&source, &(struct question){.body = text_of(body)});
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->download_count, 4);
    assert_string_equal(got->downloads[0].url, "https://s.example/a/1.json.gz?X-Amz-Signature=q");
    assert_string_equal(got->downloads[0].key, "s.example/a/1.json.gz");
    assert_string_equal(got->downloads[0].tag, "489");
    assert_int_equal(got->downloads[0].bytes, 489);
    assert_string_equal(got->downloads[1].key, "s.example/a/2.json.gz");
    assert_int_equal(got->downloads[1].bytes, 0); /* it is no number */
    assert_string_equal(got->downloads[2].url, "https://s.example:8443/b#c");
    assert_string_equal(got->downloads[2].key, "s.example:8443/b");
    assert_int_equal(got->downloads[2].bytes, 0);
    assert_string_equal(got->downloads[3].key,
                        "t.example/a/1.json.gz"); /* the same path elsewhere is another file */
    outcome_free(got);
    source_close(&source);
}

/* Asked for again at first; then the files are read, and the row is kept without what would let others in. */
static void rows_that_name_no_file(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "7",
        "null",
        "{}",
        "{\"url\":7}",
        "{\"url\":\"\"}",
        "{\"url\":\"https://s.example\"}",
        "{\"url\":[\"https://s.example/f?X-Amz-Signature=SECRET\"]}",
        "{\"uri\":\"https:\\/\\/s.example\\/f?X-Amz-Signature=SECRET\"}",
        "{\"uri\":\"https:\\u002F\\u002fs.example\\u002ff?X-Amz-Signature=SECRET\"}",
    };
    struct test_source source = open_log("siem", "siem-receipt");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char body[512];
        snprintf(body, sizeof body, "{\"value\":[%s," FILE_1 "],\"@nextPage\":\"n\"}", bad[i]);
        struct outcome *first = source_answer(&source, &(struct question){.body = text_of(body)});
        struct outcome *last =
            source_answer(&source, &(struct question){.attempt = 4, .body = text_of(body)});
        assert_int_equal(first->status, POSTERN_E_PROTOCOL);
        assert_int_equal(last->status, POSTERN_OK);
        assert_int_equal(last->outcome, POSTERN_MORE);
        assert_int_equal(last->download_count, 1);
        assert_int_equal(last->aside_count, 1);
        assert_string_equal(last->aside[0].name, "list of files");
        assert_null(strstr(last->aside[0].bytes, "SECRET"));
        assert_null(strstr(first->error.message, "SECRET"));
        struct outcome *again = source_reread(&source, "list of files", NULL, text_of(last->aside[0].bytes));
        assert_int_equal(again->event_count, 0); /* a row is no event */
        assert_int_equal(again->aside_count, 1);
        outcome_free(first), outcome_free(last), outcome_free(again);
    }
    source_close(&source);
}

/* Nothing is known of what lies behind such an answer: the stream waits. */
static void pages_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "<html>sorry</html>",
        "[]",
        "7",
        "{}",
        "{\"data\":[]}",
        "{\"value\":[" FILE_1,
        "{\"value\":[" FILE_1 "],\"@nextPage\":7}",
        "{\"value\":[],\"@nextPage\":{\"a\":1},\"isCaughtUp\":true}",
        "{\"value\":{},\"@nextPage\":\"n\"}",
        "{\"value\":\"x\",\"@nextPage\":\"n\"}",
    };
    struct test_source source = open_log("siem", "siem-receipt");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        for (unsigned attempt = 1; attempt < 9; attempt += 7) {
            struct outcome *got = source_answer(
                &source, &(struct question){.attempt = attempt, .position = "p", .body = text_of(bodies[i])});
            if (got->status != POSTERN_E_PROTOCOL) fail_msg("%s: %d", bodies[i], got->status);
            assert_non_null(strstr(got->error.message, "the answer cannot be read"));
            assert_null(strstr(got->error.message, "s.example"));
            outcome_free(got);
        }
    source_close(&source);
}

/* ---- Refusals ---- */

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *source, *stream, *position;
        int http;
        const char *body;
        postern_status status;
        const char *remedy;
    } rows[] = {
        {"siem", "siem-receipt", "p", 400,
         "{\"error\":{\"code\":\"Request Validation Failed\",\"message\":\"within 7 days\"}}",
         POSTERN_E_POSITION, "is missing, if the stream stood still for so long"},
        {"siem", "siem-receipt", NULL, 400, "{\"error\":{\"code\":\"Request Validation Failed\"}}",
         POSTERN_E_CONFIG, "mistake in Postern"},
        {"siem", "siem-receipt", "p", 400, "<html>", POSTERN_E_CONFIG, "mistake in Postern"},
        {"siem", "siem-receipt", NULL, 403, "{\"fail\":[{\"code\":\"app_forbidden\"}]}", POSTERN_E_PERMISSION,
         "Threats, Security Events, and Data for CG"},
        {"siem", "siem-receipt", NULL, 403, "", POSTERN_E_PERMISSION,
         "Threat and Security Events (SIEM) | Read"},
        {"siem", "siem-receipt", NULL, 404, "", POSTERN_E_CONFIG, "https://api.services.mimecast.com"},
        {"siem", "siem-receipt", NULL, 401, "{\"fail\":[{\"code\":\"token_expired\"}]}",
         POSTERN_E_CREDENTIALS, "Client Secret"},
        {"siem", "siem-receipt", NULL, 418, "", POSTERN_E_CREDENTIALS, "Client Secret"},
        {"siem", "siem-receipt", "p", 200, "{\"error\":{\"code\":\"busy\"},\"value\":[]}", POSTERN_E_RETRY,
         ""},
        {"siem-ci", "siem-ci-mailflow", NULL, 403, "", POSTERN_E_LICENSE,
         "Threats, Security Events, and Data for CI"},
        {"siem-ci", "siem-ci-mailflow", NULL, 404, "<html>", POSTERN_E_LICENSE,
         "source \"siem-ci\" { enabled = false }"},
        {"siem-ci", "siem-ci-mailflow", NULL, 403, "{\"fail\":[{\"code\":\"app_forbidden\"}]}",
         POSTERN_E_LICENSE, "siem-ci"},
        {"siem-ci", "siem-ci-mailflow", NULL, 401, "", POSTERN_E_CREDENTIALS, "Client Secret"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = open_log(rows[i].source, rows[i].stream);
        struct outcome *got = source_answer(&source, &(struct question){.position = rows[i].position,
                                                                        .status = rows[i].http,
                                                                        .body = text_of(rows[i].body)});
        if (got->status != rows[i].status || !strstr(got->error.remedy, rows[i].remedy))
            fail_msg("%s %d %s: %d \"%s\" (%s)", rows[i].stream, rows[i].http, rows[i].body, got->status,
                     got->error.message, got->error.remedy);
        outcome_free(got);
        source_close(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(page_size),
        cmocka_unit_test(streams),
        cmocka_unit_test(where_it_goes_on),
        cmocka_unit_test(files_of_a_page),
        cmocka_unit_test(rows_that_name_no_file),
        cmocka_unit_test(pages_that_cannot_be_read),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
