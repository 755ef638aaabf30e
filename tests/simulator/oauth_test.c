/* API 2.0's token endpoint and bearer tokens: what a client may do wrong is refused and noted, what happens
 * to it is refused and not noted. */
#include "strictness.h"

static struct response ask(const struct call *changes, const char *form)
{
    struct call call = *changes;
    call.path = call.path ? call.path : "/oauth/token";
    call.form = form;
    return simulator_call(&simulator, &call, NULL);
}

static void wrong_token_requests(void **state)
{
    (void)state;
    struct text good = simulator_token_form(0, 0);
    struct client client;
    client_derive(TEST_SEED, 0, 0, &client);
    char plain[300], wrong_secret[300];
    snprintf(plain, sizeof plain, "grant_type=client_credentials&client_id=%s&client_secret=%s", client.id,
             client.secret);
    snprintf(wrong_secret, sizeof wrong_secret, "grant_type=client_credentials&client_id=%s&client_secret=no",
             client.id);
    char twice[400], more[400];
    snprintf(twice, sizeof twice, "%s&client_id=again", good.data);
    snprintf(more, sizeof more, "%s&scope=all", good.data);
    const struct {
        const char *what, *rule;
        long status;
        const char *code, *form;
        struct call call;
    } rows[] = {
        {"values not encoded", "form-encoding", 400, "invalid_request", plain, {0}},
        {"a GET", "method", 405, "err_method_not_allowed", good.data, {.method = "PUT"}},
        {"a query", "query-in-url", 400, "invalid_request", good.data, {.path = "/oauth/token?a=b"}},
        {"an Authorization header",
         "token-authorization",
         400,
         "invalid_request",
         good.data,
         {.header = "Authorization: Basic YTpi"}},
        {"JSON", "content-type", 400, "invalid_request", "{}", {.header = "Content-Type: application/json"}},
        {"a field twice", "token-form", 400, "invalid_request", twice, {0}},
        {"a field more", "token-form", 400, "invalid_request", more, {0}},
        {"no secret", "token-form", 400, "invalid_request", "grant_type=client_credentials&client_id=a", {0}},
        {"another grant",
         "grant-type",
         400,
         "unsupported_grant_type",
         "grant_type=password&client_id=a&client_secret=b",
         {0}},
        {"another client",
         "client-id",
         401,
         "InvalidClientIdentifier",
         "grant_type=client_credentials&client_id=a&client_secret=b",
         {0}},
        {"another secret", "client-secret", 401, "InvalidClientIdentifier", wrong_secret, {0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = ask(&rows[i].call, rows[i].form);
        check(&response, rows[i].status, rows[i].code, rows[i].what);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
    text_free(&good);
}

/* What was sent stands in the refusal, so a client that logs it gives its secret away. */
static void a_refusal_repeats_the_credentials(void **state)
{
    (void)state;
    struct text done = simulator_control(&simulator, "POST", "applications", "{\"revoked\":true}");
    text_free(&done);
    struct text form = simulator_token_form(0, 0);
    struct client client;
    client_derive(TEST_SEED, 0, 0, &client);
    struct response response = ask(&(struct call){0}, form.data);
    check(&response, 401, "InvalidClientIdentifier", "a revoked application");
    assert_non_null(strstr(response.body.data, client.secret));
    assert_non_null(strstr(response.body.data, "{\"fail\":[{\"code\":"));
    response_free(&response);
    text_free(&form);
    done = simulator_control(&simulator, "POST", "applications", "{\"revoked\":false}");
    text_free(&done);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static long status_with(const struct text *token, enum source source)
{
    struct response response =
        simulator_call(&simulator, &(struct call){.source = source, .bearer = token->data}, NULL);
    long status = response.status;
    response_free(&response);
    return status;
}

static void one_world_over_both_apis(void **state)
{
    (void)state;
    struct text token = simulator_token(&simulator, 0, 0);
    for (int source = AUDIT; source <= DLP; source++) {
        struct response first =
            simulator_call(&simulator, &(struct call){.source = (enum source)source}, NULL);
        struct response second = simulator_call(
            &simulator, &(struct call){.source = (enum source)source, .bearer = token.data}, NULL);
        assert_int_equal(first.status, 200);
        assert_int_equal(second.status, 200);
        const char *marker = strstr(first.body.data, "evt");
        char wanted[MARKER_SIZE];
        snprintf(wanted, sizeof wanted, "%s", marker);
        assert_non_null(strstr(second.body.data, wanted));
        response_free(&first);
        response_free(&second);
    }
    text_free(&token);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void wrong_bearers(void **state)
{
    (void)state;
    struct text token = simulator_token(&simulator, 0, 0);
    char both[700];
    snprintf(both, sizeof both, "Authorization: bearer %s", token.data);
    const struct {
        const char *what, *rule;
        long status;
        const char *code;
        struct call call;
    } rows[] = {
        {"an invented token",
         "bearer",
         401,
         "token_verification_failed",
         {.source = AUDIT, .bearer = "eNoVabc"}},
        {"small letters",
         "authorization-format",
         401,
         "Unauthorized Request",
         {.source = AUDIT, .bearer = token.data, .header = both}},
        {"an application id beside it",
         "mixed-credentials",
         400,
         "err_request",
         {.source = AUDIT, .bearer = token.data, .header = "x-mc-app-id: 1"}},
        {"API 1.0's MTA logs", "path", 404, "err_not_found", {.source = SIEM, .bearer = token.data}},
        {"API 2.0's path, signed", "path", 404, "err_not_found", {.path = "/siem/v1/batch/events/cg"}},
        {"a query",
         "query-in-url",
         400,
         "err_request",
         {.path = "/api/dlp/get-logs?a=b", .bearer = token.data}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = simulator_call(&simulator, &rows[i].call, NULL);
        check(&response, rows[i].status, rows[i].code, rows[i].what);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
    text_free(&token);
}

/* Of four tokens one dies at a third of the life that was told. */
static void tokens_die(void **state)
{
    (void)state;
    size_t early = 0;
    struct text last = {0};
    for (size_t i = 0; i < 4; i++) {
        text_free(&last);
        last = simulator_token(&simulator, 1, 0);
        assert_int_equal(status_with(&last, AUDIT), 200);
        simulator_advance(&simulator, 12 * MINUTE);
        early += status_with(&last, AUDIT) == 401;
    }
    assert_int_equal(early, 1);
    simulator_advance(&simulator, 30 * MINUTE);
    assert_int_equal(status_with(&last, AUDIT), 401);
    text_free(&last);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void control(const char *what, const char *body)
{
    struct text done = simulator_control(&simulator, "POST", what, body);
    text_free(&done);
}

static void applications_and_products(void **state)
{
    (void)state;
    struct text token = simulator_token(&simulator, 0, 0), form = simulator_token_form(0, 0);
    control("products", "{\"account\":\"acme\",\"product\":\"Security Events\",\"included\":false}");
    struct response response =
        simulator_call(&simulator, &(struct call){.source = TTP_URL, .bearer = token.data}, NULL);
    check(&response, 403, "app_forbidden", "a product that is missing");
    response_free(&response);
    assert_int_equal(status_with(&token, AUDIT), 200); /* another product */
    response = simulator_call(&simulator, &(struct call){.source = TTP_URL}, NULL);
    assert_int_equal(response.status, 200); /* API 1.0 knows no products */
    response_free(&response);
    control("products", "{\"included\":true}");
    control("permissions", "{\"account\":\"acme\",\"endpoint\":\"audit\",\"allowed\":false}");
    response = simulator_call(&simulator, &(struct call){.source = AUDIT, .bearer = token.data}, NULL);
    check(&response, 403, "err_insufficient_permission", "a permission that is missing");
    response_free(&response);
    control("permissions", "{\"allowed\":true}");

    control("applications", "{\"account\":\"acme\",\"expired_before\":1}");
    assert_int_equal(status_with(&token, AUDIT), 401);
    response = ask(&(struct call){0}, form.data);
    check(&response, 401, "InvalidClientIdentifier", "an old secret");
    response_free(&response);
    struct text renewed = simulator_token(&simulator, 0, 1);
    assert_int_equal(status_with(&renewed, AUDIT), 200);
    text_free(&renewed);
    control("applications", "{\"account\":\"acme\",\"expired_before\":0,\"live_in\":\"30m\"}");
    response = ask(&(struct call){0}, form.data);
    check(&response, 401, "InvalidClientIdentifier", "an application that is not live yet");
    response_free(&response);
    simulator_advance(&simulator, 30 * MINUTE);
    response = ask(&(struct call){0}, form.data);
    assert_int_equal(response.status, 200);
    response_free(&response);
    text_free(&token);
    text_free(&form);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void a_good_token_is_refused_once(void **state)
{
    (void)state;
    struct text token = simulator_token(&simulator, 0, 0);
    simulator_order(&simulator, "{\"queue\":[{\"fault\":\"stray-401\",\"endpoint\":\"dlp\"}]}");
    assert_int_equal(status_with(&token, DLP), 401);
    assert_int_equal(status_with(&token, DLP), 200);
    simulator_order(&simulator, "{\"queue\":[{\"fault\":\"503\",\"endpoint\":\"token\"}]}");
    struct text form = simulator_token_form(0, 0);
    struct response response = ask(&(struct call){0}, form.data);
    assert_int_equal(response.status, 503);
    response_free(&response);
    text_free(&form);
    text_free(&token);
    assert_int_equal(simulator_violations(&simulator), 0);
}

/* A client that asks for a token before each call is found out; refused tokens excuse some. */
static void too_many_tokens(void **state)
{
    (void)state;
    simulator_advance(&simulator, HOUR);
    for (size_t i = 0; i < 30; i++) {
        struct text token = simulator_token(&simulator, 0, 0);
        text_free(&token);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
    struct text form = simulator_token_form(0, 0);
    struct response response = ask(&(struct call){0}, form.data);
    check(&response, 429, "err_rate_limit", "the 31st token");
    response_free(&response);
    simulator_expect_violations(&simulator, "token-calls", 1);
    control("client-restarted", "{}");
    response = ask(&(struct call){0}, form.data);
    assert_int_equal(response.status, 200);
    response_free(&response);
    text_free(&form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wrong_token_requests),
                                       cmocka_unit_test(a_refusal_repeats_the_credentials),
                                       cmocka_unit_test(one_world_over_both_apis),
                                       cmocka_unit_test(wrong_bearers),
                                       cmocka_unit_test(tokens_die),
                                       cmocka_unit_test(applications_and_products),
                                       cmocka_unit_test(a_good_token_is_refused_once),
                                       cmocka_unit_test(too_many_tokens)};
    return cmocka_run_group_tests(tests, start, stop);
}
