/* The end of a Parquet file: its schema, and where each column lies. */
#ifndef STORE_PARQUET_FOOTER_H
#define STORE_PARQUET_FOOTER_H

#include "parquet/column.h"

struct parquet_footer {
    const struct parquet_schema *schema;
    postern_text rest_column; /* empty = none */
    enum pack_kind compression;
    const struct parquet_column *columns; /* of the schema, and that of the rest */
    size_t column_count, rows;
};

/* The columns' pages lie one behind the other, from the file's fourth byte on. */
void parquet_footer_write(const struct parquet_footer *footer, struct bytes *file);

#endif
