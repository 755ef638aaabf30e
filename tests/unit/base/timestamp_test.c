#include "base/text.h"
#include "base/timestamp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void formats(void **unused)
{
    (void)unused;
    char text[TIMESTAMP_SIZE];
    assert_string_equal(timestamp_iso(1767323045678, text), "2026-01-02T03:04:05.678Z");
    assert_string_equal(timestamp_mc_date(1448369411000, text), "Tue, 24 Nov 2015 12:50:11 UTC");
    assert_string_equal(timestamp_day(1767323045678, text), "2026-01-02");
    assert_string_equal(timestamp_iso(-1, text), "1969-12-31T23:59:59.999Z");
    assert_string_equal(timestamp_mc_date(-1, text), "Wed, 31 Dec 1969 23:59:59 UTC");
    assert_string_equal(timestamp_mc_date(INT64_MIN, text), "Sun, 16 May -292275055 16:47:04 UTC");
    assert_string_equal(timestamp_day(-86400000, text), "1969-12-31");
    assert_string_equal(timestamp_day(-86400001, text), "1969-12-30");
}

static void http_dates(void **unused)
{
    (void)unused;
    int64_t ms = 0;
    assert_true(timestamp_parse_http(TEXT("Sun, 06 Nov 1994 08:49:37 GMT"), &ms));
    assert_int_equal(ms, 784111777000);
    assert_false(timestamp_parse_http(TEXT("Sun, 06 Foo 1994 08:49:37 GMT"), &ms));
    assert_false(timestamp_parse_http(TEXT("Sun, 32 Nov 1994 08:49:37 GMT"), &ms));
    assert_false(timestamp_parse_http(TEXT(""), &ms));
    assert_int_equal(ms, 784111777000); /* untouched on failure */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(http_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
