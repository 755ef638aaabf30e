/* A zip of log files cut at every byte, and with every byte changed: no crash, no event of an undamaged file
 * lost, none made up where the checksum tells, and what is damaged is named. */
#include "../module/zip_builder.h"
#include "../sanitized.h"
#include "harness.h"

enum { FILES = 3, RECORDS = 3 };

static const char *const names[FILES] = {"receipt_1.json", "process_1.json", "delivery_1.json"};
static const char *const types[FILES] = {"receipt", "process", "delivery"};

static void record_text(char record[128], int file, int number)
{
    snprintf(record, 128, "{\"file\":%d,\"n\":%d,\"Subject\":\"mail %d of \\\"%s\\\" }]\"}", file, number,
             number * 7919, names[file]);
}

static postern_text build(struct zip_builder *zip, int layout)
{
    *zip = zip_new();
    for (int file = 0; file < FILES; file++) {
        struct buffer text = {.limit = 4096};
        buffer_append_string(&text, "{\"type\":\"MTA\",\"data\":[");
        for (int number = 0; number < RECORDS; number++) {
            char record[128];
            record_text(record, file, number);
            buffer_printf(&text, "%s%s", number ? "," : "", record);
        }
        buffer_append_string(&text, "]}");
        zip_add(zip, layout, names[file], buffer_text(&text));
        buffer_free(&text);
    }
    return zip_finish(zip);
}

static size_t find_record(const struct outcome *got, int file, int number, const char *type)
{
    char record[128];
    size_t found = 0;
    record_text(record, file, number);
    for (size_t i = 0; i < got->event_count; i++)
        found += !strcmp(got->events[i].json, record) && (!type || !strcmp(got->events[i].type, type));
    return found;
}

static bool is_one_of_ours(const char *json)
{
    char record[128];
    for (int file = 0; file < FILES; file++)
        for (int number = 0; number < RECORDS; number++) {
            record_text(record, file, number);
            if (!strcmp(json, record)) return true;
        }
    return false;
}

static struct outcome *answer(const struct test_source *source, unsigned attempt, postern_text body)
{
    return source_answer(
        source, &(struct question){.position = "t1", .attempt = attempt, .token = "t2", .body = body});
}

static void cut_anywhere(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    for (int layout = 0; layout < ZIP_LAYOUTS; layout++) {
        struct zip_builder zip;
        postern_text whole = build(&zip, layout);
        size_t members_end = whole.size - 22 - zip.directory.size;
        zip.starts[FILES] = members_end;
        for (size_t size = 0; size < whole.size; size += SANITIZED_SHARE) {
            postern_text body = {whole.data, size};
            struct outcome *first = answer(&source, 1, body), *last = answer(&source, 4, body);
            /* Once the directory has begun, no member is missing. (8: what libarchive reads ahead.) */
            size_t clear = members_end + (layout == ZIP_STREAMED ? 8 : 4);
            assert_int_equal(first->status, size < clear ? POSTERN_E_PROTOCOL : POSTERN_OK);
            assert_int_equal(last->status, POSTERN_OK);
            assert_int_equal(last->outcome, POSTERN_MORE);
            assert_string_equal(last->position, "t2");
            for (int file = 0; file < FILES; file++)
                for (int number = 0; number < RECORDS; number++)
                    if (size >= zip.starts[file + 1] && find_record(last, file, number, types[file]) != 1)
                        fail_msg("layout %d cut at %zu: a record of file %d is lost", layout, size, file);
            for (size_t i = 0; i < last->event_count; i++)
                if (!is_one_of_ours(last->events[i].json))
                    fail_msg("layout %d cut at %zu: made up: %s", layout, size, last->events[i].json);
            if (size <= members_end && last->aside_count == 0)
                fail_msg("layout %d cut at %zu: nothing is set aside", layout, size);
            outcome_free(first), outcome_free(last);
        }
        zip_free(&zip);
    }
    source_close(&source);
}

static void flipped_anywhere(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x20, 0x80, 0xff};
    struct test_source source = source_open("siem", NULL, 0);
    for (int layout = 0; layout < ZIP_LAYOUTS; layout++) {
        struct zip_builder zip;
        postern_text whole = build(&zip, layout);
        zip.starts[FILES] = whole.size - 22 - zip.directory.size;
        for (size_t at = 0; at < whole.size; at += SANITIZED_SHARE)
            for (size_t flip = 0; flip < sizeof flips; flip++) {
                zip.bytes.data[at] = (char)(zip.bytes.data[at] ^ flips[flip]);
                struct outcome *got = answer(&source, 4, whole);
                assert_int_equal(got->status, POSTERN_OK);
                for (int file = 0; file < FILES; file++) {
                    bool hit = at >= zip.starts[file] && at < zip.starts[file + 1];
                    size_t found = 0;
                    for (int number = 0; number < RECORDS; number++)
                        found += find_record(got, file, number, NULL);
                    if (!hit && found != RECORDS)
                        fail_msg("layout %d, byte %zu ^ %02x: file %d has %zu records", layout, at,
                                 flips[flip], file, found);
                    if (hit && found < RECORDS && got->aside_count == 0)
                        fail_msg("layout %d, byte %zu ^ %02x: nothing is set aside", layout, at, flips[flip]);
                }
                for (size_t i = 0; i < got->event_count; i++)
                    if (!is_one_of_ours(got->events[i].json) && got->aside_count == 0)
                        fail_msg("layout %d, byte %zu ^ %02x: made up: %s", layout, at, flips[flip],
                                 got->events[i].json);
                outcome_free(got);
                zip.bytes.data[at] = (char)(zip.bytes.data[at] ^ flips[flip]);
            }
        zip_free(&zip);
    }
    source_close(&source);
}

/* A damaged directory is no damage: the events come at the first try and nothing is set aside. */
static void a_bad_directory_does_not_matter(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    struct zip_builder zip;
    postern_text whole = build(&zip, ZIP_DEFLATED);
    for (size_t i = whole.size - 22 - zip.directory.size; i < whole.size - 22; i++)
        zip.bytes.data[i] = (char)(zip.bytes.data[i] ^ 0x55);
    struct outcome *got = answer(&source, 1, whole);
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->event_count, FILES * RECORDS);
    assert_int_equal(got->aside_count, 0);
    outcome_free(got);
    zip_free(&zip);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(flipped_anywhere),
        cmocka_unit_test(a_bad_directory_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
