/* One line of a program's answers. */
#include "answers.h"

static void test_each_kind_is_read(void **state)
{
    struct answers answers = answers_begin();
    (void)state;
    struct reply answer = answer_of(&answers, "{\"ok\":\"a\"}");
    assert_int_equal(answer.kind, ANSWER_OK);
    assert_false(answer.is_for_all);
    assert_text(answer.id, "a");
    assert_true(answer_of(&answers, " { \"ok\" : \"\\u0061ll\", \"x\": [] } ").is_for_all);
    assert_int_equal(answer_of(&answers, "{\"ok_up_to\":\"all\"}").kind, ANSWER_OK_UP_TO);
    assert_false(answer_of(&answers, "{\"ok_up_to\":\"all\"}").is_for_all);
    answer = answer_of(&answers, "{\"reason\":\"too \\\"odd\\\"\",\"reject\":\"b\"}");
    assert_int_equal(answer.kind, ANSWER_REJECT);
    assert_text(answer.id, "b");
    assert_text(answer.reason, "too \"odd\"");
    answer = answer_of(&answers, "{\"retry\":\"all\",\"after\":5}");
    assert_int_equal(answer.kind, ANSWER_RETRY);
    assert_true(answer.is_for_all);
    assert_int_equal(answer.after_ms, 5000);
    answer = answer_of(&answers, "{\"stop\":\"closed\",\"remedy\":\"open it\"}");
    assert_int_equal(answer.kind, ANSWER_STOP);
    assert_text(answer.reason, "closed");
    assert_text(answer.remedy, "open it");
    answers_end(&answers);
}

static void test_nonsense_is_refused_and_not_quoted(void **state)
{
    static const char *const lines[] = {
        "",
        "secret",
        "{",
        "[]",
        "\"ok\"",
        "{}",
        "{\"ok\":1}",
        "{\"ok\":\"\"}",
        "{\"ok\":null}",
        "{\"secret\":\"a\"}",
        "{\"ok\":\"secret\",\"reject\":\"b\",\"reason\":\"c\"}",
        "{\"reject\":\"secret\"}",
        "{\"reject\":\"secret\",\"reason\":\" \"}",
        "{\"reject\":\"secret\",\"reason\":5}",
        "{\"retry\":\"secret\",\"after\":-1}",
        "{\"retry\":\"secret\",\"after\":86401}",
        "{\"retry\":\"secret\",\"after\":1.5}",
        "{\"retry\":\"secret\",\"after\":\"5\"}",
        "{\"stop\":\"a\",\"remedy\":[]}",
        "{\"ok\":\"a\"}{\"ok\":\"b\"}",
    };
    struct answers answers = answers_begin();
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct reply answer;
        postern_error error = ERROR_INIT;
        postern_status status =
            answer_read(answers.host, answers.json, answers.arena, kit_text(lines[i]), &answer, &error);
        if (status != POSTERN_E_PROTOCOL) fail_msg("%s: %d", lines[i], (int)status);
        if (!*error.message || strstr(error.message, "secret")) fail_msg("%s: %s", lines[i], error.message);
    }
    answers_end(&answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_is_read),
        cmocka_unit_test(test_nonsense_is_refused_and_not_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
