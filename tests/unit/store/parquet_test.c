/* Parquet: values of every kind into columns, odd and broken texts, limits. That readers read the files is
 * shown by tests/sinks/parquet_test.py. */
#include "../unit.h"
#include "parquet/column.h"
#include "parquet/writer.h"

static void values(void **state)
{
    (void)state;
    static const struct {
        enum parquet_type type;
        const char *json;
        enum parquet_fit fit;
        size_t bytes; /* of values that it adds */
    } rows[] = {
        {PARQUET_STRING, "\"a\\u00e9\\ud83d\\ude00\"", PARQUET_FITS, 4 + 1 + 2 + 4},
        {PARQUET_STRING, "\"\"", PARQUET_FITS, 4},
        {PARQUET_STRING, "12.50", PARQUET_FITS, 4 + 5},
        {PARQUET_STRING, "[1]", PARQUET_MISFIT, 0},
        {PARQUET_INT64, "-9223372036854775808", PARQUET_FITS, 8},
        {PARQUET_INT64, "9223372036854775808", PARQUET_MISFIT, 0},
        {PARQUET_INT64, "1.0", PARQUET_MISFIT, 0},
        {PARQUET_INT64, "\"1\"", PARQUET_MISFIT, 0},
        {PARQUET_DOUBLE, "1e3", PARQUET_FITS, 8},
        {PARQUET_DOUBLE, "-0", PARQUET_FITS, 8},
        {PARQUET_DOUBLE, "0.10", PARQUET_FITS, 8},
        {PARQUET_DOUBLE, "9007199254740993", PARQUET_ROUNDED, 8},
        {PARQUET_DOUBLE, "1e-400", PARQUET_ROUNDED, 8},
        {PARQUET_DOUBLE, "1e400", PARQUET_MISFIT, 0},
        {PARQUET_DOUBLE, "\"1\"", PARQUET_MISFIT, 0},
        {PARQUET_BOOLEAN, "true", PARQUET_FITS, 1},
        {PARQUET_BOOLEAN, "1", PARQUET_MISFIT, 0},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00Z\"", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00.123000-0530\"", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00.123456-0530\"", PARQUET_ROUNDED, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00.000000001Z\"", PARQUET_ROUNDED, 8},
        {PARQUET_TIMESTAMP_US, "\"2026-11-27T04:00:00.123456-0530\"", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP_US, "\"2026-11-27T04:00:00.1234560Z\"", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP_US, "\"2026-11-27T04:00:00.1234567Z\"", PARQUET_ROUNDED, 8},
        {PARQUET_TIMESTAMP_US, "1795752000000", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP_US, "9223372036854775807", PARQUET_MISFIT, 0},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00\"", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27\"", PARQUET_MISFIT, 0},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00+1\"", PARQUET_MISFIT, 0},
        {PARQUET_TIMESTAMP, "1795752000000", PARQUET_FITS, 8},
        {PARQUET_TIMESTAMP, "\"\"", PARQUET_MISFIT, 0},
        {PARQUET_JSON, "{\"a\":[1]}", PARQUET_FITS, 4 + 9},
        {PARQUET_JSON, "null", PARQUET_MISFIT, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parquet_column column = {.type = rows[i].type, .definition = 1};
        assert_int_equal(parquet_column_add(&column, 0, kit_text(rows[i].json)), rows[i].fit);
        assert_int_equal(column.entries, rows[i].fit != PARQUET_MISFIT);
        assert_int_equal(column.values.size, rows[i].bytes);
        parquet_column_free(&column);
    }
}

static postern_status write_file(const char *const *texts, size_t count, size_t limit, postern_text *file,
                                 struct parquet_writer **writer, postern_error *error)
{
    const struct parquet_settings settings = {.rest_column = KIT_TEXT("rest"), .limit = limit};
    static postern_sink_event events[64];
    assert_true(count <= COUNT(events));
    assert_int_equal(parquet_writer_new(&settings, writer, error), POSTERN_OK);
    for (size_t i = 0; i < count; i++) {
        events[i] =
            (postern_sink_event){.size = sizeof *events, .text = kit_text(texts[i]), .id = KIT_TEXT("1")};
        assert_int_equal(parquet_writer_add(*writer, &events[i], error), POSTERN_OK);
    }
    return parquet_writer_end(*writer, file, error);
}

/* Which type an inferred column has: one that holds each of the numbers to its last digit. */
static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *texts[3];
        enum parquet_type type;
    } rows[] = {
        {{"1", "-2"}, PARQUET_INT64},
        {{"1234567890123456789", "-9223372036854775808", "9223372036854775807"}, PARQUET_INT64},
        {{"9223372036854775808"}, PARQUET_STRING},
        {{"1", "18446744073709551615"}, PARQUET_STRING},
        {{"1", "1.0", "2.5"}, PARQUET_DOUBLE},
        {{"9007199254740992", "0.5"}, PARQUET_DOUBLE},
        {{"9007199254740993", "0.5"}, PARQUET_STRING},
        {{"0.5", "1234567890123456789"}, PARQUET_STRING},
        {{"null", "1234567890123456789", "1.0"}, PARQUET_STRING},
        {{"1234567890123456789", "1", "0.5"}, PARQUET_STRING},
        {{"0.1", "12345678.9012345", "6.02e23"}, PARQUET_DOUBLE},
        {{"3.14159265358979323846"}, PARQUET_STRING},
        {{"0.5", "1e400"}, PARQUET_STRING},
        {{"1e-400"}, PARQUET_STRING},
        {{"-0"}, PARQUET_DOUBLE},
        {{"-0", "1"}, PARQUET_DOUBLE},
        {{"0", "-1"}, PARQUET_INT64},
        {{"1.00000000000000000000000000000000000000000000000000000000000000000000"}, PARQUET_STRING},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parquet_schema *schema = parquet_schema_new();
        size_t known = schema->count;
        for (size_t n = 0; n < COUNT(rows[i].texts) && rows[i].texts[n]; n++) {
            char text[128];
            snprintf(text, sizeof text, "{\"n\":%s}", rows[i].texts[n]);
            assert_true(parquet_schema_infer(schema, kit_text(text), KIT_TEXT("rest")));
        }
        assert_int_equal(schema->fields[known].type, rows[i].type);
        parquet_schema_free(schema);
    }
}

/* Texts that no core sends must not be read behind their ends either. */
static void odd_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}",           "{\"a\":1,\"a\":2}",
                                        "{\"A\":1}",    "{\"\":1,\"rest\":2,\"b%\":3,\"c\\\"\":4}",
                                        "{\"a\":null}", "[1]",
                                        "\"x\"",        "",
                                        "{\"a",         "{\"a\"",
                                        "{\"a\":",      "{\"a\":\"",
                                        "{\"a\":\"\\",  "{\"a\":{\"b\"",
                                        "{\"a\":-}"};
    struct parquet_writer *writer;
    postern_text file;
    assert_int_equal(write_file(texts, COUNT(texts), 1 << 20, &file, &writer, NULL), POSTERN_OK);
    assert_memory_equal(file.data, "PAR1", 4);
    assert_memory_equal(kit_end(file) - 4, "PAR1", 4);
    parquet_writer_free(writer);
}

static void limits(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\":\"some text\"}"};
    struct parquet_writer *writer;
    postern_text file;
    assert_int_equal(write_file(texts, 1, 100, &file, &writer, NULL), POSTERN_E_LIMIT);
    assert_int_equal(file.size, 0);
    parquet_writer_free(writer);
    assert_int_equal(write_file(NULL, 0, 100, &file, &writer, NULL), POSTERN_OK);
    assert_int_equal(file.size, 0);
    parquet_writer_free(writer);
    struct parquet_schema *schema = parquet_schema_new();
    for (int i = 0; i < 2 * PARQUET_COLUMNS; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"member%d\":1}", i);
        assert_true(parquet_schema_infer(schema, kit_text(text), KIT_TEXT("rest")));
    }
    assert_int_equal(schema->count, PARQUET_COLUMNS);
    parquet_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(numbers),
                                       cmocka_unit_test(odd_texts), cmocka_unit_test(limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
