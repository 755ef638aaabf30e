/* Tokens: what is asked, how long they are kept, what is made of each answer, by several threads at once. */
#include "played_host.h"
#include "shared/cloud/token.h"
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>

#define NOW_MS        INT64_C(1795752000000)
#define TOKEN(number) "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"token-" number "\"}"

static const struct cloud_client_credentials client = {.token_url = {"https://login.example.com/token", 31},
                                                       .client_id = {"id 1", 4},
                                                       .client_secret = {"se&cret", 7},
                                                       .scope = {"https://example.com/.default", 28}};

static postern_call call_at(const struct played_host *made, int64_t seconds)
{
    return (postern_call){.size = sizeof(postern_call),
                          .arena = made->arena,
                          .now_ms = NOW_MS,
                          .steady_ms = 1000000 + seconds * 1000};
}

static void assert_bearer(struct cloud_tokens *tokens, const struct played_host *made, int64_t seconds,
                          const char *expected)
{
    postern_call call = call_at(made, seconds);
    postern_text bearer = {0};
    postern_error error = {.size = sizeof error};
    if (cloud_tokens_bearer(tokens, host_of(made), &call, &bearer, &error) < 0) fail_msg("%s", error.message);
    assert_text(bearer, expected);
}

static void kept_and_renewed(void **state)
{
    (void)state;
    static const struct played_answer answers[] = {{.http = 200, .body = TOKEN("1")},
                                                   {.status = POSTERN_E_RETRY},
                                                   {.http = 200, .body = TOKEN("2")},
                                                   {.http = 200, .body = TOKEN("3")}};
    struct played_host made = played_host_new();
    struct cloud_tokens *tokens;
    play_answers(answers, COUNT(answers));
    assert_int_equal(cloud_tokens_of_client(&client, &tokens, NULL), POSTERN_OK);
    assert_bearer(tokens, &made, 0, "Bearer token-1");
    assert_bearer(tokens, &made, 2879, "Bearer token-1");
    assert_int_equal(played.count, 1);
    assert_bearer(tokens, &made, 2880, "Bearer token-1"); /* 80 %: cannot be renewed now, and serves on */
    assert_bearer(tokens, &made, 2881, "Bearer token-2");
    assert_int_equal(played.count, 3);
    cloud_tokens_refused(tokens, KIT_TEXT("Bearer token-1")); /* somebody has renewed it already */
    assert_bearer(tokens, &made, 2882, "Bearer token-2");
    cloud_tokens_refused(tokens, KIT_TEXT("Bearer token-2"));
    assert_bearer(tokens, &made, 2883, "Bearer token-3");
    assert_string_equal(played.asked[0].url, "https://login.example.com/token");
    assert_string_equal(played.asked[0].body,
                        "grant_type=client_credentials&client_id=id%201&client_secret=se%26cret"
                        "&scope=https%3A%2F%2Fexample.com%2F.default");
    assert_string_equal(played.asked[0].authorization, "");
    cloud_tokens_free(tokens);
    played_host_free(&made);
}

static void expired_and_not_renewed(void **state)
{
    (void)state;
    static const struct played_answer answers[] = {
        {.http = 200, .body = "{\"access_token\":\"a\",\"expires_in\":\"100\"}"}, /* as a text */
        {.status = POSTERN_E_RETRY}};
    struct played_host made = played_host_new();
    struct cloud_tokens *tokens;
    play_answers(answers, COUNT(answers));
    cloud_tokens_of_client(&client, &tokens, NULL);
    assert_bearer(tokens, &made, 0, "Bearer a");
    assert_bearer(tokens, &made, 99, "Bearer a");
    postern_call call = call_at(&made, 100);
    postern_text bearer = {0};
    assert_int_equal(cloud_tokens_bearer(tokens, host_of(&made), &call, &bearer, NULL), POSTERN_E_RETRY);
    assert_null(bearer.data);
    cloud_tokens_free(tokens);
    played_host_free(&made);
}

static void basic_and_further_fields(void **state)
{
    (void)state;
    static const struct played_answer answers[] = {{.http = 200, .body = TOKEN("1")}};
    static const postern_pair further[] = {{{"audience", 8}, {"logs", 4}}};
    struct cloud_client_credentials with = client;
    struct played_host made = played_host_new();
    struct cloud_tokens *tokens;
    with.basic = true;
    with.scope = kit_span(NULL, 0);
    with.further = further;
    with.further_count = 1;
    play_answers(answers, 1);
    cloud_tokens_of_client(&with, &tokens, NULL);
    assert_bearer(tokens, &made, 0, "Bearer token-1");
    assert_string_equal(played.asked[0].body, "grant_type=client_credentials&audience=logs");
    assert_string_equal(played.asked[0].authorization, "Basic aWQlMjAxOnNlJTI2Y3JldA==");
    cloud_tokens_free(tokens);
    char url[128];
    struct kit_writer writer = kit_writer_in_buffer(url, sizeof url);
    cloud_write_entra_url(&writer, KIT_TEXT("login.microsoftonline.com"), KIT_TEXT("acme.example"));
    assert_text(kit_span(url, writer.size),
                "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token");
    played_host_free(&made);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        struct played_answer answer;
        postern_status status;
        const char *words;
        int64_t retry_after_ms;
    } rows[] = {
        {{.http = 401,
          .body = "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client "
                  "secret.\\r\\nTrace ID: 1\"}"},
         POSTERN_E_CONFIG,
         "refused with 401, invalid_client: AADSTS7000215: Invalid client secret.",
         0},
        {{.http = 400, .body = "no JSON"}, POSTERN_E_CONFIG, "refused with 400", 0},
        {{.http = 302, .body = ""}, POSTERN_E_CONFIG, "refused with 302", 0},
        {{.http = 429, .body = "", .retry_after_ms = 7000}, POSTERN_E_RETRY, "refused with 429", 7000},
        {{.http = 503, .body = "{}"}, POSTERN_E_RETRY, "refused with 503", 0},
        {{.http = 200, .body = "{\"access_token\":\"\"}"}, POSTERN_E_RETRY, "holds none", 0},
        {{.http = 200, .body = "<html>"}, POSTERN_E_RETRY, "holds none", 0},
    };
    struct played_host made = played_host_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cloud_tokens *tokens;
        postern_text bearer = {0};
        postern_call call = call_at(&made, 0);
        postern_error error = {.size = sizeof error};
        play_answers(&rows[i].answer, 1);
        cloud_tokens_of_client(&client, &tokens, NULL);
        assert_int_equal(cloud_tokens_bearer(tokens, host_of(&made), &call, &bearer, &error), rows[i].status);
        assert_contains(error.message, rows[i].words);
        assert_null(strstr(error.message, "Trace ID"));
        assert_null(strstr(error.message, "cret&"));
        assert_int_equal(error.retry_after_ms, rows[i].retry_after_ms);
        assert_null(bearer.data);
        cloud_tokens_free(tokens);
    }
    played_host_free(&made);
}

/* ---- Service accounts ---- */

static EVP_PKEY *rsa_key(void)
{
    static EVP_PKEY *key;
    if (!key) key = EVP_RSA_gen(2048);
    assert_non_null(key);
    return key;
}

/* The JSON file of a key, as Google makes it. */
static postern_text key_file(char *into, size_t capacity, EVP_PKEY *key)
{
    char *pem;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    long size = BIO_get_mem_data(bio, &pem);
    struct kit_writer writer = kit_writer_in_buffer(into, capacity);
    kit_write_string(&writer, "{\"type\":\"service_account\",\"client_email\":\"postern@acme.example\","
                              "\"private_key_id\":\"key-7\",\"token_uri\":\"https://tokens.example.com/t\","
                              "\"private_key\":");
    kit_write_json_string(&writer, kit_span(pem, (size_t)size));
    kit_write_string(&writer, "}");
    BIO_free(bio);
    assert_false(writer.failed);
    return kit_span(into, writer.size);
}

static size_t from_base64url(const char *text, size_t size, unsigned char *bytes)
{
    char standard[4096];
    for (size_t i = 0; i < size; i++)
        standard[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    size_t padded = (size + 3) / 4 * 4;
    memset(standard + size, 'A', padded - size);
    assert_true(EVP_DecodeBlock(bytes, (unsigned char *)standard, (int)padded) > 0);
    return size * 6 / 8;
}

/* Verifies the assertion of an exchange and gives its claims. */
static void assert_assertion(size_t number, char *claims)
{
    static const char before[] =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    unsigned char bytes[4096];
    const char *jwt = played.asked[number].body + sizeof before - 1;
    assert_memory_equal(played.asked[number].body, before, sizeof before - 1);
    const char *first = strchr(jwt, '.'), *second = strchr(first + 1, '.');
    size_t size = from_base64url(jwt, (size_t)(first - jwt), bytes);
    assert_text(kit_span((char *)bytes, size), "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-7\"}");
    size = from_base64url(first + 1, (size_t)(second - first - 1), bytes);
    memcpy(claims, bytes, size);
    claims[size] = '\0';
    size = from_base64url(second + 1, strlen(second + 1), bytes);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, rsa_key()), 1);
    assert_int_equal(
        EVP_DigestVerify(context, bytes, size, (const unsigned char *)jwt, (size_t)(second - jwt)), 1);
    EVP_MD_CTX_free(context);
}

static void service_account(void **state)
{
    (void)state;
    static const struct played_answer answers[] = {
        {.http = 400, .body = "{\"error\":\"invalid_grant\"}", .date = "Fri, 27 Nov 2026 05:00:00 GMT"},
        {.http = 200, .body = TOKEN("1")}};
    char file[8192], claims[1024];
    struct played_host made = played_host_new();
    struct cloud_tokens *tokens;
    play_answers(answers, COUNT(answers));
    cloud_tokens_of_service_account(key_file(file, sizeof file, rsa_key()), KIT_TEXT("scope-a"),
                                    kit_span(NULL, 0), &tokens, NULL);
    assert_bearer(tokens, &made, 0, "Bearer token-1");
    assert_string_equal(played.asked[0].url, "https://tokens.example.com/t");
    assert_assertion(0, claims);
    assert_string_equal(claims, "{\"iss\":\"postern@acme.example\",\"scope\":\"scope-a\",\"aud\":"
                                "\"https://tokens.example.com/t\",\"iat\":1795752000,\"exp\":1795755600}");
    assert_assertion(1, claims); /* our clock was an hour behind: theirs is taken */
    assert_contains(claims, "\"iat\":1795755600,");
    cloud_tokens_free(tokens);
    played_host_free(&made);
}

static void bad_key_files(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"hush", "is no JSON"},
        {"{\"client_email\":\"a\"}", "lacks client_email or private_key"},
        {"{\"client_email\":\"a\",\"private_key\":\"hush\"}", "is no RSA key"},
    };
    struct played_host made = played_host_new();
    play_answers(NULL, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cloud_tokens *tokens;
        postern_text bearer = {0};
        postern_call call = call_at(&made, 0);
        postern_error error = {.size = sizeof error};
        cloud_tokens_of_service_account(kit_text(rows[i][0]), KIT_TEXT("s"), kit_span(NULL, 0), &tokens,
                                        NULL);
        assert_int_equal(cloud_tokens_bearer(tokens, host_of(&made), &call, &bearer, &error),
                         POSTERN_E_CONFIG);
        assert_contains(error.message, rows[i][1]);
        assert_null(strstr(error.message, "hush"));
        assert_contains(error.remedy, "as Google made it");
        cloud_tokens_free(tokens);
    }
    assert_int_equal(played.count, 0);
    played_host_free(&made);
}

/* ---- Threads ---- */

struct asker {
    pthread_t thread;
    struct cloud_tokens *tokens;
    struct played_host *made;
};

static void *ask(void *context)
{
    struct asker *asker = context;
    postern_arena *arena = arena_new(1 << 20);
    for (int i = 0; i < 50; i++) {
        postern_call call = call_at(asker->made, 0);
        postern_text bearer = {0};
        call.arena = arena;
        if (cloud_tokens_bearer(asker->tokens, host_of(asker->made), &call, &bearer, NULL) < 0) break;
        if (!kit_starts_with(bearer, "Bearer token-")) break;
        if (i == 25) cloud_tokens_refused(asker->tokens, KIT_TEXT("Bearer token-1"));
    }
    arena_free(arena);
    return NULL;
}

static void several_threads(void **state)
{
    (void)state;
    static const struct played_answer answers[] = {{.http = 200, .body = TOKEN("1")},
                                                   {.http = 200, .body = TOKEN("2")}};
    struct played_host made = played_host_new();
    struct asker askers[4];
    struct cloud_tokens *tokens;
    play_answers(answers, COUNT(answers));
    cloud_tokens_of_client(&client, &tokens, NULL);
    for (size_t i = 0; i < COUNT(askers); i++) {
        askers[i] = (struct asker){.tokens = tokens, .made = &made};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }
    for (size_t i = 0; i < COUNT(askers); i++)
        pthread_join(askers[i].thread, NULL);
    assert_int_equal(played.count, 2); /* one each time, whoever asks */
    cloud_tokens_free(tokens);
    played_host_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_and_renewed),         cmocka_unit_test(expired_and_not_renewed),
        cmocka_unit_test(basic_and_further_fields), cmocka_unit_test(refusals),
        cmocka_unit_test(service_account),          cmocka_unit_test(bad_key_files),
        cmocka_unit_test(several_threads)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(rsa_key());
    return failed;
}
