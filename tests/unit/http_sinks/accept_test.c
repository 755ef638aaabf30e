/* What an answer must say beside its status: accept_if and accept_else of the webhook. */
#include "../unit.h"
#include "played_sink.h"

static struct reply said;

static struct reply receive(postern_arena *arena, postern_text body)
{
    (void)arena, (void)body;
    return said;
}

static postern_status deliver_one(struct option_item *conditions, size_t count, const char *otherwise,
                                  int status, const char *answer, struct played_sink *sink)
{
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEMPLATE, .text = "https://logs.example.com/in"},
        {.name = "compression", .type = POSTERN_OPTION_TEXT, .text = "none"},
        {.name = "max_body", .type = POSTERN_OPTION_SIZE, .integer = 4096},
        {.name = "max_events", .type = POSTERN_OPTION_INTEGER, .integer = 10},
        {.name = "accept_else", .type = POSTERN_OPTION_TEXT, .text = otherwise},
        {.name = "accept_if", .type = POSTERN_OPTION_MAP, .items = conditions, .item_count = count}};
    struct numbered *events = numbered_new(1);
    said = (struct reply){.status = status, .body = answer};
    receiver = receive;
    assert_true(played_sink_init(sink, "webhook", values, COUNT(values)));
    postern_status result = played_write(sink, events->list, 1, 1);
    played_sink_end(sink);
    free(events);
    return result;
}

static void an_answer_is_judged_by_what_it_says(void **state)
{
    static struct option_item conditions[] = {{.name = "$.error", .text = "false"}};
    static const struct {
        const char *answer, *words; /* words: NULL = delivered */
    } rows[] = {
        {"{\"error\":\"false\"}", NULL},
        {" {\"error\": false, \"more\": [1]}\n", NULL},
        {"{\"error\":\"true\"}", "it was not accepted: $.error is true, not false"},
        {"{\"error\":\"\"}", "$.error is \"\", not false"},
        {"{\"error\":null}", "$.error is null, not false"},
        {"{\"error\":{\"false\":\"false\"}}", "$.error is {\"false\":\"false\"}, not false"},
        {"{\"errors\":\"false\"}", "$.error is nothing, not false"},
        {"[]", "$.error is nothing, not false"},
        {"", "its answer is no JSON, where $.error should be false: without a word"},
        {"{\"error\":\"false\"", "its answer is no JSON"},
        {"<html>fine</html>", "its answer is no JSON, where $.error should be false: <html>fine</html>"},
    };
    static struct played_sink sink;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        postern_status status = deliver_one(conditions, 1, "retry", 200, rows[i].answer, &sink);
        assert_int_equal(status, rows[i].words ? POSTERN_E_RETRY : POSTERN_OK);
        assert_int_equal(sink.verdicts[0], rows[i].words ? PLAY_OPEN : PLAY_ACCEPTED);
        if (rows[i].words) assert_contains(sink.error.message, rows[i].words);
    }
}

static void all_conditions_count_at_any_depth(void **state)
{
    static struct option_item conditions[] = {{.name = "failed", .text = "0"},
                                              {.name = "result.state", .text = "o\"k"}};
    static struct played_sink sink;
    (void)state;
    assert_int_equal(
        deliver_one(conditions, 2, "retry", 202, "{\"failed\":0,\"result\":{\"state\":\"o\\\"k\"}}", &sink),
        POSTERN_OK);
    assert_int_equal(deliver_one(conditions, 2, "retry", 202, "{\"failed\":0,\"result\":{}}", &sink),
                     POSTERN_E_RETRY);
    assert_int_equal(
        deliver_one(conditions, 2, "retry", 202, "{\"failed\":1,\"result.state\":\"o\\\"k\"}", &sink),
        POSTERN_E_RETRY);
    assert_contains(sink.error.message, "failed is 1, not 0");
}

static void another_answer_means_what_the_user_says(void **state)
{
    static struct option_item conditions[] = {{.name = "error", .text = "false"}};
    static struct played_sink sink;
    (void)state;
    assert_int_equal(deliver_one(conditions, 1, "refused", 200, "{\"error\":\"form\"}", &sink), POSTERN_OK);
    assert_int_equal(sink.verdicts[0], PLAY_REJECTED);
    assert_string_equal(sink.reason,
                        "the receiver answers 200: it was not accepted: error is form, not false");
    assert_int_equal(deliver_one(conditions, 1, "stop", 200, "{\"error\":\"form\"}", &sink),
                     POSTERN_E_CONFIG);
    /* A status that is no success means what it always means. */
    assert_int_equal(deliver_one(conditions, 1, "refused", 503, "{\"error\":\"false\"}", &sink),
                     POSTERN_E_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_judged_by_what_it_says),
        cmocka_unit_test(all_conditions_count_at_any_depth),
        cmocka_unit_test(another_answer_means_what_the_user_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
