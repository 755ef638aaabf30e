/* Nested values into columns: the levels of each, against what is written here by hand, and schema files. */
#include "../unit.h"
#include "parquet/shred.h"
#include <stdlib.h>
#include <unistd.h>

static struct parquet_schema *read_schema(const char *text, postern_error *error)
{
    char path[] = "/tmp/postern-columns-XXXXXX";
    struct parquet_schema *schema = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    parquet_schema_read(kit_text(path), KIT_TEXT("rest"), &schema, error);
    unlink(path);
    return schema;
}

struct shredded {
    struct parquet_schema *schema;
    struct parquet_column columns[8];
    struct parquet_shred shred;
};

static struct shredded *shredded_new(const char *columns)
{
    postern_error error = {.size = sizeof error};
    struct shredded *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->schema = read_schema(columns, &error);
    if (!made->schema) fail_msg("%s", error.message);
    assert_true(made->schema->column_count <= COUNT(made->columns));
    for (size_t i = 0; i < made->schema->count; i++) {
        const struct parquet_field *field = &made->schema->fields[i];
        if (field->type != PARQUET_STRUCT)
            made->columns[field->column] =
                (struct parquet_column){.type = field->type,
                                        .definition = parquet_full_definition(field),
                                        .repetition = parquet_full_repetition(field)};
    }
    made->shred = (struct parquet_shred){.schema = made->schema, .columns = made->columns};
    return made;
}

static void shredded_free(struct shredded *shredded)
{
    for (size_t i = 0; i < shredded->schema->column_count; i++)
        parquet_column_free(&shredded->columns[i]);
    bytes_free(&shredded->shred.rest);
    parquet_schema_free(shredded->schema);
    free(shredded);
}

/* "r:d r:d ..." of a column. */
static const char *levels_of(const struct parquet_column *column, char *text, size_t capacity)
{
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < column->entries; i++)
        size += (size_t)snprintf(text + size, capacity - size, "%s%d:%d", i ? " " : "",
                                 column->repetition ? column->repetitions.data[i] : 0,
                                 column->definitions.data[i]);
    return text;
}

static void levels(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *event, *levels[2], *rest;
    } rows[] = {
        {"a int64", "{\"a\":1}", {"0:1"}, ""},
        {"a int64", "{\"a\":null}", {"0:0"}, ""},
        {"a int64", "{}", {"0:0"}, ""},
        {"a int64", "{\"a\":\"x\"}", {"0:0"}, "{\"a\":\"x\"}"},
        {"a double", "{\"a\":0.1}", {"0:1"}, ""},
        {"a double", "{\"a\":9007199254740993}", {"0:1"}, "{\"a\":9007199254740993}"},
        {"a double", "{\"a\":1e400}", {"0:0"}, "{\"a\":1e400}"},
        {"a list<double>", "{\"a\":[1,9007199254740993]}", {"0:3 1:3"}, "{\"a\":[1,9007199254740993]}"},
        {"a list<int64>", "{}", {"0:0"}, ""},
        {"a list<int64>", "{\"a\":[]}", {"0:1"}, ""},
        {"a list<int64>", "{\"a\":[null]}", {"0:2"}, ""},
        {"a list<int64>", "{\"a\":[1,null,3]}", {"0:3 1:2 1:3"}, ""},
        {"a list<int64>", "{\"a\":[1,\"x\",3]}", {"0:3 1:2 1:3"}, "{\"a\":[1,\"x\",3]}"},
        {"a list<int64>", "{\"a\":1}", {"0:0"}, "{\"a\":1}"},
        {"a list<list<int64>>", "{\"a\":[[1,2],[],null,[3]]}", {"0:5 2:5 1:3 1:2 1:5"}, ""},
        {"s struct\n  a int64\n  b string", "{\"s\":{\"a\":1}}", {"0:2", "0:1"}, ""},
        {"s struct\n  a int64\n  b string", "{\"s\":{}}", {"0:1", "0:1"}, ""},
        {"s struct\n  a int64\n  b string", "{\"s\":null}", {"0:0", "0:0"}, ""},
        {"s struct\n  a int64\n  b string", "{\"s\":[1]}", {"0:0", "0:0"}, "{\"s\":[1]}"},
        {"s struct\n  a int64\n  b string",
         "{\"s\":{\"a\":1,\"c\":2}}",
         {"0:2", "0:1"},
         "{\"s\":{\"a\":1,\"c\":2}}"},
        {"s struct\n  a int64\n  b string",
         "{\"s\":{\"a\":1,\"a\":2}}",
         {"0:2", "0:1"},
         "{\"s\":{\"a\":1,\"a\":2}}"},
        {"s struct\n  a int64 x.y\n  b string %{id}",
         "{\"s\":{\"x\":{\"y\":1}}}",
         {"0:2", "0:2"},
         "{\"s\":{\"x\":{\"y\":1}}}"},
        {"i string %{id}", "{\"%{id}\":\"x\"}", {"0:1"}, "{\"%{id}\":\"x\"}"},
        /* The example of the paper that the format follows. */
        {"l list<struct>\n  b list<int64>\n  c string",
         "{\"l\":[{\"b\":[1,2],\"c\":\"x\"},{\"c\":\"y\"},null,{\"b\":[]}]}",
         {"0:6 2:6 1:3 1:2 1:4", "0:4 1:4 1:2 1:3"},
         ""},
        {"l list<struct>\n  b list<int64>\n  c string", "{\"l\":[]}", {"0:1", "0:1"}, ""},
        {"o struct\n  l list<struct>\n    b list<int64>\n  c string",
         "{\"o\":{\"l\":[{\"b\":[1]},{\"b\":[2,3]}],\"c\":\"x\"}}",
         {"0:7 1:7 2:7", "0:2"},
         ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shredded *shredded = shredded_new(rows[i].schema);
        const postern_sink_event event = {
            .size = sizeof event, .id = KIT_TEXT("1"), .text = kit_text(rows[i].event)};
        char text[256];
        parquet_shred_event(&shredded->shred, &event);
        for (size_t c = 0; c < shredded->schema->column_count; c++)
            assert_string_equal(levels_of(&shredded->columns[c], text, sizeof text), rows[i].levels[c]);
        assert_text(bytes_text(&shredded->shred.rest), rows[i].rest);
        shredded_free(shredded);
    }
}

/* A list whose entries would fill memory is none of its column's; the one behind it is. */
static void long_lists(void **state)
{
    (void)state;
    static const char columns[] = "l list<struct>\n  a int64\n  b int64\n  c int64\n  d int64\n"
                                  "s list<list<int64>>\n";
    const size_t most = PARQUET_ROW_ENTRIES / 4 + 1;
    for (size_t count = most; count <= most + 1; count++) {
        struct shredded *shredded = shredded_new(columns);
        bool fits = count == most;
        char *text = malloc(3 * count + 64), shown[64];
        assert_non_null(text);
        size_t size = (size_t)sprintf(text, "{\"l\":[");
        for (size_t i = 0; i < count; i++, size += 3)
            memcpy(text + size, "{},", 3);
        size += (size_t)sprintf(text + size - 1, "],\"s\":[[],[1,2]]}") - 1;
        const postern_sink_event event = {.size = sizeof event, .text = kit_span(text, size)};
        parquet_shred_event(&shredded->shred, &event);
        for (size_t c = 0; c < 4; c++)
            assert_int_equal(shredded->columns[c].entries, fits ? most : 1);
        assert_int_equal(shredded->columns[3].definitions.data[0], fits ? 3 : 0);
        assert_string_equal(levels_of(&shredded->columns[4], shown, sizeof shown),
                            fits ? "0:0" : "0:3 1:5 2:5");
        postern_text rest = bytes_text(&shredded->shred.rest);
        if (fits)
            assert_text(rest, "{\"s\":[[],[1,2]]}");
        else
            assert_int_equal(rest.size, 3 * count + strlen("{\"l\":[]}") - 1);
        free(text);
        shredded_free(shredded);
    }
}

static void schema_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wrong; /* NULL = good */
    } rows[] = {
        {"a struct\n  b list<struct>   path.of # a remark\n      c int64\n\n  d string\ne json\n", NULL},
        {"a int64\n  b int64\n", ":2: it stands further in"},
        {"  a struct\n    b int64\n c int64\n", ":3: it stands neither"},
        {"a struct\n  b int64\n   c int64\n", ":3: it stands further in"},
        {"a struct\n    b int64\n  c int64\n", ":3: it stands neither"},
        {"a struct\n  b int64\n  b string\n", ":3: there is a column of that name already"},
        {"a struct\n  a int64\nb struct\n  a int64\n", NULL},
        {"a int64\nb string a\n", ":2: a column above has that path"},
        {"a int64 b\nb string\n", ":2: a column above has that path"},
        {"a string %{id}\nb string %{id}\n", ":2: a column above has that path"},
        {"a struct\n  b int64 x\nc struct\n  b int64 x\n", NULL},
        {"a struct\nb int64\n", "the struct a has no members"},
        {"a struct\n\tb int64\n", ":2: a tab stands in front"},
        {"a list<int32>\n", ":1: the type is none of"},
        {"a list<int64\n", ":1: the type is none of"},
        {"a list<>\n", ":1: the type is none of"},
        {"a list<string> %{id}\n", ":1: what Postern knows"},
        {"a list<list<list<list<list<list<list<list<list<json>>>>>>>>>\n", ":1: there are more than 8"},
        {"a struct\n b struct\n  c struct\n   d struct\n    e struct\n     f struct\n      g struct\n       "
         "h struct\n"
         "        i struct\n         j int64\n",
         ":9: there are more than 8"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        postern_error error = {.size = sizeof error};
        struct parquet_schema *schema = read_schema(rows[i].text, &error);
        assert_int_equal(schema != NULL, rows[i].wrong == NULL);
        if (rows[i].wrong) assert_contains(error.message, rows[i].wrong);
        parquet_schema_free(schema);
    }
}

/* Texts that no core sends must not be read behind their ends: every piece of a good one, and with bytes
 * changed. */
static void broken_texts(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"l\":[{\"b\":[1,null],\"c\":\"x\\u00e9\"},null],\"o\":{\"l\":[[\"a\"],[]]},\"x\":1}";
    static const char odd[] = "{}[],:\"\\n10 ";
    for (size_t i = 0; i < sizeof whole * sizeof odd; i++) {
        struct shredded *shredded = shredded_new("l list<struct>\n  b list<int64>\n  c string\n"
                                                 "o struct\n  l list<list<string>>\nx string %{id}\n");
        size_t size = i % sizeof whole;
        char *text = malloc(size ? size : 1);
        assert_non_null(text);
        memcpy(text, whole, size);
        if (size > 1) text[(i * 7) % size] = odd[i / sizeof whole];
        const postern_sink_event event = {.size = sizeof event, .text = kit_span(text, size)};
        parquet_shred_event(&shredded->shred, &event);
        for (size_t c = 0; c < shredded->schema->column_count; c++)
            assert_true(shredded->columns[c].entries >= 1);
        free(text);
        shredded_free(shredded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels), cmocka_unit_test(schema_files),
                                       cmocka_unit_test(long_lists), cmocka_unit_test(broken_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
