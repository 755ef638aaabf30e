/* The key_value format, through the source siem: every line becomes one JSON object of texts. */
#include "../module/zip_builder.h"
#include "harness.h"

static const struct {
    const char *why;
    postern_text lines;
    const char *events[4]; /* NULL ends them */
    const char *aside;     /* NULL = none */
} rows[] = {
    {"the documented example",
     TEXT("datetime=2017-05-26T16:47:41+0100|aCode=7O7I7MvG|acc=C0A0|SpamLimit=0|IP=192.0.2.1|Dir=Internal|"
          "MsgId=<1$2@mail.example>|Subject=\\a "
          "subject\\|headerFrom=a@example.com|Sender=<>|Rcpt=b@example.com|"
          "SpamInfo=[]|Act=Acc|SpamProcessingDetail={\"spf\":{\"info\":\"SPF_FAIL\",\"allow\":true}}|"
          "SpamScore=1\n"),
     {"{\"datetime\":\"2017-05-26T16:47:41+0100\",\"aCode\":\"7O7I7MvG\",\"acc\":\"C0A0\",\"SpamLimit\":"
      "\"0\","
      "\"IP\":\"192.0.2.1\",\"Dir\":\"Internal\",\"MsgId\":\"<1$2@mail.example>\",\"Subject\":\"a subject\","
      "\"headerFrom\":\"a@example.com\",\"Sender\":\"<>\",\"Rcpt\":\"b@example.com\",\"SpamInfo\":\"[]\","
      "\"Act\":\"Acc\",\"SpamProcessingDetail\":\"{\\\"spf\\\":{\\\"info\\\":\\\"SPF_FAIL\\\",\\\"allow\\\":"
      "true}}\","
      "\"SpamScore\":\"1\"}"},
     NULL},
    {"line ends: CR, LF, CRLF, none, and empty lines",
     TEXT("a=1\ra=2\n\n\r\na=3\r\na=4"),
     {"{\"a\":\"1\"}", "{\"a\":\"2\"}", "{\"a\":\"3\"}", "{\"a\":\"4\"}"},
     NULL},
    {"empty values", TEXT("a=|b=|c=\n"), {"{\"a\":\"\",\"b\":\"\",\"c\":\"\"}"}, NULL},
    {"the first = separates", TEXT("a=b=c|d==\n"), {"{\"a\":\"b=c\",\"d\":\"=\"}"}, NULL},
    {"a | without a key behind it belongs to the value",
     TEXT("a=x|y|b=1 | 2|c=3|\n"),
     {"{\"a\":\"x|y\",\"b\":\"1 | 2\",\"c\":\"3\"}"},
     NULL},
    {"free text may hold | and =",
     TEXT("Subject=\\re: a|b=c|x y|z\\|Act=Acc\n"),
     {"{\"Subject\":\"re: a|b=c|x y|z\",\"Act\":\"Acc\"}"},
     NULL},
    {"free text may hold backslashes and ends at the last one that can be its end",
     TEXT("Subject=\\C:\\dir\\|not a key\\|Act=Acc\n"),
     {"{\"Subject\":\"C:\\\\dir\\\\|not a key\",\"Act\":\"Acc\"}"},
     NULL},
    {"free text at the end of the line",
     TEXT("Act=Rej|RejInfo=\\a|b\\\nAct=Acc\n"),
     {"{\"Act\":\"Rej\",\"RejInfo\":\"a|b\"}", "{\"Act\":\"Acc\"}"},
     NULL},
    {"empty free text, free text that is not closed",
     TEXT("a=\\\\|b=\\\\|c=\\open|d=1\n"),
     {"{\"a\":\"\",\"b\":\"\",\"c\":\"\\\\open\",\"d\":\"1\"}"},
     NULL},
    {"control characters, quotes and other bytes are escaped or kept",
     TEXT("a=\t\"\1\x7f\xc3\xa4\xff\n"),
     {"{\"a\":\"\\t\\\"\\u0001\x7f\xc3\xa4\xff\"}"},
     NULL},
    {"a | at the end of a line ends the last value, once",
     TEXT("a=1|Sender=ann@example.com|\na=2|Subject=\\b\\|\na=3||\n"),
     {"{\"a\":\"1\",\"Sender\":\"ann@example.com\"}", "{\"a\":\"2\",\"Subject\":\"b\"}", "{\"a\":\"3|\"}"},
     NULL},
    {"keys with underscores, hyphens and digits",
     TEXT("Act=Acc|New_Key=hello|Sender=ann@example.com|x-2=3|_offset=4\n"),
     {"{\"Act\":\"Acc\",\"New_Key\":\"hello\",\"Sender\":\"ann@example.com\",\"x-2\":\"3\",\"_offset\":"
      "\"4\"}"},
     NULL},
    {"bad lines are kept, the others are events",
     TEXT("a=1\nnonsense\n|b=2\n\n =3\na=4\n"),
     {"{\"a\":\"1\"}", "{\"a\":\"4\"}"},
     "nonsense\n|b=2\n\n =3"},
    {"bad lines at the end", TEXT("a=1\nnonsense\n"), {"{\"a\":\"1\"}"}, "nonsense"},
    {"a last line cut in a key", TEXT("a=1\na=2|Subj"), {"{\"a\":\"1\"}"}, "a=2|Subj"},
    {"a last line cut in free text", TEXT("a=1\na=2|Subject=\\hel"), {"{\"a\":\"1\"}"}, "a=2|Subject=\\hel"},
    {"a last line cut behind a |", TEXT("a=1\na=2|"), {"{\"a\":\"1\"}"}, "a=2|"},
    {"a last line that ends well",
     TEXT("a=1\na=2|Subject=\\hel\\"),
     {"{\"a\":\"1\"}", "{\"a\":\"2\",\"Subject\":\"hel\"}"},
     NULL},
};

static void lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = source_open("siem", NULL, 0);
        struct outcome *got =
            source_answer(&source, &(struct question){.token = "t", .attempt = 4, .body = rows[i].lines});
        if (got->status < 0) fail_msg("%s: %s", rows[i].why, got->error.message);
        size_t expected = 0;
        while (expected < 4 && rows[i].events[expected])
            expected++;
        if (got->event_count != expected) fail_msg("%s: %zu events", rows[i].why, got->event_count);
        for (size_t k = 0; k < expected; k++)
            if (strcmp(got->events[k].json, rows[i].events[k]))
                fail_msg("%s: %s\n instead of %s", rows[i].why, got->events[k].json, rows[i].events[k]);
        if (got->aside_count != (rows[i].aside != NULL))
            fail_msg("%s: %zu set aside", rows[i].why, got->aside_count);
        if (rows[i].aside) assert_string_equal(got->aside[0].bytes, rows[i].aside);
        outcome_free(got);
        source_close(&source);
    }
}

static void bad_lines_are_asked_for_again(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_answer(
        &source, &(struct question){.token = "t", .attempt = 3, .body = TEXT("a=1\nnonsense\na=2\n")});
    assert_int_equal(got->status, POSTERN_E_PROTOCOL);
    outcome_free(got);
    source_close(&source);
}

static void types_and_times(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_answer(
        &source,
        &(struct question){.token = "t",
                           .body = TEXT("datetime=2022-05-23T12: 20:44-0400|Latency=7|Delivered=true\n"
                                        "datetime=2022-05-23T12:20:44|SpamScore=1\n"
                                        "aCode=x\n")});
    assert_int_equal(got->event_count, 3);
    assert_string_equal(got->events[0].type, "delivery");
    assert_int_equal(got->events[0].time_ms, 1653322844000);
    assert_string_equal(got->events[1].type, "receipt");
    assert_int_equal(got->events[1].time_ms, 0);
    assert_string_equal(got->events[2].type, "");
    outcome_free(got);
    source_close(&source);
}

/* A member whose checksum is wrong: the line that is cut is not taken for a whole one. */
static void a_damaged_member(void **state)
{
    (void)state;
    struct zip_builder zip = zip_new();
    zip_add(&zip, ZIP_STORED, "receipt_1.siem", TEXT("a=1\na=2\na=3"));
    zip.bytes.data[zip.bytes.size - 1] = '4';
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got =
        source_answer(&source, &(struct question){.token = "t", .attempt = 4, .body = zip_finish(&zip)});
    assert_int_equal(got->event_count, 2);
    assert_int_equal(got->aside_count, 1);
    assert_string_equal(got->aside[0].reason, "its checksum is wrong");
    assert_string_equal(got->aside[0].name, "receipt_1.siem");
    assert_int_equal(got->aside[0].size, 30 + 14 + 11);
    outcome_free(got);
    source_close(&source);
    zip_free(&zip);
}

/* Linear, whatever the line: a megabyte of values that are never closed. */
static void hostile_lines(void **state)
{
    (void)state;
    struct buffer text = {.limit = 4 << 20};
    for (int i = 0; i < 200000; i++)
        buffer_append_string(&text, "a=\\|");
    buffer_append_byte(&text, '\n');
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got =
        source_answer(&source, &(struct question){.token = "t", .attempt = 4, .body = buffer_text(&text)});
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->event_count, 1);
    outcome_free(got);
    source_close(&source);
    buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),           cmocka_unit_test(bad_lines_are_asked_for_again),
        cmocka_unit_test(types_and_times), cmocka_unit_test(a_damaged_member),
        cmocka_unit_test(hostile_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
