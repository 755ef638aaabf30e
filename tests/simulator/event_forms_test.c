/* One happening in the forms of both APIs: the same marker, the same values, under other names; and all the
 * spellings that API 2.0 has been seen with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canonical.h"
#include "event.h"
#include <cjson/cJSON.h>
#include <string.h>

static const struct event_style nasty_style = {
    .seed = 5, .account = 3, .account_code = "C13A103", .nasty = true, .varied = true};

static struct event mail_event(uint32_t number)
{
    return (struct event){.event_ms = 1781510709000 + (int64_t)number * 1000,
                          .sequence = number,
                          .message = number / SIEM_TYPES,
                          .type = (uint8_t)(number % SIEM_TYPES)};
}

static cJSON *parse(const struct text *text)
{
    const char *end;
    cJSON *parsed = cJSON_ParseWithOpts(text->data, &end, true);
    if (!parsed) fail_msg("no JSON: %s", text->data);
    assert_null(strchr(text->data, '\n'));
    return parsed;
}

/* A scalar as text, so that "7" and 7 are the same; NULL for lists, objects and what is not there. */
static const char *scalar(const cJSON *object, const char *name, char out[64])
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    if (cJSON_IsString(value)) return value->valuestring;
    if (!cJSON_IsBool(value) && !cJSON_IsNumber(value)) return NULL;
    cJSON_PrintPreallocated((cJSON *)(uintptr_t)value, out, 64, false);
    return out;
}

static void the_same_happening(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"action", "Act"},          {"senderEnvelope", "Sender"},    {"senderHeader", "headerFrom"},
        {"messageId", "MsgId"},     {"subject", "Subject"},          {"accountId", "acc"},
        {"tlsVersion", "TlsVer"},   {"spamScore", "SpamScore"},      {"numberAttachments", "AttCnt"},
        {"delivered", "Delivered"}, {"deliveryAttempts", "Attempt"}, {"sha256", "sha256"},
        {"sizeAttachment", "Size"}, {"itemsDetected", "Hits"},       {"scanResults", "ScanResultInfo"}};
    struct event_style style = nasty_style;
    style.nasty = false;
    size_t compared[sizeof pairs / sizeof *pairs] = {0};
    struct text first = {0}, second = {0};
    for (uint32_t i = 0; i < 2000; i++) {
        struct event event = mail_event(i);
        text_clear(&first);
        text_clear(&second);
        event_write_siem(&first, &style, &event);
        event_write_batch(&second, &style, &event);
        assert_memory_equal(find_marker(first.data, first.size), find_marker(second.data, second.size),
                            MARKER_SIZE - 1);
        cJSON *one = parse(&first), *two = parse(&second);
        assert_true(cJSON_GetObjectItem(two, "timestamp")->valuedouble == (double)event.event_ms);
        for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
            char left[64], right[64];
            const char *a = scalar(one, pairs[k][1], left), *b = scalar(two, pairs[k][0], right);
            if (!a || !b) continue;
            assert_string_equal(a, b);
            compared[k]++;
        }
        cJSON_Delete(one);
        cJSON_Delete(two);
    }
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
        if (!compared[k]) fail_msg("%s was never there", pairs[k][0]);
    text_free(&first);
    text_free(&second);
}

/* Each of these is seen at least once, and not always. */
static void all_spellings(void **state)
{
    (void)state;
    static const char *const spellings[] = {"\"type\":\"",
                                            "\"eventType\":\"",
                                            "\"subtype\":",
                                            "\"subType\":",
                                            "\"_offset\":",
                                            "\"_partition\":",
                                            "\"recipients\":\"",
                                            "\"recipients\":[",
                                            "\"recipient\":\"",
                                            "\"holdReason\":null",
                                            "\"spamProcessingDetail\":{",
                                            "\"spamProcessingDetail\":\"{\\\"s",
                                            "\"spamProcessingDetail\":\"\\\"{\\\\\\\"s",
                                            "\"deliveryTime\":\"",
                                            "\"Hostname\":",
                                            "\"url protect\"",
                                            "\"internal email protect\""};
    enum { EVENTS = 4000 };
    size_t seen[sizeof spellings / sizeof *spellings] = {0};
    struct text record = {0};
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct event event = mail_event(i);
        text_clear(&record);
        event_write_batch(&record, &nasty_style, &event);
        cJSON_Delete(parse(&record));
        for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++)
            seen[k] += strstr(record.data, spellings[k]) != NULL;
    }
    for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++) {
        if (seen[k] == 0 || seen[k] == EVENTS) fail_msg("%s: %zu of %d", spellings[k], seen[k], (int)EVENTS);
    }
    text_free(&record);
}

static void cloud_integrated(void **state)
{
    (void)state;
    struct text record = {0};
    for (uint32_t i = 0; i < 300; i++) {
        struct event event = {
            .event_ms = 1781510709000, .sequence = i, .message = i, .type = (uint8_t)(i % CI_TYPES)};
        char marker[MARKER_SIZE];
        event_marker(&nasty_style, &event, marker);
        text_clear(&record);
        event_write_ci(&record, &nasty_style, &event);
        cJSON *parsed = parse(&record);
        assert_string_equal(cJSON_GetObjectItem(parsed, "type")->valuestring,
                            ci_type_name((enum ci_type)(i % CI_TYPES)));
        assert_memory_equal(find_marker(record.data, record.size), marker, MARKER_SIZE - 1);
        cJSON_Delete(parsed);
    }
    text_free(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_happening), cmocka_unit_test(all_spellings),
                                       cmocka_unit_test(cloud_integrated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
