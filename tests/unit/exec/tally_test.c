/* Which events of a batch are answered, and how. */
#include "answers.h"

#define EVENTS 5

struct batch_of_test {
    struct answers answers;
    postern_sink_event events[EVENTS];
    const postern_sink_event *pointers[EVENTS];
    postern_batch batch;
    struct tally tally;
    size_t rejected[EVENTS], rejected_count;
};

/* In the order "d", "b", "a", "b", "ab". */
static void begin(struct batch_of_test *test)
{
    static const char *const ids[EVENTS] = {"d", "b", "a", "b", "ab"};
    *test = (struct batch_of_test){.answers = answers_begin()};
    for (size_t i = 0; i < EVENTS; i++) {
        test->events[i] = (postern_sink_event){.size = sizeof test->events[i], .id = kit_text(ids[i])};
        test->pointers[i] = &test->events[i];
    }
    test->batch = (postern_batch){.size = sizeof test->batch, .events = test->pointers, .count = EVENTS};
    assert_int_equal(tally_begin(&test->tally, test->answers.host, test->answers.arena, &test->batch),
                     POSTERN_OK);
}

static void note_rejected(void *context, size_t index)
{
    struct batch_of_test *test = context;
    test->rejected[test->rejected_count++] = index;
}

static bool take(struct batch_of_test *test, const char *line, size_t sent)
{
    struct reply answer = answer_of(&test->answers, line);
    return tally_take(&test->tally, &answer, sent, note_rejected, test);
}

/* A letter for each event: - o r t */
static void expect(struct batch_of_test *test, const char *standings)
{
    size_t open = 0;
    for (size_t i = 0; i < EVENTS; i++) {
        assert_int_equal("-ort"[test->tally.standings[i]], standings[i]);
        open += standings[i] == '-';
    }
    assert_int_equal(test->tally.open, open);
    const postern_sink_event *first = tally_first_open(&test->tally);
    assert_ptr_equal(first, open ? test->pointers[strchr(standings, '-') - standings] : NULL);
}

static void test_answers_come_in_any_order(void **state)
{
    struct batch_of_test test;
    (void)state;
    begin(&test);
    expect(&test, "-----");
    assert_true(take(&test, "{\"ok\":\"ab\"}", EVENTS));
    expect(&test, "----o");
    assert_true(take(&test, "{\"reject\":\"a\",\"reason\":\"odd\"}", EVENTS));
    expect(&test, "--r-o");
    assert_int_equal(test.rejected_count, 1);
    assert_int_equal(test.rejected[0], 2);
    assert_true(take(&test, "{\"retry\":\"all\"}", EVENTS));
    expect(&test, "ttrto");
    assert_int_equal(test.tally.retries, 3);
    answers_end(&test.answers);
}

static void test_the_first_answer_counts(void **state)
{
    struct batch_of_test test;
    (void)state;
    begin(&test);
    assert_true(take(&test, "{\"ok\":\"d\"}", EVENTS));
    assert_true(take(&test, "{\"reject\":\"d\",\"reason\":\"odd\"}", EVENTS));
    assert_true(take(&test, "{\"retry\":\"d\"}", EVENTS));
    expect(&test, "o----");
    assert_int_equal(test.rejected_count, 0);
    assert_int_equal(test.tally.retries, 0);
    answers_end(&test.answers);
}

static void test_an_event_that_is_there_twice_is_answered_at_once(void **state)
{
    struct batch_of_test test;
    (void)state;
    begin(&test);
    assert_true(take(&test, "{\"ok\":\"b\"}", EVENTS));
    expect(&test, "-o-o-");
    answers_end(&test.answers);
    begin(&test);
    assert_true(take(&test, "{\"ok_up_to\":\"b\"}", EVENTS));
    expect(&test, "oooo-");
    answers_end(&test.answers);
}

static void test_what_was_not_sent_cannot_be_answered(void **state)
{
    struct batch_of_test test;
    (void)state;
    begin(&test);
    assert_false(take(&test, "{\"ok\":\"nobody\"}", EVENTS));
    assert_false(take(&test, "{\"ok\":\"ab\"}", 4));
    assert_false(take(&test, "{\"ok_up_to\":\"ab\"}", 4));
    assert_false(take(&test, "{\"ok\":\"b\"}", 2)); /* one of the two was not */
    expect(&test, "-----");
    assert_true(take(&test, "{\"ok\":\"d\"}", 1));
    expect(&test, "o----");
    answers_end(&test.answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_come_in_any_order),
        cmocka_unit_test(test_the_first_answer_counts),
        cmocka_unit_test(test_an_event_that_is_there_twice_is_answered_at_once),
        cmocka_unit_test(test_what_was_not_sent_cannot_be_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
