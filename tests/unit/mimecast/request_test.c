/* What the sources ask of API 1.0: the requests as Mimecast documents them, the same data on every page. */
#include "harness.h"
#include <stdlib.h>

static const postern_pass pass = {.size = sizeof pass,
                                  .from_ms = 1767225600999,
                                  .until_ms = 1767226500000}; /* 2026-01-01T00:00:00.999Z .. 00:15 */

#define PAGE  "{\"meta\":{\"pagination\":{\"pageSize\":100}},\"data\":[{"
#define NEXT  "{\"meta\":{\"pagination\":{\"pageSize\":100,\"pageToken\":\"a\\\"b\\\\c\\u0001\"}},\"data\":[{"
#define AUDIT "\"startDateTime\":\"2026-01-01T00:00:00+0000\",\"endDateTime\":\"2026-01-01T00:15:00+0000\"}]}"
#define RANGE "\"from\":\"2026-01-01T00:00:00+0000\",\"to\":\"2026-01-01T00:15:00+0000\""
#define SIEM  "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":true"

#define SPAN "\"start\":\"2026-01-01T00:00:00+0000\",\"end\":\"2026-01-01T00:15:00+0000\""

struct request_row {
    int api; /* 0 = both */
    const char *source, *position, *path, *body;
};

static void check_request(const struct request_row *row, int api)
{
    struct test_source source = source_open(row->source, NULL, 0);
    source_use(&source, row->source, api);
    char path[512], *body = source_request(&source, &pass, row->position, path);
    assert_string_equal(path, row->path);
    assert_string_equal(body, row->body);
    free(body);
    source_close(&source);
}

static void requests(void **state)
{
    static const struct request_row rows[] = {
        /* first call: no token, for an empty one is refused; the oldest file comes */
        {1, "siem", NULL, "/api/audit/get-siem-logs", SIEM "}]}"},
        /* later calls repeat fileFormat and compress (Q6) */
        {1, "siem", "tok\"en", "/api/audit/get-siem-logs", SIEM ",\"token\":\"tok\\\"en\"}]}"},
        /* audit is newest first and knows no oldestFirst; fractions are cut off */
        {0, "audit", NULL, "/api/audit/get-audit-events", PAGE AUDIT},
        /* a page token changes nothing in `data`, and is escaped */
        {0, "audit", "a\"b\\c\1", "/api/audit/get-audit-events", NEXT AUDIT},
        {0, "ttp-url", NULL, "/api/ttp/url/get-logs",
         PAGE RANGE ",\"oldestFirst\":true,\"route\":\"all\",\"scanResult\":\"all\"}]}"},
        {0, "ttp-url", "a\"b\\c\1", "/api/ttp/url/get-logs",
         NEXT RANGE ",\"oldestFirst\":true,\"route\":\"all\",\"scanResult\":\"all\"}]}"},
        {0, "ttp-attachment", NULL, "/api/ttp/attachment/get-logs",
         PAGE RANGE ",\"oldestFirst\":true,\"route\":\"all\",\"result\":\"all\"}]}"},
        {0, "ttp-impersonation", NULL, "/api/ttp/impersonation/get-logs",
         PAGE RANGE ",\"oldestFirst\":true}]}"},
        {0, "dlp", NULL, "/api/dlp/get-logs", PAGE RANGE ",\"oldestFirst\":true}]}"},
        {0, "dlp", "a\"b\\c\1", "/api/dlp/get-logs", NEXT RANGE ",\"oldestFirst\":true}]}"},
        {0, "held-release", NULL, "/api/gateway/get-held-release-logs", PAGE SPAN "}]}"},
        /* else the list is that of one mailbox */
        {0, "rejections", NULL, "/api/gateway/get-rejections", PAGE SPAN ",\"admin\":true}]}"},
        {0, "rejections", "a\"b\\c\1", "/api/gateway/get-rejections", NEXT SPAN ",\"admin\":true}]}"},
        /* one list under two paths */
        {1, "archive-search", NULL, "/api/archive/get-search-logs", PAGE SPAN "}]}"},
        {2, "archive-search", NULL, "/api/archive/get-archive-search-logs", PAGE SPAN "}]}"},
        {0, "archive-view", NULL, "/api/archive/get-view-logs", PAGE SPAN "}]}"},
        {0, "remediation", NULL, "/api/ttp/remediation/find-incidents", PAGE SPAN "}]}"},
        /* all of the queue, of all mailboxes */
        {0, "hold-queue", NULL, "/api/gateway/get-hold-message-list",
         PAGE "\"admin\":true,\"start\":\"2000-01-01T00:00:00+0000\"}]}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int api = 1; api <= 2; api++)
            if (!rows[i].api || rows[i].api == api) check_request(&rows[i], api);
}

static void options_change_requests(void **state)
{
    (void)state;
    const struct option_value key_value[] = {
        {.name = "file_format", .type = POSTERN_OPTION_TEXT, .text = "key_value"},
        {.name = "compress", .type = POSTERN_OPTION_BOOLEAN, .integer = 0},
    };
    const struct option_value seven = {.name = "page_size", .type = POSTERN_OPTION_INTEGER, .integer = 7};
    struct test_source siem = source_open("siem", key_value, 2), dlp = source_open("dlp", &seven, 1);
    char *body = source_request(&siem, &pass, "t", NULL);
    assert_string_equal(
        body,
        "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"key_value\",\"compress\":false,\"token\":\"t\"}]}");
    free(body);
    body = source_request(&dlp, &pass, NULL, NULL);
    assert_non_null(strstr(body, "\"pageSize\":7}"));
    free(body);
    source_close(&siem), source_close(&dlp);
}

static const postern_option *find_option(const char *source, const char *name)
{
    const postern_option *const *option = registry_source(harness_registry(), source)->options;
    while (*option && strcmp((*option)->name, name) != 0)
        option++;
    return *option;
}

/* What Mimecast takes is said in the table, so that the core refuses everything else. */
static void options_have_bounds(void **state)
{
    static const char *const sources[] = {
        "audit",        "ttp-url",    "ttp-attachment", "ttp-impersonation", "dlp",
        "held-release", "rejections", "archive-search", "archive-view",      "remediation"};
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        const postern_option *page_size = find_option(sources[i], "page_size");
        assert_int_equal(page_size->minimum, 1);
        assert_int_equal(page_size->maximum, 100);
    }
    const char *const *formats = find_option("siem", "file_format")->choices;
    assert_string_equal(formats[0], "json");
    assert_string_equal(formats[1], "key_value");
    assert_null(formats[2]);
}

static void a_large_position_is_no_problem(void **state)
{
    (void)state;
    char *position = malloc(65537);
    memset(position, '"', 65536); /* each is escaped */
    position[65536] = '\0';
    struct test_source source = source_open("siem", NULL, 0);
    char *body = source_request(&source, &pass, position, NULL);
    assert_int_equal(strlen(body), strlen(SIEM ",\"token\":\"\"}]}") + 2 * 65536);
    free(body), free(position);
    source_close(&source);
}

static void check_stream(const postern_stream *stream, const char *name, const char *auth,
                         const char *permission, const char *product, uint32_t kind)
{
    assert_non_null(stream);
    assert_string_equal(stream->name, name);
    assert_string_equal(stream->auth, auth);
    assert_string_equal(stream->permission, permission);
    assert_int_equal(stream->kind, kind);
    if (product)
        assert_string_equal(stream->product, product);
    else
        assert_null(stream->product);
}

/* Two entries of one stream read the same endpoint: only what the account must have differs. */
static void descriptions_of_both_apis(void **state)
{
    static const struct {
        const char *name, *permission, *product;
    } rows[] = {
        {"audit", "Account | Logs | Read", "Audit Events"},
        {"ttp-url", "Monitoring | URL Protection | Read", "Security Events"},
        {"ttp-attachment", "Monitoring | Attachment Protection | Read", "Security Events"},
        {"ttp-impersonation", "Monitoring | Impersonation Protection | Read", "Security Events"},
        {"dlp", "Monitoring | Data Leak Prevention | Read", "Security Events"},
        {"held-release", "Monitoring | Held | Read", "Audit Events"},
        {"rejections", "Monitoring | Rejections | Read", "Audit Events"},
        {"archive-search", "Archive | Search Logs | Read", "Audit Events"},
        {"archive-view", "Archive | View Logs | Read", "Audit Events"},
        {"remediation", "Services | Threat Remediation | Read", "Threat Management"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const postern_source *source = registry_source(harness_registry(), rows[i].name);
        assert_non_null(source);
        const postern_stream *const *streams = source->streams;
        check_stream(streams[0], rows[i].name, "mimecast/1.0", rows[i].permission, NULL,
                     POSTERN_STREAM_WINDOW);
        check_stream(streams[1], rows[i].name, "mimecast/2.0", rows[i].permission, rows[i].product,
                     POSTERN_STREAM_WINDOW);
        assert_null(streams[2]);
        assert_ptr_equal(streams[0]->volatile_fields, streams[1]->volatile_fields);
    }
}

static void descriptions_of_the_queue(void **state)
{
    (void)state;
    const postern_stream *const *streams = registry_source(harness_registry(), "hold-queue")->streams;
    check_stream(streams[0], "hold-queue", "mimecast/1.0", "Account | Dashboard | Read", NULL,
                 POSTERN_STREAM_SNAPSHOT);
    check_stream(streams[1], "hold-queue", "mimecast/2.0", "Account | Dashboard | Read",
                 "Email Security Cloud Gateway", POSTERN_STREAM_SNAPSHOT);
    assert_null(streams[2]);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(streams[i]->left_type, "hold-queue-left");
}

static void descriptions(void **state)
{
    (void)state;
    const postern_source *siem = registry_source(harness_registry(), "siem");
    check_stream(siem->streams[0], "siem", "mimecast/1.0", "Gateway | Tracking | Read", NULL,
                 POSTERN_STREAM_TOKEN);
    assert_int_equal(siem->schedule->remember_ms, 8 * 86400000LL);
    const postern_stream *impersonation =
        registry_source(harness_registry(), "ttp-impersonation")->streams[0];
    assert_string_equal(impersonation->volatile_fields[0]->path, "id");
    assert_string_equal(impersonation->volatile_fields[0]->value_prefix, "MTOKEN:");
    assert_null(impersonation->volatile_fields[1]);
}

int main(void)
{
    setenv("TZ", "Asia/Bangkok", 1); /* +0700: the machine's zone must never get into a time */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(options_change_requests),
        cmocka_unit_test(options_have_bounds),
        cmocka_unit_test(a_large_position_is_no_problem),
        cmocka_unit_test(descriptions_of_both_apis),
        cmocka_unit_test(descriptions_of_the_queue),
        cmocka_unit_test(descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
