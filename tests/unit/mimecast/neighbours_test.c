/* One bad record takes none of its neighbours: it alone is set aside, whatever is wrong with it and wherever
 * records are read. */
#include "../module/zip_builder.h"
#include "harness.h"

/* Good records stand in front of and behind each bad one. */
static const struct {
    const char *why, *bad;  /* "" in `bad` for the record that is put in by the test */
    const char *aside[2];   /* what is set aside for it, in order */
    const char *neighbours; /* that are found, by the texts of their "n" */
    bool at_once;           /* no further try could mend it */
} rows[] = {
    {"a bad escape", "{\"n\":\"x\\q\"}", {"{\"n\":\"x\\q\"}"}, "1234", false},
    {"a line break in a text", "{\"n\":\"a\nb\"}", {"{\"n\":\"a\nb\"}"}, "1234", false},
    {"a NUL", "{\"n\":\"a\\u0000\",\"m\":NaN}", {"{\"n\":\"a\\u0000\",\"m\":NaN}"}, "1234", false},
    {"a key without quotes", "{n:1}", {"{n:1}"}, "1234", false},
    {"a quote too many", "{\"n\":\"a \"word\"}", {"{\"n\":\"a \"word\"}"}, "1234", false},
    {"quotes that are not escaped",
     "{\"n\":\"say \"hi\" now\"}",
     {"{\"n\":\"say \"hi\" now\"}"},
     "1234",
     false},
    {"a text that does not end", "{\"n\":\"abc}", {"{\"n\":\"abc}"}, "1234", false},
    {"an escaped closing quote", "{\"n\":\"C:\\\"}", {"{\"n\":\"C:\\\"}"}, "1234", false},
    {"cut in a key", "{\"n\":7,\"ke", {"{\"n\":7,\"ke"}, "1234", false},
    {"cut behind a value", "{\"n\":{\"m\":7", {"{\"n\":{\"m\":7"}, "1234", false},
    {"a list that is closed as an object", "{\"n\":[1,2}", {"{\"n\":[1,2}"}, "1234", false},
    {"an object that is closed as a list", "{\"n\":{\"m\":1]}", {"{\"n\":{\"m\":1]}"}, "1234", false},
    {"a bracket too many", "{\"n\":7}}", {"}"}, "12734", false},
    {"something between", "{\"n\":7} x", {"x"}, "12734", false},
    {"no object", "7", {"7"}, "1234", true},
    {"a missing comma", "{\"n\":7} {\"n\":8}", {""}, "127834", false},
    {"a comma too many", "{\"n\":7},", {""}, "12734", false},
    {"nested objects of its own",
     "{\"n\":[{\"n\":8},{\"n\":9}],\"m\":tru}",
     {"{\"n\":[{\"n\":8},{\"n\":9}],\"m\":tru}"},
     "1234",
     false},
};

static const char *const lists[][2] = {
    {"siem", "{\"type\":\"MTA\",\"data\":[%s]}"},
    {"siem", "{\"data\":[%s],\"type\":\"MTA\",\"meta\":{\"status\":200}}"},
    {"audit", "{\"meta\":{\"status\":200,\"pagination\":{\"next\":\"t2\"}},\"data\":[%s],\"fail\":[]}"},
    {"audit", "{\"data\":[%s],\"fail\":[],\"meta\":{\"status\":200,\"pagination\":{\"next\":\"t2\"}}}"},
    {"ttp-url", "{\"meta\":{\"pagination\":{\"next\":\"t2\"}},\"data\":[{\"clickLogs\":[%s],\"resultCount\":"
                "2}],\"fail\":[]}"},
    {"ttp-url",
     "{\"data\":[{\"clickLogs\":[%s],\"resultCount\":2}],\"meta\":{\"pagination\":{\"next\":\"t2\"}}}"},
};

enum { LISTS = sizeof lists / sizeof *lists };

static struct outcome *read_list(size_t list, const char *records, unsigned attempt)
{
    struct buffer body = {.limit = 4 << 20};
    const char *hole = strstr(lists[list][1], "%s");
    buffer_append(&body, lists[list][1], (size_t)(hole - lists[list][1]));
    buffer_append_string(&body, records);
    buffer_append_string(&body, hole + 2);
    struct test_source source = source_open(lists[list][0], NULL, 0);
    struct outcome *got = source_answer(
        &source,
        &(struct question){.position = "t1", .attempt = attempt, .token = "t2", .body = buffer_text(&body)});
    source_close(&source);
    buffer_free(&body);
    return got;
}

/* The values of "n" of all events, one behind the other. */
static void gather(const struct outcome *got, char *into)
{
    for (size_t i = 0; i < got->event_count; i++)
        strcat(into, (char[]){got->events[i].json[5], '\0'});
}

static void check(const char *why, size_t list, const char *bad, const char *const aside[2],
                  const char *neighbours, bool at_once)
{
    struct buffer records = {.limit = 4 << 20};
    buffer_printf(&records, "{\"n\":1},{\"n\":2},%s,{\"n\":3},\n {\"n\":4,\"m\":\"},{\"}", bad);
    buffer_append_byte(&records, '\0');
    unsigned attempt = at_once ? 1 : 4;
    struct outcome *got = read_list(list, records.data, attempt);
    char found[64] = "";
    gather(got, found);
    size_t asides = (aside[0] ? 1u : 0) + (aside[1] ? 1u : 0);
    if (got->status < 0) fail_msg("%s, list %zu: %s", why, list, got->error.message);
    if (strcmp(found, neighbours) != 0)
        fail_msg("%s, list %zu: found \"%s\", not \"%s\"", why, list, found, neighbours);
    if (got->aside_count != asides)
        fail_msg("%s, list %zu: %zu are set aside, first \"%s\"", why, list, got->aside_count,
                 got->aside_count ? got->aside[0].bytes : "");
    for (size_t i = 0; i < asides; i++)
        if (strcmp(got->aside[i].bytes, aside[i]) != 0)
            fail_msg("%s, list %zu: set aside is \"%s\"", why, list, got->aside[i].bytes);
    assert_string_equal(got->position, "t2");
    assert_int_equal(got->outcome, POSTERN_MORE);
    outcome_free(got);
    if (!at_once) {
        got = read_list(list, records.data, 1);
        assert_int_equal(got->status, POSTERN_E_PROTOCOL);
        outcome_free(got);
    }
    buffer_free(&records);
}

static void a_bad_record_alone(void **state)
{
    (void)state;
    for (size_t list = 0; list < LISTS; list++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            check(rows[i].why, list, rows[i].bad, rows[i].aside, rows[i].neighbours, rows[i].at_once);
}

/* `opening` so often, then `inside`, then `closing` as often. */
static char *nested(size_t depth, const char *opening, const char *inside, const char *closing)
{
    struct buffer text = {.limit = 4 << 20};
    buffer_append_string(&text, "{\"n\":");
    for (size_t i = 1; i < depth; i++)
        buffer_append_string(&text, opening);
    buffer_append_string(&text, inside);
    for (size_t i = 1; i < depth; i++)
        buffer_append_string(&text, closing);
    buffer_append_string(&text, "}");
    buffer_append_byte(&text, '\0');
    return text.data;
}

/* As deep as is read it is an event; deeper, it is set aside at the first try: it is whole. */
static void a_deep_record(void **state)
{
    static const size_t depths[] = {127, 128, 129, 200, 2000, 100000};
    (void)state;
    for (size_t list = 0; list < LISTS; list++)
        for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
            char *records[] = {nested(depths[i], "[", "", "]"), nested(depths[i], "{\"n\":", "1", "}")};
            for (size_t kind = 0; kind < 2; kind++) {
                char expected[] = "12[34";
                expected[2] = kind ? '{' : '[';
                const char *const none[2] = {NULL, NULL}, *const itself[2] = {records[kind], NULL};
                bool event = depths[i] <= 128;
                check("a deep record", list, records[kind], event ? none : itself, event ? expected : "1234",
                      true);
                free(records[kind]);
            }
        }
}

/* Deep and never closed: what is behind it is found all the same. */
static void a_deep_record_that_does_not_end(void **state)
{
    (void)state;
    for (size_t list = 0; list < LISTS; list++) {
        char *record = nested(500, "{\"n\":", "1", "");
        record[strlen(record) - 1] = '\0'; /* its last bracket */
        const char *const itself[2] = {record, NULL};
        check("deep without an end", list, record, itself, "1234", false);
        free(record);
    }
}

/* In a member of a zip, with other members around. */
static void in_a_zip(void **state)
{
    (void)state;
    char *deep = nested(200, "[", "", "]");
    struct buffer file = {.limit = 1 << 20};
    buffer_printf(&file, "{\"type\":\"MTA\",\"data\":[{\"n\":1},%s,{\"n\":2}]}", deep);
    struct zip_builder zip = zip_new();
    zip_add(&zip, ZIP_DEFLATED, "receipt_1.json", buffer_text(&file));
    zip_add(&zip, ZIP_DEFLATED, "receipt_2.json", TEXT("{\"type\":\"MTA\",\"data\":[{\"n\":3}]}"));
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_answer(&source, &(struct question){.token = "t", .body = zip_finish(&zip)});
    char found[64] = "";
    assert_int_equal(got->status, POSTERN_OK);
    gather(got, found);
    assert_string_equal(found, "123");
    assert_int_equal(got->aside_count, 1);
    assert_string_equal(got->aside[0].bytes, deep);
    assert_string_equal(got->aside[0].name, "receipt_1.json");
    assert_string_equal(got->aside[0].reason, "it is nested deeper than 128 levels");
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
    buffer_free(&file);
    free(deep);
}

/* If a bad record makes the list seem to end, what stands behind it is kept. */
static void nothing_falls_away(void **state)
{
    (void)state;
    static const char bad[] = "{\"n\":[{\"m\":1}},{\"n\":8}],\"m\":1}";
    for (size_t list = 0; list < LISTS; list++) {
        char records[256];
        snprintf(records, sizeof records, "{\"n\":1},%s,{\"n\":3},{\"n\":4}", bad);
        struct outcome *got = read_list(list, records, 4);
        if (got->status >= 0) {
            bool third = false, fourth = false;
            for (size_t i = 0; i < got->aside_count; i++) {
                third |= strstr(got->aside[i].bytes, "{\"n\":3}") != NULL;
                fourth |= strstr(got->aside[i].bytes, "{\"n\":4}") != NULL;
            }
            if (!third || !fourth) fail_msg("list %zu: %d %d", list, third, fourth);
        }
        outcome_free(got);
    }
}

/* Many bad ones cost as little as one: nothing is read again and again. */
static void many_bad_ones(void **state)
{
    static const char *const floods[] = {"{\"n\":1,", "{\"n\":\"",        "{\"n\":[{\"n\":1},",
                                         "}",         "{\"n\":[[[[[[[[}", ",{\"n\":[0"};
    (void)state;
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        struct buffer records = {.limit = 4 << 20};
        while (records.size < 3 << 20)
            buffer_append_string(&records, floods[i]);
        buffer_append_byte(&records, '\0');
        outcome_free(read_list(0, records.data, 4));
        buffer_free(&records);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_record_alone),
        cmocka_unit_test(a_deep_record),
        cmocka_unit_test(a_deep_record_that_does_not_end),
        cmocka_unit_test(in_a_zip),
        cmocka_unit_test(nothing_falls_away),
        cmocka_unit_test(many_bad_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
