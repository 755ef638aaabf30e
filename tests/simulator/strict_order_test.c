/* Rules about more than one request: repeats, tokens, waits, two at once, redirects. Refused as Mimecast
 * would, and noted. */
#include "strictness.h"

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_id_twice), cmocka_unit_test(sent_again),
        cmocka_unit_test(page_tokens),      cmocka_unit_test(foreign_siem_token),
        cmocka_unit_test(call_during_wait), cmocka_unit_test(two_at_once),
        cmocka_unit_test(abandoned_call),   cmocka_unit_test(redirects)};
    return cmocka_run_group_tests(tests, start, stop);
}
