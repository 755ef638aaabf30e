/* What is too large to be read is set aside, and the stream goes on. */
#include "base/buffer.h"
#include "harness.h"

#define MIB ((size_t)1 << 20)

/* `head`, then `size` bytes of `filling`, then `tail`. */
static struct buffer body_of(const char *head, char filling, size_t size, const char *tail)
{
    struct buffer body = {.limit = 128 * MIB};
    buffer_append_string(&body, head);
    char *place = buffer_reserve(&body, size);
    assert_non_null(place);
    memset(place, filling, size);
    body.size += size;
    buffer_append_string(&body, tail);
    assert_false(body.failed);
    return body;
}

static void a_line_beyond_all_memory(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    struct buffer body = body_of("acc=C1|n=1\nacc=C1|text=", 'x', 40 * MIB, "\nacc=C1|n=2\nacc=C1|n=3\n");
    struct outcome *outcome =
        source_answer(&source, &(struct question){.body = buffer_text(&body), .token = "t1"});
    assert_int_equal(outcome->status, POSTERN_OK);
    assert_string_equal(outcome->position, "t1");
    assert_int_equal(outcome->event_count, 3);
    assert_string_equal(outcome->events[2].json, "{\"acc\":\"C1\",\"n\":\"3\"}");
    assert_int_equal(outcome->aside_count, 1);
    assert_string_equal(outcome->aside[0].reason, "the line is too long to be read");
    assert_int_equal(outcome->aside[0].size, 40 * MIB + strlen("acc=C1|text="));
    outcome_free(outcome);
    buffer_free(&body);
    source_close(&source);
}

static void a_meta_that_is_too_large(void **state)
{
    (void)state;
    struct buffer body =
        body_of("{\"meta\":{\"status\":200,\"x\":\"", 'x', 5 * MIB, "\"},\"data\":[{\"n\":1}]}");
    struct test_source siem = source_open("siem", NULL, 0), page = source_open("ttp-url", NULL, 0);
    for (unsigned attempt = 1; attempt <= 4; attempt++) {
        const struct question question = {
            .body = buffer_text(&body), .token = "t1", .attempt = attempt, .position = "t0"};
        struct outcome *of_siem = source_answer(&siem, &question), *of_page = source_answer(&page, &question);
        assert_int_equal(of_siem->status, attempt < 4 ? POSTERN_E_PROTOCOL : POSTERN_OK);
        assert_int_equal(of_page->status, POSTERN_E_PROTOCOL); /* nothing else says where it goes on */
        assert_non_null(strstr(of_page->error.message, "longer than limits.record_size"));
        if (attempt == 4) {
            assert_string_equal(of_siem->position, "t1");
            assert_int_equal(of_siem->aside_count, 1);
            assert_int_equal(of_siem->aside[0].size, body.size);
        }
        outcome_free(of_siem);
        outcome_free(of_page);
    }
    buffer_free(&body);
    source_close(&siem);
    source_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_beyond_all_memory),
        cmocka_unit_test(a_meta_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
