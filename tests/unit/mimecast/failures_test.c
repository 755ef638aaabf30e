/* Every way in which Mimecast says no: what the core is told, in whose words, and what the user can do. */
#include "harness.h"

#define FAIL(code, message)                                                                                  \
    "{\"meta\":{\"status\":200},\"data\":[],\"fail\":[{\"errors\":[{\"code\":\"" code                        \
    "\",\"message\":\"" message "\",\"retryable\":false}]}]}"

static const struct {
    const char *why, *source, *position;
    int http;
    const char *body;
    postern_status status;
    const char *message, *remedy; /* parts of them */
} rows[] = {
    /* HTTP statuses */
    {"bad request", "audit", NULL, 400, FAIL("err_validation_null", "is null"), POSTERN_E_CONFIG,
     "answered 400: the request was not accepted: err_validation_null \"is null\"", "mistake in Postern"},
    {"credentials missing, sub code 0001", "audit", NULL, 400, FAIL("x", "0001 credentials missing"),
     POSTERN_E_CREDENTIALS, "0001 credentials missing", "Access Key"},
    {"unauthorized", "audit", NULL, 401, FAIL("err_xdk_invalid_signature", "0004 Invalid Signature"),
     POSTERN_E_CREDENTIALS,
     "answered 401: the credentials were refused: err_xdk_invalid_signature \"0004 Invalid Signature\"",
     "belong together"},
    {"unauthorized, sub code 0001, verbatim", "audit", NULL, 401,
     FAIL("err_x", "0001 Authentication type not supported for the user"), POSTERN_E_CREDENTIALS,
     "\"0001 Authentication type not supported for the user\"", "belong together"},
    {"unauthorized without words", "audit", NULL, 401, "", POSTERN_E_CREDENTIALS,
     "answered 401: the credentials", "clock"},
    {"unknown application", "audit", NULL, 401, FAIL("err_developer_key", "unknown"), POSTERN_E_CREDENTIALS,
     "err_developer_key", "30 minutes"},
    {"forbidden: the permission of this stream", "audit", NULL, 403,
     FAIL("err_insufficient_permission", "no"), POSTERN_E_PERMISSION, "answered 403",
     "Account | Logs | Read"},
    {"forbidden: the permission of that stream", "siem", NULL, 403, "", POSTERN_E_PERMISSION, "answered 403",
     "Gateway | Tracking | Read"},
    {"the wrong region for SIEM", "siem", NULL, 403, FAIL("err_audit_log_incorrect_region", "no"),
     POSTERN_E_CONFIG, "err_audit_log_incorrect_region", "base_url"},
    {"no such address", "dlp", NULL, 404, "<html>", POSTERN_E_CONFIG,
     "answered 404: there is no such address", "base_url"},
    {"wrong method", "dlp", NULL, 405, "", POSTERN_E_CONFIG, "answered 405", "base_url"},
    {"conflict", "dlp", NULL, 409, FAIL("err_conflict", "busy"), POSTERN_E_RETRY, "answered 409", ""},
    {"binding expired", "siem", NULL, 418, FAIL("err_xdk_binding_expired", "TTL"), POSTERN_E_CREDENTIALS,
     "answered 418: the keys have expired", "Never Expires"},
    {"binding expired, not JSON", "siem", NULL, 418, "I'm a teapot", POSTERN_E_CREDENTIALS, "answered 418",
     "Authentication Cache TTL"},
    {"redirect", "dlp", NULL, 302, "", POSTERN_E_CONFIG, "sent elsewhere", "base_url"},
    {"another client error", "dlp", NULL, 451, "", POSTERN_E_RETRY, "answered 451", ""},
    {"success of another kind", "dlp", NULL, 204, "", POSTERN_E_PROTOCOL, "answered 204", "base_url"},

    /* `fail` in a 200 (Q5) */
    {"keys expired", "ttp-url", NULL, 200, FAIL("err_xdk_binding_expired", "old"), POSTERN_E_CREDENTIALS,
     "failure: err_xdk_binding_expired \"old\"", "Create Keys"},
    {"signature", "ttp-url", NULL, 200, FAIL("err_xdk_invalid_signature", "0004 Invalid Signature"),
     POSTERN_E_CREDENTIALS, "\"0004 Invalid Signature\"", "clock"},
    {"application unknown or too new", "siem", NULL, 200, FAIL("err_developer_key", "m"),
     POSTERN_E_CREDENTIALS, "err_developer_key", "30 minutes"},
    {"region", "siem", "token", 200, FAIL("err_audit_log_incorrect_region", "m"), POSTERN_E_CONFIG,
     "err_audit_log_incorrect_region", "base_url"},
    {"address", "audit", NULL, 200, FAIL("err_validation_invalid_email_address", "m"), POSTERN_E_CONFIG,
     "err_validation_invalid_email_address", "mistake in Postern"},
    {"gateway codes", "audit", NULL, 200, FAIL("app_unauthorized", "m"), POSTERN_E_PERMISSION,
     "app_unauthorized", "Account | Logs | Read"},
    {"gateway token too old", "audit", "p", 401, "{\"fail\":[{\"code\":\"token_expired\"}]}",
     POSTERN_E_CREDENTIALS, "token_expired", ""},
    {"gateway token refused", "audit", NULL, 401, "{\"fail\":[{\"code\":\"token_verification_failed\"}]}",
     POSTERN_E_CREDENTIALS, "token_verification_failed", "words of API 2.0: set base_url"},
    {"gateway client", "audit", NULL, 401, "{\"fail\":[{\"code\":\"InvalidClientIdentifier\"}]}",
     POSTERN_E_CREDENTIALS, "InvalidClientIdentifier", "https://eu-api.mimecast.com"},
    {"siem token refused", "siem", "token", 200, FAIL("err_audit_siem_invalid_token", "bad token"),
     POSTERN_E_POSITION, "err_audit_siem_invalid_token \"bad token\"", "nothing to do"},
    {"siem token refused although none was sent", "siem", NULL, 200,
     FAIL("err_audit_siem_invalid_token", "bad token"), POSTERN_E_RETRY, "bad token", ""},
    {"siem token refused with a 400", "siem", "token", 400, FAIL("err_audit_siem_invalid_token", "x"),
     POSTERN_E_POSITION, "err_audit_siem_invalid_token", "known events stay silent"},
    {"page token refused", "audit", "token", 400,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_invalid_page_token\",\"field\":\"pageToken\"}]}]}",
     POSTERN_E_POSITION, "err_invalid_page_token (field pageToken)", "nothing to do"},
    {"an unknown refusal of a further page: the pass begins again", "audit", "token", 400,
     FAIL("err_new", "m"), POSTERN_E_POSITION, "err_new \"m\"", "nothing to do"},
    {"the same in a 200", "dlp", "token", 200, FAIL("err_new", "m"), POSTERN_E_POSITION, "err_new", ""},
    {"of a known code it is not", "dlp", "token", 400, FAIL("err_validation_null", "m"), POSTERN_E_CONFIG,
     "err_validation_null", "mistake in Postern"},
    {"a siem token is worth more: only its own code drops it", "siem", "token", 400, FAIL("err_new", "m"),
     POSTERN_E_CONFIG, "err_new", ""},
    {"invalid page token on a first page is no position", "audit", NULL, 400,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_invalid_page_token\",\"field\":\"pageToken\"}]}]}",
     POSTERN_E_CONFIG, "400", ""},
    {"no licence", "dlp", NULL, 200, FAIL("err_license_dlp", "not licensed"), POSTERN_E_LICENSE,
     "err_license_dlp", "enabled = false"},
    {"product off", "dlp", NULL, 403, FAIL("err_feature_not_enabled", "off"), POSTERN_E_LICENSE,
     "err_feature_not_enabled", "\"dlp\""},
    {"gateway's form", "dlp", NULL, 403,
     "{\"fail\":[{\"code\":\"app_forbidden\",\"message\":\"Forbidden\"}]}", POSTERN_E_PERMISSION,
     "app_forbidden \"Forbidden\"", "Data Leak Prevention"},
    {"blank field", "dlp", NULL, 200,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_validation_blank\",\"message\":\"m\",\"field\":\"from\"}]}]}",
     POSTERN_E_CONFIG, "err_validation_blank \"m\" (field from)", "mistake in Postern"},
    {"unknown code, retryable", "dlp", NULL, 200,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_new\",\"retryable\":true}]}]}", POSTERN_E_RETRY, "err_new", ""},
    {"unknown code, final", "dlp", NULL, 200, FAIL("err_new", "m"), POSTERN_E_CONFIG, "err_new \"m\"", ""},
    {"unknown code, nothing said", "dlp", NULL, 200, "{\"fail\":[{\"errors\":[{\"code\":\"err_new\"}]}]}",
     POSTERN_E_RETRY, "err_new", ""},
    {"unknown code, retryable, with a 400", "dlp", NULL, 400,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_new\",\"retryable\":true}]}]}", POSTERN_E_RETRY, "err_new", ""},
    {"unknown code, retryable, with a 404", "dlp", NULL, 404,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_new\",\"retryable\":true}]}]}", POSTERN_E_RETRY, "err_new", ""},
    {"retryable does not make a permission", "dlp", NULL, 403,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_new\",\"retryable\":true}]}]}", POSTERN_E_PERMISSION, "err_new",
     "Data Leak Prevention"},
    {"nor credentials", "dlp", NULL, 401,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_new\",\"retryable\":true}]}]}", POSTERN_E_CREDENTIALS,
     "err_new", "Access Key"},
    {"no words at all", "dlp", NULL, 200, "{\"fail\":[{}]}", POSTERN_E_RETRY, "without words", ""},
    {"fail is no list", "dlp", NULL, 200, "{\"data\":[],\"fail\":\"no\"}", POSTERN_E_RETRY, "without words",
     ""},
    {"several errors", "dlp", NULL, 200,
     "{\"fail\":[{\"errors\":[{\"code\":\"err_a\",\"retryable\":true},{\"code\":\"err_b\"},{\"code\":\"err_"
     "c\"}]}]}",
     POSTERN_E_RETRY, "err_a and 2 more", ""},
    {"events beside a failure are not taken", "audit", NULL, 200,
     "{\"data\":[{\"id\":\"1\"}],\"fail\":[{\"errors\":[{\"code\":\"err_a\",\"retryable\":true}]}]}",
     POSTERN_E_RETRY, "err_a", ""},

    /* The forms of the newer endpoints */
    {"error as an object", "audit", NULL, 403, "{\"error\":{\"code\":\"no_role\",\"message\":\"m\"}}",
     POSTERN_E_PERMISSION, "answered 403: this may not be read with these keys: no_role \"m\"",
     "Account | Logs | Read"},
    {"errors without fail", "dlp", NULL, 400,
     "{\"errors\":[{\"code\":\"bad\",\"message\":\"m\",\"field\":\"f\"},{\"code\":\"worse\"}]}",
     POSTERN_E_CONFIG, "answered 400: the request was not accepted: bad \"m\" (field f) and 1 more",
     "mistake in Postern"},
    {"error as a text", "dlp", NULL, 400, "{\"error\":\"invalid_range\",\"error_description\":\"too long\"}",
     POSTERN_E_CONFIG, "invalid_range \"too long\"", "mistake in Postern"},
    {"error as a text alone", "dlp", NULL, 404, "{\"error\":\"Not Found\",\"path\":\"/x\"}", POSTERN_E_CONFIG,
     "Not Found", "base_url"},
    {"error in a 200", "dlp", NULL, 200, "{\"error\":{\"code\":\"busy\"},\"data\":[]}", POSTERN_E_RETRY,
     "failure: busy", ""},
    {"errors in a 200", "dlp", NULL, 200, "{\"errors\":[{\"message\":\"busy\"}],\"data\":[]}",
     POSTERN_E_RETRY, "failure: \"busy\"", ""},
    {"fail counts before the others", "dlp", NULL, 403,
     "{\"error\":\"Forbidden\",\"fail\":[{\"code\":\"app_forbidden\"}]}", POSTERN_E_PERMISSION,
     "app_forbidden", "Data Leak Prevention"},
    {"an empty fail does not", "dlp", NULL, 403, "{\"fail\":[],\"error\":{\"code\":\"no_role\"}}",
     POSTERN_E_PERMISSION, "no_role", "Data Leak Prevention"},
    {"token refused in words of its own", "audit", NULL, 401,
     "{\"fail\":[{\"code\":\"Unauthorized Request\"}]}", POSTERN_E_CREDENTIALS, "Unauthorized Request", ""},
    {"a place that is too old", "siem", "token", 400,
     "{\"error\":{\"code\":\"Request Validation Failed\",\"message\":\"within 7 days\"}}", POSTERN_E_POSITION,
     "Request Validation Failed \"within 7 days\"", "known events stay silent"},
    {"the same without a place", "siem", NULL, 400,
     "{\"error\":{\"code\":\"Request Validation Failed\",\"message\":\"within 7 days\"}}", POSTERN_E_CONFIG,
     "Request Validation Failed", "mistake in Postern"},
    {"a place refused by its field", "audit", "token", 400,
     "{\"errors\":[{\"code\":\"invalid\",\"field\":\"nextPage\"}]}", POSTERN_E_POSITION,
     "invalid (field nextPage)", "nothing to do"},

    /* meta.status inside a 200 */
    {"meta 403", "audit", NULL, 200, "{\"meta\":{\"status\":403},\"data\":[]}", POSTERN_E_PERMISSION,
     "answered 403", "Account | Logs | Read"},
    {"meta 404", "siem", NULL, 200,
     "{\"meta\":{\"isLastToken\":false,\"status\":404},\"data\":[],\"fail\":[]}", POSTERN_E_CONFIG,
     "answered 404", "base_url"},
    {"meta 401 with an unknown code", "audit", NULL, 200,
     "{\"meta\":{\"status\":401},\"fail\":[{\"errors\":[{\"code\":\"err_new\",\"retryable\":false}]}]}",
     POSTERN_E_CREDENTIALS, "answered 401: the credentials were refused: err_new", "Application ID"},
    {"meta 429", "audit", NULL, 200, "{\"meta\":{\"status\":429}}", POSTERN_E_RETRY, "too many requests", ""},
    {"meta 500", "siem", NULL, 200, "{\"meta\":{\"status\":500},\"data\":[]}", POSTERN_E_RETRY,
     "answered 500", ""},
    {"meta 503 beside events", "audit", NULL, 200, "{\"meta\":{\"status\":503},\"data\":[{\"id\":\"1\"}]}",
     POSTERN_E_RETRY, "answered 503", ""},
};

static void failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = source_open(rows[i].source, NULL, 0);
        struct outcome *got = source_answer(&source, &(struct question){.position = rows[i].position,
                                                                        .status = rows[i].http,
                                                                        .body = text_of(rows[i].body),
                                                                        .content_type = "application/json",
                                                                        .token = "new token"});
        if (got->status != rows[i].status || !strstr(got->error.message, rows[i].message) ||
            !strstr(got->error.remedy, rows[i].remedy) ||
            (!*rows[i].remedy && rows[i].status == POSTERN_E_RETRY && *got->error.remedy))
            fail_msg("%s: %d \"%s\" (%s)", rows[i].why, got->status, got->error.message, got->error.remedy);
        assert_int_equal(got->error.code, got->status);
        assert_int_equal(got->aside_count, 0);
        assert_string_equal(got->position, ""); /* the position does not move */
        outcome_free(got);
        source_close(&source);
    }
}

/* The echo of the request is not shown, control characters are not either, and nothing runs over. */
static void words_are_clean(void **state)
{
    (void)state;
    struct buffer body = {.limit = 1 << 20};
    buffer_append_string(
        &body, "{\"fail\":[{\"key\":{\"accessKey\":\"SECRET\"},\"errors\":[{\"code\":\"err_\\u001b[31m\\n\","
               "\"message\":\"");
    for (int i = 0; i < 5000; i++)
        buffer_append_string(&body, "\xc3\xa4");
    buffer_append_string(&body, "\",\"field\":\"");
    for (int i = 0; i < 5000; i++)
        buffer_append_string(&body, "f");
    buffer_append_string(&body, "\"}]}]}");
    struct test_source source = source_open("dlp", NULL, 0);
    struct outcome *got =
        source_answer(&source, &(struct question){.status = 403, .body = buffer_text(&body)});
    assert_int_equal(got->status, POSTERN_E_PERMISSION);
    assert_null(strstr(got->error.message, "SECRET"));
    assert_non_null(strstr(got->error.message, "err_ [31m "));
    for (const char *c = got->error.message; *c; c++)
        assert_true((unsigned char)*c >= 0x20);
    assert_true(text_is_utf8(text_of(got->error.message)));
    outcome_free(got);
    source_close(&source);
    buffer_free(&body);
}

/* A link that Mimecast signed lets everybody in who has it. */
static void links_are_cut(void **state)
{
    (void)state;
    static const char *const links[] = {
        "https://bucket.example/a/b.gz?X-Amz-Signature=SECRET&X-Amz-Date=1",
        "https://user:SECRET@bucket.example/a",
        "https:\\/\\/bucket.example\\/SECRET",
        "HTTPS%3A%2F%2Fbucket.example%2FSECRET",
        "https://bucket.example:8443/SECRET",
        "s3://bucket.example#SECRET",
    };
    struct test_source source = source_open("dlp", NULL, 0);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        char body[256];
        snprintf(body, sizeof body, "{\"error\":{\"code\":\"gone\",\"message\":\"no <%s> here\"}}", links[i]);
        struct outcome *got =
            source_answer(&source, &(struct question){.status = 403, .body = text_of(body)});
        if (strstr(got->error.message, "SECRET")) fail_msg("%s", got->error.message);
        assert_non_null(strstr(got->error.message, "bucket.example"));
        assert_non_null(strstr(got->error.message, "/...> here"));
        outcome_free(got);
    }
    source_close(&source);
}

/* ---- API 2.0: what each stream lacks ---- */

static const char *const sources_of_2_0[] = {
    "siem",        "audit",        "ttp-url",      "ttp-attachment",  "ttp-impersonation",
    "dlp",         "held-release", "rejections",   "archive-search",  "archive-view",
    "remediation", "hold-queue",   "threat-intel", "reported-emails", "threat-events"};

static void check_refusal(const struct test_source *source, int http, const char *code, postern_status status,
                          const char *const parts[4])
{
    char body[128];
    snprintf(body, sizeof body, "{\"fail\":[{\"code\":\"%s\",\"message\":\"m\"}]}", code);
    struct outcome *got = source_answer(source, &(struct question){.status = http, .body = text_of(body)});
    for (size_t i = 0; i < 4 && parts[i]; i++)
        if (!strstr(got->error.remedy, parts[i]))
            fail_msg("%s, %d %s: no \"%s\" in: %s", source->stream->name, http, code, parts[i],
                     got->error.remedy);
    if (got->status != status)
        fail_msg("%s, %d %s: %d %s", source->stream->name, http, code, got->status, got->error.message);
    assert_true(strlen(got->error.remedy) + 1 < sizeof got->error.remedy); /* it is whole */
    outcome_free(got);
}

/* Which of the two is missing Mimecast does not say: both are named as the console calls them, and where. */
static void permission_and_product_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources_of_2_0 / sizeof *sources_of_2_0; i++) {
        struct test_source source = source_open(sources_of_2_0[i], NULL, 0);
        const postern_stream *const *at = source.source->streams;
        size_t streams = 0;
        for (; *at; at++) {
            if (strcmp((*at)->auth, "mimecast/2.0") != 0) continue;
            source.stream = *at;
            streams++;
            const char *const lacks[4] = {(*at)->permission, (*at)->product, "Integrations Hub",
                                          "new application"};
            check_refusal(&source, 403, "app_forbidden", POSTERN_E_PERMISSION, lacks);
            check_refusal(&source, 403, "app_unauthorized", POSTERN_E_PERMISSION, lacks);
            const char *const keys[4] = {"Client ID", "Client Secret", "Integrations Hub"};
            check_refusal(&source, 401, "token_expired", POSTERN_E_CREDENTIALS, keys);
            check_refusal(&source, 401, "token_verification_failed", POSTERN_E_CREDENTIALS, keys);
            check_refusal(&source, 401, "Unauthorized Request", POSTERN_E_CREDENTIALS, keys);
            check_refusal(&source, 401, "InvalidClientIdentifier", POSTERN_E_CREDENTIALS, keys);
            const char *const address[4] = {"base_url", "https://api.services.mimecast.com"};
            check_refusal(&source, 404, "not_found", POSTERN_E_CONFIG, address);
        }
        assert_true(streams > 0);
        source_close(&source);
    }
}

/* Most accounts have no Cloud Integrated: a refusal is no trouble. */
static void cloud_integrated_is_not_licensed(void **state)
{
    (void)state;
    struct test_source source = source_open("siem-ci", NULL, 0);
    const char *const lacks[4] = {source.stream->product, "enabled = false"};
    check_refusal(&source, 403, "app_forbidden", POSTERN_E_LICENSE, lacks);
    check_refusal(&source, 404, "not_found", POSTERN_E_LICENSE, lacks);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(failures), cmocka_unit_test(words_are_clean),
                                       cmocka_unit_test(links_are_cut),
                                       cmocka_unit_test(permission_and_product_are_named),
                                       cmocka_unit_test(cloud_integrated_is_not_licensed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
