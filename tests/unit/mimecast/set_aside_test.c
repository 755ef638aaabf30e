/* What was set aside, in all the shapes that it is kept in, is read again: the whole becomes the same events
 * as in its file or page, and the rest comes back. */
#include "../module/zip_builder.h"
#include "harness.h"

#include <stdlib.h>

struct row {
    const char *source, *name, *type, *bytes;
    const char *events; /* each "type:json;" */
    const char *aside;  /* each "bytes;" */
};

#define DATED  "{\"datetime\":\"2026-01-01T08:00:00+0000\",\"n\":1}"
#define CLICK  "{\"n\":1}"
#define MTA(x) "{\"type\":\"MTA\",\"data\":[" x "]}"

static const struct row rows[] = {
    /* A record that the core set aside; the source's type comes with it. */
    {"siem", NULL, "receipt", DATED, "receipt:" DATED ";", ""},
    {"siem", NULL, "receipt", "{\"n\":1}\n{\"n\":2}", "receipt:{\"n\":1};receipt:{\"n\":2};", ""},
    /* Records that the source set aside, one or many, or all from one on. */
    {"siem", "receipt_1.json", NULL, DATED, "receipt:" DATED ";", ""},
    {"siem", "receipt_1.json", NULL, "{\"n\":1}\n{\"n\":tru}\n{\"n\":3}",
     "receipt:{\"n\":1};receipt:{\"n\":3};", "{\"n\":tru};"},
    {"siem", "receipt_1.json", NULL, ",{\"n\":1},{\"n\":2}]}", "receipt:{\"n\":1};receipt:{\"n\":2};", ""},
    {"siem", "receipt_1.json", NULL, ",{\"n\":1},{\"n\":2", "receipt:{\"n\":1};", "{\"n\":2;"},
    {"siem", "receipt_1.json", NULL, "{\"n\":1}],\"x\":1}", "receipt:{\"n\":1};", ",\"x\":1};"},
    {"siem", "receipt_1.json", NULL, "17\n\"x\"", "", "17\n\"x\";"},
    /* Whole files. */
    {"siem", "receipt_1.json", NULL, MTA("{\"n\":1},{\"n\":2}"), "receipt:{\"n\":1};receipt:{\"n\":2};", ""},
    {"siem", "receipt_1.json", NULL, MTA("{\"n\":1},0"), "receipt:{\"n\":1};", "0;"},
    {"siem", "receipt_1.txt", NULL, "acc=C1|n=1\nacc=C1|n=2\n",
     "receipt:{\"acc\":\"C1\",\"n\":\"1\"};receipt:{\"acc\":\"C1\",\"n\":\"2\"};", ""},
    {"siem", "receipt_1.txt", NULL, "acc=C1|n=1\nnonsense", "receipt:{\"acc\":\"C1\",\"n\":\"1\"};",
     "nonsense;"},
    {"siem", "x", NULL, "<html>sorry</html>", "", "<html>sorry</html>;"},
    /* Pages. */
    {"audit", "audit", NULL, CLICK, "audit:" CLICK ";", ""},
    {"audit", NULL, "audit", "{\"n\":1}\n{\"n\":2}", "audit:{\"n\":1};audit:{\"n\":2};", ""},
    {"audit", "audit", NULL, "{\"n\":1},{\"n\":tru}]}", "audit:{\"n\":1};", "{\"n\":tru};"},
    {"audit", "audit", NULL, "{\"meta\":{\"status\":200},\"data\":[{\"n\":1},{\"n\":2}]}",
     "audit:{\"n\":1};audit:{\"n\":2};", ""},
    {"audit", "audit", NULL, "sorry", "", "sorry;"},
    {"ttp-url", "ttp-url", NULL, CLICK, "ttp-url:" CLICK ";", ""},
    {"ttp-url", "ttp-url", NULL, "{\"clickLogs\":[{\"n\":1},{\"n\":2}]}",
     "ttp-url:{\"n\":1};ttp-url:{\"n\":2};", ""},
};

static void check(const struct row *row, const struct outcome *got)
{
    char events[1024] = "", aside[1024] = "";
    assert_int_equal(got->status, POSTERN_OK);
    for (size_t i = 0; i < got->event_count; i++)
        snprintf(events + strlen(events), sizeof events - strlen(events), "%s:%s;", got->events[i].type,
                 got->events[i].json);
    for (size_t i = 0; i < got->aside_count; i++)
        snprintf(aside + strlen(aside), sizeof aside - strlen(aside), "%s;", got->aside[i].bytes);
    if (strcmp(events, row->events) != 0 || strcmp(aside, row->aside) != 0)
        fail_msg("%s %s: events \"%s\", set aside \"%s\"", row->source, row->bytes, events, aside);
}

static void every_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct test_source source = source_open(row->source, NULL, 0);
        struct outcome *got = source_reread(&source, row->name, row->type, text_of(row->bytes));
        check(row, got);
        outcome_free(got);
        source_close(&source);
    }
}

static void times_are_read(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    struct outcome *got = source_reread(&source, NULL, "receipt", TEXT(DATED "\n{\"n\":2}"));
    assert_int_equal(got->event_count, 2);
    assert_int_equal(got->events[0].time_ms, 1767254400000);
    assert_int_equal(got->events[1].time_ms, 0);
    outcome_free(got);
    source_close(&source);
}

/* Two packed members, one of them damaged, as the core joins them. */
static void packed_members(void **state)
{
    (void)state;
    struct test_source source = source_open("siem", NULL, 0);
    struct zip_builder zip = zip_new();
    zip_add(&zip, ZIP_STORED, "receipt_1.json", TEXT(MTA("{\"n\":1}")));
    zip_add(&zip, ZIP_STORED, "process_1.json", TEXT(MTA("{\"n\":2}")));
    zip_finish(&zip);
    zip.bytes.data[zip.starts[1] + 14] ^= 1;
    struct buffer joined = {.limit = 1 << 20};
    const char *bytes = zip.bytes.data;
    postern_text first = {bytes, zip.starts[1]};
    buffer_append_text(&joined, first);
    buffer_append_byte(&joined, '\n');
    buffer_append_text(&joined, (postern_text){bytes + zip.starts[1], zip.bytes.size - zip.starts[1]});
    struct outcome *got = source_reread(&source, "receipt_1.json", NULL, buffer_text(&joined));
    assert_int_equal(got->status, POSTERN_OK);
    assert_int_equal(got->event_count, 1); /* what is whole in the damaged one was delivered at first */
    assert_string_equal(got->events[0].type, "receipt");
    assert_true(got->aside_count >= 1);
    assert_string_equal(got->aside[0].name, "process_1.json");
    assert_memory_equal(got->aside[0].bytes, bytes + zip.starts[1], got->aside[0].size);
    outcome_free(got);
    buffer_free(&joined);
    zip_free(&zip);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(packed_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
