#include "base/text.h"
#include "base/timestamp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void lenient_parsing(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t ms; /* -1: no time */
        bool offset;
    } rows[] = {
        {"2026-01-02T03:04:05+0000", 1767323045000, true},
        {"2026-01-02T03:04:05Z", 1767323045000, true},
        {"2026-01-02T03:04:05+00:00", 1767323045000, true},
        {"2022-05-23T12:20:44-0400", 1653322844000, true}, /* the account's own offset */
        {"2026-01-02T03:04:05", 1767323045000, false},     /* none: UTC */
        {"2026-01-02 03:04:05.678Z", 1767323045678, true}, /* blank, fraction */
        {"2026-01-02T03:04:05.6789Z", 1767323045678, true},
        {"2022-05-31T9:05:31+0000", 1653987931000, true},   /* one-digit hour */
        {"2026-01-02T03: 04:05+0000", 1767323045000, true}, /* blank behind a colon */
        {" 2026-01-02T03:04:05Z ", 1767323045000, true},
        {"1969-12-31T23:59:59.999Z", -1, true}, /* one before the epoch is -1 ms, see below */
        {"2024-02-29T00:00:00Z", 1709164800000, true},
        {"2023-02-29T00:00:00Z", -1, false}, /* no such day */
        {"2026-13-01T00:00:00Z", -1, false},
        {"2026-01-01T24:00:00Z", -1, false},
        {"2026-01-01", -1, false},
        {"2026-01-01T00:00:00+0700x", -1, false},
        {"N/A", -1, false},
        {"", -1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = -1;
        bool offset = false;
        timestamp_parse(text_of(rows[i].text), &ms, &offset);
        assert_int_equal(ms, rows[i].ms);
        if (ms != -1) assert_int_equal(offset, rows[i].offset);
    }
}

static void formats(void **unused)
{
    (void)unused;
    char text[TIMESTAMP_SIZE];
    assert_string_equal(timestamp_iso(1767323045678, text), "2026-01-02T03:04:05.678Z");
    assert_string_equal(timestamp_mc_date(1448369411000, text), "Tue, 24 Nov 2015 12:50:11 UTC");
    assert_string_equal(timestamp_day(1767323045678, text), "2026-01-02");
    assert_string_equal(timestamp_iso(-1, text), "1969-12-31T23:59:59.999Z");
}

/* Every day of four centuries against the C library. */
static void agrees_with_the_library(void **unused)
{
    (void)unused;
    for (int64_t day = -70000; day < 80000; day += 1) {
        time_t seconds = (time_t)(day * 86400 + (day * day) % 86400);
        struct tm calendar;
        char expected[40], found[TIMESTAMP_SIZE];
        gmtime_r(&seconds, &calendar);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000Z", &calendar);
        assert_string_equal(timestamp_iso((int64_t)seconds * 1000, found), expected);
        int64_t back = 0;
        assert_true(timestamp_parse(text_of(found), &back, NULL));
        assert_int_equal(back, (int64_t)seconds * 1000);
    }
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
        cmocka_unit_test(lenient_parsing),
        cmocka_unit_test(formats),
        cmocka_unit_test(agrees_with_the_library),
        cmocka_unit_test(http_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
