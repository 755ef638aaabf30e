/* links: postern_module */
/* postern/kit.h: what modules build on. */
#include "base/arena.h"
#include "module/instance.h"
#include "module/registry.h"
#include <postern/kit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void texts(void **state)
{
    (void)state;
    assert_true(kit_is(KIT_TEXT("a\0b"), "a") == false); /* a literal may hold NUL */
    assert_true(kit_is(kit_text(NULL), ""));
    assert_true(kit_equal(kit_span(NULL, 0), kit_text("")));
    assert_true(kit_is(kit_trim(KIT_TEXT(" \t\r\nx y\n ")), "x y"));
    assert_true(kit_is(kit_trim(KIT_TEXT("  \n")), ""));
    assert_true(kit_starts_with(KIT_TEXT("abc"), "ab") && kit_starts_with(kit_span(NULL, 0), ""));
    assert_false(kit_starts_with(KIT_TEXT("a"), "ab"));
    assert_true(kit_is_ignoring_case(KIT_TEXT("X-ReqUest"), "x-request"));
    assert_false(kit_is_ignoring_case(KIT_TEXT("x-reques"), "x-request"));
    const postern_pair headers[] = {{{"a", 1}, {"1", 1}}, {{"retry-after", 11}, {" 5 ", 3}}};
    assert_true(kit_is(kit_header(headers, 2, "retry-after"), "5"));
    assert_int_equal(kit_header(headers, 1, "retry-after").size, 0);
}

static void hidden_characters(void **state)
{
    static const uint32_t hidden[] = {0,      0x1b,   0x7f,   0x80,   0x9b,   0x9f,   0x61c,  0x200e,
                                      0x2028, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xe0041};
    static const uint32_t seen[] = {' ', '~', 0xa0, 0xe9, 0x2010, 0x2030, 0x4e00, 0xfe0f, 0xfffd, 0x1f600};
    (void)state;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (!kit_is_hidden(hidden[i])) fail_msg("U+%04X", hidden[i]);
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        if (kit_is_hidden(seen[i])) fail_msg("U+%04X", seen[i]);
}

/* By the definition, bit by bit; 0 for what is no character. */
static size_t encode(uint32_t code_point, char bytes[4])
{
    size_t length = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    uint32_t rest = code_point;
    for (size_t i = length - 1; i > 0; i--, rest >>= 6)
        bytes[i] = (char)(0x80 | (rest & 0x3f));
    bytes[0] = (char)(leads[length] | rest);
    return code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000) ? 0 : length;
}

static void sequences(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point < 0x140000; code_point++) {
        char bytes[4] = {0};
        size_t wanted = encode(code_point, bytes);
        size_t length = kit_utf8_sequence(bytes, bytes + 4);
        if (length != wanted) fail_msg("U+%04X has length %zu", code_point, length);
        if (length && kit_code_point(bytes, length) != code_point) fail_msg("U+%04X", code_point);
        if (length && kit_utf8_sequence(bytes, bytes + length) != length) fail_msg("U+%04X ends", code_point);
        if (length > 1 && kit_utf8_sequence(bytes, bytes + length - 1)) fail_msg("U+%04X is cut", code_point);
    }
    static const char *const none[] = {"\x80",
                                       "\xc0\xaf",
                                       "\xc1\xbf",
                                       "\xc3(",
                                       "\xe0\x80\xaf",
                                       "\xe2\x82(",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf0\x9f\x98(",
                                       "\xf5\x80\x80\x80",
                                       "\xff"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (kit_utf8_sequence(none[i], none[i] + strlen(none[i]))) fail_msg("row %zu", i);
}

static void failures(void **state)
{
    (void)state;
    postern_error error = {.size = sizeof error, .retry_after_ms = 9};
    assert_int_equal(kit_fail(&error, POSTERN_E_IO, "wait", "no %s at %d", "disk", 7), POSTERN_E_IO);
    assert_int_equal(error.code, POSTERN_E_IO);
    assert_int_equal(error.retry_after_ms, 0);
    assert_string_equal(error.message, "no disk at 7");
    assert_string_equal(error.remedy, "wait");
    char *wordy = malloc(3000);
    memset(wordy, 'x', 2999), wordy[2999] = '\0';
    kit_fail(&error, POSTERN_E_IO, NULL, "%s", wordy);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_string_equal(error.remedy, ""); /* of the failure before */
    free(wordy);
    assert_int_equal(kit_no_memory(NULL), POSTERN_E_MEMORY);
}

static void written_is(const struct kit_writer *writer, const char *wanted)
{
    postern_text text = {NULL, 0};
    assert_int_equal(kit_written(writer, &text, NULL), POSTERN_OK);
    if (!kit_is(text, wanted)) fail_msg("\"%.*s\" instead of \"%s\"", (int)text.size, text.data, wanted);
}

static void writing_in_an_arena(void **state)
{
    (void)state;
    const struct module_limits limits = {1000, 10, 1000, 1000};
    struct module_registry *registry = registry_new(&limits);
    struct module_instance *instance;
    assert_int_equal(
        module_instance_new(&(struct module_plan){.registry = registry, .name = "kit"}, &instance, NULL),
        POSTERN_OK);
    postern_arena *arena = arena_new(8000);
    struct kit_writer writer = kit_writer_in_arena(&instance->host, arena);
    kit_write_integer(&writer, INT64_MIN);
    kit_write_json_string(&writer, KIT_TEXT("a\"\\\n\r\t\x01\xc3\xa4/"));
    written_is(&writer, "-9223372036854775808\"a\\\"\\\\\\n\\r\\t\\u0001\xc3\xa4/\"");
    size_t before = writer.size;
    for (int i = 0; i < 1000; i++)
        kit_write_string(&writer, "x"); /* outgrows 256 and 512 */
    assert_int_equal(writer.size, before + 1000);
    assert_true(kit_starts_with(kit_span(writer.data, writer.size), "-92233"));
    for (int i = 0; i < 8000; i++)
        kit_write_string(&writer, "x"); /* more than the arena has */
    postern_text text = {0};
    postern_error error = {.size = sizeof error};
    assert_int_equal(kit_written(&writer, &text, &error), POSTERN_E_MEMORY);
    assert_null(text.data);
    assert_string_equal(error.message, "out of memory");
    arena_free(arena);
    module_instance_free(instance);
    registry_free(registry);
}

static void days(void **state)
{
    static const struct {
        int64_t ms;
        const char *day;
    } rows[] = {{0, "1970-01-01"},
                {-1, "1969-12-31"},
                {86399999, "1970-01-01"},
                {86400000, "1970-01-02"},
                {951782400000, "2000-02-29"},
                {951868800000, "2000-03-01"},
                {1767225599999, "2025-12-31"},
                {1767225600000, "2026-01-01"},
                {4107542399999, "2100-02-28"},
                {4107542400000, "2100-03-01"},
                {253402300799999, "9999-12-31"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buffer[KIT_DAY_SIZE];
        if (!kit_is(kit_day(rows[i].ms, buffer), rows[i].day)) fail_msg("%s for row %zu", buffer, i);
    }
    char buffer[KIT_DAY_SIZE]; /* no year of four digits */
    assert_int_equal(kit_day(INT64_MAX, buffer).size, 10);
    assert_int_equal(kit_day(INT64_MIN, buffer).size, 10);
}

static void test_a_timestamp_is_rfc_3339_before_1970_too(void **state)
{
    char buffer[KIT_TIMESTAMP_SIZE];
    (void)state;
    assert_true(kit_is(kit_timestamp(0, buffer), "1970-01-01T00:00:00.000Z"));
    assert_true(kit_is(kit_timestamp(1769903999123, buffer), "2026-01-31T23:59:59.123Z"));
    assert_true(kit_is(kit_timestamp(-1, buffer), "1969-12-31T23:59:59.999Z"));
    assert_int_equal(kit_timestamp(INT64_MIN, buffer).size, 24);
    assert_int_equal(kit_timestamp(INT64_MAX, buffer).size, 24);
}

static void templates(void **state)
{
    static const struct {
        const char *text, *plain, *safe;
    } rows[] = {
        {"/x/%{account}/%{date}.ndjson", "/x/../../etc/2026-01-01.ndjson",
         "/x/%2E.%2F..%2Fetc/2026-01-01.ndjson"},
        {"%{source}-%{stream}-%{id}", "a.b-.hidden-0f-1", "a.b-%2Ehidden-0f-1"},
        {"%{type}", "", "_"},
        {"100%", "100%", "100%"},
        {"%{", "%{", "%{"},
        {"a%{account", "a%{account", "a%{account"},
        {"%%{type}.", "%.", "%_."},
        {"", "", ""},
    };
    (void)state;
    const postern_sink_event event = {.size = sizeof event,
                                      .received_ms = 1767225600000,
                                      .id = KIT_TEXT("0f-1"),
                                      .account = KIT_TEXT("../../etc"),
                                      .source = KIT_TEXT("a.b"),
                                      .stream = KIT_TEXT(".hidden")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buffer[256];
        struct kit_writer plain = kit_writer_in_buffer(buffer, sizeof buffer);
        kit_write_template(&plain, kit_text(rows[i].text), &event, false);
        written_is(&plain, rows[i].plain);
        struct kit_writer safe = kit_writer_in_buffer(buffer, sizeof buffer);
        kit_write_template(&safe, kit_text(rows[i].text), &event, true);
        written_is(&safe, rows[i].safe);
        if (!*rows[i].safe) continue;
        struct kit_writer tight = kit_writer_in_buffer(buffer, strlen(rows[i].safe) - 1);
        kit_write_template(&tight, kit_text(rows[i].text), &event, true);
        assert_true(tight.failed);
    }
}

static void hours(void **state)
{
    static const struct {
        int64_t ms;
        const char *hour;
    } rows[] = {{0, "00"}, {-1, "23"}, {3599999, "00"}, {3600000, "01"}, {1767225599999, "23"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char buffer[KIT_DAY_SIZE];
        if (!kit_is(kit_hour(rows[i].ms, buffer), rows[i].hour)) fail_msg("%s for row %zu", buffer, i);
    }
}

#define VALUES_OF                                                                                            \
    " { \"a\" : {\"b\":\"x\\u00e9\\ud83d\\ude00\\n\\\"y\",\"n\":-1.50,\"t\":true,\"f\":false,\"z\":null,"    \
    "\"l\":[1,\"]\"],\"o\":{}},\"a.b.c\":\"dots\",\"event\":{\"data.set\":7},\"half\":\"\\ud83d!\","         \
    "\"k\\u0065y\":\"escaped\",\"twice\":1,\"twice\":2,\"\":\"none\",\"slash\":\"..\\/etc\",\"low\":\"_\" "  \
    "} "

static void values_of_events(void **state)
{
    static const struct {
        const char *text, *plain, *safe;
    } rows[] = {
        {"%{.a.b}", "x\xc3\xa9\xf0\x9f\x98\x80\n\"y", "x%C3%A9%F0%9F%98%80%0A%22y"},
        {"%{.a.n}/%{.a.t}/%{.a.f}", "-1.50/true/false", "-1.50/true/false"},
        {"%{.a.z}%{.a.l}%{.a.o}%{.a}%{.gone}%{.a.gone}%{.a.n.x}", "", "_______"},
        {"%{.a.b.c}", "dots", "dots"},
        {"%{.event.data.set}", "7", "7"},
        {"%{.half}", "\xef\xbf\xbd!", "%EF%BF%BD%21"},
        {"%{.key}-%{.twice}", "escaped-1", "escaped-1"},
        {"/%{.slash}/%{.low}", "/../etc/_", "/%2E.%2Fetc/%5F"},
        {"%{date}T%{hour}", "2026-01-01T00", "2026-01-01T00"},
    };
    (void)state;
    postern_sink_event event = {.size = sizeof event,
                                .flags = POSTERN_EVENT_JSON,
                                .received_ms = 1767225600000,
                                .text = KIT_TEXT(VALUES_OF)};
    char buffer[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit_writer plain = kit_writer_in_buffer(buffer, sizeof buffer);
        kit_write_template(&plain, kit_text(rows[i].text), &event, false);
        written_is(&plain, rows[i].plain);
        struct kit_writer safe = kit_writer_in_buffer(buffer, sizeof buffer);
        kit_write_template(&safe, kit_text(rows[i].text), &event, true);
        written_is(&safe, rows[i].safe);
    }
    event.flags = 0; /* a ready line */
    struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
    kit_write_template(&writer, KIT_TEXT("%{.twice}."), &event, false);
    written_is(&writer, ".");
}

/* Whatever stands there is read within its bounds: each piece of the text is a block of its own. */
static void values_of_cut_texts(void **state)
{
    static const char text[] = VALUES_OF;
    static const char *const paths[] = {"a.b", "a.l", "a.b.c", "half", "key", "low", "gone"};
    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        char *piece = malloc(size ? size : 1);
        assert_non_null(piece);
        memcpy(piece, text, size);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            char buffer[256];
            struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
            kit_write_json_value(&writer, kit_json_at(kit_span(piece, size), kit_text(paths[i])));
            assert_false(writer.failed);
        }
        free(piece);
    }
}

/* Different values never become the same, so that what is meant for two files is not written to one. */
static void safe_values_differ(void **state)
{
    static const char *const values[] = {"",  "_",  "__", "%5F", "%",        ".", "..",
                                         "a", "a.", ".a", "A",   "\xc3\xa9", "/"};
    enum { COUNT = sizeof values / sizeof *values };
    char safe[COUNT][32];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct kit_writer writer = kit_writer_in_buffer(safe[i], sizeof safe[i] - 1);
        kit_write_safe(&writer, kit_text(values[i]));
        safe[i][writer.size] = '\0';
        for (size_t j = 0; j < i; j++)
            if (strcmp(safe[i], safe[j]) == 0)
                fail_msg("\"%s\" and \"%s\": %s", values[i], values[j], safe[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(sequences),
        cmocka_unit_test(hidden_characters),
        cmocka_unit_test(failures),
        cmocka_unit_test(writing_in_an_arena),
        cmocka_unit_test(days),
        cmocka_unit_test(hours),
        cmocka_unit_test(templates),
        cmocka_unit_test(values_of_events),
        cmocka_unit_test(values_of_cut_texts),
        cmocka_unit_test(safe_values_differ),
        cmocka_unit_test(test_a_timestamp_is_rfc_3339_before_1970_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
