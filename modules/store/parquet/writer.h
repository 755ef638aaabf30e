/* A Parquet file of events: one row each, the columns of a schema, and one of JSON for all that no other
 * took. One row group, its rows by the events' own time. */
#ifndef STORE_PARQUET_WRITER_H
#define STORE_PARQUET_WRITER_H

#include "parquet/schema.h"
#include "shared/pack/pack.h"

struct parquet_settings {
    const struct parquet_schema *schema; /* NULL = inferred */
    postern_text rest_column;            /* empty = none: what no column took is left out */
    enum pack_kind compression;
    int level;
    size_t limit; /* the most bytes of the file */
};

struct parquet_writer;

/* The settings' texts are borrowed for its life. */
postern_status parquet_writer_new(const struct parquet_settings *settings, struct parquet_writer **writer,
                                  postern_error *error);
/* NULL is fine. */
void parquet_writer_free(struct parquet_writer *writer);
/* The event, whose text is a JSON object, is borrowed until the end. Fails with POSTERN_E_MEMORY alone. */
postern_status parquet_writer_add(struct parquet_writer *writer, const postern_sink_event *event,
                                  postern_error *error);
/* The whole file, which lives as long as the writer; empty without events. POSTERN_E_LIMIT, POSTERN_E_MEMORY.
 */
postern_status parquet_writer_end(struct parquet_writer *writer, postern_text *file, postern_error *error);

#endif
