#include "parquet/writer.h"
#include "parquet/footer.h"
#include "parquet/shred.h"
#include <stdlib.h>

struct parquet_writer {
    struct parquet_settings settings;
    struct parquet_schema *inferred; /* NULL = the settings' schema */
    const postern_sink_event **events;
    size_t event_count, event_capacity;
    struct parquet_column *columns; /* of the schema, and one for the rest behind them */
    size_t column_count;
    struct parquet_shred shred;
    struct bytes file;
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
    bytes_free(&writer->shred.rest);
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

/* Equal times keep their order: the id decides, which no two events share. */
static int compare_times(const void *left, const void *right)
{
    const postern_sink_event *a = *(const postern_sink_event *const *)left;
    const postern_sink_event *b = *(const postern_sink_event *const *)right;
    int64_t first = parquet_own_time(a), second = parquet_own_time(b);
    if (first != second) return first < second ? -1 : 1;
    size_t size = a->id.size < b->id.size ? a->id.size : b->id.size;
    int order = size ? memcmp(a->id.data, b->id.data, size) : 0;
    return order ? order : (a->id.size > b->id.size) - (a->id.size < b->id.size);
}

static postern_status add_row(struct parquet_writer *writer, const postern_sink_event *event,
                              postern_error *error)
{
    struct parquet_shred *shred = &writer->shred;
    parquet_shred_event(shred, event);
    if (has_rest(writer)) {
        struct parquet_column *column = &writer->columns[writer->column_count - 1];
        if (shred->rest.size)
            parquet_column_add_text(column, 0, bytes_text(&shred->rest));
        else
            parquet_column_add_null(column, 0, 0);
    }
    postern_status status = shred->rest.failed ? kit_no_memory(error) : POSTERN_OK;
    for (size_t i = 0; i < writer->column_count && status >= 0; i++)
        status = parquet_column_end_page(&writer->columns[i], false, writer->pack, error);
    return status;
}

static bool make_columns(struct parquet_writer *writer)
{
    const struct parquet_schema *schema = schema_of(writer);
    size_t count = schema->column_count + has_rest(writer);
    writer->columns = calloc(count, sizeof *writer->columns);
    if (!writer->columns) return false;
    writer->column_count = count;
    for (size_t i = 0; i < schema->count; i++) {
        const struct parquet_field *field = &schema->fields[i];
        if (field->type == PARQUET_STRUCT) continue;
        writer->columns[field->column] =
            (struct parquet_column){.type = field->type == PARQUET_NOTHING ? PARQUET_STRING : field->type,
                                    .definition = parquet_full_definition(field),
                                    .repetition = parquet_full_repetition(field)};
    }
    if (has_rest(writer))
        writer->columns[count - 1] = (struct parquet_column){.type = PARQUET_JSON, .definition = 1};
    writer->shred.schema = schema;
    writer->shred.columns = writer->columns;
    return true;
}

postern_status parquet_writer_end(struct parquet_writer *writer, postern_text *file, postern_error *error)
{
    *file = kit_span(NULL, 0);
    if (writer->event_count == 0) return POSTERN_OK;
    if (!make_columns(writer)) return kit_no_memory(error);
    qsort(writer->events, writer->event_count, sizeof *writer->events, compare_times);
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < writer->event_count && status >= 0; i++)
        status = add_row(writer, writer->events[i], error);
    for (size_t i = 0; i < writer->column_count && status >= 0; i++)
        status = parquet_column_end_page(&writer->columns[i], true, writer->pack, error);
    if (status < 0) return status;
    bytes_add_text(&writer->file, KIT_TEXT("PAR1"));
    for (size_t i = 0; i < writer->column_count; i++)
        bytes_add_text(&writer->file, bytes_text(&writer->columns[i].pages));
    const struct parquet_footer footer = {.schema = schema_of(writer),
                                          .rest_column = writer->settings.rest_column,
                                          .compression = writer->settings.compression,
                                          .columns = writer->columns,
                                          .column_count = writer->column_count,
                                          .rows = writer->event_count};
    parquet_footer_write(&footer, &writer->file);
    if (writer->file.failed) return kit_no_memory(error);
    if (writer->file.size > writer->settings.limit)
        return kit_fail(error, POSTERN_E_LIMIT, NULL, "more than %zu bytes", writer->settings.limit);
    *file = bytes_text(&writer->file);
    return POSTERN_OK;
}
