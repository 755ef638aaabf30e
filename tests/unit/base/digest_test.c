/* Digests, base64, random numbers. The expected values are from the definitions (FIPS 180, RFC 2202, RFC
 * 4648). */
#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void sha256(void **unused)
{
    (void)unused;
    unsigned char sum[32];
    char hex[65];
    digest_sha256(TEXT("abc"), sum);
    digest_hex(sum, 32, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct digest *digest = digest_new();
    for (int round = 0; round < 2; round++) { /* used again after a reset */
        digest_reset(digest);
        digest_update(digest, "a", 1);
        digest_update(digest, "bc", 2);
        digest_final(digest, sum);
        digest_hex(sum, 32, hex);
        assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    digest_free(digest);
}

static void hmac(void **unused)
{
    (void)unused;
    unsigned char sum[32];
    char hex[65];
    assert_true(digest_hmac_sha1(TEXT("Jefe"), TEXT("what do ya want for nothing?"), sum));
    digest_hex(sum, 20, hex);
    assert_string_equal(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_true(digest_hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"), sum));
    digest_hex(sum, 32, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void base64(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        ptrdiff_t size; /* -1: refused */
    } rows[] = {
        {"", 0},      {"Zg==", 1},  {"Zm8=", 2},  {"Zm9v", 3},      {"/+/+/+8=", 5},
        {"Zg=", -1},  {"Zg", -1},   {"Z===", -1}, {" Zg=", -1},     {"Zg==\n", -1},
        {"Zm_v", -1}, {"Zm-v", -1}, {"====", -1}, {"Zg==Zg==", -1}, {"Zm9v\0m9v", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char out[16];
        assert_int_equal(base64_decode(text_of(rows[i].text), out), rows[i].size);
    }
    char text[16];
    base64_encode((const unsigned char *)"\xff\xef\xff\xef\xef", 5, text);
    assert_string_equal(text, "/+//7+8=");
}

static void numbers(void **unused)
{
    (void)unused;
    struct random_source a = random_fixed(7), b = random_fixed(7), c = random_fixed(8);
    assert_int_equal(random_number(&a), random_number(&b));
    assert_int_not_equal(random_number(&a), random_number(&c));
    for (int i = 0; i < 1000; i++)
        assert_true(random_below(&a, 10) < 10);
    char guid[37];
    random_guid(random_system(), guid);
    assert_int_equal(guid[36], '\0');
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        assert_int_equal(guid[i] == '-', dash);
    }
    assert_int_equal(guid[14], '4');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256),
        cmocka_unit_test(hmac),
        cmocka_unit_test(base64),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
