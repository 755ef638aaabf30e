/* The lookup `trace`: what it asks for, what it makes of answers, and when it is over. */
#include "base/arena.h"
#include "base/error.h"
#include "harness.h"
#include <stdlib.h>

#define NOW_MS 1767225600000 /* 2026-01-01 */
#define HOUR   3600000LL

struct asked {
    const postern_lookup *lookup;
    struct module_instance *instance;
    postern_arena *arena;
    postern_call call;
};

static struct option_value text_value(const char *name, const char *text)
{
    return (struct option_value){.name = name, .type = POSTERN_OPTION_TEXT, .text = text};
}

static struct option_value number_value(const char *name, uint32_t type, int64_t number)
{
    return (struct option_value){.name = name, .type = type, .integer = number};
}

static struct asked open_lookup(const char *auth, const struct option_value *values, size_t count)
{
    struct asked asked = {.lookup = registry_lookup(harness_registry(), "trace", auth),
                          .arena = arena_new(1 << 20)};
    postern_error error = ERROR_INIT;
    assert_non_null(asked.lookup);
    const struct module_plan plan = {.registry = harness_registry(),
                                     .name = "trace",
                                     .data = asked.lookup->data,
                                     .table = asked.lookup->parameters,
                                     .values = values,
                                     .value_count = count};
    assert_int_equal(module_instance_new(&plan, &asked.instance, &error), POSTERN_OK);
    asked.call = (postern_call){.size = sizeof asked.call,
                                .attempt = 1,
                                .arena = asked.arena,
                                .now_ms = NOW_MS,
                                .account = TEXT("acme")};
    return asked;
}

static void close_lookup(struct asked *asked)
{
    module_instance_free(asked->instance);
    arena_free(asked->arena);
}

/* ---- Asking ---- */

static const struct {
    const char *auth, *names[4], *values[4];
    int64_t since_ms, until_ms; /* 0 = not given */
    const char *body;           /* what stands behind "searchReason":"postern trace", or the error's words */
} questions[] = {
    {"mimecast/1.0", {"message_id"}, {"<a\"b@x>"}, 0, 0, ",\"messageId\":\"<a\\\"b@x>\"}]}"},
    {"mimecast/2.0", {"message_id"}, {" <a@x> "}, 0, 0, ",\"messageId\":\"<a@x>\"}]}"},
    {"mimecast/1.0",
     {"from", "sender_ip"},
     {"a.example", "192.0.2.1"},
     0,
     0,
     ",\"advancedTrackAndTraceOptions\":{\"from\":\"a.example\",\"senderIP\":\"192.0.2.1\"}}]}"},
    {"mimecast/2.0",
     {"to", "subject", "url"},
     {"b@x", "Hello", "https://x"},
     0,
     0,
     ",\"advancedTrackAndTraceOptions\":{\"to\":\"b@x\",\"subject\":\"Hello\",\"url\":\"https://x\"}}]}"},
    {"mimecast/1.0",
     {"to"},
     {"b@x"},
     NOW_MS - 5 * HOUR,
     NOW_MS - 4 * HOUR,
     ",\"advancedTrackAndTraceOptions\":{\"to\":\"b@x\"}}]}"},
    {"mimecast/1.0", {"from", "message_id"}, {"a", "b"}, 0, 0, "--message-id stands alone"},
    {"mimecast/1.0", {"from"}, {"\t "}, 0, 0, "say which mail"},
    {"mimecast/2.0", {NULL}, {NULL}, 0, 0, "say which mail"},
    {"mimecast/1.0", {"from"}, {"a"}, NOW_MS - HOUR, NOW_MS - HOUR, "--since does not lie before --until"},
    {"mimecast/1.0", {"from"}, {"a"}, NOW_MS + HOUR, 0, "--since does not lie before --until"},
};

static void test_questions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct option_value values[6];
        size_t count = 0;
        while (count < 4 && questions[i].names[count]) {
            values[count] = text_value(questions[i].names[count], questions[i].values[count]);
            count++;
        }
        values[count++] = number_value("since", POSTERN_OPTION_TIME,
                                       questions[i].since_ms ? questions[i].since_ms : NOW_MS - 24 * HOUR);
        values[count++] = number_value("until", POSTERN_OPTION_TIME,
                                       questions[i].until_ms ? questions[i].until_ms : NOW_MS);
        struct asked asked = open_lookup(questions[i].auth, values, count);
        postern_request request = {.size = sizeof request};
        postern_error error = ERROR_INIT;
        postern_status status = asked.lookup->next(&asked.instance->host, &asked.call, asked.lookup,
                                                   (postern_text){0}, &request, &error);
        if (questions[i].body[0] != ',') {
            assert_int_equal(status, POSTERN_E_INVALID);
            assert_non_null(strstr(error.message, questions[i].body));
        } else {
            assert_int_equal(status, POSTERN_OK);
            assert_string_equal(request.method, "POST");
            assert_true(text_is(request.path, "/api/message-finder/search"));
            char *body = text_duplicate(request.body);
            const char *wanted = questions[i].since_ms
                                     ? "{\"data\":[{\"start\":\"2025-12-31T19:00:00+0000\","
                                       "\"end\":\"2025-12-31T20:00:00+0000\",\"searchReason\":\"postern "
                                       "trace\""
                                     : "{\"data\":[{\"start\":\"2025-12-31T00:00:00+0000\","
                                       "\"end\":\"2026-01-01T00:00:00+0000\",\"searchReason\":\"postern "
                                       "trace\"";
            if (strncmp(body, wanted, strlen(wanted)) || strcmp(body + strlen(wanted), questions[i].body))
                fail_msg("row %zu: %s", i, body);
            free(body);
        }
        close_lookup(&asked);
    }
}

/* ---- Reading ---- */

struct test_findings {
    postern_findings table;
    struct buffer results; /* one a line */
};

static postern_status keep(postern_findings *table, postern_text json)
{
    struct test_findings *test = (struct test_findings *)(void *)table;
    buffer_append_text(&test->results, json);
    buffer_append_byte(&test->results, '\n');
    return POSTERN_OK;
}

#define MAIL_A "{\"id\":\"a\",\"status\":\"held\",\"n\":1.0}"
#define MAIL_B "{ \"id\" : \"b\\u0041\" }"
#define FOUND(list, meta)                                                                                    \
    "{\"meta\":{\"status\":200" meta "},\"data\":[{\"trackedEmails\":[" list "]}],\"fail\":[]}"
#define NEXT ",\"pagination\":{\"pageSize\":2,\"next\":\"more\"}"

static const struct {
    const char *why;
    bool details;
    const char *position;
    int http;
    const char *body;
    postern_status status;
    const char *results;        /* or the error's words */
    const char *position_after; /* NULL = it is over; the remedy's words on failure */
} answers[] = {
    {"two mails, exactly as they came", false, "", 200, FOUND(MAIL_A "," MAIL_B, ""), 0,
     MAIL_A "\n" MAIL_B "\n", NULL},
    {"no mail", false, "", 200, FOUND("", ""), 0, "", NULL},
    {"nothing at all", false, "", 200, "{\"meta\":{\"status\":200},\"data\":[],\"fail\":[]}", 0, "", NULL},
    {"no data", false, "", 200, "{\"meta\":{\"status\":200}}", 0, "", NULL},
    {"data is null", false, "", 200, "{\"data\":null}", 0, "", NULL},
    {"what is no mail is passed over", false, "", 200, FOUND("7,null," MAIL_A, ""), 0, MAIL_A "\n", NULL},
    {"a list of another kind", false, "", 200, "{\"data\":[{\"trackedEmails\":{}}]}", 0, "", NULL},
    {"a further page", false, "", 200, FOUND(MAIL_A, NEXT), 0, MAIL_A "\n", "more\n"},
    {"an empty page is the last", false, "more\n", 200, FOUND("", NEXT), 0, "", NULL},
    {"details are asked for", true, "", 200, FOUND(MAIL_A "," MAIL_B, NEXT), 0, "",
     "more\n" MAIL_A "," MAIL_B},
    {"a mail without an id has none", true, "", 200, FOUND("{\"id\":\"\"},{\"id\":7},{}", ""), 0,
     "{\"id\":\"\"}\n{\"id\":7}\n{}\n", NULL},
    {"details of the first", true, "more\n" MAIL_A "," MAIL_B, 200, "{\"data\":[{\"x\" : 1e2}]}", 0,
     "{\"id\":\"a\",\"status\":\"held\",\"n\":1.0,\"messageInfo\":{\"x\" : 1e2}}\n", "more\n" MAIL_B},
    {"details of the last", true, "\n" MAIL_B, 200, "{\"data\":[{}]}", 0,
     "{ \"id\" : \"b\\u0041\" ,\"messageInfo\":{}}\n", NULL},
    {"details that are gone", true, "\n" MAIL_B, 404, "{\"fail\":[]}", 0, MAIL_B "\n", NULL},
    {"details that may not be read", true, "\n" MAIL_B, 403, "", POSTERN_E_PERMISSION, "403",
     "Gateway | Tracking | Read"},
    {"cut off", false, "", 200, "{\"data\":[{\"trackedEmails\":[" MAIL_A, POSTERN_E_PROTOCOL, "breaks off",
     ""},
    {"broken", false, "", 200, FOUND("{\"id\":x}", ""), POSTERN_E_PROTOCOL, "breaks", ""},
    {"no JSON", false, "", 200, "<html>", POSTERN_E_PROTOCOL, "no JSON object", "proxy"},
    {"a failure in 200", false, "", 200,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_x\",\"message\":\"m\",\"retryable\":false}]}]}",
     POSTERN_E_CONFIG, "err_x", ""},
    {"refused keys", false, "", 401, "{\"fail\":[]}", POSTERN_E_CREDENTIALS, "401", "Secret"},
    {"no permission", false, "", 403, "{\"fail\":[]}", POSTERN_E_PERMISSION, "403",
     "Gateway | Tracking | Read"},
    {"no licence", false, "", 200, "{\"fail\":[{\"errors\":[{\"code\":\"err_not_licensed\"}]}]}",
     POSTERN_E_LICENSE, "err_not_licensed", "the account seems to lack "},
};

static void check_answer(size_t row, const char *auth)
{
    const struct option_value values[] = {number_value("details", POSTERN_OPTION_BOOLEAN, 1)};
    struct asked asked = open_lookup(auth, values, answers[row].details ? 1 : 0);
    struct test_findings test = {.table = {.size = sizeof(postern_findings), .result = keep},
                                 .results = {.limit = 1 << 16}};
    const postern_response response = {
        .size = sizeof response, .status = answers[row].http, .body = text_of(answers[row].body)};
    postern_error error = ERROR_INIT;
    postern_status status =
        asked.lookup->on_response(&asked.instance->host, &asked.call, asked.lookup,
                                  text_of(answers[row].position), &response, &test.table, &error);
    if (status != answers[row].status)
        fail_msg("%s: status %d (%s)", answers[row].why, status, error.message);
    if (status < 0) {
        if (!strstr(error.message, answers[row].results) ||
            !strstr(error.remedy, answers[row].position_after))
            fail_msg("%s: %s (%s)", answers[row].why, error.message, error.remedy);
    } else {
        const char *position = answers[row].position_after;
        if (strcmp(buffer_string(&test.results), answers[row].results) != 0)
            fail_msg("%s: %s", answers[row].why, buffer_string(&test.results));
        assert_int_equal(test.table.outcome, position ? POSTERN_MORE : POSTERN_END);
        if (position && !text_is(test.table.position, position))
            fail_msg("%s: %.*s", answers[row].why, TEXT_ARGS(test.table.position));
    }
    buffer_free(&test.results);
    close_lookup(&asked);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        check_answer(i, "mimecast/1.0");
        check_answer(i, "mimecast/2.0");
    }
}

/* What the position says is what is asked next. */
static void test_going_on(void **state)
{
    (void)state;
    static const struct {
        const char *position, *path, *body;
    } rows[] = {
        {"more\n", "/api/message-finder/search",
         "{\"meta\":{\"pagination\":{\"pageToken\":\"more\"}},\"data\":[{"},
        {"more\n" MAIL_B "," MAIL_A, "/api/message-finder/get-message-info",
         "{\"data\":[{\"id\":\"b\\u0041\"}]}"},
    };
    const struct option_value values[] = {text_value("from", "x"),
                                          number_value("details", POSTERN_OPTION_BOOLEAN, 1),
                                          number_value("since", POSTERN_OPTION_TIME, NOW_MS - HOUR),
                                          number_value("until", POSTERN_OPTION_TIME, NOW_MS)};
    for (size_t i = 0; i < 2; i++) {
        struct asked asked = open_lookup("mimecast/2.0", values, sizeof values / sizeof *values);
        postern_request request = {.size = sizeof request};
        postern_error error = ERROR_INIT;
        assert_int_equal(asked.lookup->next(&asked.instance->host, &asked.call, asked.lookup,
                                            text_of(rows[i].position), &request, &error),
                         POSTERN_OK);
        assert_true(text_is(request.path, rows[i].path));
        assert_true(text_starts_with(request.body, rows[i].body));
        close_lookup(&asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_going_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
