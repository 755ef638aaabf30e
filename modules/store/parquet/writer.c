#include "parquet/writer.h"
#include "parquet/column.h"
#include "parquet/thrift.h"
#include <stdlib.h>

struct parquet_writer {
    struct parquet_settings settings;
    struct parquet_schema *inferred; /* NULL = the settings' schema */
    const postern_sink_event **events;
    size_t event_count, event_capacity;
    struct parquet_column *columns; /* of the schema, and one for the rest behind them */
    size_t column_count;
    struct bytes rest, file;
    struct pack_stream *pack;
};

static const struct parquet_schema *schema_of(const struct parquet_writer *writer)
{
    return writer->inferred ? writer->inferred : writer->settings.schema;
}

static bool has_rest(const struct parquet_writer *writer)
{
    return writer->settings.rest_column.size > 0;
}

postern_status parquet_writer_new(const struct parquet_settings *settings, struct parquet_writer **writer,
                                  postern_error *error)
{
    struct parquet_writer *made = calloc(1, sizeof *made);
    if (!made) return kit_no_memory(error);
    made->settings = *settings;
    made->inferred = settings->schema ? NULL : parquet_schema_new();
    postern_status status =
        settings->schema || made->inferred
            ? pack_stream_new(settings->compression, settings->level, settings->limit, &made->pack, error)
            : kit_no_memory(error);
    if (status < 0)
        parquet_writer_free(made);
    else
        *writer = made;
    return status;
}

void parquet_writer_free(struct parquet_writer *writer)
{
    if (!writer) return;
    for (size_t i = 0; i < writer->column_count; i++)
        parquet_column_free(&writer->columns[i]);
    free(writer->columns);
    free(writer->events);
    parquet_schema_free(writer->inferred);
    pack_stream_free(writer->pack);
    bytes_free(&writer->rest);
    bytes_free(&writer->file);
    free(writer);
}

postern_status parquet_writer_add(struct parquet_writer *writer, const postern_sink_event *event,
                                  postern_error *error)
{
    if (writer->event_count == writer->event_capacity) {
        size_t capacity = writer->event_capacity ? writer->event_capacity * 2 : 64;
        const postern_sink_event **grown = realloc(writer->events, capacity * sizeof *grown);
        if (!grown) return kit_no_memory(error);
        writer->events = grown;
        writer->event_capacity = capacity;
    }
    writer->events[writer->event_count++] = event;
    if (writer->inferred &&
        !parquet_schema_infer(writer->inferred, event->text, writer->settings.rest_column))
        return kit_no_memory(error);
    return POSTERN_OK;
}

/* ---- Rows ---- */

static int64_t own_time(const postern_sink_event *event)
{
    return event->time_ms ? event->time_ms : event->received_ms;
}

/* Equal times keep their order: the id decides, which no two events share. */
static int compare_times(const void *left, const void *right)
{
    const postern_sink_event *a = *(const postern_sink_event *const *)left;
    const postern_sink_event *b = *(const postern_sink_event *const *)right;
    int64_t first = own_time(a), second = own_time(b);
    if (first != second) return first < second ? -1 : 1;
    size_t size = a->id.size < b->id.size ? a->id.size : b->id.size;
    int order = size ? memcmp(a->id.data, b->id.data, size) : 0;
    return order ? order : (a->id.size > b->id.size) - (a->id.size < b->id.size);
}

/* A value of the event itself: "%{id}". */
static void add_own(struct parquet_column *column, postern_text path, const postern_sink_event *event)
{
    char day[KIT_DAY_SIZE];
    postern_text name = kit_span(path.data + 2, path.size - 3);
    bool is_time = kit_is(name, "time") || kit_is(name, "received");
    int64_t ms = kit_is(name, "time") ? own_time(event) : event->received_ms;
    postern_text text = is_time ? kit_span(NULL, 0) : kit_placeholder(name, event, day);
    if (is_time && (column->type == PARQUET_TIMESTAMP || column->type == PARQUET_INT64))
        parquet_column_add_time(column, ms);
    else if (!is_time && column->type == PARQUET_STRING && text.size)
        parquet_column_add_text(column, text);
    else
        parquet_column_add_null(column);
}

/* What no member of the event's own filled: values of Postern's, members of members, or nothing. */
static void add_others(struct parquet_writer *writer, const postern_sink_event *event, size_t row)
{
    const struct parquet_schema *schema = schema_of(writer);
    for (size_t i = 0; i < schema->count; i++) {
        struct parquet_column *column = &writer->columns[i];
        postern_text path = kit_text(schema->fields[i].path);
        if (column->rows > row) continue;
        if (kit_starts_with(path, "%{"))
            add_own(column, path, event);
        else if (!strchr(schema->fields[i].path, '.') ||
                 !parquet_column_add(column, kit_json_at(event->text, path)))
            parquet_column_add_null(column);
    }
}

static void add_to_rest(struct parquet_writer *writer, postern_text key, postern_text value)
{
    bytes_add_text(&writer->rest, writer->rest.size ? KIT_TEXT(",\"") : KIT_TEXT("{\""));
    bytes_add_text(&writer->rest, key);
    bytes_add_text(&writer->rest, KIT_TEXT("\":"));
    bytes_add_text(&writer->rest, value);
}

static postern_status add_row(struct parquet_writer *writer, const postern_sink_event *event, size_t row,
                              postern_error *error)
{
    const struct parquet_schema *schema = schema_of(writer);
    postern_text text = kit_trim(event->text), key, value;
    const char *at = text.data + (text.size > 0), *end = kit_end(text);
    size_t hint = 0;
    writer->rest.size = 0;
    while (parquet_next_member(&at, end, &key, &value)) {
        size_t index = parquet_field_of(schema, key, &hint);
        bool taken = index != SIZE_MAX && writer->columns[index].rows == row &&
                     parquet_column_add(&writer->columns[index], value);
        if (!taken) add_to_rest(writer, key, value);
    }
    add_others(writer, event, row);
    if (has_rest(writer)) {
        struct parquet_column *column = &writer->columns[schema->count];
        if (writer->rest.size) bytes_add_byte(&writer->rest, '}');
        if (writer->rest.size)
            parquet_column_add_text(column, bytes_text(&writer->rest));
        else
            parquet_column_add_null(column);
    }
    postern_status status = writer->rest.failed ? kit_no_memory(error) : POSTERN_OK;
    for (size_t i = 0; i < writer->column_count && status >= 0; i++)
        status = parquet_column_end_page(&writer->columns[i], false, writer->pack, error);
    return status;
}

static bool make_columns(struct parquet_writer *writer)
{
    const struct parquet_schema *schema = schema_of(writer);
    size_t count = schema->count + has_rest(writer);
    writer->columns = calloc(count, sizeof *writer->columns);
    if (!writer->columns) return false;
    writer->column_count = count;
    for (size_t i = 0; i < count; i++) {
        enum parquet_type type = i < schema->count ? schema->fields[i].type : PARQUET_JSON;
        writer->columns[i].type = type == PARQUET_NOTHING ? PARQUET_STRING : type;
    }
    return true;
}

/* ---- The footer ---- */

/* How a type is stored, and what it is called beside. */
static const struct {
    int32_t physical, converted; /* converted < 0: none */
} forms[] = {[PARQUET_STRING] = {6, 0},   [PARQUET_INT64] = {2, -1},    [PARQUET_DOUBLE] = {5, -1},
             [PARQUET_BOOLEAN] = {0, -1}, [PARQUET_TIMESTAMP] = {2, 9}, [PARQUET_JSON] = {6, 19}};

static postern_text column_name(const struct parquet_writer *writer, size_t index)
{
    const struct parquet_schema *schema = schema_of(writer);
    return index < schema->count ? kit_text(schema->fields[index].name) : writer->settings.rest_column;
}

static void write_schema(const struct parquet_writer *writer, struct thrift *footer)
{
    thrift_list(footer, 2, THRIFT_STRUCT, writer->column_count + 1);
    thrift_open_item(footer);
    thrift_text(footer, 4, KIT_TEXT("event"));
    thrift_i32(footer, 5, (int32_t)writer->column_count);
    thrift_end(footer);
    for (size_t i = 0; i < writer->column_count; i++) {
        enum parquet_type type = writer->columns[i].type;
        thrift_open_item(footer);
        thrift_i32(footer, 1, forms[type].physical);
        thrift_i32(footer, 3, 1); /* optional */
        thrift_text(footer, 4, column_name(writer, i));
        if (forms[type].converted >= 0) thrift_i32(footer, 6, forms[type].converted);
        thrift_end(footer);
    }
}

static void write_column(const struct parquet_writer *writer, struct thrift *footer, size_t index,
                         int64_t offset)
{
    static const int32_t codecs[] = {[PACK_NONE] = 0, [PACK_GZIP] = 2, [PACK_ZSTD] = 6};
    const struct parquet_column *column = &writer->columns[index];
    thrift_open_item(footer);
    thrift_i64(footer, 2, offset);
    thrift_open(footer, 3);
    thrift_i32(footer, 1, forms[column->type].physical);
    thrift_list(footer, 2, THRIFT_I32, 2);
    thrift_value(footer, 0); /* plain */
    thrift_value(footer, 3); /* RLE: of the levels */
    thrift_list(footer, 3, THRIFT_BINARY, 1);
    thrift_text_value(footer, column_name(writer, index));
    thrift_i32(footer, 4, codecs[writer->settings.compression]);
    thrift_i64(footer, 5, (int64_t)column->rows);
    thrift_i64(footer, 6, column->unpacked);
    thrift_i64(footer, 7, (int64_t)column->pages.size);
    thrift_i64(footer, 9, offset);
    thrift_end(footer);
    thrift_end(footer);
}

static void write_footer(struct parquet_writer *writer)
{
    struct bytes *file = &writer->file;
    size_t from = file->size;
    struct thrift footer = thrift_begin(file);
    int64_t offset = 4, unpacked = 0;
    thrift_i32(&footer, 1, 1);
    write_schema(writer, &footer);
    thrift_i64(&footer, 3, (int64_t)writer->event_count);
    thrift_list(&footer, 4, THRIFT_STRUCT, 1);
    thrift_open_item(&footer);
    thrift_list(&footer, 1, THRIFT_STRUCT, writer->column_count);
    for (size_t i = 0; i < writer->column_count; i++) {
        write_column(writer, &footer, i, offset);
        offset += (int64_t)writer->columns[i].pages.size;
        unpacked += writer->columns[i].unpacked;
    }
    thrift_i64(&footer, 2, unpacked);
    thrift_i64(&footer, 3, (int64_t)writer->event_count);
    thrift_end(&footer);
    thrift_text(&footer, 6, KIT_TEXT("postern"));
    thrift_end(&footer);
    bytes_add_fixed(file, file->size - from, 4);
    bytes_add_text(file, KIT_TEXT("PAR1"));
}

postern_status parquet_writer_end(struct parquet_writer *writer, postern_text *file, postern_error *error)
{
    *file = kit_span(NULL, 0);
    if (writer->event_count == 0) return POSTERN_OK;
    if (!make_columns(writer)) return kit_no_memory(error);
    qsort(writer->events, writer->event_count, sizeof *writer->events, compare_times);
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < writer->event_count && status >= 0; i++)
        status = add_row(writer, writer->events[i], i, error);
    for (size_t i = 0; i < writer->column_count && status >= 0; i++)
        status = parquet_column_end_page(&writer->columns[i], true, writer->pack, error);
    if (status < 0) return status;
    bytes_add_text(&writer->file, KIT_TEXT("PAR1"));
    for (size_t i = 0; i < writer->column_count; i++)
        bytes_add_text(&writer->file, bytes_text(&writer->columns[i].pages));
    write_footer(writer);
    if (writer->file.failed) return kit_no_memory(error);
    if (writer->file.size > writer->settings.limit)
        return kit_fail(error, POSTERN_E_LIMIT, NULL, "more than %zu bytes", writer->settings.limit);
    *file = bytes_text(&writer->file);
    return POSTERN_OK;
}
