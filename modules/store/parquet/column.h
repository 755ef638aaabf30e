/* One column of a Parquet file while its rows come: values and levels of the page at hand, and the pages that
 * are done. Every column may be null. */
#ifndef STORE_PARQUET_COLUMN_H
#define STORE_PARQUET_COLUMN_H

#include "parquet/bytes.h"
#include "parquet/schema.h"
#include "shared/pack/pack.h"

struct parquet_column {
    enum parquet_type type;
    struct bytes values, present; /* of the page at hand; `present` has a byte a row, 0 or 1 */
    struct bytes pages;
    size_t rows, page_rows, bits; /* `bits`: booleans in `values` */
    int64_t unpacked;             /* bytes of the pages, headers and all, if they were not packed */
};

/* The next row holds a JSON value; false, with no row added, if it is none of the column's type. */
bool parquet_column_add(struct parquet_column *column, postern_text json);
/* The next row holds a text as it is, of a STRING or JSON column. */
void parquet_column_add_text(struct parquet_column *column, postern_text text);
/* The next row holds a point in time, of a TIMESTAMP column. */
void parquet_column_add_time(struct parquet_column *column, int64_t ms);
void parquet_column_add_null(struct parquet_column *column);

/* Ends the page at hand if it is large enough, or not empty and `last`. `pack` packs pages of `compression`.
 */
postern_status parquet_column_end_page(struct parquet_column *column, bool last, struct pack_stream *pack,
                                       postern_error *error);
bool parquet_column_failed(const struct parquet_column *column);
void parquet_column_free(struct parquet_column *column);

#endif
