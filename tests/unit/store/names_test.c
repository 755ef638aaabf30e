/* Names of objects: which templates can make them, what is made of them, and which events share one. */
#include "../unit.h"
#include "kept.h"
#include "store.h"

#define HOUR_MS INT64_C(3600000)
#define NOON_MS (INT64_C(1795752000000) + 8 * HOUR_MS) /* 2026-11-27 */

static postern_sink_event event_of(const char *id, const char *source, int64_t received_ms, const char *text)
{
    return (postern_sink_event){.size = sizeof(postern_sink_event),
                                .flags = POSTERN_EVENT_JSON,
                                .received_ms = received_ms,
                                .id = kit_text(id),
                                .account = KIT_TEXT("acme"),
                                .source = kit_text(source),
                                .text = kit_text(text)};
}

static void templates(void **state)
{
    (void)state;
    static const struct {
        bool appends;
        const char *template, *wrong; /* NULL = good */
    } rows[] = {
        {false, "%{account}/%{source}/%{batch}-%{token}.%{suffix}", NULL},
        {false, "%{.event.kind}/%{token}", NULL},
        {false, "%{date}/x", "must hold %{token}"},
        {false, "%{id}/%{token}", "no placeholder %{id}"},
        {false, "%{token}/%{}", "no placeholder %{}"},
        {false, "/%{token}", "empty or consists of dots"},
        {false, "a//%{token}", "empty or consists of dots"},
        {false, "../%{token}", "empty or consists of dots"},
        {false, "a/./%{token}", "empty or consists of dots"},
        {false, "%{token}/", "empty or consists of dots"},
        {false, "%{part}-%{token}", "no placeholder %{part}"},
        {true, "%{account}/%{hour}/%{part}.%{suffix}", NULL},
        {true, "%{account}/%{hour}", "must hold %{part}"},
        {true, "%{part}/%{part}", "holds %{part} more than once"},
        {false, "%{token}/%{token}", NULL},
        {true, "%{part}-%{token}", "no placeholder %{token}"},
        {true, "%{part}-%{batch}", "no placeholder %{batch}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        postern_error error = {.size = sizeof error};
        postern_status status = key_check(kit_text(rows[i].template), rows[i].appends, &error);
        assert_int_equal(status, rows[i].wrong ? POSTERN_E_CONFIG : POSTERN_OK);
        if (rows[i].wrong) assert_contains(error.message, rows[i].wrong);
    }
}

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *template, *name;
    } rows[] = {
        {"%{account}/dt=%{date}/h=%{hour}/%{batch}-%{token}.%{suffix}",
         "acme/dt=2026-11-27/h=12/00000000000000000042-abc.ndjson.gz"},
        {"%{event_date}/%{event_day}/%{event_hour}/%{token}", "2026-11-26/20261126/23/abc"},
        {"%{source}/%{.a.b}/%{.none}/%{token}", "%2E.%2Fup/x%20y/_/abc"},
        {"open %{token} %{", "open abc %{"},
        {"%{part}", "1-0000"},
    };
    const struct key_parts parts = {
        .token = KIT_TEXT("abc"), .part = KIT_TEXT("1-0000"), .suffix = "ndjson.gz", .batch = 42};
    postern_sink_event event = event_of("1", "../up", NOON_MS, "{\"a\":{\"b\":\"x y\"}}");
    event.time_ms = NOON_MS - 13 * HOUR_MS;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[KEY_LIMIT];
        struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
        key_write(&writer, kit_text(rows[i].template), &event, &parts);
        assert_text(kit_span(buffer, writer.size), rows[i].name);
    }
}

static void fixed_part(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"%{token}", ""}, {"a-%{token}", ""}, {"a/b-%{token}", "a/"}, {"a/b/%{account}/%{token}", "a/b/"}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_text(key_fixed(kit_text(rows[i][0])), rows[i][1]);
}

/* ---- Partitions ---- */

static void partitions(void **state)
{
    (void)state;
    static const postern_host host = {.size = sizeof host, .allocate = kept_allocate};
    const struct store store = {.host = &host, .key = KIT_TEXT("%{source}/%{hour}/%{token}")};
    postern_sink_event many[] = {event_of("1", "a", NOON_MS, "{}"), event_of("2", "b", NOON_MS, "{\"n\":2}"),
                                 event_of("3", "a", NOON_MS, "{\"n\":3}"),
                                 event_of("4", "a", NOON_MS + HOUR_MS, "{}"),
                                 event_of("5", "b", NOON_MS + 1, "{\"n\":5}")};
    const postern_sink_event *events[COUNT(many)];
    for (size_t i = 0; i < COUNT(many); i++)
        events[i] = &many[i];
    const postern_batch batch = {.size = sizeof batch, .events = events, .count = COUNT(many)};
    void *kept = NULL;
    struct partitions made;
    char first[TOKEN_SIZE + 1], second[TOKEN_SIZE + 1];
    assert_int_equal(partitions_make(&store, (postern_arena *)&kept, &batch, &made, NULL), POSTERN_OK);
    assert_int_equal(made.count, 3);
    assert_int_equal(made.list[0].count, 2);
    assert_int_equal(made.list[0].bytes, 9);
    assert_int_equal(made.next[0], 2);
    assert_int_equal(made.next[2], NO_EVENT);
    assert_int_equal(made.list[1].first, 1);
    assert_int_equal(made.next[1], 4);
    assert_int_equal(made.list[2].first, 3);
    /* The token is of the content alone, and of where one text ends and the next begins. */
    assert_true(object_token(&store, &batch, &made, &made.list[0], first));
    assert_true(object_token(&store, &batch, &made, &made.list[0], second));
    assert_string_equal(first, second);
    assert_int_equal(strlen(first), TOKEN_SIZE);
    many[0].id = KIT_TEXT("1{");
    many[0].text = KIT_TEXT("}");
    assert_true(object_token(&store, &batch, &made, &made.list[0], second));
    assert_string_not_equal(first, second);
    kept_free(kept);
}

/* A line that can be no row is rejected, and may be left out when its batch comes again: the rows have the
 * same name then. */
static void token_without_what_is_rejected(void **state)
{
    (void)state;
    static const postern_host host = {.size = sizeof host, .allocate = kept_allocate};
    struct store store = {.host = &host, .key = KIT_TEXT("%{token}"), .format = FORMAT_PARQUET};
    postern_sink_event line = event_of("1", "a", NOON_MS, "CEF:0|x"),
                       row = event_of("2", "a", NOON_MS, "{\"n\":2}");
    const postern_sink_event *events[] = {&line, &row};
    const postern_batch both = {.size = sizeof both, .events = events, .count = 2},
                        left = {.size = sizeof left, .events = events + 1, .count = 1};
    void *kept = NULL;
    struct partitions made;
    char first[TOKEN_SIZE + 1], second[TOKEN_SIZE + 1];
    line.flags = 0;
    row.flags = POSTERN_EVENT_JSON;
    for (int i = 0; i < 2; i++) {
        store.format = i == 0 ? FORMAT_PARQUET : FORMAT_NDJSON;
        assert_int_equal(partitions_make(&store, (postern_arena *)&kept, &both, &made, NULL), POSTERN_OK);
        assert_true(object_token(&store, &both, &made, &made.list[0], first));
        assert_int_equal(partitions_make(&store, (postern_arena *)&kept, &left, &made, NULL), POSTERN_OK);
        assert_true(object_token(&store, &left, &made, &made.list[0], second));
        assert_int_equal(strcmp(first, second) == 0, store.format == FORMAT_PARQUET);
    }
    kept_free(kept);
}

/* ---- Answers ---- */

static void answers(void **state)
{
    (void)state;
    static const struct {
        int32_t status;
        const char *body, *words;
        enum store_verdict verdict;
        bool create_only;
    } rows[] = {
        {200, "", "", VERDICT_DONE, false},
        {412, "<Error><Code>PreconditionFailed</Code></Error>", "", VERDICT_DONE, true},
        {412, "<Error><Code>PreconditionFailed</Code></Error>", "412 PreconditionFailed", VERDICT_CONFIG,
         false},
        {409, "<Error><Code>BlobAlreadyExists</Code></Error>", "", VERDICT_DONE, true},
        {409, "<Error><Code>ConditionalRequestConflict</Code></Error>", "409", VERDICT_RETRY, true},
        {403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", "403", VERDICT_CLOCK, false},
        {403, "<Error><Code>AccessDenied</Code><Message>No\x1b[2J.</Message></Error>",
         "AccessDenied: No [2J.", VERDICT_CONFIG, false},
        {400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>",
         "it is in region eu-west-3", VERDICT_CONFIG, false},
        {400, "<Error><Code>ExpiredToken</Code></Error>", "ExpiredToken", VERDICT_RENEW, false},
        {404, "", "404", VERDICT_CONFIG, false},
        {429, "{\"error\":{\"code\":429,\n \"message\": \"slower, please\"}}", "429: slower, please",
         VERDICT_RETRY, false},
        {503, "<Error><Code>SlowDown</Code>", "503 ", VERDICT_RETRY, false},
        {599, "\xff\xfe", "599", VERDICT_RETRY, false},
        {302, "", "302", VERDICT_CONFIG, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const postern_pair headers[] = {{KIT_TEXT("x-amz-request-id"), KIT_TEXT("4442587FB7D0A2F9")},
                                        {KIT_TEXT("x-amz-id-2"), KIT_TEXT("vlR7/pnpV2Ce=")}};
        const postern_http_response response = {.size = sizeof response,
                                                .headers = headers,
                                                .header_count = 2,
                                                .status = rows[i].status,
                                                .body = kit_text(rows[i].body),
                                                .retry_after_ms = 9000};
        postern_error error = {.size = sizeof error};
        assert_int_equal(answer_judge(&response, rows[i].create_only, "putting", &error), rows[i].verdict);
        assert_contains(error.message, rows[i].words);
        if (rows[i].verdict == VERDICT_DONE) continue;
        assert_contains(error.message, " (request id 4442587FB7D0A2F9, id-2 vlR7/pnpV2Ce=)");
        assert_int_equal(error.code, rows[i].verdict == VERDICT_RETRY ? POSTERN_E_RETRY : POSTERN_E_CONFIG);
        assert_int_equal(error.retry_after_ms, rows[i].verdict == VERDICT_RETRY ? 9000 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(templates),
                                       cmocka_unit_test(names),
                                       cmocka_unit_test(fixed_part),
                                       cmocka_unit_test(partitions),
                                       cmocka_unit_test(token_without_what_is_rejected),
                                       cmocka_unit_test(answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
