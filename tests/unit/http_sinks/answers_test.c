/* Answers that look like success and are none, and those that must not become dead letters: by preset. */
#include "../unit.h"
#include "played_sink.h"

static struct reply said;
static struct reply (*refusing)(postern_arena *arena, postern_text body); /* NULL = what is said */

static struct reply receive(postern_arena *arena, postern_text body)
{
    (void)arena, (void)body;
    return said;
}

/* What becomes of a batch that is answered so. */
static postern_status deliver(const char *name, size_t count, int status, const char *answer,
                              struct played_sink *sink)
{
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEXT, .text = "https://logs.example.com/in"},
        {.name = "dataset", .type = POSTERN_OPTION_TEMPLATE, .text = "mimecast"},
        {.name = "compression", .type = POSTERN_OPTION_TEXT, .text = "none"}};
    struct numbered *events = numbered_new(count);
    said = (struct reply){.status = status, .body = answer};
    receiver = refusing ? refusing : receive;
    assert_true(played_sink_init(sink, name, values, COUNT(values)));
    postern_status result = played_write(sink, events->list, count, 1);
    played_sink_end(sink);
    free(events);
    return result;
}

struct row {
    int status;
    const char *answer, *words; /* words: NULL = delivered; else it comes again, and this is said */
};

static void assert_rows(const char *name, const struct row *rows, size_t count)
{
    static struct played_sink sink;
    for (size_t i = 0; i < count; i++) {
        postern_status status = deliver(name, 1, rows[i].status, rows[i].answer, &sink);
        if (status != (rows[i].words ? POSTERN_E_RETRY : POSTERN_OK))
            fail_msg("%s, %d %s: %d %s", name, rows[i].status, rows[i].answer, (int)status,
                     sink.error.message);
        assert_int_equal(sink.verdicts[0], rows[i].words ? PLAY_OPEN : PLAY_ACCEPTED);
        if (rows[i].words) assert_contains(sink.error.message, rows[i].words);
    }
}

static void cortex_says_whether_it_took_them(void **state)
{
    static const struct row rows[] = {
        {200, "{\"error\":\"false\"}", NULL},
        {200, "{\"error\":false}", NULL},
        {202, "{\"error\":null}", NULL},
        {200, "{\"error\":\"\"}", NULL},
        {200, "{}", NULL},
        {204, "", NULL},
        {200, " \n", NULL},
        {200, "{\"error\":true}", "answers 200: true"},
        {200, "{\"error\":\"true\"}", "answers 200: true"},
        {200, "{\"error\":{\"message\":\"quota\"}}", "answers 200: {\"error\":{\"message\":\"quota\"}}"},
        {202, "{\"error\":\"internal\\nfault\"}", "answers 202: internal fault"},
        {200, "<html>Log in</html>", "answers 200: <html>Log in</html>"},
        {200, "[]", "answers 200: []"},
        {503, "{\"error\":\"internal\"}", "answers 503: internal"},
    };
    (void)state;
    assert_rows("cortex", rows, COUNT(rows));
}

static void axiom_has_ingested_all_of_them(void **state)
{
    static const struct row rows[] = {
        {200, "{\"ingested\":1,\"failed\":0}", NULL},
        {200, "{\"ingested\":0,\"failed\":0}", "of 1 events 0 were ingested, and none failed"},
        {200, "{\"failed\":0}", "answers 200: {\"failed\":0}"},
        {200, "{\"ingested\":1}", "answers 200: {\"ingested\":1}"},
        {200, "<html>", "answers 200: <html>"},
    };
    (void)state;
    assert_rows("axiom", rows, COUNT(rows));
}

static void sumo_answers_200_and_no_page(void **state)
{
    static const struct row rows[] = {
        {200, "", NULL},
        {200, "OK", NULL},
        {200, "\n <!doctype html>", "answers 200: <!doctype html>"},
        {202, "", "answers 202"},
    };
    (void)state;
    assert_rows("sumo", rows, COUNT(rows));
}

static void clickhouse_says_whose_fault_it_is(void **state)
{
    static const struct {
        const char *answer;
        postern_status status; /* POSTERN_OK: it became a dead letter */
    } rows[] = {
        {"Code: 6. DB::Exception: Cannot parse string", POSTERN_OK},
        {"Code: 38. DB::Exception: Cannot parse date", POSTERN_OK},
        {"Code: 131. DB::Exception: Too large string", POSTERN_OK},
        {"Code: 469. DB::Exception: Constraint `c` is violated at row 1", POSTERN_OK},
        {"Code: 193. DB::Exception: Wrong password", POSTERN_E_CONFIG},
        {"Code: 194. DB::Exception: Password required", POSTERN_E_CONFIG},
        {"Code: 252. DB::Exception: Too many parts", POSTERN_E_RETRY},
    };
    static struct played_sink sink;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(deliver("clickhouse", 1, 500, rows[i].answer, &sink), rows[i].status);
        assert_int_equal(sink.verdicts[0], rows[i].status < 0 ? PLAY_OPEN : PLAY_REJECTED);
    }
}

/* Each answer refuses one row; only so many requests show that it is not the rows. */
static void rows_that_are_all_refused_are_configuration(void **state)
{
    static struct played_sink sink;
    (void)state;
    assert_int_equal(
        deliver("clickhouse", 1000, 400, "Code: 27. DB::Exception: Cannot parse input: (at row 1)", &sink),
        POSTERN_E_CONFIG);
    assert_contains(sink.error.message, "all that were tried, were refused for one reason");
    assert_true(requests_played <= 20);
}

/* So many bad rows at the front do not hide the good ones behind them. */
static struct reply refuse_to_15(postern_arena *arena, postern_text body)
{
    static const char mark[] = "\\\"n\\\":";
    postern_text rest = body;
    for (size_t row = 1;; row++) {
        const char *found = memmem(rest.data, rest.size, mark, sizeof mark - 1);
        if (!found) return (struct reply){.status = 200, .body = ""};
        rest = kit_between(found + sizeof mark - 1, kit_end(body));
        if (strtoul(rest.data, NULL, 10) >= 15) continue;
        postern_text words = arena_printf(arena, "Code: 27. DB::Exception: no (at row %zu)", row);
        return (struct reply){.status = 400, .body = words.data, .size = words.size};
    }
}

static void bad_rows_are_named_and_the_others_stored(void **state)
{
    static struct played_sink sink;
    (void)state;
    refusing = refuse_to_15;
    assert_int_equal(deliver("clickhouse", 1000, 0, "", &sink), POSTERN_OK);
    refusing = NULL;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(sink.verdicts[i], i < 15 ? PLAY_REJECTED : PLAY_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cortex_says_whether_it_took_them),
        cmocka_unit_test(axiom_has_ingested_all_of_them),
        cmocka_unit_test(sumo_answers_200_and_no_page),
        cmocka_unit_test(clickhouse_says_whose_fault_it_is),
        cmocka_unit_test(rows_that_are_all_refused_are_configuration),
        cmocka_unit_test(bad_rows_are_named_and_the_others_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
