/* CSV as RFC 4180 has it, into rows of equal width. */
#ifndef POSTERN_PARSE_CSV_H
#define POSTERN_PARSE_CSV_H

#include <postern/module.h>

/* Cells row by row, `columns` each; the first row is the header. They point into the text. */
struct csv {
    postern_text *cells;
    size_t columns, rows; /* rows: with the header */
};

/* Reads a whole text, which must outlive *csv; quoted cells are unquoted in place. Blank rows are skipped and
 * short ones filled with empty cells. *error names the row; the header is row 1. */
postern_status csv_parse(char *text, size_t size, struct csv *csv, postern_error *error);
void csv_free(struct csv *csv);

#endif
