/* The schemes that put a credential into a header. */
#include "../unit.h"
#include "auth/scheme.h"
#include "base/error.h"
#include "base/text.h"

struct scheme_row {
    const char *scheme, *first, *second, *header; /* credentials in the order of the roles */
    postern_status status;
    const char *name, *value; /* of the one header; NULL = none */
};

static const struct scheme_row rows[] = {
    {"none", NULL, NULL, NULL, POSTERN_OK, NULL, NULL},
    /* RFC 7617, section 2 */
    {"basic", "Aladdin", "open sesame", NULL, POSTERN_OK, "Authorization",
     "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
    {"basic", "test", "123\xc2\xa3", NULL, POSTERN_OK, "Authorization", "Basic dGVzdDoxMjPCow=="},
    {"basic", "u", ":p:", NULL, POSTERN_OK, "Authorization", "Basic dTo6cDo="},
    {"basic", "u:HIDDEN", "p", NULL, POSTERN_E_CONFIG, NULL, NULL}, /* would end the user name early */
    {"bearer", "mF_9.B5f-4.1JqM", NULL, NULL, POSTERN_OK, "Authorization", "Bearer mF_9.B5f-4.1JqM"},
    {"header", "abc", NULL, "X-Api-Key", POSTERN_OK, "X-Api-Key", "abc"},
};

static postern_status sign(const struct auth_signing *signing, const char *scheme, size_t arena_size,
                           char *name, char *value, postern_error *error)
{
    postern_arena *arena = arena_new(arena_size);
    postern_pair headers[AUTH_HEADER_LIMIT] = {0};
    size_t count = 0;
    postern_status status = auth_scheme_find(scheme)->sign(signing, arena, headers, &count, error);
    assert_true(count <= 1);
    name[0] = value[0] = 0;
    if (count) {
        text_to_string(headers[0].name, name, 100);
        text_to_string(headers[0].value, value, 100);
    }
    arena_free(arena);
    return status;
}

static void credentials_become_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct auth_credentials credentials = {{rows[i].first ? secret_new(text_of(rows[i].first)) : NULL,
                                                rows[i].second ? secret_new(text_of(rows[i].second)) : NULL}};
        const struct auth_signing signing = {.credentials = &credentials, .header = rows[i].header};
        postern_error error = ERROR_INIT;
        char name[100], value[100];
        assert_int_equal(sign(&signing, rows[i].scheme, 1 << 16, name, value, &error), rows[i].status);
        assert_string_equal(name, rows[i].name ? rows[i].name : "");
        assert_string_equal(value, rows[i].value ? rows[i].value : "");
        assert_null(strstr(error.message, "HIDDEN"));
        if (rows[i].name)
            assert_int_equal(sign(&signing, rows[i].scheme, 2, name, value, &error), POSTERN_E_MEMORY);
        auth_credentials_release(&credentials);
        assert_null(credentials.secrets[0]);
    }
}

static void a_token_is_needed_first(void **state)
{
    (void)state;
    struct secret *token = secret_new(TEXT("abc"));
    struct auth_signing signing = {0};
    postern_error error = ERROR_INIT;
    char name[100], value[100];
    assert_int_equal(sign(&signing, "oauth2-client-credentials", 1 << 16, name, value, &error),
                     POSTERN_E_RETRY);
    signing.token = token;
    assert_int_equal(sign(&signing, "oauth2-client-credentials", 1 << 16, name, value, &error), POSTERN_OK);
    assert_string_equal(value, "Bearer abc");
    secret_release(token);
}

static void schemes_are_found_by_name(void **state)
{
    (void)state;
    assert_null(auth_scheme_find("oauth"));
    assert_null(auth_scheme_find(""));
    const struct auth_scheme *scheme = auth_scheme_find("mimecast-v1");
    assert_int_equal(auth_scheme_role(scheme, "app_id"), 0);
    assert_int_equal(auth_scheme_role(scheme, "secret_key"), 3);
    assert_true(auth_scheme_role(scheme, "token") == SIZE_MAX);
    assert_true(auth_scheme_role(auth_scheme_find("none"), "token") == SIZE_MAX);
}

static void shared_credentials_outlive_their_first_holder(void **state)
{
    (void)state;
    struct auth_credentials first = {{secret_new(TEXT("abc"))}}, second;
    auth_credentials_share(&second, &first);
    auth_credentials_release(&first);
    assert_text(secret_reveal(second.secrets[0]), "abc");
    assert_null(second.secrets[1]);
    auth_credentials_release(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_become_headers),
        cmocka_unit_test(a_token_is_needed_first),
        cmocka_unit_test(schemes_are_found_by_name),
        cmocka_unit_test(shared_credentials_outlive_their_first_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
