/* The invented events: readable, unmistakable, the same every time, and as nasty as promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canonical.h"
#include "event.h"
#include "key_value.h"
#include "random.h"
#include "tally.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MORNING_MS = 1781510709000; /* 2026-06-15T08:05:09Z */

static struct event event_number(enum source source, uint8_t type, uint32_t number)
{
    return (struct event){.event_ms = MORNING_MS + (int64_t)number * 1000,
                          .sequence = number,
                          .message = number,
                          .source = (uint8_t)source,
                          .type = type};
}

static void readable_and_unique(void **state)
{
    (void)state;
    struct event_style style = {.seed = 5, .account = 3, .account_code = "C13A103", .nasty = true};
    struct tally markers = {0}, texts = {0};
    struct text first = {0}, again = {0};
    for (int source = 0; source < SOURCES; source++)
        for (uint32_t i = 0; i < 2000 && source_has_events((enum source)source); i++) {
            struct event event =
                event_number((enum source)source, (uint8_t)(source == SIEM ? i % SIEM_TYPES : 0), i);
            event.variant = (uint8_t)(source == THREAT_INTEL ? i % 5 : 0);
            text_clear(&first);
            text_clear(&again);
            event_write(&first, &style, &event);
            event_write(&again, &style, &event);
            assert_string_equal(first.data, again.data);
            assert_null(strchr(first.data, '\n'));

            const char *end;
            cJSON *parsed = cJSON_ParseWithOpts(first.data, &end, true);
            if (!parsed) fail_msg("no JSON: %s", first.data);
            cJSON_Delete(parsed);

            char marker[MARKER_SIZE];
            event_marker(&style, &event, marker);
            const char *found = find_marker(first.data, first.size);
            assert_non_null(found);
            assert_memory_equal(found, marker, MARKER_SIZE - 1);
            struct expectation *one = tally_add(&markers, mix_text(1, marker, MARKER_SIZE - 1));
            assert_int_equal(one->seen[0]++, 0);
            one = tally_add(&texts, mix_text(2, first.data, first.size));
            assert_int_equal(one->seen[0]++, 0);
        }
    tally_free(&markers);
    tally_free(&texts);
    text_free(&first);
    text_free(&again);
}

static void equal_events_are_equal(void **state)
{
    (void)state;
    struct event_style style = {.seed = 5, .account_code = "C", .nasty = true};
    struct event event = event_number(SIEM, RECEIPT, 9), twin = event, next = event_number(SIEM, RECEIPT, 10);
    struct text a = {0}, b = {0}, c = {0};
    event_write(&a, &style, &event);
    event_write(&b, &style, &twin);
    event_write(&c, &style, &next);
    assert_string_equal(a.data, b.data);
    assert_string_not_equal(a.data, c.data);
    text_free(&a);
    text_free(&b);
    text_free(&c);
}

/* Records of one mail: dlp differs in the action alone, attachments share message and date. */
static void records_of_one_mail(void **state)
{
    (void)state;
    struct event_style style = {.seed = 5, .account_code = "C"};
    static const struct {
        enum source source;
        const char *same[3], *other;
    } rows[] = {{DLP, {"messageId", "eventTime", "senderAddress"}, "action"},
                {TTP_ATTACHMENT, {"messageId", "date", "subject"}, "fileHash"}};
    for (size_t i = 0; i < 2; i++) {
        cJSON *records[2];
        for (uint32_t k = 0; k < 2; k++) {
            struct event event = event_number(rows[i].source, 0, 4);
            event.sequence += k;
            event.variant = (uint8_t)k;
            struct text text = {0};
            event_write(&text, &style, &event);
            records[k] = cJSON_Parse(text.data);
            text_free(&text);
        }
        for (size_t k = 0; k < 3; k++)
            assert_true(cJSON_Compare(cJSON_GetObjectItem(records[0], rows[i].same[k]),
                                      cJSON_GetObjectItem(records[1], rows[i].same[k]), true));
        assert_false(cJSON_Compare(cJSON_GetObjectItem(records[0], rows[i].other),
                                   cJSON_GetObjectItem(records[1], rows[i].other), true));
        if (rows[i].source == DLP) {
            cJSON_DeleteItemFromObject(records[0], "action");
            cJSON_DeleteItemFromObject(records[1], "action");
            assert_true(cJSON_Compare(records[0], records[1], true));
        }
        cJSON_Delete(records[0]);
        cJSON_Delete(records[1]);
    }
}

static void nasty_values(void **state)
{
    (void)state;
    static const char *const wanted[] = {"\\\"",
                                         "\\\\",
                                         "\\n",
                                         "\\u0001",
                                         "\\ud83c\\udf89",
                                         "Überweisung",
                                         "|b=c|",
                                         ":null",
                                         ":[]",
                                         ":{}",
                                         ":1.0",
                                         ":1e5",
                                         ":12345678901234567890",
                                         "\"MsgId\":\"\"",
                                         "\"Sender\":\"<>\"",
                                         "-0400",
                                         "T8:",
                                         "\"Rcpt\":[",
                                         "\"SpamProcessingDetail\":{",
                                         "\"SpamProcessingDetail\":\"{\\\"",
                                         "\"SpamProcessingDetail\":\"\\\"{\\\\\\\"",
                                         "\"AttNames\":\"\\\"agenda, v2.pdf\\\"",
                                         "MTOKEN:",
                                         "\"Internal IP\"",
                                         "\"emailPartsDescription\":\"Body\"",
                                         "\\nsecond line",
                                         ", MBA)",
                                         "\"emailAddr\":\"<>\"",
                                         "{\"emailAddress\":\"<>\"}",
                                         "\"operator\":\"soc@",
                                         "\"operator\":{\"emailAddress\"",
                                         "+00:00\",\"status\"",
                                         "Z\",\"status\"",
                                         "-0400\",\"status\"",
                                         "\"<>\",\"subject\""};
    struct event_style style = {.seed = 5, .account_code = "C", .nasty = true};
    struct text all = {0};
    unsigned without_time = 0, without_user = 0;
    for (int source = 0; source < SOURCES; source++)
        for (uint32_t i = 0; i < 6000 && source_has_events((enum source)source); i++) {
            size_t start = all.size;
            struct event event =
                event_number((enum source)source, (uint8_t)(source == SIEM ? i % SIEM_TYPES : 0), i);
            event_write(&all, &style, &event);
            without_time += source == SIEM && !strstr(all.data + start, "\"datetime\"");
            without_user += source == AUDIT && !strstr(all.data + start, "\"user\"");
        }
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(all.data, wanted[i])) fail_msg("nowhere: %s", wanted[i]);
    assert_in_range(without_time, 1, 100);
    assert_in_range(without_user, 1, 1000);
    text_free(&all);
}

/* The id of an impersonation differs from call to call; nothing else does. */
static void changing_ids(void **state)
{
    (void)state;
    struct event_style style = {.seed = 5, .account_code = "C"},
                       other = {.seed = 5, .account_code = "C", .token_nonce = 77};
    struct event event = event_number(TTP_IMPERSONATION, 0, 3);
    struct text texts[2] = {0}, plain[2] = {0};
    event_write(&texts[0], &style, &event);
    event_write(&texts[1], &other, &event);
    assert_string_not_equal(texts[0].data, texts[1].data);
    for (int i = 0; i < 2; i++)
        canonical(&plain[i], texts[i].data, texts[i].size);
    assert_string_equal(plain[0].data, plain[1].data);
    assert_null(strstr(plain[0].data, "MTOKEN"));
    cJSON *parsed = cJSON_Parse(plain[0].data);
    assert_non_null(parsed);
    cJSON_Delete(parsed);
    for (int i = 0; i < 2; i++) {
        text_free(&texts[i]);
        text_free(&plain[i]);
    }
}

static void canonical_texts(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } rows[] = {
        {"{ \"a\" : 1.0 ,\n\t\"b\": \"x y\" }", "{\"a\":1.0,\"b\":\"x y\"}"}, /* only outside of texts */
        {"{\"a\":\"quote \\\" and \\\\\" , \"b\":1}", "{\"a\":\"quote \\\" and \\\\\",\"b\":1}"},
        {"{\"id\":\"MTOKEN:abc\",\"a\":1}", "{\"a\":1}"},
        {"{\"id\":\"eNoV\",\"a\":1}", "{\"id\":\"eNoV\",\"a\":1}"}, /* another id stays */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text out = {0};
        canonical(&out, rows[i].json, strlen(rows[i].json));
        assert_string_equal(out.data, rows[i].expected);
        text_free(&out);
    }
}

static void key_value_lines(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } rows[] = {
        {"{\"datetime\":\"2026-01-01T00:00:00+0100\",\"Act\":\"Acc\"}",
         "datetime=2026-01-01T00:00:00+0100|Act=Acc"},
        {"{\"Subject\":\"a|b=c\",\"x\":1.5}", "Subject=\\a|b=c\\|x=1.5"},
        {"{\"Subject\":\"\",\"Err\":null,\"Virus\":null}", "Subject=\\\\|Err=|Virus="},
        {"{\"Rcpt\":[\"a@x\",\"b@x\"],\"e\":[],\"t\":true}", "Rcpt=a@x,b@x|e=[]|t=true"},
        {"{\"RejInfo\":\"two\\nlines\"}", "RejInfo=\\two lines\\"},
        {"{\"d\":{\"spf\":{\"allow\":true}}}", "d={\"spf\":{\"allow\":true}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text out = {0};
        key_value_write(&out, rows[i].json);
        if (strcmp(out.data, rows[i].expected) != 0) fail_msg("%s instead of %s", out.data, rows[i].expected);
        text_free(&out);
    }
}

/* What the benchmarks run on: the figures that they name. */
static void corpus(void **state)
{
    (void)state;
    FILE *pipe = popen(SIMULATOR_BINARY " corpus --seed 3 --events 20000 --bad-line", "r");
    char *line = NULL;
    size_t capacity = 0, lines = 0, bad = 0, bytes = 0, escaped = 0, foreign = 0, fields = 0, bad_at = 0;
    ssize_t size;
    while ((size = getline(&line, &capacity, pipe)) > 0) {
        lines++;
        bytes += (size_t)size;
        cJSON *event = cJSON_Parse(line);
        if (!event) {
            bad++;
            bad_at = lines;
            continue;
        }
        fields += (size_t)cJSON_GetArraySize(event);
        assert_true(cJSON_IsObject(cJSON_GetObjectItem(event, "SpamProcessingDetail")));
        cJSON_Delete(event);
        escaped += strchr(line, '\\') != NULL;
        bool wide = false;
        for (ssize_t i = 0; i < size; i++)
            wide = wide || (line[i] & 0x80);
        foreign += wide;
    }
    free(line);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(lines, 20001);
    assert_int_equal(bad, 1);
    assert_in_range(bad_at, 9000, 11000);
    assert_in_range(bytes / lines, 760, 880);
    assert_in_range(fields / lines, 29, 30);
    assert_in_range(escaped * 1000 / lines, 40, 60);
    assert_in_range(foreign * 1000 / lines, 12, 28);
}

/* Every source and type comes with its name. */
static void corpus_with_types(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "{\"postern\":{\"source\":\"siem\",\"type\":\"iep\"},\"event\":{",
        "{\"postern\":{\"source\":\"hold-queue\",\"type\":\"hold-queue-left\"},\"event\":{",
        "{\"postern\":{\"source\":\"threat-intel\",\"type\":\"relationship\"},\"event\":{",
        "{\"postern\":{\"source\":\"reported-emails\",\"type\":\"reported-emails\"},\"event\":{",
        "{\"postern\":{\"source\":\"held-release\",\"type\":\"held-release\"},\"event\":{"};
    FILE *pipe = popen(SIMULATOR_BINARY " corpus --sources all --events 3000", "r");
    size_t seen[sizeof wanted / sizeof *wanted] = {0}, lines = 0, capacity = 0;
    char *line = NULL;
    while (getline(&line, &capacity, pipe) > 0) {
        cJSON *event = cJSON_Parse(line);
        assert_non_null(event);
        cJSON_Delete(event);
        lines++;
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            seen[i] += strncmp(line, wanted[i], strlen(wanted[i])) == 0;
    }
    free(line);
    assert_int_equal(pclose(pipe), 0);
    assert_in_range(lines, 3000, 3010);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!seen[i]) fail_msg("nowhere: %s", wanted[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readable_and_unique), cmocka_unit_test(equal_events_are_equal),
        cmocka_unit_test(records_of_one_mail), cmocka_unit_test(nasty_values),
        cmocka_unit_test(changing_ids),        cmocka_unit_test(canonical_texts),
        cmocka_unit_test(key_value_lines),     cmocka_unit_test(corpus),
        cmocka_unit_test(corpus_with_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
