/* Threat intelligence: two feeds that are followed by token, in the forms that can be asked for. */
#include "strictness.h"

#include "test_reader.h"

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

struct follower {
    const char *feed;
    char token[700];
};

static void count(void *context, const char *object, size_t size)
{
    (void)object, (void)size;
    ++*(size_t *)context;
}

/* Reads to the end of the feed; returns how many objects came. */
static size_t follow(struct follower *follower)
{
    size_t objects = 0;
    for (unsigned files = 0;; files++) {
        assert_in_range(files, 0, 20); /* it comes to an end */
        char body[1000];
        snprintf(body, sizeof body, FEED("\"feedType\":\"%s\",\"fileType\":\"stix\"%s%s%s"), follower->feed,
                 *follower->token ? ",\"token\":\"" : "", follower->token, *follower->token ? "\"" : "");
        struct response response = ask(body);
        assert_int_equal(response.status, 200);
        bool end = strstr(response.body.data, "err_threat_intel_feed_no_result_found");
        if (end)
            assert_null(response_header(&response, "x-mc-threat-feed-next-token"));
        else
            take_token(&response, follower->token);
        size_t before = objects;
        if (!end) assert_true(each_object(&response.body, "\"objects\"", count, &objects));
        response_free(&response);
        if (end) return objects;
        assert_true(objects > before);
    }
}

static size_t objects_in_truth(void)
{
    struct text truth = simulator_control(&simulator, "GET", "truth", NULL);
    size_t lines = 0;
    static const char mark[] = "\"account\":\"acme\",\"source\":\"threat-intel\"";
    for (const char *line = truth.data; (line = strstr(line, mark)); line += sizeof mark)
        lines++;
    text_free(&truth);
    return lines;
}

/* To the end of both feeds; then what is added later comes, all of it and nothing again. */
static void followed(void **state)
{
    (void)state;
    struct follower followers[] = {{"malware_customer", ""}, {"malware_grid", ""}};
    size_t read = 0;
    for (int round = 0; round < 4; round++) {
        if (round) {
            struct text done = simulator_control(&simulator, "POST", "publish",
                                                 "{\"events\":30,\"endpoint\":\"threat-intel\"}");
            text_free(&done);
        }
        for (size_t i = 0; i < 2; i++) {
            size_t added = follow(&followers[i]);
            assert_true(added > 0);
            read += added;
        }
        assert_int_equal(read, objects_in_truth());
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
