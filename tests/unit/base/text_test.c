/* Texts, errors, names, units and the nearest name. */
#include "base/error.h"
#include "base/letter_case.h"
#include "base/name.h"
#include "base/text.h"
#include "base/units.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void utf8(void **unused)
{
    (void)unused;
    static const struct {
        const char *bytes;
        bool valid;
    } rows[] = {
        {"plain", true},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true}, /* two, three and four bytes */
        {"\xc0\xaf", false},                            /* overlong slash */
        {"\xe0\x80\xaf", false},                        /* overlong in three bytes */
        {"\xed\xa0\x80", false},                        /* a surrogate */
        {"\xf4\x90\x80\x80", false},                    /* over U+10FFFF */
        {"\xe2\x82", false},                            /* cut off */
        {"\x80", false},                                /* continuation alone */
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(text_is_utf8(text_of(rows[i].bytes)), rows[i].valid);
}

static void nearest(void **unused)
{
    (void)unused;
    static const char *const names[] = {"ttp-url", "ttp-attachment", "audit", "siem", NULL};
    static const struct {
        const char *wanted, *found;
    } rows[] = {
        {"ttp-ulr", "ttp-url"},               /* two letters in the wrong order */
        {"adit", "audit"},                    /* one missing */
        {"siem", "siem"},                     /* itself */
        {"ttp-atachments", "ttp-attachment"}, /* one missing, one too many */
        {"kafka", NULL},                      /* nothing like it */
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *found = text_nearest(text_of(rows[i].wanted), names);
        if (rows[i].found)
            assert_string_equal(found, rows[i].found);
        else
            assert_null(found);
    }
}

static void order(void **unused)
{
    (void)unused;
    static const postern_text sorted[] = {{0}, TEXT("a"), TEXT("a\0"), TEXT("ab"), TEXT("b"), TEXT("\xff")};
    const int count = sizeof sorted / sizeof *sorted;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            int compared = text_compare(sorted[i], sorted[j]);
            assert_int_equal((compared > 0) - (compared < 0), (i > j) - (i < j));
        }
}

static void trimming_and_finding(void **unused)
{
    (void)unused;
    assert_true(text_is(text_trim(TEXT(" \t a b\r\n")), "a b"));
    assert_int_equal(text_trim(TEXT("  ")).size, 0);
    assert_true(text_is_ignoring_case(TEXT("Content-Type"), "content-type"));
    assert_non_null(text_find_ignoring_case(TEXT("email_TTP_url"), "ttp_"));
    assert_null(text_find(TEXT("abc"), "abcd"));
    char cut[4];
    assert_false(text_to_string(TEXT("abcd"), cut, sizeof cut));
    assert_string_equal(cut, "abc");
}

static void error_chains(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    assert_int_equal(error_set(&error, POSTERN_E_PROTOCOL, "field \"%s\" is missing", "next"),
                     POSTERN_E_PROTOCOL);
    error_remedy(&error, "ask Mimecast");
    error_prefix(&error, "page %d: ", 3);
    error_prefix(&error, "acme: ");
    assert_string_equal(error.message, "acme: page 3: field \"next\" is missing");
    assert_string_equal(error.remedy, "ask Mimecast");
    for (int i = 0; i < 200; i++) /* a long chain is cut at its end, never beyond the buffer */
        error_prefix(&error, "layer %d: ", i);
    assert_true(strlen(error.message) < sizeof error.message);
    assert_int_equal(strncmp(error.message, "layer 199: layer 198: ", 22), 0);
    assert_int_equal(error_set(NULL, POSTERN_E_IO, "nobody looks"), POSTERN_E_IO);
}

/* What is put behind is what must be read. */
static void error_ends(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    error_set(&error, POSTERN_E_RETRY, "refused");
    error_remedy(&error, "wait");
    error_name_request(&error, "");
    assert_string_equal(error.message, "refused");
    error_name_request(&error, "a-1");
    assert_string_equal(error.message, "refused; request id a-1");
    assert_string_equal(error.remedy, "wait");
    memset(error.message, 'x', sizeof error.message - 1);
    error_name_request(&error, "a-2");
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_non_null(strstr(error.message, "xx; request id a-2"));
    error_append(NULL, "nobody looks");
}

/* What the operator reads on one line: two sentences, whoever wrote the halves. */
static void error_sentences(void **unused)
{
    (void)unused;
    static const struct {
        const char *message, *remedy, *text;
    } rows[] = {
        {"no answer", "check the proxy", "no answer. Check the proxy"}, /* the usual form */
        {"no answer.", "Check the proxy.",
         "no answer. Check the proxy."},               /* both halves are sentences already */
        {"is it there?", "look", "is it there? Look"}, /* another end; one word */
        {"refused", "base_url must change", "refused. base_url must change"}, /* a name stays as it is */
        {"refused", "`postern status` tells", "refused. `postern status` tells"},
        {"refused", "", "refused"},
        {"refused", NULL, "refused"},
        {"", "do something", "Do something"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[ERROR_TEXT_SIZE];
        assert_string_equal(error_text(rows[i].message, rows[i].remedy, text), rows[i].text);
    }
}

static void names(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        bool valid;
    } rows[] = {{"acme", true},  {"a", true},    {"0-a_b", true}, {"", false},   {"-a", false},
                {"Acme", false}, {"a b", false}, {"a/b", false},  {"a.b", false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(name_is_valid(text_of(rows[i].name)), rows[i].valid);
    assert_true(name_is_valid(
        (postern_text){"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 63}));
    assert_false(name_is_valid(
        (postern_text){"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64}));
}

static void durations_and_sizes(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } durations[] = {{"500ms", 500},
                     {"10s", 10000},
                     {"15m", 900000},
                     {"12h", 43200000},
                     {"7d", 604800000},
                     {"0s", 0},
                     {"15", -1},
                     {"m", -1},
                     {"1.5h", -1},
                     {"-5m", -1},
                     {"5 m", -1},
                     {"5min", -1},
                     {"", -1},
                     {"99999999999999999999d", -1},
                     {"9223372036854775807d", -1}};
    for (size_t i = 0; i < COUNT(durations); i++) {
        int64_t ms = -1;
        postern_status status = duration_parse(text_of(durations[i].text), &ms, NULL);
        assert_int_equal(ms, durations[i].ms);
        assert_int_equal(status < 0, durations[i].ms < 0);
    }
    int64_t bytes = 0;
    assert_int_equal(size_parse(TEXT("64KiB"), &bytes, NULL), POSTERN_OK);
    assert_int_equal(bytes, 65536);
    assert_int_equal(size_parse(TEXT("2GiB"), &bytes, NULL), POSTERN_OK);
    assert_int_equal(bytes, 2147483648);
    postern_error error = ERROR_INIT;
    assert_int_equal(size_parse(TEXT("64K"), &bytes, &error), POSTERN_E_CONFIG);
    assert_string_equal(
        error.message,
        "\"64K\" is no size: write a number and B, KiB, MiB, GiB or TiB, for example \"64KiB\"");
    char words[32];
    assert_string_equal(duration_format(90061000, words), "1d 1h");
    assert_string_equal(duration_format(850, words), "850ms");
    assert_string_equal(duration_format(3600000, words), "1h");
    assert_string_equal(size_format(1536, words), "1.5 KiB");
    assert_string_equal(size_format(820, words), "820 B");
    assert_string_equal(duration_write(90000, words), "90s"); /* which duration_parse reads again */
    assert_string_equal(duration_write(1500, words), "1500ms");
    assert_string_equal(duration_write(0, words), "0ms");
    assert_string_equal(duration_write(172800000, words), "2d");
    assert_string_equal(size_write(65536, words), "64KiB");
    assert_string_equal(size_write(1025, words), "1025B");
}

/* Texts of every length that differ nowhere, and at each place. */
static void equality(void **state)
{
    (void)state;
    for (size_t size = 0; size < 40; size++) {
        char text[40], other[40];
        for (size_t i = 0; i < size; i++)
            text[i] = other[i] = (char)('a' + i % 26);
        assert_true(text_equal((postern_text){text, size}, (postern_text){other, size}));
        for (size_t place = 0; place < size; place++) {
            other[place] ^= 0x41;
            assert_false(text_equal((postern_text){text, size}, (postern_text){other, size}));
            other[place] ^= 0x41;
        }
    }
    assert_true(text_equal((postern_text){0}, TEXT("")));
}

/* Each byte at each place of texts of each length around whole words, as the plain way has it. */
static void letter_case(void **state)
{
    (void)state;
    for (size_t size = 0; size < 27; size++)
        for (size_t place = 0; place < size; place++)
            for (int byte = 0; byte < 256 * 4; byte++) {
                char first = byte & 256 ? 'a' : 'A', text[27], turned[27], other = "z{"[byte >> 9];
                memset(text, other, size);
                text[place] = (char)byte;
                letter_case_write((postern_text){text, size}, first, turned);
                bool differs = false;
                for (size_t i = 0; i < size; i++) {
                    bool turns = text[i] >= first && text[i] <= first + 25;
                    differs |= turns;
                    assert_int_equal(turned[i], turns ? text[i] ^ 0x20 : text[i]);
                }
                assert_int_equal(letter_case_differs((postern_text){text, size}, first), differs);
            }
    assert_false(letter_case_differs((postern_text){0}, 'A'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),
        cmocka_unit_test(nearest),
        cmocka_unit_test(letter_case),
        cmocka_unit_test(equality),
        cmocka_unit_test(order),
        cmocka_unit_test(trimming_and_finding),
        cmocka_unit_test(error_chains),
        cmocka_unit_test(error_ends),
        cmocka_unit_test(error_sentences),
        cmocka_unit_test(names),
        cmocka_unit_test(durations_and_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
