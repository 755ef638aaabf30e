/* An event into columns: each value, and each place where none is, with its levels (schema.h). */
#ifndef STORE_PARQUET_SHRED_H
#define STORE_PARQUET_SHRED_H

#include "parquet/column.h"

/* Of one event's lists, in all columns together: each takes memory, whether a value is there or not. */
#define PARQUET_ROW_ENTRIES ((size_t)4 << 20)

/* Zeroed but for the first two. */
struct parquet_shred {
    const struct parquet_schema *schema;
    struct parquet_column *columns; /* as schema->column_count */
    size_t visits;                  /* objects up to now */
    size_t row_entries;             /* that lists added to this row */
    size_t seen[PARQUET_COLUMNS];   /* by field: the visit in which it was filled */
    struct bytes rest; /* members of the event that no column took whole, as an object; or nothing */
};

/* The next row. A value that is none of its field's type, or a list that is too long, is null there, and what
 * is in no field is left out, and a double may be rounded: then the event's member in which it stands is in
 * `rest`, too. */
void parquet_shred_event(struct parquet_shred *shred, const postern_sink_event *event);

/* The event's own time; of one that has none, when it was received. */
static inline int64_t parquet_own_time(const postern_sink_event *event)
{
    return event->time_ms ? event->time_ms : event->received_ms;
}

#endif
