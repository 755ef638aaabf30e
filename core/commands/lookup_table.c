#include "commands/lookup_table.h"
#include "base/show.h"
#include "base/text.h"
#include "base/visible.h"
#include <string.h>

#define CELLS_LIMIT ((size_t)64 << 20)
#define WIDEST      40 /* what is longer moves the rest of its row */

struct lookup_table lookup_table_of(const postern_column *const *columns)
{
    struct lookup_table table = {.columns = columns, .cells = {.limit = CELLS_LIMIT}};
    while (columns[table.column_count] && table.column_count < LOOKUP_COLUMNS)
        table.column_count++;
    return table;
}

/* ---- Filling ---- */

static void append_value(struct buffer *cells, size_t start, const struct json_tape *tape,
                         const struct json_node *node)
{
    if (json_type(node) == POSTERN_JSON_NULL) return;
    if (cells->size > start) buffer_append_string(cells, ", ");
    if (json_type(node) != POSTERN_JSON_STRING)
        buffer_append_text(cells, json_raw(tape, node));
    else
        json_unescape(tape, node, cells);
}

/* What the path leads to; of a list all that it leads to in its elements. */
static void append_path(struct buffer *cells, size_t start, const struct json_tape *tape,
                        const struct json_node *node, const char *path)
{
    if (json_type(node) == POSTERN_JSON_ARRAY) {
        for (const struct json_node *item = json_first(tape, node); item; item = json_after(tape, item))
            append_path(cells, start, tape, item, path);
        return;
    }
    if (!*path) {
        append_value(cells, start, tape, node);
        return;
    }
    size_t size = strcspn(path, ".");
    if (json_type(node) != POSTERN_JSON_OBJECT) return;
    append_path(cells, start, tape, json_get_text(tape, node, (postern_text){path, size}),
                path[size] ? path + size + 1 : path + size);
}

bool lookup_table_add(struct lookup_table *table, struct json_tape *tape, postern_text json)
{
    const struct json_node *root = NULL;
    if (json_parse(tape, json, &root, NULL) < 0) return false;
    for (size_t i = 0; i < table->column_count; i++) {
        size_t start = table->cells.size;
        append_path(&table->cells, start, tape, root, table->columns[i]->path);
        if (table->cells.size == start) buffer_append_string(&table->cells, "-");
        for (size_t at = start; at < table->cells.size; at++)
            if (!table->cells.data[at]) table->cells.data[at] = ' ';
        buffer_append_byte(&table->cells, '\0');
    }
    table->rows += !table->cells.failed;
    return !table->cells.failed;
}

/* ---- Printing ---- */

static void note_width(size_t *width, const char *cell)
{
    size_t wide = visible_columns(text_of(cell));
    if (wide > *width && wide <= WIDEST) *width = wide;
    if (wide > WIDEST) *width = WIDEST;
}

static void print_cell(const struct lookup_table *table, const size_t *widths, size_t column,
                       const char *cell, FILE *to)
{
    if (column + 1 < table->column_count)
        show(to, "%-*s  ", (int)widths[column], cell);
    else
        show(to, "%s\n", cell);
}

void lookup_table_print(const struct lookup_table *table, FILE *to)
{
    size_t widths[LOOKUP_COLUMNS] = {0};
    if (!table->rows) return;
    for (size_t i = 0; i < table->column_count; i++)
        note_width(&widths[i], table->columns[i]->title);
    const char *cell = table->cells.data;
    for (size_t i = 0; i < table->rows * table->column_count; i++, cell += strlen(cell) + 1)
        note_width(&widths[i % table->column_count], cell);
    for (size_t i = 0; i < table->column_count; i++)
        print_cell(table, widths, i, table->columns[i]->title, to);
    cell = table->cells.data;
    for (size_t i = 0; i < table->rows * table->column_count; i++, cell += strlen(cell) + 1)
        print_cell(table, widths, i % table->column_count, cell, to);
}

void lookup_table_free(struct lookup_table *table)
{
    buffer_free(&table->cells);
}
