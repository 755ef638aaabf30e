/* What a stream's source could not read lately. */
#include "base/array.h"
#include "journal/sqlite/store.h"

static postern_status read_ids(struct database *database, int64_t **ids, size_t *count, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT r.id FROM (SELECT DISTINCT account, source, stream FROM dead_letter WHERE delivery = ''"
        " AND gone = 0) d JOIN account a ON a.name = d.account"
        " JOIN stream r ON r.account_id = a.id AND r.source = d.source AND r.name = d.stream ORDER BY r.id",
        NO_VALUES);
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        if (!array_extend(ids, *count, sizeof **ids)) return error_no_memory(error, NULL);
        (*ids)[(*count)++] = sqlite3_column_int64(statement, 0);
    }
    return status;
}

postern_status journal_set_aside_streams(struct journal *journal, int64_t **ids, size_t *count,
                                         postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    int64_t *found = NULL;
    size_t found_count = 0;
    postern_status status = read_ids(reading.database, &found, &found_count, error);
    if (status < 0) {
        free(found);
        return status;
    }
    *ids = found;
    *count = found_count;
    return POSTERN_OK;
}

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
