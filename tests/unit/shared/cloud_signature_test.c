/* Signatures against fixed vectors, each worked out by another program. */
#include "played_host.h"
#include "shared/cloud/azure.h"
#include "shared/cloud/digest.h"
#include "shared/cloud/sigv4.h"
#include "shared/cloud/time.h"
#include "shared/cloud/url.h"

#define SHA256_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HMAC_OF_FOX   "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"

static void digests(void **state)
{
    (void)state;
    char hex[CLOUD_HEX_SIZE];
    unsigned char mac[CLOUD_DIGEST_SIZE];
    assert_true(cloud_sha256_hex(KIT_TEXT("abc"), hex));
    assert_string_equal(hex, SHA256_OF_ABC);
    assert_true(
        cloud_hmac_sha256(KIT_TEXT("key"), KIT_TEXT("The quick brown fox jumps over the lazy dog"), mac));
    cloud_hex(mac, sizeof mac, hex);
    assert_string_equal(hex, HMAC_OF_FOX);
    assert_true(cloud_hmac_sha256(KIT_TEXT(""), KIT_TEXT(""), mac));
}

static void base64(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"\xfb\xff", "+/8="}};
    static const char *const wrong[] = {"Zg", "Z===", "Zg==Zg==", "Zm9 ", "Zm-_", "===="};
    unsigned char bytes[16];
    size_t size;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char buffer[32];
        struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
        cloud_write_base64(&writer, kit_text(rows[i][0]));
        assert_text(kit_span(writer.data, writer.size), rows[i][1]);
        assert_true(cloud_read_base64(kit_text(rows[i][1]), bytes, sizeof bytes, &size));
        assert_text(kit_span((char *)bytes, size), rows[i][0]);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(cloud_read_base64(kit_text(wrong[i]), bytes, sizeof bytes, &size));
    assert_false(cloud_read_base64(KIT_TEXT("Zm9v"), bytes, 2, &size));
    char buffer[8];
    struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
    cloud_write_base64url(&writer, KIT_TEXT("\xfb\xff"));
    assert_text(kit_span(writer.data, writer.size), "-_8");
}

static void times(void **state)
{
    (void)state;
    char text[CLOUD_TIME_SIZE];
    int64_t ms = 0;
    cloud_compact_time(1795752000000, text);
    assert_string_equal(text, "20261127T040000Z");
    cloud_http_time(1709251199000, text);
    assert_string_equal(text, "Thu, 29 Feb 2024 23:59:59 GMT");
    assert_true(cloud_read_http_time(kit_text(text), &ms));
    assert_int_equal(ms, 1709251199000);
    assert_true(cloud_read_iso_time(KIT_TEXT("2026-11-27T04:00:00.5Z"), &ms));
    assert_int_equal(ms, 1795752000000);
    assert_true(cloud_read_iso_time(KIT_TEXT("2026-11-27"), &ms));
    assert_int_equal(ms, 1795752000000 - 4 * 3600000);
    assert_false(cloud_read_http_time(KIT_TEXT("Thu, 29 Fex 2024 23:59:59 GMT"), &ms));
    assert_false(cloud_read_http_time(KIT_TEXT("yesterday"), &ms));
    assert_false(cloud_read_iso_time(KIT_TEXT("2026-13-27"), &ms));
}

/* ---- AWS ---- */

static const struct cloud_aws_keys lasting = {
    {"AKIDPOSTERNEXAMPLE1", 19}, {"not/a+real/Secret+Key+for+Postern+Tests0", 40}, {NULL, 0}};

static struct cloud_sigv4 worked_example(void)
{
    static const postern_pair query[] = {{{"x-id", 4}, {"PutObject", 9}}};
    static const postern_pair headers[] = {{{"if-none-match", 13}, {"*", 1}}};
    return (struct cloud_sigv4){.keys = &lasting,
                                .region = KIT_TEXT("eu-west-1"),
                                .service = KIT_TEXT("s3"),
                                .method = "PUT",
                                .host = KIT_TEXT("logs-example.s3.eu-west-1.amazonaws.com"),
                                .path = KIT_TEXT("/acme/siem/date=2026-11-27/0000000000000042 x.ndjson"),
                                .query = query,
                                .query_count = 1,
                                .headers = headers,
                                .header_count = 1,
                                .body = KIT_TEXT("{\"a\":1}\n"),
                                .now_ms = 1795752000000};
}

static void aws_s3(void **state)
{
    (void)state;
    struct played_host made = played_host_new();
    struct cloud_sigv4 request = worked_example();
    postern_pair added[CLOUD_SIGV4_ADDED];
    char hex[CLOUD_HEX_SIZE];
    size_t count = 0;
    assert_int_equal(cloud_sigv4_canonical_hash(host_of(&made), made.arena, &request, hex, NULL), POSTERN_OK);
    assert_string_equal(hex, "10fb5c7b2d67290b6033ebd0431a89ed9c1430230cda7e7fe5afcee2605237ff");
    assert_int_equal(cloud_sigv4_sign(host_of(&made), made.arena, &request, added, &count, NULL), POSTERN_OK);
    assert_int_equal(count, 3);
    assert_text(added[0].value, "20261127T040000Z");
    assert_text(added[1].value, "e346432021b04179518d9614f3560ccd71354a4ee101ddcb893d6959a9d6301c");
    assert_text(added[2].value,
                "AWS4-HMAC-SHA256 Credential=AKIDPOSTERNEXAMPLE1/20261127/eu-west-1/s3/aws4_request, "
                "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date, "
                "Signature=d61104023ae0561d6ac9a0846a4cbda3964458913b81da2a3d7a4739db1a6c3b");
    played_host_free(&made);
}

/* Another service: the path is encoded twice, the query sorted by name, blanks in values are folded, the
 * session token is signed. */
static void aws_other_service(void **state)
{
    (void)state;
    struct played_host made = played_host_new();
    const struct cloud_aws_keys keys = {KIT_TEXT("AKID"), KIT_TEXT("another/Secret"),
                                        KIT_TEXT("session//token==")};
    const postern_pair query[] = {{KIT_TEXT("b"), KIT_TEXT("2")},
                                  {KIT_TEXT("a-b"), KIT_TEXT("x y")},
                                  {KIT_TEXT("a"), KIT_TEXT("1")},
                                  {KIT_TEXT("a"), KIT_TEXT("")},
                                  {KIT_TEXT("ab"), KIT_TEXT("~")}};
    const postern_pair headers[] = {{KIT_TEXT("x-amz-meta"), KIT_TEXT("  two   blanks ")}};
    const struct cloud_sigv4 request = {.keys = &keys,
                                        .region = KIT_TEXT("us-gov-west-1"),
                                        .service = KIT_TEXT("es"),
                                        .method = "POST",
                                        .host = KIT_TEXT("es.example.com:8443"),
                                        .path = KIT_TEXT("/a b/c=d/\xc3\xa9"),
                                        .query = query,
                                        .query_count = COUNT(query),
                                        .headers = headers,
                                        .header_count = 1,
                                        .now_ms = 1709251199000};
    postern_pair added[CLOUD_SIGV4_ADDED];
    char hex[CLOUD_HEX_SIZE];
    size_t count = 0;
    cloud_sigv4_canonical_hash(host_of(&made), made.arena, &request, hex, NULL);
    assert_string_equal(hex, "5b66639de02800be78b1013b28cae223a56e3388f86df49c84c1e9e7ed46726f");
    assert_int_equal(cloud_sigv4_sign(host_of(&made), made.arena, &request, added, &count, NULL), POSTERN_OK);
    assert_int_equal(count, 4);
    assert_text(added[2].name, "x-amz-security-token");
    assert_text(added[2].value, "session//token==");
    char signature[128];
    keep_string(kit_span(kit_end(added[3].value) - 64, 64), signature, sizeof signature);
    assert_string_equal(signature, "5040b4a7fac3d7c156bcfeb8345cddfca5c7d8a374a1ed0589d1fcf7a51d2524");
    played_host_free(&made);
}

/* An arena that is full at any point is out of memory, and nothing came out. */
static void aws_without_memory(void **state)
{
    (void)state;
    struct played_host made = played_host_new();
    struct cloud_sigv4 request = worked_example();
    bool succeeded = false;
    for (size_t limit = 0; limit < 16384 && !succeeded; limit += 64) {
        postern_arena *arena = arena_new(limit);
        postern_pair added[CLOUD_SIGV4_ADDED];
        size_t count = 77;
        postern_status status = cloud_sigv4_sign(host_of(&made), arena, &request, added, &count, NULL);
        succeeded = status == POSTERN_OK;
        if (!succeeded) assert_int_equal(status, POSTERN_E_MEMORY);
        assert_int_equal(count, succeeded ? 3 : 77);
        arena_free(arena);
    }
    assert_true(succeeded);
    played_host_free(&made);
}

/* ---- Azure ---- */

#define AZURE_KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="

static void azure_shared_key(void **state)
{
    (void)state;
    struct played_host made = played_host_new();
    const postern_pair query[] = {{KIT_TEXT("timeout"), KIT_TEXT("30")},
                                  {KIT_TEXT("comp"), KIT_TEXT("block")}};
    const postern_pair headers[] = {{KIT_TEXT("x-ms-version"), KIT_TEXT("2021-12-02")},
                                    {KIT_TEXT("x-ms-date"), KIT_TEXT("Fri, 27 Nov 2026 04:00:00 GMT")},
                                    {KIT_TEXT("content-type"), KIT_TEXT("application/gzip")},
                                    {KIT_TEXT("if-none-match"), KIT_TEXT("*")},
                                    {KIT_TEXT("x-ms-blob-type"), KIT_TEXT("BlockBlob")}};
    const struct cloud_azure_request request = {.account = KIT_TEXT("acme"),
                                                .method = "PUT",
                                                .path = KIT_TEXT("/logs/a%20b/c.ndjson.gz"),
                                                .query = query,
                                                .query_count = COUNT(query),
                                                .headers = headers,
                                                .header_count = COUNT(headers),
                                                .body_size = 8};
    postern_text authorization = {0};
    postern_error error = {.size = sizeof error};
    assert_int_equal(cloud_azure_shared_key(host_of(&made), made.arena, KIT_TEXT(AZURE_KEY "\n"), &request,
                                            &authorization, &error),
                     POSTERN_OK);
    assert_text(authorization, "SharedKey acme:vytKgo509Sd1ngTX7FKu+PP+EmsdcdmyUqJeNBpF1xQ=");
    assert_int_equal(cloud_azure_shared_key(host_of(&made), made.arena, KIT_TEXT("hush, no key"), &request,
                                            &authorization, &error),
                     POSTERN_E_CONFIG);
    assert_contains(error.message, "no base64");
    assert_null(strstr(error.message, "hush"));
    played_host_free(&made);
}

static void azure_sas(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_true(cloud_azure_sas_end(KIT_TEXT("?sv=2021-12-02&se=2026-11-27T04%3A00%3a00Z&sig=x"), &ms));
    assert_int_equal(ms, 1795752000000);
    assert_true(cloud_azure_sas_end(KIT_TEXT("se=2024-02-29T23:59:59Z"), &ms));
    assert_int_equal(ms, 1709251199000);
    assert_false(cloud_azure_sas_end(KIT_TEXT("sv=1&use=2024-02-29"), &ms));
    assert_false(cloud_azure_sas_end(KIT_TEXT(""), &ms));
    assert_text(cloud_azure_sas_query(KIT_TEXT("?a=b\n")), "a=b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests),
                                       cmocka_unit_test(base64),
                                       cmocka_unit_test(times),
                                       cmocka_unit_test(aws_s3),
                                       cmocka_unit_test(aws_other_service),
                                       cmocka_unit_test(aws_without_memory),
                                       cmocka_unit_test(azure_shared_key),
                                       cmocka_unit_test(azure_sas)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
