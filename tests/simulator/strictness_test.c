/* For each rule a client that breaks it, and only it: refused as Mimecast would, and noted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_simulator.h"
#include "times.h"
#include <stdio.h>
#include <string.h>

static struct simulator simulator;

static int start(void **state)
{
    (void)state;
    static const char *const options[] = {"--accounts", "2", "--events", "400", NULL};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    simulator_start(&simulator, true, options);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    simulator_stop(&simulator);
    curl_global_cleanup();
    return 0;
}

static void check(const struct response *response, long status, const char *code, const char *what)
{
    char expected[80];
    snprintf(expected, sizeof expected, "\"code\":\"%s\"", code);
    if (response->status != status || !strstr(response->body.data, expected))
        fail_msg("%s: expected %ld %s, got %ld %s", what, status, code, response->status,
                 response->body.data);
}

#define DATES "\"from\":\"2026-06-15T00:00:00+0000\",\"to\":\"2026-06-15T11:00:00+0000\""

struct row {
    const char *what, *rule;
    long status;
    const char *code;
    struct call call;
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct response response = simulator_call(&simulator, &rows[i].call, NULL);
        assert_int_equal(response.result, CURLE_OK);
        check(&response, rows[i].status, rows[i].code, rows[i].what);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
}

static void headers_and_signature(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"an unknown path", "path", 404, "err_not_found", {.path = "/api/audit/get-siem-log"}},
        {"a slash too many", "path", 404, "err_not_found", {.path = "/api/ttp/url/get-logs/"}},
        {"data in the URL",
         "query-in-url",
         400,
         "err_request",
         {.path = "/api/audit/get-siem-logs?type=MTA", .sign_path = "/api/audit/get-siem-logs"}},
        {"GET", "method", 405, "err_method_not_allowed", {.method = "GET"}},
        {"PUT", "method", 405, "err_method_not_allowed", {.method = "PUT"}},
        {"no Content-Type", "content-type", 400, "err_request", {.leave_out = "Content-Type"}},
        {"another Content-Type",
         "content-type",
         400,
         "err_request",
         {.header = "Content-Type: application/x-www-form-urlencoded"}},
        {"a Host header of elsewhere", "host", 400, "err_request", {.header = "Host: eu-api.mimecast.com"}},
        {"no Authorization",
         "missing-header",
         400,
         "err_credentials_missing",
         {.leave_out = "Authorization"}},
        {"no application id", "missing-header", 400, "err_credentials_missing", {.leave_out = "x-mc-app-id"}},
        {"no date", "missing-header", 400, "err_credentials_missing", {.leave_out = "x-mc-date"}},
        {"no request id", "missing-header", 400, "err_credentials_missing", {.leave_out = "x-mc-req-id"}},
        {"an unknown application",
         "application-id",
         401,
         "err_developer_key",
         {.header = "x-mc-app-id: 00000000-0000-4000-8000-000000000000"}},
        {"an unknown access key", "access-key", 401, "err_xdk_invalid_signature", {.wrong_access_key = true}},
        {"another secret", "signature", 401, "err_xdk_invalid_signature", {.wrong_secret = true}},
        {"another path signed",
         "signature",
         401,
         "err_xdk_invalid_signature",
         {.sign_path = "https://127.0.0.1/api/audit/get-siem-logs"}},
        {"another date signed than sent",
         "signature",
         401,
         "err_xdk_invalid_signature",
         {.header = "x-mc-date: Mon, 15 Jun 2026 12:00:01 UTC"}},
        {"a blank behind the colon",
         "authorization-format",
         401,
         "err_xdk_invalid_signature",
         {.colon_space = true}},
        {"a bearer token",
         "authorization-format",
         401,
         "err_xdk_invalid_signature",
         {.header = "Authorization: Bearer abc"}},
        {"a date with GMT",
         "date-format",
         401,
         "err_xdk_invalid_date",
         {.date = "Mon, 15 Jun 2026 12:00:00 GMT"}},
        {"the wrong day of the week",
         "date-format",
         401,
         "err_xdk_invalid_date",
         {.date = "Tue, 15 Jun 2026 12:00:00 UTC"}},
        {"an ISO date", "date-format", 401, "err_xdk_invalid_date", {.date = "2026-06-15T12:00:00Z"}},
        {"a date too old", "date-stale", 401, "err_xdk_invalid_date", {.date_offset_ms = -16 * MINUTE}},
        {"a date too far ahead", "date-stale", 401, "err_xdk_invalid_date", {.date_offset_ms = 16 * MINUTE}},
        {"a request id in braces",
         "request-id-format",
         400,
         "err_request",
         {.header = "x-mc-req-id: {0f0e0d0c-0b0a-4908-8706-050403020100}"}},
        {"a request id without dashes",
         "request-id-format",
         400,
         "err_request",
         {.request_id = "0f0e0d0c0b0a49088706050403020100"}},
        {"the response's header sent back",
         "token-header",
         400,
         "err_request",
         {.header = "mc-siem-token: abc"}},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

static void bodies(void **state)
{
    (void)state;
#define URL_BODY(json)                                                                                       \
    {                                                                                                        \
        .source = TTP_URL, .body = (json)                                                                    \
    }
#define SIEM_BODY(json)                                                                                      \
    {                                                                                                        \
        .source = SIEM, .body = (json)                                                                       \
    }
    static const struct row rows[] = {
        {"no JSON", "body-json", 400, "err_request_body", URL_BODY("data=1")},
        {"no body", "body-json", 400, "err_request_body", URL_BODY("")},
        {"two documents", "body-json", 400, "err_request_body", URL_BODY("{\"data\":[{" DATES "}]} {}")},
        {"an array", "body-shape", 400, "err_request_body", URL_BODY("[]")},
        {"data is no array", "body-shape", 400, "err_request_body", URL_BODY("{\"data\":{" DATES "}}")},
        {"no item", "one-item", 400, "err_request_body", URL_BODY("{\"data\":[]}")},
        {"two items", "one-item", 400, "err_request_body", URL_BODY("{\"data\":[{" DATES "},{" DATES "}]}")},
        {"an item that is no object", "one-item", 400, "err_request_body", URL_BODY("{\"data\":[1]}")},
        {"an unknown member beside data", "unknown-field", 400, "err_validation_unknown_field",
         URL_BODY("{\"data\":[{" DATES "}],\"page\":1}")},
        {"an unknown field", "unknown-field", 400, "err_validation_unknown_field",
         URL_BODY("{\"data\":[{" DATES ",\"start\":\"x\"}]}")},
        {"a field in other letters", "unknown-field", 400, "err_validation_unknown_field",
         URL_BODY("{\"data\":[{" DATES ",\"oldestfirst\":true}]}")},
        {"oldestFirst where there is none",
         "unknown-field",
         400,
         "err_validation_unknown_field",
         {.source = AUDIT,
          .body = "{\"data\":[{\"startDateTime\":\"2026-06-15T00:00:00+0000\",\"endDateTime\":\"2026-06-"
                  "15T11:00:00+"
                  "0000\",\"oldestFirst\":true}]}"}},
        {"a field twice", "repeated-field", 400, "err_validation_invalid",
         URL_BODY("{\"data\":[{" DATES ",\"from\":\"2026-06-15T00:00:00+0000\"}]}")},
        {"a text for a boolean", "field-type", 400, "err_validation_invalid",
         URL_BODY("{\"data\":[{" DATES ",\"oldestFirst\":\"true\"}]}")},
        {"a number for a text", "field-type", 400, "err_validation_invalid",
         URL_BODY("{\"data\":[{" DATES ",\"route\":1}]}")},
        {"an unknown value", "field-value", 400, "err_validation_invalid",
         URL_BODY("{\"data\":[{" DATES ",\"route\":\"everywhere\"}]}")},
        {"an empty text", "blank-field", 400, "err_validation_blank",
         URL_BODY("{\"data\":[{" DATES ",\"route\":\"\"}]}")},
        {"null", "null-field", 400, "err_validation_null",
         URL_BODY("{\"data\":[{" DATES ",\"route\":null}]}")},
        {"a date with Z", "date-spelling", 400, "err_validation_invalid_date",
         URL_BODY("{\"data\":[{\"from\":\"2026-06-15T00:00:00Z\"}]}")},
        {"a date with a colon in the offset", "date-spelling", 400, "err_validation_invalid_date",
         URL_BODY("{\"data\":[{\"from\":\"2026-06-15T00:00:00+00:00\"}]}")},
        {"a date with a fraction", "date-spelling", 400, "err_validation_invalid_date",
         URL_BODY("{\"data\":[{\"from\":\"2026-06-15T00:00:00.000+0000\"}]}")},
        {"a date with another offset", "date-spelling", 400, "err_validation_invalid_date",
         URL_BODY("{\"data\":[{\"from\":\"2026-06-15T00:00:00+0700\"}]}")},
        {"a 31st of June", "date-spelling", 400, "err_validation_invalid_date",
         URL_BODY("{\"data\":[{\"from\":\"2026-06-31T00:00:00+0000\"}]}")},
        {"the end before the beginning", "range-order", 400, "err_validation_date_range",
         URL_BODY(
             "{\"data\":[{\"from\":\"2026-06-15T11:00:00+0000\",\"to\":\"2026-06-15T10:00:00+0000\"}]}")},
        {"the end in the future", "range-in-future", 400, "err_validation_date_range",
         URL_BODY(
             "{\"data\":[{\"from\":\"2026-06-15T11:00:00+0000\",\"to\":\"2026-06-15T13:00:00+0000\"}]}")},
        {"a filter", "filter", 400, "err_simulator_filter",
         URL_BODY("{\"data\":[{" DATES ",\"scanResult\":\"malicious\"}]}")},
        {"searchField without query",
         "missing-field",
         400,
         "err_validation_null",
         {.source = DLP, .body = "{\"data\":[{" DATES ",\"searchField\":\"all\"}]}"}},
        {"audit without dates",
         "missing-field",
         400,
         "err_validation_null",
         {.source = AUDIT, .body = "{\"data\":[{}]}"}},
        {"route instead of routes",
         "unknown-field",
         400,
         "err_validation_unknown_field",
         {.source = DLP, .body = "{\"data\":[{" DATES ",\"route\":\"all\"}]}"}},
        {"pageSize 0", "page-size", 400, "err_validation_invalid",
         URL_BODY("{\"meta\":{\"pagination\":{\"pageSize\":0}},\"data\":[{" DATES "}]}")},
        {"pageSize 101", "page-size", 400, "err_validation_invalid",
         URL_BODY("{\"meta\":{\"pagination\":{\"pageSize\":101}},\"data\":[{" DATES "}]}")},
        {"pageSize 1.5", "page-size", 400, "err_validation_invalid",
         URL_BODY("{\"meta\":{\"pagination\":{\"pageSize\":1.5}},\"data\":[{" DATES "}]}")},
        {"pageSize as text", "page-size", 400, "err_validation_invalid",
         URL_BODY("{\"meta\":{\"pagination\":{\"pageSize\":\"100\"}},\"data\":[{" DATES "}]}")},
        {"an empty pageToken", "blank-field", 400, "err_validation_blank",
         URL_BODY("{\"meta\":{\"pagination\":{\"pageSize\":100,\"pageToken\":\"\"}},\"data\":[{" DATES
                  "}]}")},
        {"an invented pageToken", "page-token", 400, "err_invalid_page_token",
         URL_BODY("{\"meta\":{\"pagination\":{\"pageToken\":\"eNoVabc\"}},\"data\":[{" DATES "}]}")},
        {"an unknown member of pagination", "unknown-field", 400, "err_validation_unknown_field",
         URL_BODY("{\"meta\":{\"pagination\":{\"page\":2}},\"data\":[{" DATES "}]}")},
        {"pages of MTA logs", "unknown-field", 400, "err_validation_unknown_field",
         SIEM_BODY("{\"meta\":{\"pagination\":{\"pageSize\":100}},\"data\":[{\"type\":\"MTA\",\"fileFormat\":"
                   "\"json\","
                   "\"compress\":true}]}")},
        {"another type", "field-value", 400, "err_validation_invalid",
         SIEM_BODY("{\"data\":[{\"type\":\"mta\",\"fileFormat\":\"json\",\"compress\":true}]}")},
        {"no type", "missing-field", 400, "err_validation_null",
         SIEM_BODY("{\"data\":[{\"fileFormat\":\"json\",\"compress\":true}]}")},
        {"compress left out", "missing-field", 400, "err_validation_null",
         SIEM_BODY("{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\"}]}")},
        {"fileFormat left out", "missing-field", 400, "err_validation_null",
         SIEM_BODY("{\"data\":[{\"type\":\"MTA\",\"compress\":true}]}")},
        {"an unknown format", "field-value", 400, "err_validation_invalid",
         SIEM_BODY("{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"xml\",\"compress\":true}]}")},
        {"an empty token", "blank-field", 400, "err_validation_blank",
         SIEM_BODY(
             "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":true,\"token\":\"\"}]}")},
        {"an invented token", "siem-token", 400, "err_audit_siem_invalid_token",
         SIEM_BODY(
             "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":true,\"token\":\"abc\"}]}")},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

/* What is allowed must stay allowed. */
static void good_requests(void **state)
{
    (void)state;
    static const struct call calls[] = {
        {.source = SIEM},
        {.source = AUDIT},
        {.source = TTP_URL},
        {.source = TTP_ATTACHMENT},
        {.source = TTP_IMPERSONATION},
        {.source = DLP},
        {.source = TTP_URL, .account = 1},
        {.source = TTP_URL, .header = "Content-Type: application/json; charset=utf-8"},
        {.source = TTP_URL, .host = "localhost"},
        {.source = TTP_URL, .request_id = "8578FCFC-A305-4D9A-99CB-F4D5ECEFE297"},
        {.source = TTP_URL, .date_offset_ms = -14 * MINUTE},
        {.source = TTP_URL, .generation = 1}, /* keys renewed early */
        {.source = TTP_URL, .body = "{\"data\":[{}]}"},
        {.source = TTP_URL,
         .body = "{\"meta\":{\"pagination\":{\"pageSize\":1}},\"data\":[{" DATES
                 ",\"oldestFirst\":true,\"route\":\"all\",\"scanResult\":\"all\"}]}"},
        {.source = SIEM,
         .body = "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"JSON\",\"compress\":false}]}"},
        {.source = SIEM,
         .body = "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"key_value\",\"compress\":true}]}"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct response response = simulator_call(&simulator, &calls[i], NULL);
        if (response.status != 200) fail_msg("call %zu: %ld %s", i, response.status, response.body.data);
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void request_id_twice(void **state)
{
    (void)state;
    /* The same id in other letters is the same id. */
    struct call call = {.request_id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"};
    struct response response = simulator_call(&simulator, &call, NULL);
    assert_int_equal(response.status, 200);
    response_free(&response);
    call.request_id = "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    response = simulator_call(&simulator, &call, NULL);
    check(&response, 400, "err_request", "the same request id");
    response_free(&response);
    simulator_expect_violations(&simulator, "request-id-reused", 1);
}

/* What libcurl does by itself when a kept connection is dead. */
static void sent_again(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        CURL *curl = curl_easy_init();
        struct call call = {.source = AUDIT, .sends_again = again};
        struct response response = simulator_call(&simulator, &call, curl);
        assert_int_equal(response.status, 200);
        response_free(&response);
        simulator_order(&simulator, "{\"queue\":[{\"fault\":\"stale\",\"endpoint\":\"audit\"}]}");
        response = simulator_call(&simulator, &call, curl);
        assert_int_equal(response.status, again ? 400 : 0);
        response_free(&response);
        simulator_expect_violations(&simulator, "request-id-reused", (size_t)again);
        curl_easy_cleanup(curl);
    }
}

/* The token of a first page that has a second. */
static void first_token(char token[600], const char *body)
{
    struct call call = {.source = TTP_URL, .body = body};
    struct response response = simulator_call(&simulator, &call, NULL);
    assert_int_equal(response.status, 200);
    cJSON *answer = cJSON_Parse(response.body.data);
    const cJSON *pagination = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "meta"), "pagination");
    snprintf(token, 600, "%s", cJSON_GetObjectItem(pagination, "next")->valuestring);
    cJSON_Delete(answer);
    response_free(&response);
}

static void page_tokens(void **state)
{
    (void)state;
    char token[600], body[1200];
    static const struct {
        const char *what, *rule, *page_size, *data;
        enum source source;
        unsigned account;
        long status;
    } rows[] = {
        {"the second page", NULL, "2", DATES, TTP_URL, 0, 200},
        {"another page size", NULL, "100", DATES, TTP_URL, 0, 200},
        {"a token in the next window", "page-data-changed", "2",
         "\"from\":\"2026-06-15T11:00:00+0000\",\"to\":\"2026-06-15T11:30:00+0000\"", TTP_URL, 0, 400},
        {"data left out on the second page", "page-data-changed", "2", "", TTP_URL, 0, 400},
        {"another order on the second page", "page-data-changed", "2", DATES ",\"oldestFirst\":true", TTP_URL,
         0, 400},
        {"a token of another endpoint", "page-token", "2", DATES, DLP, 0, 400},
        {"a token of another account", "page-token", "2", DATES, TTP_URL, 1, 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        first_token(token, "{\"meta\":{\"pagination\":{\"pageSize\":2}},\"data\":[{" DATES "}]}");
        snprintf(body, sizeof body,
                 "{\"meta\":{\"pagination\":{\"pageSize\":%s,\"pageToken\":\"%s\"}},\"data\":[{%s}]}",
                 rows[i].page_size, token, rows[i].data);
        struct call call = {.source = rows[i].source, .account = rows[i].account, .body = body};
        struct response response = simulator_call(&simulator, &call, NULL);
        if (response.status != rows[i].status)
            fail_msg("%s: %ld %s", rows[i].what, response.status, response.body.data);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, rows[i].rule != NULL);
    }
    /* A token that is too old is refused; that is no violation. */
    first_token(token, "{\"meta\":{\"pagination\":{\"pageSize\":2}},\"data\":[{" DATES "}]}");
    simulator_advance(&simulator, 16 * MINUTE);
    snprintf(body, sizeof body,
             "{\"meta\":{\"pagination\":{\"pageSize\":2,\"pageToken\":\"%s\"}},\"data\":[{" DATES "}]}",
             token);
    struct call call = {.source = TTP_URL, .body = body};
    struct response response = simulator_call(&simulator, &call, NULL);
    check(&response, 400, "err_invalid_page_token", "an old token");
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void foreign_siem_token(void **state)
{
    (void)state;
    struct response response = simulator_call(&simulator, &(struct call){.source = SIEM}, NULL);
    char body[1200];
    snprintf(body, sizeof body,
             "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":true,\"token\":\"%s\"}]}",
             response_header(&response, "mc-siem-token"));
    response_free(&response);
    response = simulator_call(&simulator, &(struct call){.source = SIEM, .body = body, .account = 1}, NULL);
    check(&response, 400, "err_audit_siem_invalid_token", "another account's token");
    response_free(&response);
    simulator_expect_violations(&simulator, "siem-token", 1);
}

static void call_during_wait(void **state)
{
    (void)state;
    static const char *const spellings[] = {"x-ratelimit-reset", "retry-after"};
    for (unsigned round = 0; round < 16; round++) {
        simulator_order(&simulator,
                        "{\"queue\":[{\"fault\":\"429\",\"endpoint\":\"dlp\",\"duration\":\"90s\"}]}");
        struct call call = {.source = DLP};
        struct response refused = simulator_call(&simulator, &call, NULL);
        assert_int_equal(refused.status, 429);
        const char *reset = response_header(&refused, spellings[0]);
        bool announced = (reset && strcmp(reset, "soon") != 0) || response_header(&refused, spellings[1]);
        response_free(&refused);
        simulator_advance(&simulator, 88 * SECOND);
        struct response early = simulator_call(&simulator, &call, NULL);
        assert_int_equal(early.status, announced ? 429 : 200);
        response_free(&early);
        simulator_expect_violations(&simulator, "request-during-wait", announced);
        simulator_advance(&simulator, 3 * SECOND);
        struct response late = simulator_call(&simulator, &call, NULL);
        assert_int_equal(late.status, 200);
        response_free(&late);
    }
    /* Another endpoint, another account, and a client that was killed do not wait. */
    static const struct call others[] = {{.source = AUDIT}, {.source = DLP, .account = 1}, {.source = DLP}};
    for (size_t i = 0; i < 3; i++) {
        simulator_order(&simulator, "{\"queue\":[{\"fault\":\"429\",\"endpoint\":\"dlp\",\"account\":"
                                    "\"acme\",\"duration\":\"90s\"}]}");
        struct response response = simulator_call(&simulator, &(struct call){.source = DLP}, NULL);
        response_free(&response);
        if (i == 2) {
            struct text done = simulator_control(&simulator, "POST", "client-restarted", "{}");
            text_free(&done);
        }
        response = simulator_call(&simulator, &others[i], NULL);
        assert_int_equal(response.status, 200);
        response_free(&response);
        simulator_advance(&simulator, 91 * SECOND);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void two_at_once(void **state)
{
    (void)state;
    simulator_order(&simulator,
                    "{\"queue\":[{\"fault\":\"slow\",\"endpoint\":\"audit\",\"duration\":\"3s\"}]}");
    struct response responses[2] = {0};
    struct curl_slist *headers[2];
    CURL *handles[2];
    CURLM *multi = curl_multi_init();
    for (size_t i = 0; i < 2; i++) {
        handles[i] = curl_easy_init();
        headers[i] =
            simulator_prepare(&simulator, &(struct call){.source = AUDIT}, handles[i], &responses[i]);
        curl_multi_add_handle(multi, handles[i]);
    }
    int running = 2;
    while (running) {
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    long sum = 0;
    for (size_t i = 0; i < 2; i++) {
        long status = 0;
        curl_easy_getinfo(handles[i], CURLINFO_RESPONSE_CODE, &status);
        sum += status;
        curl_multi_remove_handle(multi, handles[i]);
        curl_easy_cleanup(handles[i]);
        curl_slist_free_all(headers[i]);
        response_free(&responses[i]);
    }
    curl_multi_cleanup(multi);
    assert_int_equal(sum, 200 + 409);
    simulator_expect_violations(&simulator, "concurrent-calls", 1);
}

/* A client that gives up and hangs up may ask again at once. */
static void abandoned_call(void **state)
{
    (void)state;
    simulator_order(&simulator,
                    "{\"queue\":[{\"fault\":\"slow\",\"endpoint\":\"audit\",\"duration\":\"3s\"}]}");
    struct response response =
        simulator_call(&simulator, &(struct call){.source = AUDIT, .timeout_ms = 400}, NULL);
    assert_int_equal(response.result, CURLE_OPERATION_TIMEDOUT);
    response_free(&response);
    response = simulator_call(&simulator, &(struct call){.source = AUDIT}, NULL);
    assert_int_equal(response.status, 200);
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void redirects(void **state)
{
    (void)state;
    static const char order[] = "{\"queue\":[{\"fault\":\"redirect\",\"endpoint\":\"audit\"}]}";
    simulator_order(&simulator, order);
    struct response response = simulator_call(&simulator, &(struct call){.source = AUDIT}, NULL);
    assert_int_equal(response.status, 307);
    unsigned decoy = 0;
    assert_int_equal(sscanf(response_header(&response, "location"), "https://localhost:%u/", &decoy), 1);
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);

    /* libcurl drops Authorization on another host, but not the other headers of Mimecast. */
    simulator_order(&simulator, order);
    response = simulator_call(
        &simulator, &(struct call){.source = AUDIT, .follow_redirects = true, .sends_again = true}, NULL);
    check(&response, 404, "err_not_found", "a redirect followed");
    response_free(&response);
    simulator_expect_violations(&simulator, "credentials-on-wrong-host", 1);

    struct call bare = {.source = AUDIT,
                        .port = decoy,
                        .leave_out = "Authorization",
                        .header = "x-mc-app-id:"}; /* libcurl then sends no such header */
    response = simulator_call(&simulator, &bare, NULL);
    check(&response, 404, "err_not_found", "a redirect followed without credentials");
    response_free(&response);
    simulator_expect_violations(&simulator, "redirect-followed", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers_and_signature),
                                       cmocka_unit_test(bodies),
                                       cmocka_unit_test(good_requests),
                                       cmocka_unit_test(request_id_twice),
                                       cmocka_unit_test(sent_again),
                                       cmocka_unit_test(page_tokens),
                                       cmocka_unit_test(foreign_siem_token),
                                       cmocka_unit_test(call_during_wait),
                                       cmocka_unit_test(two_at_once),
                                       cmocka_unit_test(abandoned_call),
                                       cmocka_unit_test(redirects)};
    return cmocka_run_group_tests(tests, start, stop);
}
