/* One column of a Parquet file while its rows come: values and levels of the page at hand, and the pages that
 * are done. */
#ifndef STORE_PARQUET_COLUMN_H
#define STORE_PARQUET_COLUMN_H

#include "parquet/bytes.h"
#include "parquet/number.h"
#include "parquet/schema.h"
#include "shared/pack/pack.h"

struct parquet_column {
    enum parquet_type type;
    int definition, repetition; /* the highest levels; a value that is there has this `definition` */
    struct bytes values;        /* of the page at hand, as the levels: a byte for each value or null */
    struct bytes definitions, repetitions;
    struct bytes pages;
    size_t entries, page_entries, bits; /* values and nulls; `bits`: booleans in `values` */
    int64_t unpacked;                   /* bytes of the pages, headers and all, if they were not packed */
};

/* What follows is a JSON value; of a PARQUET_MISFIT, as a null is, nothing is added. */
enum parquet_fit parquet_column_add(struct parquet_column *column, int repetition, postern_text json);
/* A text as it is, of a STRING or JSON column. */
void parquet_column_add_text(struct parquet_column *column, int repetition, postern_text text);
/* A point in time, of a TIMESTAMP, TIMESTAMP_US or INT64 column. */
void parquet_column_add_time(struct parquet_column *column, int repetition, int64_t ms);
/* None, on that level of definition. */
void parquet_column_add_null(struct parquet_column *column, int repetition, int definition);

/* Ends the page at hand if it is large enough, or not empty and `last`. `pack` packs pages of `compression`.
 */
postern_status parquet_column_end_page(struct parquet_column *column, bool last, struct pack_stream *pack,
                                       postern_error *error);
bool parquet_column_failed(const struct parquet_column *column);
void parquet_column_free(struct parquet_column *column);

#endif
