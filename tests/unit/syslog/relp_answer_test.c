/* Answers of RELP as real receivers give them, in every piece that a connection may bring them in. */
#include "relp.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static enum relp_reading read_text(const char *text, struct relp_answer *answer, size_t *size)
{
    return relp_answer_read(kit_text(text), answer, size);
}

static void answers_of_a_receiver(void **unused)
{
    (void)unused;
    struct relp_answer answer;
    size_t size;
    assert_int_equal(read_text("1 rsp 37 200 OK\nrelp_version=0\ncommands=syslog\n2 rs", &answer, &size),
                     RELP_WHOLE);
    assert_int_equal(answer.number, 1);
    assert_int_equal(answer.code, 200);
    assert_true(kit_is(answer.text, "OK"));
    assert_int_equal(size, 47);
    assert_int_equal(read_text("2 rsp 6 200 OK\n", &answer, &size), RELP_WHOLE);
    assert_int_equal(answer.number, 2);
    assert_int_equal(read_text("3 rsp 9 500 error\n", &answer, &size), RELP_WHOLE);
    assert_int_equal(answer.code, 500);
    assert_true(kit_is(answer.text, "error"));
    assert_int_equal(read_text("12 rsp 0\n", &answer, &size), RELP_WHOLE);
    assert_int_equal(answer.code, 0);
    assert_int_equal(read_text("12 rsp 3 200\n", &answer, &size), RELP_WHOLE);
    assert_int_equal(answer.code, 200);
    assert_int_equal(read_text("0 serverclose 0\n", &answer, &size), RELP_WHOLE);
    assert_int_equal(answer.number, 0);
    assert_true(kit_is(answer.command, "serverclose"));
}

static void every_piece_waits_for_more(void **unused)
{
    (void)unused;
    static const char text[] = "999999999 rsp 13 200 OK\nx y\n z\n";
    struct relp_answer answer;
    size_t size;
    assert_int_equal(read_text(text, &answer, &size), RELP_WHOLE);
    assert_int_equal(size, sizeof text - 1);
    for (size_t end = 0; end + 1 < sizeof text; end++)
        assert_int_equal(relp_answer_read(kit_span(text, end), &answer, &size), RELP_PARTIAL);
}

static void what_is_no_relp(void **unused)
{
    (void)unused;
    static const char *const cases[] = {
        "HTTP/1.1 400", "\x15\x03\x03",       " 1 rsp 0\n",
        "1  rsp 0\n",   "1 RSP 0\n",          "1 rsp  0\n",
        "1 rsp 1\n",    "1 rsp 0 \n",         "1 rsp 2 abc\n",
        "1 rsp 99999 ", "1234567890 rsp 0\n", "1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct relp_answer answer;
        size_t size;
        assert_int_equal(read_text(cases[i], &answer, &size), RELP_INVALID);
    }
}

static void numbers_wrap(void **unused)
{
    (void)unused;
    struct relp_session session = {.next_number = RELP_HIGHEST_NUMBER};
    char head[RELP_HEADER_ROOM];
    uint32_t first, second;
    size_t size = relp_write_head(&session, "syslog", 5, head, &first);
    assert_true(kit_is(kit_span(head, size), "999999999 syslog 5 "));
    size = relp_write_head(&session, "close", 0, head, &second);
    assert_true(kit_is(kit_span(head, size), "1 close 0"));
    assert_int_equal(relp_distance(first, second), 1);
    assert_int_equal(relp_distance(first, first), 0);
    assert_true(relp_distance(second, first) > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_a_receiver),
        cmocka_unit_test(every_piece_waits_for_more),
        cmocka_unit_test(what_is_no_relp),
        cmocka_unit_test(numbers_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
