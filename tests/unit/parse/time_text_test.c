/* Times as people and programs write them. */
#include "../unit.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "parse/time_text.h"
#include <time.h>

#define NOON 1795687200000 /* 2026-11-26T10:00:00Z */
#define NONE INT64_MIN

static void test_forms(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t ms;
        bool zone;
    } rows[] = {
        {"2026-01-02T03:04:05+0000", 1767323045000, true},
        {"2026-01-02T03:04:05Z", 1767323045000, true},
        {"2026-01-02t03:04:05z", 1767323045000, true},
        {"2026-01-02T03:04:05+00:00", 1767323045000, true},
        {"2022-05-23T12:20:44-0400", 1653322844000, true}, /* the account's own offset */
        {"2026-01-02T03:04:05", 1767323045000, false},     /* none: UTC */
        {"2026-01-02 03:04:05.678Z", 1767323045678, true}, /* blank, fraction */
        {"2026-01-02T03:04:05.6789Z", 1767323045678, true},
        {"2026-01-02T03:04:05,678Z", 1767323045678, true},
        {"2022-05-31T9:05:31+0000", 1653987931000, true},   /* one-digit hour */
        {"2026-01-02T03: 04:05+0000", 1767323045000, true}, /* blank behind a colon */
        {" 2026-01-02T03:04:05Z ", 1767323045000, true},
        {"1969-12-31T23:59:59.999Z", -1, true},
        {"2024-02-29T00:00:00Z", 1709164800000, true},
        {"2026-11-26T10:00Z", NOON, true},
        {"2026/11/26 10:00:00 GMT", NOON, true},
        {"2026-11-26T10:00:00 GMT", NOON, true},
        {"2026-11-26 06:00:00 GMT-04:00", NOON, true},
        {"2026-11-26 20:00:00 GMT+10:00", NOON, true},
        {"2026-11-26 12:00:00 UTC+2", NOON, true},
        {"2026-11-26 04:30:00 UTC-5:30", NOON, true},
        {"2026-11-26 23:00:00 NZDT", NOON, true},
        {"2026-11-26 22:00:00 nzst", NOON, true},
        {"2026-11-26 20:00:00 AEST", NOON, true},
        {"2026-11-26 21:00:00 AEDT", NOON, true},
        {"2026-11-26 19:30:00 ACST", NOON, true},
        {"2026-11-26 11:00:00 CET", NOON, true},
        {"2026-11-26 12:00:00 CEST", NOON, true},
        {"2026-11-26 11:00:00 BST", NOON, true},
        {"2026-11-26 12:00:00 SAST", NOON, true},
        {"2026-11-26 05:00:00 EST", NOON, true},
        {"2026-11-26 06:00:00 EDT", NOON, true},
        {"2026-11-26 02:00:00 PST", NOON, true},
        {"2026-11-26 06:30:00 NST", NOON, true},
        {"2026-11-26 10:00:00 +0000", NOON, true},
        {"2026-11-26 11:00:00 +01", NOON, true},
        {"2026-11-26 10:00:00 AM GMT", NOON, true},
        {"2026-11-26 10:00:00am", NOON, false},
        {"2026-11-26 02:00:00 PM +04:00", NOON, true},
        {"2026-11-26 12:30:00 AM Z", NOON - 34200000, true},
        {"2026-11-26 12:30:00 PM Z", NOON + 9000000, true},
        {"Thu, 26 Nov 2026 10:00:00 GMT", NOON, true},
        {"Thu, 26 Nov 2026 11:00:00 +0100 (CET)", NOON, true},
        {"26 Nov 2026 10:00:00", NOON, false},
        {"26-Nov-2026 10:00:00 UTC", NOON, true},
        {"Thursday, 26 November 2026 10:00 GMT", NOON, true},
        {"Thu Nov 26 10:00:00 GMT 2026", NOON, true}, /* as Java writes them */
        {"Thu Nov 26 12:00:00 GMT+02:00 2026", NOON, true},
        {"Thu Nov 26 10:00:00 2026", NOON, false},
        {"Tue Oct 12 03:27:18 BST 2021", 1634005638000, true},
        {"Nov 26, 2026 10:00:00 AM", NOON, false},
        {"Nov 26, 2026 5:00:00 AM EST", NOON, true},
        {"Mon Nov  2 10:00:00 GMT 2026", NOON - 24 * 86400000ll, true},

        {"2023-02-29T00:00:00Z", NONE, false}, /* no such day */
        {"2026-13-01T00:00:00Z", NONE, false},
        {"2026-01-01T24:00:00Z", NONE, false},
        {"2026-01-01T10:60:00Z", NONE, false},
        {"2026-01-01T10:00:61Z", NONE, false},
        {"2026-11-26", NONE, false}, /* a date alone */
        {"26 Nov 2026", NONE, false},
        {"Nov 26, 2026", NONE, false},
        {"10:00:00 GMT", NONE, false},
        {"Thu Nov 26 10:00:00 GMT", NONE, false}, /* a year is never guessed */
        {"2026-11-26 13:00:00 PM", NONE, false},
        {"2026-11-26 00:30:00 AM", NONE, false},
        {"2026-11-26 10:00:00 XYZT", NONE, false},
        {"2026-11-26 10:00:00 IST", NONE, false}, /* India, Ireland, Israel */
        {"2026-11-26 10:00:00 GMT+", NONE, false},
        {"2026-11-26 10:00:00 GMT+1:", NONE, false},
        {"2026-11-26 10:00:00 GMT+24:00", NONE, false},
        {"2026-11-26 10:00:00 CET+01:00", NONE, false},
        {"2026-01-01T00:00:00+0700x", NONE, false},
        {"2026-01-01T00:00:00+1", NONE, false},
        {"2026-01-01T00:00:00+01000", NONE, false},
        {"20260102T030405Z", NONE, false},
        {"N/A", NONE, false},
        {"", NONE, false},
        {"Thu", NONE, false},
        {"Thu,", NONE, false},
        {"Nov", NONE, false},
        {"2", NONE, false},
        {"2026-11-26T10:00:00 GMT\n2026-11-26T10:00:00 GMT", NONE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = NONE;
        bool zone = false;
        bool read = time_text_read(text_of(rows[i].text), &ms, &zone);
        if (ms != rows[i].ms || zone != rows[i].zone || read != (ms != NONE))
            fail_msg("\"%s\": %lld, zone %d", rows[i].text, (long long)ms, zone);
    }
}

/* Every day of four centuries against the C library. */
static void test_every_day(void **unused)
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
        assert_true(time_text_read(text_of(found), &back, NULL));
        assert_int_equal(back, (int64_t)seconds * 1000);
    }
}

static void test_embedded_nul(void **unused)
{
    (void)unused;
    int64_t ms;
    assert_false(time_text_read((postern_text){"2026-11-26T10:00:00\0Z", 21}, &ms, NULL));
    assert_false(time_text_read((postern_text){NULL, 0}, &ms, NULL));
}

static void test_epochs(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1764151200", 1764151200000},
        {"1764151200000", 1764151200000},
        {"1764151200.25", 1764151200250},
        {"1764151200000.5", 1764151200000},
        {" 1764151200 ", 1764151200000},
        {"-1764151200", -1764151200000},
        {"100000000", 100000000000},
        {"99999999", NONE},
        {"20261126", NONE}, /* a date, not August 1970 */
        {"0", NONE},
        {"99999999999", 99999999999000}, /* the last one that is seconds */
        {"100000000000", 100000000000},  /* the first one that is milliseconds */
        {"12345678901234567890", NONE},
        {"1764151200.", NONE},
        {"1.7e9", NONE},
        {".5", NONE},
        {"-", NONE},
        {"", NONE},
        {"12a", NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = NONE;
        bool read = time_epoch_read(text_of(rows[i].text), &ms);
        if (ms != rows[i].ms || read != (ms != NONE)) fail_msg("\"%s\": %lld", rows[i].text, (long long)ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_embedded_nul),
        cmocka_unit_test(test_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
