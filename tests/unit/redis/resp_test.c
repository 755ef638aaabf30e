/* RESP: replies as a server gives them, in every piece that a connection may bring them in. */
#include "resp.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static enum resp_reading read_text(const char *text, struct resp_reply *reply, size_t *size)
{
    return resp_read(kit_text(text), reply, size);
}

static void commands_are_counted(void **unused)
{
    (void)unused;
    char bytes[128];
    struct kit_writer writer = kit_writer_in_buffer(bytes, sizeof bytes);
    resp_write_count(&writer, 2);
    resp_write_word(&writer, KIT_TEXT("GET"));
    resp_write_word(&writer, KIT_TEXT("a\r\nb"));
    assert_true(kit_is(kit_span(bytes, writer.size), "*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n"));
}

static void replies_of_every_kind(void **unused)
{
    (void)unused;
    struct resp_reply reply;
    size_t size;
    assert_int_equal(read_text("+OK\r\n:1", &reply, &size), RESP_WHOLE);
    assert_true(reply.kind == RESP_STATUS && kit_is(reply.text, "OK") && size == 5);
    assert_int_equal(read_text("-ERR no\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.kind == RESP_ERROR && kit_is(reply.text, "ERR no"));
    assert_int_equal(read_text(":-12\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.kind == RESP_INTEGER && reply.number == -12);
    assert_int_equal(read_text("$5\r\na\r\n-b\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.kind == RESP_TEXT && kit_is(reply.text, "a\r\n-b") && size == 11 && !reply.absent);
    assert_int_equal(read_text("$0\r\n\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.text.size == 0 && !reply.absent && size == 6);
    assert_int_equal(read_text("$-1\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.absent && size == 5);
    assert_int_equal(read_text("*2\r\n$1\r\na\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.kind == RESP_ARRAY && reply.number == 2 && size == 4);
    assert_int_equal(read_text("*-1\r\n", &reply, &size), RESP_WHOLE);
    assert_true(reply.absent);
}

static void every_piece_waits_for_more(void **unused)
{
    (void)unused;
    static const char *const whole[] = {"+OK\r\n", "$5\r\na\r\n-b\r\n", ":123\r\n", "*3\r\n", "-ERR x\r\n"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        for (size_t end = 0; end < strlen(whole[i]); end++) {
            struct resp_reply reply;
            size_t size;
            assert_int_equal(resp_read(kit_span(whole[i], end), &reply, &size), RESP_PARTIAL);
        }
}

static void what_is_no_resp(void **unused)
{
    (void)unused;
    static const char *const cases[] = {"HTTP/1.1 400\r\n",
                                        "\x15\x03\x03",
                                        ":\r\n",
                                        ":-\r\n",
                                        ":1x\r\n",
                                        ":+1\r\n",
                                        "$-2\r\n",
                                        "$3\r\nabcd\r\n",
                                        "*-2\r\n",
                                        "+a\rb\r\n",
                                        ":9999999999999999999\r\n",
                                        "$536870913\r\n",
                                        "*1000001\r\n",
                                        "_\r\n"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct resp_reply reply;
        size_t size;
        assert_int_equal(read_text(cases[i], &reply, &size), RESP_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_counted),
        cmocka_unit_test(replies_of_every_kind),
        cmocka_unit_test(every_piece_waits_for_more),
        cmocka_unit_test(what_is_no_resp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
