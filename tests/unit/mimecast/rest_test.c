/* The lists of API 2.0 outside of /api: reported-emails and threat-events, whose answers nobody has seen. */
#include "harness.h"
#include <stdlib.h>

/* ---- Asking ---- */

#define REPORTED                                                                                             \
    "/threat-reporting/v1/reported-emails?dateRangeStartsAt=1970-01-01T00%3A00%3A00Z&dateRangeEndsAt=1970-"  \
    "01-01T00%3A00%3A00Z&pageSize=100"
#define THREATS                                                                                              \
    "/threats/v1/events?timestampRangeStartsAt=1970-01-01T00%3A00%3A00Z&timestampRangeEndsAt=1970-01-01T00"  \
    "%3A00%3A00Z&pageSize=100&limit=1000"

static void requests(void **state)
{
    (void)state;
    static const struct {
        const char *source, *position, *path;
    } rows[] = {
        {"reported-emails", NULL, REPORTED},
        {"reported-emails", "3", REPORTED "&offset=3"},
        {"threat-events", NULL, THREATS},
        {"threat-events", "100 a+b/c=&d", THREATS "&pageToken=a%2Bb%2Fc%3D%26d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = source_open(rows[i].source, NULL, 0);
        char *path = source_get(&source, rows[i].position);
        assert_string_equal(path, rows[i].path);
        free(path);
        source_close(&source);
    }
}

/* ---- Pages ---- */

#define LINK "https://api.services.mimecast.com/threat-reporting/v1/reported-emails?pageSize=100&offset="

struct page_row {
    const char *why, *source, *position, *body;
    int32_t outcome;
    const char *next;
    size_t events;
};

static const struct page_row rows[] = {
    {"a further page", "reported-emails", NULL,
     "{\"meta\":{\"nextPage\":\"" LINK "1\"},\"value\":[{\"message\":{}},{\"message\":{}}]}", POSTERN_MORE,
     "1", 2},
    {"and one more", "reported-emails", "1", "{\"value\":[{}],\"meta\":{\"nextPage\":\"" LINK "2&x=1\"}}",
     POSTERN_MORE, "2", 1},
    {"the last page", "reported-emails", "2", "{\"meta\":{\"pageSize\":1},\"value\":[{}]}", POSTERN_END, "",
     1},
    {"a link behind the last page leads to an empty one", "reported-emails", "2",
     "{\"meta\":{\"nextPage\":\"" LINK "3\"},\"value\":[]}", POSTERN_END, "", 0},
    {"nothing", "reported-emails", NULL, "{\"meta\":{},\"value\":[]}", POSTERN_NOTHING_NEW, "", 0},
    {"nothing without a list", "reported-emails", NULL, "{\"meta\":{\"nextPage\":null}}", POSTERN_NOTHING_NEW,
     "", 0},
    {"of a link to elsewhere the number is not taken on trust", "reported-emails", "1",
     "{\"meta\":{\"nextPage\":\"https://evil.example/?offset=700\"},\"value\":[{}]}", POSTERN_MORE, "2", 1},
    {"should the offset count rows", "reported-emails", "2",
     "{\"meta\":{\"nextPage\":\"" LINK "5\"},\"value\":[{},{},{}]}", POSTERN_MORE, "5", 3},
    {"a link without a number", "reported-emails", NULL, "{\"meta\":{\"nextPage\":\"more\"},\"value\":[{}]}",
     POSTERN_MORE, "1", 1},

    {"data and meta.pagination.nextPageToken", "threat-events", NULL,
     "{\"meta\":{\"pagination\":{\"nextPageToken\":\"t\"}},\"data\":[{},{}]}", POSTERN_MORE, "2 t", 2},
    {"events and meta.pagination.next", "threat-events", "2 t",
     "{\"meta\":{\"pagination\":{\"next\":\"u\"}},\"events\":[{}]}", POSTERN_MORE, "3 u", 1},
    {"value and meta.nextPage", "threat-events", "3 u", "{\"meta\":{\"nextPage\":\"v\"},\"value\":[{}]}",
     POSTERN_MORE, "4 v", 1},
    {"nextPage beside the list", "threat-events", NULL, "{\"nextPage\":\"w\",\"events\":[{}]}", POSTERN_MORE,
     "1 w", 1},
    {"a link: its token alone", "threat-events", NULL,
     "{\"nextPage\":\"https://evil.example/threats?x=1&pageToken=a%2Bb%3d&y=2\",\"events\":[{}]}",
     POSTERN_MORE, "1 a+b=", 1},
    {"a path", "threat-events", NULL, "{\"nextPage\":\"/threats/v1/events?cursor=c\",\"events\":[{}]}",
     POSTERN_MORE, "1 c", 1},
    {"a token behind the last page", "threat-events", "3 u", "{\"nextPage\":\"w\",\"events\":[]}",
     POSTERN_END, "", 0},
    {"the last page of threats", "threat-events", "3 u", "{\"meta\":{\"nextPage\":\"\"},\"data\":[{}]}",
     POSTERN_END, "", 1},
    {"no threats", "threat-events", NULL, "{\"meta\":{\"pagination\":{}},\"data\":[]}", POSTERN_NOTHING_NEW,
     "", 0},
};

static void pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct page_row *row = &rows[i];
        struct test_source source = source_open(row->source, NULL, 0);
        struct outcome *got =
            source_answer(&source, &(struct question){.position = row->position, .body = text_of(row->body)});
        if (got->status < 0) fail_msg("%s: %s", row->why, got->error.message);
        if (got->outcome != row->outcome || strcmp(got->position, row->next) ||
            got->event_count != row->events || got->aside_count || got->keep_position)
            fail_msg("%s: outcome %d, next \"%s\", %zu events, %zu set aside", row->why, got->outcome,
                     got->position, got->event_count, got->aside_count);
        outcome_free(got);
        source_close(&source);
    }
}

/* A page that is full may have another one behind it, whatever the answer says of it. */
static void full_pages_without_a_link(void **state)
{
    (void)state;
    struct buffer body = {.limit = 1 << 20};
    buffer_append_string(&body, "{\"meta\":{},\"value\":[");
    for (int i = 0; i < 100; i++)
        buffer_append_string(&body, i ? ",{}" : "{}");
    buffer_append_string(&body, "]}");
    struct test_source source = source_open("reported-emails", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.body = buffer_text(&body)});
    assert_int_equal(got->outcome, POSTERN_MORE);
    assert_string_equal(got->position, "1");
    assert_int_equal(got->event_count, 100);
    outcome_free(got);
    source_close(&source);
    buffer_free(&body);
}

static void pages_that_cannot_be_turned(void **state)
{
    (void)state;
    static const struct {
        const char *source, *body, *message;
    } bad[] = {
        {"reported-emails", "{\"meta\":{\"nextPage\":{}},\"value\":[{}]}", "no text"},
        {"reported-emails", "<html>", "no JSON object"},
        {"reported-emails", "{\"other\":[]}", "neither meta nor data"},
        {"threat-events", "{\"meta\":{\"pagination\":{\"nextPageToken\":7}},\"data\":[{}]}", "no text"},
        {"threat-events", "{\"nextPage\":\"https://h.example/?x=1\",\"data\":[{}]}", "no token"},
        {"threat-events", "{\"data\":[{}", "ends early"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct test_source source = source_open(bad[i].source, NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.body = text_of(bad[i].body)});
        if (got->status != POSTERN_E_PROTOCOL || !strstr(got->error.message, bad[i].message))
            fail_msg("%s: %d %s", bad[i].body, got->status, got->error.message);
        outcome_free(got);
        source_close(&source);
    }
}

/* ---- Records ---- */

static void times_and_types(void **state)
{
    (void)state;
    static const struct {
        const char *source, *record;
        int64_t time_ms;
    } records[] = {
        {"reported-emails",
         "{\"message\":{\"sentDate\":\"2025-01-01T00:00:00Z\",\"lastReportedDate\":\"2026-01-01T00:01:02+"
         "0000\"}}",
         1767225662000},
        {"reported-emails", "{\"message\":{\"sentDate\":\"2025-01-01T00:00:00Z\"}}", 0},
        {"reported-emails", "{\"message\":\"text\",\"lastReportedDate\":\"2026-01-01T00:01:02Z\"}",
         1767225662000},
        {"threat-events", "{\"timestamp\":\"2026-01-01T00:01:02.345Z\"}", 1767225662345},
        {"threat-events", "{\"timestamp\":1767225662345}", 1767225662345},
        {"threat-events", "{\"seen\":\"2026-01-01T00:01:02Z\",\"timestamp\":\"2026-01-01T00:01:03Z\"}",
         1767225663000},
        {"threat-events", "{\"seen\":\"2026-01-01T00:01:02Z\"}", 1767225662000},
        {"threat-events", "{\"seen\":\"never\"}", 0},
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        char body[512];
        snprintf(body, sizeof body, "{\"meta\":{},\"value\":[%s]}", records[i].record);
        struct test_source source = source_open(records[i].source, NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.body = text_of(body)});
        assert_int_equal(got->event_count, 1);
        assert_string_equal(got->events[0].type, records[i].source);
        assert_string_equal(got->events[0].json, records[i].record);
        if (got->events[0].time_ms != records[i].time_ms)
            fail_msg("%s: %lld", records[i].record, (long long)got->events[0].time_ms);
        outcome_free(got);
        source_close(&source);
    }
}

static void records_set_aside_are_read_again(void **state)
{
    (void)state;
    struct test_source source = source_open("reported-emails", NULL, 0);
    struct outcome *got = source_reread(
        &source, "reported-emails", "",
        text_of("{\"message\":{\"lastReportedDate\":\"2026-01-01T00:01:02Z\"}}\n{\"message\":{}}\n{\"mess"));
    assert_int_equal(got->event_count, 2);
    assert_int_equal(got->events[0].time_ms, 1767225662000);
    assert_int_equal(got->aside_count, 1);
    outcome_free(got);
    got = source_reread(&source, "reported-emails", "",
                        text_of("{\"meta\":{},\"value\":[{\"a\":1},{\"b\":2}]}"));
    assert_int_equal(got->event_count, 2);
    outcome_free(got);
    source_close(&source);
}

static void descriptions(void **state)
{
    (void)state;
    static const char *const names[] = {"reported-emails", "threat-events"};
    for (size_t i = 0; i < 2; i++) {
        const postern_source *source = registry_source(harness_registry(), names[i]);
        const postern_stream *stream = source->streams[0];
        assert_string_equal(stream->auth, "mimecast/2.0");
        assert_string_equal(stream->product, "Threats, Security Events, and Data for CG");
        assert_string_equal(stream->permission,
                            "Security Events and Data Retrieval | Threat and Security Statistics | Read");
        assert_null(source->streams[1]);
        assert_int_equal(source->flags, i ? POSTERN_SOURCE_OFF : 0);
    }
    const postern_stream *reported = registry_source(harness_registry(), "reported-emails")->streams[0];
    assert_string_equal(reported->volatile_fields[0]->path, "threatReports");
    assert_null(reported->volatile_fields[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(pages),
        cmocka_unit_test(full_pages_without_a_link),
        cmocka_unit_test(pages_that_cannot_be_turned),
        cmocka_unit_test(times_and_types),
        cmocka_unit_test(records_set_aside_are_read_again),
        cmocka_unit_test(descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
