/* The table in which a lookup's results are shown on a terminal. */
#ifndef POSTERN_COMMANDS_LOOKUP_TABLE_H
#define POSTERN_COMMANDS_LOOKUP_TABLE_H

#include "base/buffer.h"
#include "base/json.h"
#include <stdio.h>

enum { LOOKUP_COLUMNS = 16 };

struct lookup_table {
    const postern_column *const *columns;
    size_t column_count;
    struct buffer cells; /* each ends with NUL, row after row */
    size_t rows;
};

/* For the lookup's columns, at most LOOKUP_COLUMNS of them. */
struct lookup_table lookup_table_of(const postern_column *const *columns);
/* One result. False if there is no more room. */
bool lookup_table_add(struct lookup_table *table, struct json_tape *tape, postern_text json);
/* Prints what there is; nothing if there are no rows. */
void lookup_table_print(const struct lookup_table *table, FILE *to);
void lookup_table_free(struct lookup_table *table);

#endif
