#include "parquet/footer.h"
#include "parquet/thrift.h"

enum { OPTIONAL = 1, REPEATED = 2 }; /* what a part of the schema may be; none is required */
/* What it is called beside. */
enum { TEXT = 0, LIST = 3, MILLISECONDS = 9, MICROSECONDS = 10, JSON_TEXT = 19, NONE = -1 };

/* How a type is stored. */
static const struct {
    int32_t physical, converted;
} forms[] = {[PARQUET_STRING] = {6, TEXT},
             [PARQUET_INT64] = {2, NONE},
             [PARQUET_DOUBLE] = {5, NONE},
             [PARQUET_BOOLEAN] = {0, NONE},
             [PARQUET_TIMESTAMP] = {2, MILLISECONDS},
             [PARQUET_TIMESTAMP_US] = {2, MICROSECONDS},
             [PARQUET_JSON] = {6, JSON_TEXT}};

/* ---- The schema ---- */

static void write_group(struct thrift *thrift, int32_t repetition, postern_text name, size_t children,
                        int32_t converted)
{
    thrift_open_item(thrift);
    if (repetition) thrift_i32(thrift, 3, repetition);
    thrift_text(thrift, 4, name);
    thrift_i32(thrift, 5, (int32_t)children);
    if (converted >= 0) thrift_i32(thrift, 6, converted);
    thrift_end(thrift);
}

static void write_leaf(struct thrift *thrift, enum parquet_type type, postern_text name)
{
    thrift_open_item(thrift);
    thrift_i32(thrift, 1, forms[type].physical);
    thrift_i32(thrift, 3, OPTIONAL);
    thrift_text(thrift, 4, name);
    if (forms[type].converted >= 0) thrift_i32(thrift, 6, forms[type].converted);
    thrift_end(thrift);
}

static size_t children_of(const struct parquet_schema *schema, size_t parent)
{
    size_t count = 0;
    for (size_t i = 0; i < schema->count; i++)
        count += schema->fields[i].parent == parent;
    return count;
}

static void write_field(const struct parquet_footer *footer, size_t index, struct thrift *thrift)
{
    const struct parquet_field *field = &footer->schema->fields[index];
    postern_text name = kit_text(field->name);
    for (size_t i = 0; i < field->lists; i++) {
        write_group(thrift, OPTIONAL, name, 1, LIST);
        write_group(thrift, REPEATED, KIT_TEXT("list"), 1, NONE);
        name = KIT_TEXT("element");
    }
    if (field->type == PARQUET_STRUCT)
        write_group(thrift, OPTIONAL, name, children_of(footer->schema, index), NONE);
    else
        write_leaf(thrift, footer->columns[field->column].type, name);
}

static void write_schema(const struct parquet_footer *footer, struct thrift *thrift)
{
    const struct parquet_schema *schema = footer->schema;
    size_t parts = 1 + (footer->rest_column.size > 0);
    for (size_t i = 0; i < schema->count; i++)
        parts += 2 * schema->fields[i].lists + 1;
    thrift_list(thrift, 2, THRIFT_STRUCT, parts);
    write_group(thrift, 0, KIT_TEXT("event"), children_of(schema, SIZE_MAX) + (footer->rest_column.size > 0),
                NONE);
    for (size_t i = 0; i < schema->count; i++)
        write_field(footer, i, thrift);
    if (footer->rest_column.size) write_leaf(thrift, PARQUET_JSON, footer->rest_column);
}

/* ---- Columns ---- */

static size_t path_length(const struct parquet_schema *schema, size_t index)
{
    size_t length = 0;
    for (size_t i = index; i != SIZE_MAX; i = schema->fields[i].parent)
        length += 1 + 2 * schema->fields[i].lists;
    return length;
}

static void write_path(const struct parquet_schema *schema, size_t index, struct thrift *thrift)
{
    const struct parquet_field *field = &schema->fields[index];
    if (field->parent != SIZE_MAX) write_path(schema, field->parent, thrift);
    thrift_text_value(thrift, kit_text(field->name));
    for (size_t i = 0; i < field->lists; i++) {
        thrift_text_value(thrift, KIT_TEXT("list"));
        thrift_text_value(thrift, KIT_TEXT("element"));
    }
}

/* `index`: of its field; SIZE_MAX = it is that of the rest. */
static void write_column(const struct parquet_footer *footer, const struct parquet_column *column,
                         size_t index, int64_t offset, struct thrift *thrift)
{
    static const int32_t codecs[] = {[PACK_NONE] = 0, [PACK_GZIP] = 2, [PACK_ZSTD] = 6};
    thrift_open_item(thrift);
    thrift_i64(thrift, 2, offset);
    thrift_open(thrift, 3);
    thrift_i32(thrift, 1, forms[column->type].physical);
    thrift_list(thrift, 2, THRIFT_I32, 2);
    thrift_value(thrift, 0); /* plain */
    thrift_value(thrift, 3); /* RLE: of the levels */
    thrift_list(thrift, 3, THRIFT_BINARY, index == SIZE_MAX ? 1 : path_length(footer->schema, index));
    if (index == SIZE_MAX)
        thrift_text_value(thrift, footer->rest_column);
    else
        write_path(footer->schema, index, thrift);
    thrift_i32(thrift, 4, codecs[footer->compression]);
    thrift_i64(thrift, 5, (int64_t)column->entries);
    thrift_i64(thrift, 6, column->unpacked);
    thrift_i64(thrift, 7, (int64_t)column->pages.size);
    thrift_i64(thrift, 9, offset);
    thrift_end(thrift);
    thrift_end(thrift);
}

static void write_columns(const struct parquet_footer *footer, struct thrift *thrift)
{
    const struct parquet_schema *schema = footer->schema;
    int64_t offset = 4;
    thrift_list(thrift, 1, THRIFT_STRUCT, footer->column_count);
    for (size_t i = 0; i < schema->count; i++) {
        const struct parquet_column *column = &footer->columns[schema->fields[i].column];
        if (schema->fields[i].type == PARQUET_STRUCT) continue;
        write_column(footer, column, i, offset, thrift);
        offset += (int64_t)column->pages.size;
    }
    if (footer->rest_column.size)
        write_column(footer, &footer->columns[footer->column_count - 1], SIZE_MAX, offset, thrift);
}

void parquet_footer_write(const struct parquet_footer *footer, struct bytes *file)
{
    size_t from = file->size;
    struct thrift thrift = thrift_begin(file);
    int64_t unpacked = 0;
    for (size_t i = 0; i < footer->column_count; i++)
        unpacked += footer->columns[i].unpacked;
    thrift_i32(&thrift, 1, 1);
    write_schema(footer, &thrift);
    thrift_i64(&thrift, 3, (int64_t)footer->rows);
    thrift_list(&thrift, 4, THRIFT_STRUCT, 1);
    thrift_open_item(&thrift);
    write_columns(footer, &thrift);
    thrift_i64(&thrift, 2, unpacked);
    thrift_i64(&thrift, 3, (int64_t)footer->rows);
    thrift_end(&thrift);
    thrift_text(&thrift, 6, KIT_TEXT("postern"));
    thrift_end(&thrift);
    bytes_add_fixed(file, file->size - from, 4);
    bytes_add_text(file, KIT_TEXT("PAR1"));
}
