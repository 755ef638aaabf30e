/* Texts for people: nothing in one steers the terminal, lies about its order, or begins a line of ours. */
#include "base/cleanup.h"
#include "base/show.h"
#include "base/text.h"
#include "base/visible.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static char *shown;
static size_t shown_size;

static FILE *begin(void)
{
    FILE *to = open_memstream(&shown, &shown_size);
    assert_non_null(to);
    return to;
}

static void expect(FILE *to, const char *expected)
{
    fclose(to);
    assert_string_equal(shown, expected);
    free(shown);
}

static void characters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"plain text, C:\\x1b\\temp, \xc3\xa9 \xe2\x86\x92 \xe6\xbc\xa2 \xf0\x9f\x98\x80",
         "plain text, C:\\x1b\\temp, \xc3\xa9 \xe2\x86\x92 \xe6\xbc\xa2 \xf0\x9f\x98\x80"},
        {"\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"},
        {"a\nb\rc\td\x7f\x08", "a\\nb\\rc\\td\\x7f\\x08"},
        {"\xc2\x9b"
         "31m\xc2\x80\xc2\x9f\xc2\xa0",
         "\\u009b31m\\u0080\\u009f\xc2\xa0"}, /* C1 as UTF-8 */
        {"\x9b"
         "31m\x90\xff",
         "\\x9b31m\\x90\\xff"}, /* and raw */
        {"\xc0\x9b\xe0\x82\x9b\xf0\x80\x82\x9b",
         "\\xc0\\x9b\\xe0\\x82\\x9b\\xf0\\x80\\x82\\x9b"},                       /* overlong */
        {"\xed\xa0\x9b\xf4\x90\x80\x80", "\\xed\\xa0\\x9b\\xf4\\x90\\x80\\x80"}, /* surrogate, too large */
        {"gpj\xe2\x80\xae"
         "exe\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c\xe2\x80\xac",
         "gpj\\u202eexe\\u2066\\u2069\\u200e\\u200f\\u061c\\u202c"},
        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xc2\xad",
         "\\u2028\\u2029\\u200b\\u200d\\ufeff\\u00ad"},
        {"\xf3\xa0\x81\x81", "\\U000e0041"}, /* a tag character */
        {"cut \xe2\x80", "cut \\xe2\\x80"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FILE *to = begin();
        show(to, "%s", rows[i].text);
        expect(to, rows[i].expected);
    }
}

/* Every code point and every single byte: what comes out is UTF-8 without a control character. */
static void nothing_slips_through(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff + 256; c++) {
        char text[4], piece[VISIBLE_SIZE];
        size_t size = 1, columns;
        if (c > 0x10ffff)
            text[0] = (char)(c - 0x110000);
        else if (c < 0x80)
            text[0] = (char)c;
        else if (c < 0x800)
            text[0] = (char)(0xc0 | c >> 6), text[1] = (char)(0x80 | (c & 0x3f)), size = 2;
        else if (c < 0x10000) {
            text[0] = (char)(0xe0 | c >> 12), text[1] = (char)(0x80 | (c >> 6 & 0x3f));
            text[2] = (char)(0x80 | (c & 0x3f)), size = 3;
        } else {
            text[0] = (char)(0xf0 | c >> 18), text[1] = (char)(0x80 | (c >> 12 & 0x3f));
            text[2] = (char)(0x80 | (c >> 6 & 0x3f)), text[3] = (char)(0x80 | (c & 0x3f)), size = 4;
        }
        const char *at = text;
        while (at < text + size) {
            const char *before = at;
            size_t got = visible_next(&at, text + size, VISIBLE_LINE, piece, &columns);
            assert_true(at > before && got > 0 && got <= VISIBLE_SIZE && columns > 0);
            assert_true(text_is_utf8((postern_text){piece, got}));
            bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
                        c == 0x200f || c == 0x061c || c == 0x2028 || c == 0x2029;
            bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
            if (control || bidi) assert_true(piece[0] == '\\' && got > 1);
            for (size_t i = 0; i < got; i++)
                assert_true((unsigned char)piece[i] >= 0x20 && piece[i] != 0x7f);
        }
    }
}

static void formats(void **state)
{
    (void)state;
    FILE *to = begin();
    show(to, "[%5s|%-5s|%.2s|%.*s|%-*s]", "ab", "cd", "efgh", 3, "ijkl", 4, "m");
    expect(to, "[   ab|cd   |ef|ijk|m   ]");
    to = begin();
    show(to, "[%-6s|%6s]\n", "\x1b", "\xc3\xa9"); /* padded by what is seen */
    expect(to, "[\\x1b  |     \xc3\xa9]\n");
    to = begin();
    show(to, "%d %u %zu %ld %lld %llu %lu %c%% %03d|%-4d|%6lld", -1, 2u, (size_t)3, -4L, (long long)INT64_MIN,
         (unsigned long long)UINT64_MAX, 7ul, 'x', 8, 9, (long long)-10);
    expect(to, "-1 2 3 -4 -9223372036854775808 18446744073709551615 7 x% 008|9   |   -10");
    to = begin();
    show(to, "%c", '\x1b');
    expect(to, "\\x1b");
    char long_text[9001];
    memset(long_text, 'a', 9000);
    long_text[9000] = 0;
    to = begin();
    show(to, "%s\n", long_text);
    fclose(to);
    assert_int_equal(shown_size, 9001);
    free(shown);
}

static void several_lines(void **state)
{
    (void)state;
    FILE *to = begin();
    show_lines(to, 2, TEXT("one\n\ttwo\x1b\nthree\n"));
    expect(to, "one\n  \ttwo\\x1b\n  three\n");
    to = begin();
    show_lines(to, 2, (postern_text){NULL, 0});
    show_json(to, (postern_text){NULL, 0});
    expect(to, "");
    assert_int_equal(visible_columns((postern_text){NULL, 0}), 0);
}

static void json_stays_json(void **state)
{
    (void)state;
    FILE *to = begin();
    show_json(
        to, TEXT("{\n\t\"a\":\"\xc2\x9b\x7f\xe2\x80\xae\xff\xf3\xa0\x81\x81\xe2\x80\xac\xc3\xa9\\u001b\"}"));
    expect(to, "{\n\t\"a\":\"\\u009b\\u007f\\u202e\\ufffd\\udb40\\udc41\\u202c\xc3\xa9\\u001b\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters),    cmocka_unit_test(nothing_slips_through), cmocka_unit_test(formats),
        cmocka_unit_test(several_lines), cmocka_unit_test(json_stays_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
