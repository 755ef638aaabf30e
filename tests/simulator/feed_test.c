/* Threat intelligence: two feeds that are followed by token, in the forms that can be asked for. */
#include "strictness.h"

#define FEED(json) "{\"data\":[{" json "}]}"
#define STIX       "\"feedType\":\"malware_customer\",\"fileType\":\"stix\""

static struct response ask(const char *body)
{
    struct call call = {.source = THREAT_INTEL, .body = body};
    return simulator_call(&simulator, &call, NULL);
}

static void take_token(const struct response *response, char token[700])
{
    const char *next = response_header(response, "x-mc-threat-feed-next-token");
    assert_non_null(next);
    snprintf(token, 700, "%s", next);
}

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *body, *type, *begins;
    } rows[] = {
        {FEED(STIX), "application/json", "{\"type\":\"bundle\""},
        {FEED("\"feedType\":\"malware_grid\",\"fileType\":\"stix\""), "application/json",
         "{\"type\":\"bundle\""},
        {FEED("\"feedType\":\"malware_customer\""), "text/csv", "Type|Modified|"},
        {FEED("\"feedType\":\"malware_customer\",\"fileType\":\"csv\",\"compress\":false"), "text/csv",
         "Type|"},
        {FEED(STIX ",\"compress\":true"), "application/zip", "PK"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = ask(rows[i].body);
        assert_int_equal(response.status, 200);
        assert_string_equal(response_header(&response, "content-type"), rows[i].type);
        assert_memory_equal(response.body.data, rows[i].begins, strlen(rows[i].begins));
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

/* To the end of the feed; then what is added later comes, and nothing again. */
static void followed(void **state)
{
    (void)state;
    char token[700], body[1000];
    struct response response = ask(FEED(STIX));
    for (bool more = true; more;) {
        take_token(&response, token);
        response_free(&response);
        snprintf(body, sizeof body, FEED(STIX ",\"token\":\"%s\""), token);
        response = ask(body);
        more = !strstr(response.body.data, "err_threat_intel_feed_no_result_found");
        assert_int_equal(strstr(response.body.data, "\"objects\":[{") != NULL, more);
    }
    assert_int_equal(response.status, 200);
    assert_null(response_header(&response, "x-mc-threat-feed-next-token"));
    response_free(&response);
    for (int i = 0; i < 2; i++) {
        struct text done =
            simulator_control(&simulator, "POST", "publish", "{\"events\":20,\"endpoint\":\"threat-intel\"}");
        text_free(&done);
        response = ask(body);
        assert_non_null(strstr(response.body.data, "\"objects\":[{"));
        take_token(&response, token);
        response_free(&response);
        snprintf(body, sizeof body, FEED(STIX ",\"token\":\"%s\""), token);
        response = ask(body);
        assert_non_null(strstr(response.body.data, "err_threat_intel_feed_no_result_found"));
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void refused(void **state)
{
    (void)state;
    char token[700], bodies[2][1000];
    struct response response = ask(FEED(STIX));
    take_token(&response, token);
    response_free(&response);
    snprintf(bodies[0], sizeof bodies[0], FEED("\"feedType\":\"malware_grid\",\"token\":\"%s\""), token);
    snprintf(bodies[1], sizeof bodies[1], FEED(STIX ",\"token\":\"%s\""), token);
    const struct {
        const char *rule, *code, *body;
        unsigned account;
    } rows[] = {
        {"feed-token", "err_threat_intel_feed_invalid_token", bodies[0], 0},
        {"feed-token", "err_threat_intel_feed_invalid_token", bodies[1], 1},
        {"feed-token", "err_threat_intel_feed_invalid_token", FEED(STIX ",\"token\":\"abc\""), 0},
        {"missing-field", "err_validation_null", FEED("\"fileType\":\"stix\""), 0},
        {"field-value", "err_validation_invalid", FEED("\"feedType\":\"malware\""), 0},
        {"field-value", "err_validation_invalid", FEED("\"feedType\":\"malware_grid\",\"fileType\":\"json\""),
         0},
        {"field-type", "err_validation_invalid", FEED(STIX ",\"compress\":\"true\""), 0},
        {"blank-field", "err_validation_blank", FEED(STIX ",\"token\":\"\""), 0},
        {"unknown-field", "err_validation_unknown_field",
         "{\"meta\":{\"pagination\":{\"pageSize\":10}},\"data\":[{" STIX "}]}", 0},
        {"range-in-future", "err_validation_date_range", FEED(STIX ",\"end\":\"2026-06-16T12:00:00+0000\""),
         0},
        {"range-order", "err_validation_date_range", FEED(STIX ",\"start\":\"2026-06-15T13:00:00+0000\""), 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call call = {.source = THREAT_INTEL, .account = rows[i].account, .body = rows[i].body};
        response = simulator_call(&simulator, &call, NULL);
        check(&response, 400, rows[i].code, rows[i].body);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
}

static void not_opted_in(void **state)
{
    (void)state;
    for (int enabled = 0; enabled < 2; enabled++) {
        char command[100];
        snprintf(command, sizeof command, "{\"account\":\"acme\",\"feature\":\"threat-feed\",\"enabled\":%s}",
                 enabled ? "true" : "false");
        struct text done = simulator_control(&simulator, "POST", "features", command);
        text_free(&done);
        for (unsigned account = 0; account < 2; account++) {
            struct call call = {.source = THREAT_INTEL, .account = account};
            struct response response = simulator_call(&simulator, &call, NULL);
            if (!enabled && !account)
                check(&response, 403, "err_threat_intel_feed_not_enabled", "not opted in");
            else
                assert_int_equal(response.status, 200);
            response_free(&response);
        }
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(followed),
                                       cmocka_unit_test(refused), cmocka_unit_test(not_opted_in)};
    return cmocka_run_group_tests(tests, start_without_quirks, stop);
}
