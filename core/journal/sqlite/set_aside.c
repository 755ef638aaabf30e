/* What a stream's source could not read lately. */
#include "journal/sqlite/store.h"

postern_status journal_set_aside(struct journal *journal, const struct stream_record *stream,
                                 int64_t after_ms, size_t limit, journal_take_set_aside *take, void *context,
                                 postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT event_id, received_ms FROM dead_letter WHERE account = ?1 AND source = ?2 AND stream = ?3"
        " AND delivery = '' AND gone = 0 AND received_ms > ?4 ORDER BY id DESC LIMIT ?5",
        VALUES(value_string(stream->account), value_string(stream->source), value_string(stream->name),
               value_integer(after_ms), value_integer((int64_t)limit)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        postern_text id = column_bytes(statement, 0);
        if (id.size != EVENT_ID_SIZE) continue;
        if (!take(context, (const unsigned char *)id.data, sqlite3_column_int64(statement, 1)))
            return error_no_memory(error, NULL);
    }
    return status;
}
