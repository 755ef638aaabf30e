/* For each rule about a single request a client that breaks it, and only it: refused as Mimecast would, and
 * noted. */
#include "strictness.h"

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
        assert_non_null(response_header(&response, "x-request-id"));
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
        {"a bearer token", "path", 404, "err_not_found", {.header = "Authorization: Bearer abc"}},
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

#define SPAN "\"start\":\"2026-06-15T00:00:00+0000\",\"end\":\"2026-06-15T11:00:00+0000\""

/* The lists of the gateway and of the archive. */
static void lists(void **state)
{
    (void)state;
#define LIST_BODY(source_of_it, json)                                                                        \
    {                                                                                                        \
        .source = (source_of_it), .body = "{\"data\":[{" json "}]}"                                          \
    }
    static const struct row rows[] = {
        {"from and to instead of start and end", "unknown-field", 400, "err_validation_unknown_field",
         LIST_BODY(HELD_RELEASE, DATES)},
        {"oldestFirst where there is none", "unknown-field", 400, "err_validation_unknown_field",
         LIST_BODY(ARCHIVE_VIEW, SPAN ",\"oldestFirst\":true")},
        {"a search", "filter", 400, "err_simulator_filter",
         LIST_BODY(HELD_RELEASE, SPAN ",\"searchBy\":{\"fieldName\":\"from\",\"value\":\"x\"}")},
        {"a search without a value", "missing-field", 400, "err_validation_null",
         LIST_BODY(HELD_RELEASE, SPAN ",\"searchBy\":{\"fieldName\":\"from\"}")},
        {"a search in a field that there is not", "field-value", 400, "err_validation_invalid",
         LIST_BODY(REJECTIONS, SPAN ",\"searchBy\":{\"fieldName\":\"heldReason\",\"value\":\"x\"}")},
        {"a search with another member", "unknown-field", 400, "err_validation_unknown_field",
         LIST_BODY(HELD_RELEASE,
                   SPAN ",\"searchBy\":{\"fieldName\":\"all\",\"value\":\"x\",\"exact\":true}")},
        {"a search that is a text", "field-type", 400, "err_validation_invalid",
         LIST_BODY(HELD_RELEASE, SPAN ",\"searchBy\":\"from\"")},
        {"a filter that is no list", "field-type", 400, "err_validation_invalid",
         LIST_BODY(HELD_RELEASE, SPAN ",\"filterBy\":{\"fieldName\":\"route\",\"value\":\"inbound\"}")},
        {"a list of filters", "filter", 400, "err_simulator_filter",
         LIST_BODY(HELD_RELEASE, SPAN ",\"filterBy\":[{\"fieldName\":\"route\",\"value\":\"inbound\"}]")},
        {"admin as a text", "field-type", 400, "err_validation_invalid",
         LIST_BODY(REJECTIONS, SPAN ",\"admin\":\"true\"")},
        {"admin where there is none", "unknown-field", 400, "err_validation_unknown_field",
         LIST_BODY(HELD_RELEASE, SPAN ",\"admin\":true")},
        {"a mailbox", "filter", 400, "err_simulator_filter",
         LIST_BODY(REJECTIONS, SPAN ",\"admin\":true,\"mailbox\":\"a@acme.example\"")},
        {"a query", "filter", 400, "err_simulator_filter",
         LIST_BODY(ARCHIVE_SEARCH, SPAN ",\"query\":\"x\"")},
        {"incidents without anything", "missing-field", 400, "err_validation_null",
         LIST_BODY(REMEDIATION, "")},
        {"incidents of one type", "filter", 400, "err_simulator_filter",
         LIST_BODY(REMEDIATION, SPAN ",\"filterBy\":{\"fieldName\":\"type\",\"value\":\"manual\"}")},
        {"held messages by reason", "filter", 400, "err_simulator_filter",
         LIST_BODY(HOLD_QUEUE,
                   "\"admin\":true,\"searchBy\":{\"fieldName\":\"reason_code\",\"value\":\"x\"}")},
        {"the path of API 2.0",
         "path",
         404,
         "err_not_found",
         {.source = ARCHIVE_SEARCH, .path = "/api/archive/get-archive-search-logs"}},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

/* Without "admin":true a list has only what concerns one mailbox. It is answered, and noted. */
static void own_mailbox(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"data\":[{" SPAN ",\"admin\":true}]}", "{\"data\":[{" SPAN "}]}",
                                         "{\"data\":[{" SPAN ",\"admin\":false}]}"};
    int counts[3];
    for (size_t i = 0; i < 3; i++) {
        struct call call = {.source = REJECTIONS, .body = bodies[i]};
        struct response response = simulator_call(&simulator, &call, NULL);
        assert_int_equal(response.status, 200);
        cJSON *answer = cJSON_Parse(response.body.data);
        const cJSON *data = cJSON_GetObjectItem(answer, "data");
        counts[i] = cJSON_GetArraySize(cJSON_GetObjectItem(data ? data->child : NULL, "rejectionLogs"));
        cJSON_Delete(answer);
        response_free(&response);
        simulator_expect_violations(&simulator, "own-mailbox", i > 0);
    }
    assert_in_range(counts[0], 8, 25);
    assert_in_range(counts[1], 0, counts[0] / 3);
    assert_int_equal(counts[1], counts[2]);
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
        {.source = HELD_RELEASE},
        {.source = REJECTIONS},
        {.source = ARCHIVE_SEARCH},
        {.source = ARCHIVE_VIEW},
        {.source = HOLD_QUEUE},
        {.source = HOLD_QUEUE, .body = "{\"data\":[{\"admin\":true}]}"},
        {.source = REMEDIATION},
        {.source = THREAT_INTEL},
        {.source = MESSAGE_FINDER},
        {.source = HELD_RELEASE, .body = "{\"data\":[{}]}"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers_and_signature), cmocka_unit_test(bodies),
                                       cmocka_unit_test(lists), cmocka_unit_test(own_mailbox),
                                       cmocka_unit_test(good_requests)};
    return cmocka_run_group_tests(tests, start, stop);
}
