/* The coverage ledger: which ranges of time were read to their end, one row per stream and contiguous range,
 * with counts per day. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"

#define DAY_MS 86400000

struct range {
    int64_t from_ms, until_ms, events, first_read_ms;
};

/* Takes the ranges that overlap or touch `range` into it, and their rows out of the table. */
static postern_status absorb(struct database *database, int64_t stream_id, struct range *range,
                             postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    const int64_t from = range->from_ms, until = range->until_ms;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT from_ms, until_ms, events, first_read_ms FROM coverage"
                       " WHERE stream_id = ?1 AND from_ms <= ?3 + 1 AND until_ms >= ?2 - 1",
                       VALUES(value_integer(stream_id), value_integer(from), value_integer(until)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        int64_t row_from = sqlite3_column_int64(statement, 0), row_until = sqlite3_column_int64(statement, 1);
        int64_t first_read = sqlite3_column_int64(statement, 3);
        if (row_from < range->from_ms) range->from_ms = row_from;
        if (row_until > range->until_ms) range->until_ms = row_until;
        if (first_read < range->first_read_ms) range->first_read_ms = first_read;
        range->events += sqlite3_column_int64(statement, 2);
    }
    statement_end(&statement);
    if (status < 0) return status;
    return database_run(
        database, error,
        "DELETE FROM coverage WHERE stream_id = ?1 AND from_ms <= ?3 + 1 AND until_ms >= ?2 - 1",
        VALUES(value_integer(stream_id), value_integer(from), value_integer(until)));
}

postern_status coverage_extend(struct database *database, int64_t stream_id, const struct coverage_read *read,
                               int64_t now_ms, postern_error *error)
{
    if (read->until_ms < read->from_ms)
        return error_set(error, POSTERN_E_INVALID, "a range that was read ends before it starts");
    struct range range = {read->from_ms, read->until_ms, read->events, now_ms};
    postern_status status = absorb(database, stream_id, &range, error);
    if (status == POSTERN_OK)
        status = database_run(
            database, error,
            "INSERT INTO coverage (stream_id, from_ms, until_ms, events, first_read_ms, last_read_ms)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            VALUES(value_integer(stream_id), value_integer(range.from_ms), value_integer(range.until_ms),
                   value_integer(range.events), value_integer(range.first_read_ms), value_integer(now_ms)));
    if (status < 0) return status;
    int64_t day = read->until_ms / DAY_MS;
    return database_run(database, error,
                        "INSERT INTO coverage_day (stream_id, day, reads, events) VALUES (?1, ?2, 1, ?3)"
                        " ON CONFLICT DO UPDATE SET reads = reads + 1, events = events + excluded.events",
                        VALUES(value_integer(stream_id), value_integer(day), value_integer(read->events)));
}

postern_status journal_coverage(struct journal *journal, int64_t stream_id, postern_arena *arena,
                                const struct coverage_range **ranges, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = SIZE_MAX / 2};
    bool row = true;
    postern_status status =
        database_query(reading.database, error, &statement,
                       "SELECT from_ms, until_ms, events, first_read_ms, last_read_ms FROM coverage"
                       " WHERE stream_id = ?1 ORDER BY from_ms",
                       VALUES(value_integer(stream_id)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct coverage_range range = {
            sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
            sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3),
            sqlite3_column_int64(statement, 4),
        };
        if (!buffer_append(&list, &range, sizeof range)) return error_no_memory(error, NULL);
    }
    if (status < 0) return status;
    postern_text copy = arena_copy(arena, buffer_text(&list));
    if (!copy.data) return error_no_memory(error, NULL);
    *ranges = (const struct coverage_range *)(const void *)copy.data;
    *count = copy.size / sizeof **ranges;
    return POSTERN_OK;
}
