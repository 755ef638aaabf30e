/* What the tries at damaged answers have left, so that a restart between them forgets nothing. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"

postern_status tries_update(struct database *database, const struct journal_commit *commit,
                            postern_error *error)
{
    const struct bound_value stream = value_integer(commit->stream->id),
                             key = value_string(commit->tries_key);
    const postern_text left = commit->tries_left;
    if (commit->tries_clear)
        return database_run(database, error, "DELETE FROM tries WHERE stream_id = ?1", VALUES(stream));
    if (!commit->tries_key) return POSTERN_OK;
    if (!left.size)
        return database_run(database, error, "DELETE FROM tries WHERE stream_id = ?1 AND key = ?2",
                            VALUES(stream, key));
    return database_run(database, error,
                        "INSERT INTO tries (stream_id, key, left_over) VALUES (?1, ?2, ?3)"
                        " ON CONFLICT DO UPDATE SET left_over = excluded.left_over",
                        VALUES(stream, key, value_blob(left.data, left.size)));
}

/* One row, or all. */
static postern_status begin(struct database *database, int64_t stream_id, const char *key,
                            sqlite3_stmt **statement, postern_error *error)
{
    if (key)
        return database_query(database, error, statement,
                              "SELECT key, left_over FROM tries WHERE stream_id = ?1 AND key = ?2",
                              VALUES(value_integer(stream_id), value_string(key)));
    return database_query(database, error, statement, "SELECT key, left_over FROM tries WHERE stream_id = ?1",
                          VALUES(value_integer(stream_id)));
}

postern_status journal_tries(struct journal *journal, int64_t stream_id, const char *key,
                             journal_take_tries *take, void *context, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = begin(reading.database, stream_id, key, &statement, error);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        _cleanup_(freep) char *its_key = column_copy(statement, 0);
        if (!its_key || !take(context, its_key, column_bytes(statement, 1)))
            return error_no_memory(error, NULL);
    }
    if (status != POSTERN_E_IO || !reading.database->is_damaged) return status;
    log_write(POSTERN_LOG_WARNING, "journal",
              "what earlier tries at a damaged answer left is not known any more: its row is malformed");
    error_clear(error);
    return POSTERN_OK;
}
