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
        bool fits;
        size_t bytes; /* of values that it adds */
    } rows[] = {
        {PARQUET_STRING, "\"a\\u00e9\\ud83d\\ude00\"", true, 4 + 1 + 2 + 4},
        {PARQUET_STRING, "\"\"", true, 4},
        {PARQUET_STRING, "12.50", true, 4 + 5},
        {PARQUET_STRING, "[1]", false, 0},
        {PARQUET_INT64, "-9223372036854775808", true, 8},
        {PARQUET_INT64, "9223372036854775808", false, 0},
        {PARQUET_INT64, "1.0", false, 0},
        {PARQUET_INT64, "\"1\"", false, 0},
        {PARQUET_DOUBLE, "1e3", true, 8},
        {PARQUET_DOUBLE, "\"1\"", false, 0},
        {PARQUET_BOOLEAN, "true", true, 1},
        {PARQUET_BOOLEAN, "1", false, 0},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00Z\"", true, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00.123456-0530\"", true, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00\"", true, 8},
        {PARQUET_TIMESTAMP, "\"2026-11-27\"", false, 0},
        {PARQUET_TIMESTAMP, "\"2026-11-27T04:00:00+1\"", false, 0},
        {PARQUET_TIMESTAMP, "1795752000000", true, 8},
        {PARQUET_TIMESTAMP, "\"\"", false, 0},
        {PARQUET_JSON, "{\"a\":[1]}", true, 4 + 9},
        {PARQUET_JSON, "null", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parquet_column column = {.type = rows[i].type, .definition = 1};
        assert_int_equal(parquet_column_add(&column, 0, kit_text(rows[i].json)), rows[i].fits);
        assert_int_equal(column.entries, rows[i].fits);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(odd_texts),
                                       cmocka_unit_test(limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
