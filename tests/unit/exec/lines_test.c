/* Lines out of a pipe, whatever pieces they come in. */
#include "../unit.h"
#include "exec_sink.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LIMIT 8

/* What lines_next says of the text, written in pieces of `piece` bytes: each line with | behind it, + if it
 * is too long. */
static void expect(const char *text, size_t piece, bool takes_rest, const char *wanted)
{
    struct lines lines;
    postern_text line;
    char found[256] = "";
    size_t size = 0, left = strlen(text);
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_true(lines_begin(&lines, ends[0], LIMIT));
    lines.takes_rest = takes_rest;
    for (bool open = true; open || !lines.at_end;) {
        size_t part = left < piece ? left : piece;
        if (part) assert_int_equal(write(ends[1], text, part), part);
        text += part;
        left -= part;
        if (!left && open) close(ends[1]);
        open = open && left;
        lines_read(&lines);
        for (enum line_step step; (step = lines_next(&lines, &line)) != LINE_NOT_YET;)
            size += (size_t)snprintf(found + size, sizeof found - size, "%.*s%s", (int)line.size,
                                     line.size ? line.data : "", step == LINE_TOO_LONG ? "+" : "|");
    }
    lines_end(&lines);
    assert_string_equal(found, wanted);
}

static void test_lines_come_whole(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        expect("one\ntwo\n\nthree\n", piece, false, "one|two||three|");
        expect("12345678\n1\n", piece, false, "12345678|1|");
        expect("", piece, false, "");
    }
}

static void test_what_is_too_long_is_said_once_and_skipped(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 40; piece++)
        expect("123456789\n1\n", piece, false, "12345678+1|");
    for (size_t piece = 1; piece < 40; piece++)
        expect("a\n1234567890123456789012345678901234567890\nb\n", piece, false, "a|12345678+b|");
}

static void test_the_rest_at_the_end_is_a_line_only_of_words(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 10; piece++) {
        expect("one\ntwo", piece, true, "one|two|");
        expect("one\ntwo", piece, false, "one|");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_whole),
        cmocka_unit_test(test_what_is_too_long_is_said_once_and_skipped),
        cmocka_unit_test(test_the_rest_at_the_end_is_a_line_only_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
