/* Source siem over API 2.0: the files of a batch, in every shape and with every damage. */
#include "batch_fixture.h"

/* ---- What is whole ---- */

static void types_and_times(void **state)
{
    (void)state;
    static const struct {
        const char *stream, *record, *type;
        int64_t time_ms;
    } rows[] = {
        {"siem-receipt", "{\"type\":\"receipt\",\"timestamp\":1689685338597}", "receipt", 1689685338597},
        {"siem-receipt", "{\"timestamp\":\"1689685338597\"}", "receipt", 1689685338597},
        {"siem-receipt", "{\"timestamp\":1689685338}", "receipt", 1689685338000},
        {"siem-receipt", "{\"timestamp\":1689685338.25}", "receipt", 1689685338250},
        {"siem-receipt", "{\"timestamp\":1689685338597123}", "receipt", 1689685338597},
        {"siem-receipt", "{\"timestamp\":\"2023-07-18T13:02:18.597Z\"}", "receipt", 1689685338597},
        {"siem-receipt", "{\"timestamp\":\"2023-07-18T13:02:18.597\"}", "receipt", 1689685338597},
        {"siem-receipt", "{\"timestamp\":null}", "receipt", 0},
        {"siem-receipt", "{\"timestamp\":1.6e12}", "receipt", 0},
        {"siem-receipt", "{\"timestamp\":-1}", "receipt", 0},
        {"siem-receipt", "{\"timestamp\":\"soon\"}", "receipt", 0},
        {"siem-receipt", "{\"inner\":{\"timestamp\":1689685338597,\"type\":\"av\"}}", "receipt", 0},
        /* the record's own word, by whatever name */
        {"siem-receipt", "{\"type\":\"process\"}", "process", 0},
        {"siem-receipt", "{\"eventType\":\"delivery\"}", "delivery", 0},
        {"siem-receipt", "{\"Logtype\":\"email_antivirus\"}", "av", 0},
        {"siem-receipt", "{\"logType\":\"email_ttp_ap\"}", "ttp-attachment", 0},
        {"siem-receipt", "{\"mcType\":\"email_ttp_impersonation\"}", "impersonation", 0},
        {"siem-receipt", "{\"mcType\":\"av\",\"type\":\"spam\"}", "spam", 0}, /* the surest counts */
        {"siem-receipt", "{\"type\":\"spam\",\"mcType\":\"av\"}", "spam", 0},
        {"siem-receipt", "{\"type\":\"new\",\"eventType\":\"journal\"}", "jrnl", 0},
        {"siem-receipt", "{\"type\":\"new\"}", "receipt", 0},
        {"siem-receipt", "{\"type\":7}", "receipt", 0},
        {"siem-receipt", "{\"type\":\"entities\"}", "receipt", 0},
        {"siem-jrnl", "{\"type\":\"journal\"}", "jrnl", 0},
        {"siem-av", "{\"type\":\"av\"}", "av", 0},
        {"siem-ttp-url", "{\"type\":\"url protect\"}", "ttp-url", 0},
        {"siem-ttp-url", "{\"type\":\"Url-Protect\"}", "ttp-url", 0},
        {"siem-ttp-attachment", "{\"type\":\"attachment protect\"}", "ttp-attachment", 0},
        {"siem-impersonation", "{\"type\":\"impersonation protect\"}", "impersonation", 0},
        {"siem-iep", "{\"type\":\"internal email protect\"}", "iep", 0},
        {"siem-iep", "{\"type\":\"email_iep\"}", "iep", 0},
        {"siem-ci-entities", "{\"type\":\"entities\",\"timestamp\":1689685338597}", "ci-entities",
         1689685338597},
        {"siem-ci-entities", "{\"type\":\"mailflow\"}", "ci-mailflow", 0},
        {"siem-ci-urlclick", "{\"type\":\"receipt\"}", "ci-urlclick", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct test_source source = open_log(rows[i].stream);
        struct outcome *got = read_packed(&source, 1, text_of(rows[i].record));
        assert_int_equal(got->status, POSTERN_OK);
        assert_int_equal(got->event_count, 1);
        if (strcmp(got->events[0].type, rows[i].type) != 0 || got->events[0].time_ms != rows[i].time_ms)
            fail_msg("%s in %s is %s at %lld", rows[i].record, rows[i].stream, got->events[0].type,
                     (long long)got->events[0].time_ms);
        assert_string_equal(got->events[0].json, rows[i].record);
        outcome_free(got);
        source_close(&source);
    }
}

/* Whatever surrounds them, the same three records, each byte for byte. */
static void shapes(void **state)
{
    (void)state;
#define A "{\"n\":1, \"s\":\"a\\\"}{,\"}"
#define B "{\"n\":2}"
#define C "{\"n\":3}"
    static const char *const shapes[] = {
        A "\n" B "\n" C "\n",
        A "\n" B "\n" C,
        A "\r\n" B "\r\n" C "\r\n",
        "\xef\xbb\xbf" A "\n\n \t\n" B "\n\r\n" C "\n\n",
        "  " A "\n\t" B "  \n" C,
        A B C,
        A "," B ",\n" C,
        "[" A "," B "," C "]",
        " [\n" A ",\n" B ",\n" C "\n]\n",
        "{\"value\":[" A "," B "," C "]}",
        "{\n \"value\" : [\n" A ",\n" B ",\n" C "\n]\n}\n",
        "\xef\xbb\xbf[" A "," B "," C "]",
    };
    struct test_source source = open_log("siem-receipt");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int packed = 0; packed < 2; packed++) {
            struct outcome *got = packed ? read_packed(&source, 1, text_of(shapes[i]))
                                         : read_bytes(&source, 1, text_of(shapes[i]));
            if (got->status < 0 || got->event_count != 3 || got->aside_count)
                fail_msg("shape %zu: %d, %zu events, %zu aside", i, got->status, got->event_count,
                         got->aside_count);
            assert_string_equal(got->events[0].json, A);
            assert_string_equal(got->events[1].json, B);
            assert_string_equal(got->events[2].json, C);
            assert_int_equal(got->parts, 1);
            assert_int_equal(got->damaged_parts, 0);
            outcome_free(got);
        }
    source_close(&source);
}

static void nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "\xef\xbb\xbf", "[]", "{\"value\":[]}", " \r\n\r\n"};
    struct test_source source = open_log("siem-receipt");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int packed = 0; packed < 2; packed++) {
            struct outcome *got = packed ? read_packed(&source, 1, text_of(texts[i]))
                                         : read_bytes(&source, 1, text_of(texts[i]));
            assert_int_equal(got->status, POSTERN_OK);
            assert_int_equal(got->event_count + got->aside_count, 0);
            outcome_free(got);
        }
    source_close(&source);
}

/* ---- Lines that cannot be read ---- */

#define BROKEN_LINES "{\"n\":1}\n{\"n\":\n{\"n\"\n7\n{\"n\":2}\n\n{\"n\":2,}\n{\"n\":3}\nx\n"

static void check_broken_lines(const struct outcome *got)
{
    static const struct {
        const char *name, *reason, *bytes;
    } expected[] = {
        {"1.json.gz, line 2", "the line ends in the middle of a record", "{\"n\":"},
        {"1.json.gz, line 2", "the line ends in the middle of a record", "{\"n\""},
        {"1.json.gz, line 4", "it is no JSON object", "7"},
        {"1.json.gz, line 7", "it breaks the rules of JSON", "{\"n\":2,}"},
        {"1.json.gz, line 9", "it breaks the rules of JSON", "x"},
    };
    assert_int_equal(got->event_count, 3);
    assert_int_equal(got->aside_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(got->aside[i].name, expected[i].name);
        assert_string_equal(got->aside[i].reason, expected[i].reason);
        assert_string_equal(got->aside[i].bytes, expected[i].bytes);
    }
}

/* The checksum says that they are so at Mimecast: no try can mend them, and none is spent. */
static void broken_lines_of_a_whole_file(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    struct outcome *got = read_packed(&source, 1, TEXT(BROKEN_LINES));
    assert_int_equal(got->status, POSTERN_OK);
    check_broken_lines(got);
    outcome_free(got);
    source_close(&source);
}

static void broken_lines_without_a_checksum(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    for (unsigned attempt = 1; attempt <= LAST_TRY; attempt++) {
        struct outcome *got = read_bytes(&source, attempt, TEXT(BROKEN_LINES));
        assert_int_equal(got->status, attempt < LAST_TRY ? POSTERN_E_PROTOCOL : POSTERN_OK);
        assert_int_equal(got->read_on, attempt < LAST_TRY);
        check_broken_lines(got);
        if (attempt == 2) assert_non_null(strstr(got->error.message, "(try 2 of 4)"));
        outcome_free(got);
    }
    source_close(&source);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    static const char text[] =
        "{\"n\":1}\n{\"n\":\0}\n\0\0\0\n{\"s\":\"\0\"}\n{\"n\":2}\n{\"s\":\"\xff\xfe\"}\n";
    struct outcome *got = read_packed(&source, 1, (postern_text){text, sizeof text - 1});
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->event_count, 3); /* the core sets aside what is no UTF-8 */
    assert_int_equal(got->aside_count, 3);
    assert_int_equal(got->aside[1].size, 3);
    outcome_free(got);
    source_close(&source);
}

static void a_deep_line(void **state)
{
    (void)state;
    struct buffer line = {.limit = 4096};
    struct test_source source = open_log("siem-receipt");
    buffer_append_string(&line, "{\"d\":");
    for (int i = 0; i < 200; i++)
        buffer_append_byte(&line, '[');
    for (int i = 0; i < 200; i++)
        buffer_append_byte(&line, ']');
    buffer_append_string(&line, "}\n{\"n\":1}\n");
    struct outcome *got = read_bytes(&source, 1, buffer_text(&line));
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->event_count, 1);
    assert_string_equal(got->aside[0].reason, "it is nested deeper than 128 levels");
    outcome_free(got);
    source_close(&source);
    buffer_free(&line);
}

/* ---- Files that are damaged ---- */

enum { RECORDS = 6 };

static struct buffer records(void)
{
    struct buffer text = {.limit = 4096};
    for (int i = 0; i < RECORDS; i++)
        buffer_printf(&text, "{\"n\":%d,\"s\":\"%d {\\\"n\\\":9}\"}\n", i, i * 7919);
    return text;
}

static bool is_record(const char *json, size_t number)
{
    char expected[64];
    snprintf(expected, sizeof expected, "{\"n\":%zu,\"s\":\"%zu {\\\"n\\\":9}\"}", number, number * 7919);
    return strcmp(json, expected) == 0;
}

static void check_is_prefix(const struct outcome *got, size_t cut)
{
    for (size_t i = 0; i < got->event_count; i++)
        if (!is_record(got->events[i].json, i)) fail_msg("cut at %zu: made up: %s", cut, got->events[i].json);
}

static void cut_anywhere(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    for (int level = 0; level <= 9; level += 9) {
        struct buffer text = records(), whole = gzip_at(buffer_text(&text), level);
        size_t most = 0;
        for (size_t size = 2; size < whole.size; size++) { /* of less nobody can say what it was */
            postern_text body = {whole.data, size};
            struct outcome *first = read_bytes(&source, 1, body), *last = read_bytes(&source, LAST_TRY, body);
            assert_int_equal(first->status, POSTERN_E_PROTOCOL);
            assert_true(first->read_on);
            assert_int_equal(last->status, POSTERN_OK);
            assert_int_equal(last->damaged_parts, 1);
            assert_int_equal(first->event_count, last->event_count);
            check_is_prefix(last, size);
            assert_int_equal(last->aside_count, 1); /* the file as it came */
            assert_int_equal(last->aside[0].size, size);
            assert_string_equal(last->aside[0].name, "1.json.gz");
            assert_string_equal(last->aside[0].reason, "it ends early");
            assert_true(last->event_count >= most); /* more bytes never show less */
            most = last->event_count;
            outcome_free(first), outcome_free(last);
        }
        assert_int_equal(most, RECORDS); /* when only the checksum is missing */
        buffer_free(&text), buffer_free(&whole);
    }
    source_close(&source);
}

static void flipped_anywhere(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x20, 0x80, 0xff};
    struct test_source source = open_log("siem-receipt");
    for (int level = 0; level <= 9; level += 9) {
        struct buffer text = records(), whole = gzip_at(buffer_text(&text), level);
        for (size_t at = 0; at < whole.size; at++)
            for (size_t flip = 0; flip < sizeof flips; flip++) {
                whole.data[at] = (char)(whole.data[at] ^ flips[flip]);
                struct outcome *got = read_bytes(&source, STORE_TRIES, buffer_text(&whole));
                assert_int_equal(got->status, POSTERN_OK);
                size_t genuine = 0;
                for (size_t i = 0; i < got->event_count; i++)
                    for (size_t n = 0; n < RECORDS; n++)
                        genuine += is_record(got->events[i].json, n);
                if (genuine < RECORDS && !got->aside_count)
                    fail_msg("level %d, byte %zu ^ %02x: a record is gone without a word", level, at,
                             flips[flip]);
                if (got->event_count > genuine && !got->damaged_parts)
                    fail_msg("level %d, byte %zu ^ %02x: made up in what counts as whole", level, at,
                             flips[flip]);
                outcome_free(got);
                whole.data[at] = (char)(whole.data[at] ^ flips[flip]);
            }
        buffer_free(&text), buffer_free(&whole);
    }
    source_close(&source);
}

/* Text has no checksum: what Mimecast says of its size is all that tells. */
static void cut_text(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    struct buffer text = records();
    char size[24];
    snprintf(size, sizeof size, "%zu", text.size);
    for (size_t cut = 0; cut <= text.size; cut++) {
        struct question question = {
            .download = "/1.json", .tag = size, .body = {text.data, cut}, .attempt = 1};
        struct outcome *first = source_answer(&source, &question);
        question.attempt = LAST_TRY;
        struct outcome *last = source_answer(&source, &question);
        bool whole = cut == text.size;
        assert_int_equal(first->status, whole ? POSTERN_OK : POSTERN_E_PROTOCOL);
        assert_int_equal(last->status, POSTERN_OK);
        check_is_prefix(last, cut);
        assert_int_equal(last->aside_count > 0, !whole);
        outcome_free(first), outcome_free(last);
    }
    buffer_free(&text);
    source_close(&source);
}

/* ---- What was set aside ---- */

static void read_again(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    static const struct {
        const char *bytes, *type;
        size_t events, aside;
        const char *first_type;
    } rows[] = {
        {"{\"n\":1}", NULL, 1, 0, "receipt"},
        {"{\"n\":1,\"type\":\"av\"}", NULL, 1, 0, "av"},
        {"{\"n\":1,\"type\":\"av\"}", "process", 1, 0, "process"}, /* the core's word counts: it is its id */
        {"{\"n\":1}\n{\"n\":2}", NULL, 2, 0, "receipt"},
        {"{\"n\":1}{\"n\":2}", NULL, 2, 0, "receipt"},
        {"[{\"n\":1},{\"n\":2}]", NULL, 2, 0, "receipt"},
        {"{\"n\":1}\n{\"n\":\n{\"n\":2}", NULL, 2, 1, "receipt"},
        {"{\"n\":", NULL, 0, 1, NULL},
        {"", NULL, 0, 1, NULL},
        {"/a/1.gz\n/a/2.gz", NULL, 0, 2, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome *got =
            source_reread(&source, "1.json.gz, line 7", rows[i].type, text_of(rows[i].bytes));
        assert_int_equal(got->status, POSTERN_OK);
        if (got->event_count != rows[i].events || got->aside_count != rows[i].aside)
            fail_msg("%s: %zu events, %zu aside", rows[i].bytes, got->event_count, got->aside_count);
        if (rows[i].events) assert_string_equal(got->events[0].type, rows[i].first_type);
        if (rows[i].aside) assert_string_equal(got->aside[0].name, "1.json.gz, line 7");
        outcome_free(got);
    }
    source_close(&source);
}

static void whole_files_read_again(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    struct buffer text = records(), whole = gzip(buffer_text(&text));
    struct outcome *good = source_reread(&source, "1.json.gz", NULL, buffer_text(&whole));
    struct outcome *cut =
        source_reread(&source, "1.json.gz", NULL, (postern_text){whole.data, whole.size - 9});
    assert_int_equal(good->status, POSTERN_OK);
    assert_int_equal(good->event_count, RECORDS);
    assert_int_equal(good->aside_count, 0);
    assert_int_equal(cut->status, POSTERN_OK);
    assert_int_equal(cut->event_count, 0); /* they came at first */
    assert_int_equal(cut->aside_count, 1);
    assert_int_equal(cut->aside[0].size, whole.size - 9);
    outcome_free(good), outcome_free(cut);
    buffer_free(&text), buffer_free(&whole);
    source_close(&source);
}

/* What the core refuses to take ends the reading at once. */
static void the_core_says_no(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    struct buffer text = records(), whole = gzip(buffer_text(&text));
    for (int packed = 0; packed < 2; packed++) {
        struct outcome *got =
            source_answer(&source, &(struct question){.download = "/1",
                                                      .fail_events = POSTERN_E_MEMORY,
                                                      .body = buffer_text(packed ? &whole : &text)});
        assert_int_equal(got->status, POSTERN_E_MEMORY);
        outcome_free(got);
    }
    buffer_free(&text), buffer_free(&whole);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_times),
        cmocka_unit_test(shapes),
        cmocka_unit_test(nothing),
        cmocka_unit_test(broken_lines_of_a_whole_file),
        cmocka_unit_test(broken_lines_without_a_checksum),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(a_deep_line),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(flipped_anywhere),
        cmocka_unit_test(cut_text),
        cmocka_unit_test(read_again),
        cmocka_unit_test(whole_files_read_again),
        cmocka_unit_test(the_core_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
