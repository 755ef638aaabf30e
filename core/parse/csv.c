#include "parse/csv.h"
#include "base/array.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include <stdlib.h>

#define CELL_LIMIT   ((size_t)4 << 20)
#define COLUMN_LIMIT 1000u

struct csv_reader {
    char *at, *end;
    char separator;
    size_t row;
    struct csv *csv;
    size_t count, capacity; /* cells */
    postern_error *error;
};

static postern_status add_cell(struct csv_reader *r, postern_text cell)
{
    if (r->count == CELL_LIMIT)
        return error_set(r->error, POSTERN_E_LIMIT, "row %zu: more than %zu cells", r->row, CELL_LIMIT);
    if (!array_reserve(&r->csv->cells, &r->capacity, r->count + 1, sizeof cell, CELL_LIMIT))
        return error_no_memory(r->error, NULL);
    r->csv->cells[r->count++] = cell;
    return POSTERN_OK;
}

static bool at_line_end(const struct csv_reader *r)
{
    return r->at == r->end || *r->at == '\n' || *r->at == '\r';
}

/* "He said ""no""" → He said "no", written over itself. */
static postern_status read_quoted(struct csv_reader *r, postern_text *cell)
{
    char *from = ++r->at, *to = from;
    while (r->at < r->end) {
        if (*r->at == '"') {
            r->at++;
            if (r->at == r->end || *r->at != '"') break;
        }
        *to++ = *r->at++;
    }
    if (r->at[-1] != '"' || r->at - 1 < from)
        return error_set(r->error, POSTERN_E_CONFIG, "row %zu: a quote is not closed", r->row);
    if (!at_line_end(r) && *r->at != r->separator)
        return error_set(r->error, POSTERN_E_CONFIG, "row %zu: there is text behind a closing quote", r->row);
    *cell = text_slice(from, to);
    return POSTERN_OK;
}

static postern_status read_cell(struct csv_reader *r, postern_text *cell)
{
    if (r->at < r->end && *r->at == '"') return read_quoted(r, cell);
    char *from = r->at;
    while (!at_line_end(r) && *r->at != r->separator)
        r->at++;
    *cell = text_slice(from, r->at);
    return POSTERN_OK;
}

/* Reads one row; *width is how many cells it has. */
static postern_status read_row(struct csv_reader *r, size_t *width)
{
    postern_status status;
    for (*width = 0;;) {
        postern_text cell = {0};
        if ((status = read_cell(r, &cell)) < 0 || (status = add_cell(r, cell)) < 0) return status;
        ++*width;
        if (at_line_end(r)) break;
        r->at++; /* the separator */
    }
    if (r->at < r->end && *r->at == '\r') r->at++;
    if (r->at < r->end && *r->at == '\n') r->at++;
    return POSTERN_OK;
}

static postern_status check_header(const struct csv_reader *r)
{
    const struct csv *csv = r->csv;
    if (csv->columns > COLUMN_LIMIT)
        return error_set(r->error, POSTERN_E_LIMIT, "the header has more than %u columns", COLUMN_LIMIT);
    for (size_t i = 0; i < csv->columns; i++) {
        if (csv->cells[i].size == 0)
            return error_set(r->error, POSTERN_E_CONFIG, "column %zu has no name in the header", i + 1);
        for (size_t before = 0; before < i; before++)
            if (text_equal(csv->cells[i], csv->cells[before]))
                return error_set(r->error, POSTERN_E_CONFIG, "columns %zu and %zu have the same name",
                                 before + 1, i + 1);
    }
    return POSTERN_OK;
}

/* The separator of the header's line: a comma if it holds one, else a semicolon or a tab. */
static char find_separator(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    size_t line = end ? (size_t)(end - text) : size;
    for (const char *candidate = ",;\t"; *candidate; candidate++)
        if (memchr(text, *candidate, line)) return *candidate;
    return ',';
}

static postern_status read_rows(struct csv_reader *r)
{
    postern_status status;
    while (r->at < r->end) {
        size_t width, first = r->count;
        r->row++;
        if ((status = read_row(r, &width)) < 0) return status;
        if (width == 1 && r->csv->cells[first].size == 0) {
            r->count = first; /* a blank row */
            continue;
        }
        if (r->csv->rows == 0) {
            r->csv->columns = width;
            if ((status = check_header(r)) < 0) return status;
        }
        if (width > r->csv->columns)
            return error_set(r->error, POSTERN_E_CONFIG, "row %zu has %zu cells, but the header %zu", r->row,
                             width, r->csv->columns);
        for (; width < r->csv->columns; width++)
            if ((status = add_cell(r, TEXT(""))) < 0) return status;
        r->csv->rows++;
    }
    if (r->csv->rows == 0) return error_set(r->error, POSTERN_E_CONFIG, "there is no header row");
    return POSTERN_OK;
}

postern_status csv_parse(char *text, size_t size, struct csv *csv, postern_error *error)
{
    if (size == 0) return error_set(error, POSTERN_E_CONFIG, "it is empty");
    size_t mark = size - encoding_without_mark((postern_text){text, size}).size; /* Excel's byte order mark */
    struct csv found = {0};
    struct csv_reader reader = {.at = text + mark, .end = text + size, .csv = &found, .error = error};
    reader.separator = find_separator(reader.at, size - mark);
    postern_status status = read_rows(&reader);
    if (status < 0)
        csv_free(&found);
    else
        *csv = found;
    return status;
}

void csv_free(struct csv *csv)
{
    free(csv->cells);
    *csv = (struct csv){0};
}
