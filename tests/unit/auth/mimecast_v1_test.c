/* Invented keys with signatures that another implementation computed, and secret keys that are none. */
#include "../unit.h"
#include "auth/mimecast_v1.h"
#include "base/error.h"
#include "base/text.h"

struct vector {
    const char *secret_key, *access_key, *app_key;
    int64_t now_ms;
    const char *date, *request_id, *path, *authorization;
};

static const struct vector vectors[] = {
    /* 64 key bytes */
    {"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eXw==",
     "mYtEsTaCcEsSkEy0001", "11111111-2222-3333-4444-555555555555", 1448369411000,
     "Tue, 24 Nov 2015 12:50:11 UTC", "8578FCFC-A305-4D9A-99CB-F4D5ECEFE297", "/api/audit/get-siem-logs",
     "MC mYtEsTaCcEsSkEy0001:MBMRWGeEPTtcU5leMY/D9sglP/U="},
    /* the application key is taken as text, whatever it holds */
    {"bm90LWEtcmVhbC1zZWNyZXQta2V5LWZvci10ZXN0cyE=", "ak-0002", "app-key-with:colon/and+plus=", 1767582249000,
     "Mon, 05 Jan 2026 03:04:09 UTC", "0f0e0d0c-0b0a-4908-8706-050403020100", "/api/audit/get-audit-events",
     "MC ak-0002:ob9inqKB7DcbTOCmiFIN+Ag4X5c="},
    /* key bytes beyond ASCII; milliseconds are cut off */
    {"/+/+/+8=", "a", "k", 1769904000999, "Sun, 01 Feb 2026 00:00:00 UTC",
     "ffffffff-ffff-4fff-bfff-ffffffffffff", "/api/ttp/url/get-logs", "MC a:8b40z85+7PDITDS/Ev23xTBGiBA="},
};

static postern_status sign(const struct vector *vector, postern_arena *arena, postern_pair headers[4],
                           postern_error *error)
{
    struct auth_credentials credentials = {
        {secret_new(TEXT("an-app-id")), secret_new(text_of(vector->app_key)),
         secret_new(text_of(vector->access_key)), secret_new(text_of(vector->secret_key))}};
    const struct auth_signing signing = {.credentials = &credentials,
                                         .path = vector->path,
                                         .request_id = vector->request_id,
                                         .now_ms = vector->now_ms};
    size_t count = 0;
    postern_status status = sign_mimecast_v1(&signing, arena, headers, &count, error);
    assert_int_equal(count, status == POSTERN_OK ? 4 : 0);
    auth_credentials_release(&credentials);
    return status;
}

static void vectors_are_met(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        postern_arena *arena = arena_new(1 << 16);
        postern_error error = ERROR_INIT;
        postern_pair headers[4];
        assert_int_equal(sign(&vectors[i], arena, headers, &error), POSTERN_OK);
        assert_text(headers[0].name, "Authorization");
        assert_text(headers[0].value, vectors[i].authorization);
        assert_text(headers[1].name, "x-mc-app-id");
        assert_text(headers[1].value, "an-app-id");
        assert_text(headers[2].name, "x-mc-date");
        assert_text(headers[2].value, vectors[i].date);
        assert_text(headers[3].name, "x-mc-req-id");
        assert_text(headers[3].value, vectors[i].request_id);
        arena_free(arena);
    }
}

static void bad_secret_keys_are_refused_without_being_shown(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",                /* nothing */
        "not base64 HERE", /* blanks */
        "QUJD*",           /* a foreign character */
        "QUJ",             /* cut short */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vector vector = vectors[0];
        vector.secret_key = bad[i];
        postern_arena *arena = arena_new(1 << 16);
        postern_error error = ERROR_INIT;
        postern_pair headers[4] = {0};
        assert_int_equal(sign(&vector, arena, headers, &error), POSTERN_E_CONFIG);
        assert_string_equal(error.message, "the secret key is not base64");
        assert_true(strlen(error.remedy) > 0);
        assert_null(headers[0].name.data);
        arena_free(arena);
    }
}

static void a_full_arena_is_an_error(void **state)
{
    (void)state;
    postern_arena *arena = arena_new(32);
    postern_error error = ERROR_INIT;
    postern_pair headers[4] = {0};
    assert_int_equal(sign(&vectors[0], arena, headers, &error), POSTERN_E_MEMORY);
    assert_null(headers[0].name.data);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_met),
        cmocka_unit_test(bad_secret_keys_are_refused_without_being_shown),
        cmocka_unit_test(a_full_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
