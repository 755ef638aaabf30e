/* OAuth 2.0 client credentials: the token request, and all that a token endpoint may answer. */
#include "../unit.h"
#include "auth/oauth2.h"
#include "base/error.h"
#include "base/secret_buffer.h"
#include "base/text.h"

static void the_request_is_a_form(void **state)
{
    (void)state;
    struct auth_credentials credentials = {
        {secret_new(TEXT("my id")), secret_new(TEXT("a+b/c=&d%~\xc3\xbc"))}};
    struct buffer body;
    postern_error error = ERROR_INIT;
    assert_int_equal(oauth2_token_request(&credentials, NULL, &body, &error), POSTERN_OK);
    assert_string_equal(buffer_string(&body), "grant_type=client_credentials&client_id=my%20id&client_secret="
                                              "a%2Bb%2Fc%3D%26d%25~%C3%BC");
    secret_buffer_free(&body);
    assert_int_equal(oauth2_token_request(&credentials, "read write", &body, &error), POSTERN_OK);
    assert_true(text_ends_with(buffer_text(&body), "%C3%BC&scope=read%20write"));
    secret_buffer_free(&body);
    auth_credentials_release(&credentials);
}

struct token_row {
    const char *body, *token;
    int64_t lifetime_s;
};

static const struct token_row tokens[] = {
    {"{\"access_token\":\"RPjL\",\"token_type\":\"Bearer\",\"expires_in\":1799,\"scope\":\"\"}", "RPjL",
     1799},
    {"{\"token_type\":\"bEARER\",\"expires_in\":60,\"access_token\":\"a\\u0062\\/c\"}", "ab/c", 60},
    {"{\"access_token\":\"a\",\"expires_in\":\"3600\"}", "a", 3600}, /* a text; no type */
    {"{\"access_token\":\"a\",\"expires_in\":1799.9}", "a", 1799},
    {"{\"access_token\":\"a\"}", "a", 300}, /* does not say */
    {"{\"access_token\":\"a\",\"expires_in\":0}", "a", 300},
    {"{\"access_token\":\"a\",\"expires_in\":-5}", "a", 300},
    {"{\"access_token\":\"a\",\"expires_in\":\"soon\"}", "a", 300},
    {"{\"access_token\":\"a\",\"expires_in\":1e300}", "a", 86400},
    {"{\"access_token\":\"a\",\"expires_in\":\"99999999999999999999999\"}", "a", 86400},
};

static void tokens_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct oauth2_token token = {0};
        postern_error error = ERROR_INIT;
        if (oauth2_read_answer(200, text_of(tokens[i].body), &token, &error) < 0)
            fail_msg("%s: %s", tokens[i].body, error.message);
        assert_text(secret_reveal(token.token), tokens[i].token);
        if (token.lifetime_ms != tokens[i].lifetime_s * 1000) fail_msg("%s", tokens[i].body);
        secret_release(token.token);
    }
}

struct failure_row {
    int status;
    const char *body;
    postern_status result;
    const char *words;
};

/* HIDDEN stands for credentials that an endpoint echoes. */
static const struct failure_row failures[] = {
    {401, "{\"fail\":[{\"code\":\"InvalidClientIdentifier\",\"message\":\"HIDDEN\"}]}", POSTERN_E_CREDENTIALS,
     "refused the credentials (HTTP 401)"},
    {401, "HIDDEN", POSTERN_E_CREDENTIALS, "refused the credentials"},
    {403, "", POSTERN_E_CREDENTIALS, "refused the credentials (HTTP 403)"},
    {400, "{\"error\":\"invalid_client\",\"error_description\":\"HIDDEN\"}", POSTERN_E_CREDENTIALS,
     "refused the credentials (HTTP 400)"},
    {400, "{\"error\":\"unauthorized_client\"}", POSTERN_E_CREDENTIALS, "refused the credentials"},
    {400, "{\"error\":\"invalid_scope\"}", POSTERN_E_CONFIG, "refused the scope"},
    {400, "{\"error\":\"HIDDEN\"}", POSTERN_E_RETRY, "failed (HTTP 400)"},
    {400, "{\"error\":7}", POSTERN_E_RETRY, "failed (HTTP 400)"},
    {404, "HIDDEN", POSTERN_E_CONFIG, "no token endpoint (HTTP 404)"},
    {503, "HIDDEN", POSTERN_E_RETRY, "failed (HTTP 503)"},
    {200, "<html>HIDDEN", POSTERN_E_RETRY, "is no JSON object"},
    {200, "[\"HIDDEN\"]", POSTERN_E_RETRY, "is no JSON object"},
    {200, "", POSTERN_E_RETRY, "is no JSON object"},
    {200, "{\"error\":\"HIDDEN\"}", POSTERN_E_RETRY, "holds no access token"},
    {200, "{\"access_token\":7}", POSTERN_E_RETRY, "holds no access token"},
    {200, "{\"access_token\":\"\"}", POSTERN_E_RETRY, "holds no access token"},
    {200, "{\"access_token\":\"HID\\r\\nDEN\"}", POSTERN_E_RETRY,
     "holds no access token"}, /* a header of its own */
    {200, "{\"access_token\":\"HIDDEN\",\"token_type\":\"mac\"}", POSTERN_E_RETRY, "another type of token"},
};

static void failures_are_told_apart_and_quote_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct oauth2_token token = {0};
        postern_error error = ERROR_INIT;
        postern_status status =
            oauth2_read_answer(failures[i].status, text_of(failures[i].body), &token, &error);
        if (status != failures[i].result) fail_msg("row %zu: %d %s", i, status, error.message);
        assert_contains(error.message, failures[i].words);
        bool is_ours = failures[i].status >= 400 && failures[i].status < 500;
        if (is_ours && status == POSTERN_E_RETRY) assert_contains(error.remedy, "credentials");
        assert_null(strstr(error.message, "HID"));
        assert_null(token.token);
    }
}

static void tokens_are_renewed_early(void **state)
{
    (void)state;
    assert_int_equal(oauth2_renew_after(1799000), 1739000);
    assert_int_equal(oauth2_renew_after(240000), 180000);
    assert_int_equal(oauth2_renew_after(60000), 45000); /* a short life is used for the most part */
    assert_int_equal(oauth2_renew_after(1000), 750);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_a_form),
        cmocka_unit_test(tokens_are_read),
        cmocka_unit_test(failures_are_told_apart_and_quote_nothing),
        cmocka_unit_test(tokens_are_renewed_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
