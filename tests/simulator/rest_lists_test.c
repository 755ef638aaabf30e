/* API 2.0's newer lists: asked with a query, refused in a shape of their own. */
#include "bearers.h"

#include "test_reader.h"

static struct response get(unsigned account, const char *path)
{
    struct call call = {.path = path, .method = "GET", .bearer = tokens[account].data};
    return simulator_call(&simulator, &call, NULL);
}

#define REPORTS "/threat-reporting/v1/reported-emails"
#define THREATS "/threats/v1/events"
#define SINCE   "timestampRangeStartsAt=2026-06-15T00:00:00Z"

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *what, *rule, *code, *path;
    } rows[] = {
        {"no start", "missing-field", "err_validation_null", THREATS "?pageSize=10"},
        {"pages too large", "page-size", "err_validation_invalid", THREATS "?" SINCE "&pageSize=101"},
        {"no page", "page-size", "err_validation_invalid", THREATS "?" SINCE "&pageSize=0"},
        {"a page in words", "page-size", "err_validation_invalid", THREATS "?" SINCE "&pageSize=ten"},
        {"a limit too large", "field-value", "err_validation_invalid", THREATS "?" SINCE "&limit=1001"},
        {"another order", "field-value", "err_validation_invalid", THREATS "?" SINCE "&orderBy=time"},
        {"a filter", "filter", "err_simulator_filter", THREATS "?" SINCE "&analysis=malware"},
        {"an unknown parameter", "unknown-field", "err_validation_unknown_field",
         THREATS "?" SINCE "&offset=1"},
        {"a parameter twice", "repeated-field", "err_validation_invalid", THREATS "?" SINCE "&" SINCE},
        {"an empty token", "blank-field", "err_validation_blank", THREATS "?" SINCE "&pageToken="},
        {"an invented token", "page-token", "err_invalid_page_token", THREATS "?" SINCE "&pageToken=abc"},
        {"a date without zone", "date-spelling", "err_validation_invalid_date",
         THREATS "?timestampRangeStartsAt=2026-06-15T00:00:00"},
        {"a plus that was not encoded", "date-spelling", "err_validation_invalid_date",
         REPORTS "?dateRangeStartsAt=2026-06-15T00:00:00+0000"},
        {"a day alone", "date-spelling", "err_validation_invalid_date",
         REPORTS "?dateRangeStartsAt=2026-06-15"},
        {"another page size", "page-size", "err_validation_invalid", REPORTS "?pageSize=30"},
        {"a negative page", "field-value", "err_validation_invalid", REPORTS "?offset=-1"},
        {"the end before the beginning", "range-order", "err_validation_date_range",
         REPORTS "?dateRangeStartsAt=2026-06-15T11:00:00Z&dateRangeEndsAt=2026-06-15T10:00:00Z"},
        {"the end in the future", "range-in-future", "err_validation_date_range",
         REPORTS "?dateRangeEndsAt=2026-06-15T13:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = get(0, rows[i].path);
        check(&response, 400, rows[i].code, rows[i].what);
        if (strncmp(response.body.data, "{\"errors\":[{\"code\":", 19) != 0)
            fail_msg("%s: another shape: %s", rows[i].what, response.body.data);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
    struct call post = {.path = REPORTS, .bearer = tokens[0].data, .body = "{}"};
    struct response response = simulator_call(&simulator, &post, NULL);
    check(&response, 405, "err_method_not_allowed", "a POST");
    response_free(&response);
    simulator_expect_violations(&simulator, "method", 1);
    response = simulator_call(&simulator, &(struct call){.path = REPORTS, .method = "GET"}, NULL);
    check(&response, 404, "err_not_found", "over API 1.0");
    response_free(&response);
    simulator_expect_violations(&simulator, "path", 1);
}

static void good_requests(void **state)
{
    (void)state;
    static const char *const paths[] = {
        REPORTS,
        REPORTS "?pageSize=500&offset=3",
        REPORTS "?dateRangeStartsAt=2026-06-15T00:00:00%2B0000&dateRangeEndsAt=2026-06-15T11:00:00.000Z",
        THREATS "?" SINCE,
        THREATS "?" SINCE "&timestampRangeEndsAt=2026-06-15T11:00:00%2B00:00&pageSize=100&limit=1000"
                "&orderBy=timestamp:asc",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct response response = get(0, paths[i]);
        if (response.status != 200) fail_msg("%s: %ld %s", paths[i], response.status, response.body.data);
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void take_token(char token[700])
{
    struct response response = get(0, THREATS "?" SINCE);
    cJSON *answer = cJSON_Parse(response.body.data);
    const cJSON *pagination = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "meta"), "pagination");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "events")), 5); /* the limit's default */
    snprintf(token, 700, "%s", cJSON_GetObjectItem(pagination, "nextPageToken")->valuestring);
    cJSON_Delete(answer);
    response_free(&response);
}

static void tokens_of_pages(void **state)
{
    (void)state;
    static const struct {
        const char *query, *rule;
        unsigned account;
        long status;
    } rows[] = {{SINCE, NULL, 0, 200},
                {SINCE "&pageSize=3&limit=7", NULL, 0, 200},
                {SINCE, "page-token", 1, 400},
                {SINCE "&orderBy=timestamp:asc", "page-data-changed", 0, 400},
                {"timestampRangeStartsAt=2026-06-15T01:00:00Z", "page-data-changed", 0, 400}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char token[700], path[1000];
        take_token(token);
        snprintf(path, sizeof path, THREATS "?%s&pageToken=%s", rows[i].query, token);
        struct response response = get(rows[i].account, path);
        assert_int_equal(response.status, rows[i].status);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, rows[i].rule != NULL);
    }
}

/* The role and the product, each for itself, in the words of who refuses. */
static void not_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *what, *command, *path, *shape;
        unsigned account;
        long status;
    } rows[] = {
        {"permissions", "{\"account\":\"acme\",\"endpoint\":\"reported-emails\",\"allowed\":false}", REPORTS,
         "{\"errors\":[{\"code\":\"err_insufficient_permission\",\"message\":\"the role lacks Security "
         "Events and "
         "Data Retrieval | Threat and Security Statistics | Read\"}]}",
         0, 403},
        {NULL, NULL, THREATS "?" SINCE, NULL, 0, 200},
        {NULL, NULL, REPORTS, NULL, 1, 200},
        {"permissions", "{\"allowed\":true}", REPORTS, NULL, 0, 200},
        {"products",
         "{\"account\":\"acme\",\"product\":\"Threats, Security Events, and Data for "
         "CG\",\"included\":false}",
         REPORTS,
         "{\"fail\":[{\"code\":\"app_forbidden\",\"message\":\"Forbidden to perform the requested "
         "operation\"}]}",
         0, 403},
        {NULL, NULL, THREATS "?" SINCE, "app_forbidden", 0, 403},
        {"products", "{\"included\":true}", REPORTS, NULL, 0, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].what) {
            struct text done = simulator_control(&simulator, "POST", rows[i].what, rows[i].command);
            text_free(&done);
        }
        struct response response = get(rows[i].account, rows[i].path);
        if (response.status != rows[i].status ||
            (rows[i].shape && !strstr(response.body.data, rows[i].shape)))
            fail_msg("row %zu: %ld %s", i, response.status, response.body.data);
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void count(void *context, const char *object, size_t size)
{
    (void)object, (void)size;
    ++*(size_t *)context;
}

static size_t rows_of(const char *path, const char *list, char next[300])
{
    struct response response = get(0, path);
    assert_int_equal(response.status, 200);
    size_t rows = 0;
    each_object(&response.body, list, count, &rows);
    const char *url = strstr(response.body.data, "\"nextPage\":\"");
    snprintf(next, 300, "%.*s", url ? (int)strcspn(url + 12, "\"") : 0, url ? url + 12 : "");
    response_free(&response);
    return rows;
}

/* A further report moves its row to the top: the others shift, and the older version is gone. */
static void rows_change(void **state)
{
    (void)state;
    struct simulator other;
    static const char *const options[] = {"--events", "400", "--sources", "reported-emails",
                                          "--quirks", "off", NULL};
    struct simulator first = simulator;
    struct text token = tokens[0];
    simulator_start(&other, true, options);
    simulator = other;
    tokens[0] = simulator_token(&simulator, 0, 0);
    char next[300], path[300];
    assert_int_equal(rows_of(REPORTS "?pageSize=25", "\"value\"", next), 25);
    snprintf(path, sizeof path, "https://127.0.0.1:%u", simulator.port);
    assert_memory_equal(next, path, strlen(path));
    snprintf(path, sizeof path, "%s", next + strlen(path));
    assert_int_equal(rows_of(path, "\"value\"", next), 25);
    size_t pages = 50;
    while (*next) { /* the URL leads on to the last row */
        char following[300];
        snprintf(following, sizeof following, "%s", strstr(next, REPORTS));
        pages += rows_of(following, "\"value\"", next);
    }
    size_t before = rows_of(REPORTS "?pageSize=500", "\"value\"", next);
    assert_string_equal(next, "");
    assert_int_equal(pages, before);
    simulator_advance(&simulator, 8 * HOUR);
    text_free(&tokens[0]);
    tokens[0] = simulator_token(&simulator, 0, 0); /* the old one has expired */
    size_t after = rows_of(REPORTS "?pageSize=500", "\"value\"", next);
    assert_true(before > 50 && after >= before);
    struct text truth = simulator_control(&simulator, "GET", "truth", NULL);
    size_t versions = 0;
    for (const char *c = truth.data; (c = strchr(c, '\n')); c++)
        versions++;
    assert_true(versions > after + 20);
    text_free(&truth);
    text_free(&tokens[0]);
    simulator_stop(&simulator);
    simulator = first;
    tokens[0] = token;
}

/* Searches of the archive have another path over API 2.0. */
static void other_path(void **state)
{
    (void)state;
    struct call call = {.source = ARCHIVE_SEARCH, .bearer = tokens[0].data};
    struct response response = simulator_call(&simulator, &call, NULL);
    check(&response, 404, "err_not_found", "API 1.0's path");
    response_free(&response);
    simulator_expect_violations(&simulator, "path", 1);
    call.path = "/api/archive/get-archive-search-logs";
    response = simulator_call(&simulator, &call, NULL);
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(response.body.data, "\"logs\":[{\"createTime\":"));
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused),         cmocka_unit_test(good_requests),
                                       cmocka_unit_test(tokens_of_pages), cmocka_unit_test(not_allowed),
                                       cmocka_unit_test(rows_change),     cmocka_unit_test(other_path)};
    return cmocka_run_group_tests(tests, start_with_tokens, stop_with_tokens);
}
