#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signature.h"
#include "text.h"
#include <string.h>

static void vectors(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *date, *request_id, *path, *app_key, *expected;
    } rows[] = {
        /* 64 bytes of secret, upper-case request id */
        {"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eXw==",
         "Tue, 24 Nov 2015 12:50:11 UTC", "8578FCFC-A305-4D9A-99CB-F4D5ECEFE297", "/api/audit/get-siem-logs",
         "11111111-2222-3333-4444-555555555555", "MBMRWGeEPTtcU5leMY/D9sglP/U="},
        /* the application key is text, whatever it looks like */
        {"bm90LWEtcmVhbC1zZWNyZXQta2V5LWZvci10ZXN0cyE=", "Mon, 05 Jan 2026 03:04:09 UTC",
         "0f0e0d0c-0b0a-4908-8706-050403020100", "/api/audit/get-audit-events",
         "app-key-with:colon/and+plus=", "ob9inqKB7DcbTOCmiFIN+Ag4X5c="},
        /* a secret that is not ASCII, with + and / in its base64 */
        {"/+/+/+8=", "Sun, 01 Feb 2026 00:00:00 UTC", "ffffffff-ffff-4fff-bfff-ffffffffffff",
         "/api/ttp/url/get-logs", "k", "8b40z85+7PDITDS/Ev23xTBGiBA="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text secret = {0};
        char signature[SIGNATURE_SIZE];
        assert_true(base64_read(rows[i].secret, strlen(rows[i].secret), &secret));
        signature_make(secret.data, secret.size, rows[i].date, rows[i].request_id, rows[i].path,
                       rows[i].app_key, signature);
        assert_string_equal(signature, rows[i].expected);
        text_free(&secret);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
