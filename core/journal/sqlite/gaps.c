/* The holes of the coverage ledger. */
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

#define LIST_LIMIT ((size_t)16 << 20)

/* Behind each range up to the next one of its stream; and those that were joined, with their number. */
#define SELECT_GAPS                                                                                          \
    "SELECT a.name, s.name, g.from_ms, g.until_ms, g.holes, g.missing_ms FROM"                               \
    " (SELECT stream_id, until_ms + 1 AS from_ms,"                                                           \
    "   lead(from_ms) OVER (PARTITION BY stream_id ORDER BY from_ms) - 1 AS until_ms, 1 AS holes,"           \
    "   lead(from_ms) OVER (PARTITION BY stream_id ORDER BY from_ms) - until_ms - 1 AS missing_ms"           \
    "  FROM coverage"                                                                                        \
    "  UNION ALL SELECT stream_id, from_ms, until_ms, holes, missing_ms FROM coverage WHERE holes > 0) g"    \
    " JOIN stream s ON s.id = g.stream_id JOIN account a ON a.id = s.account_id"                             \
    " WHERE g.until_ms IS NOT NULL AND s.state <> 'removed' ORDER BY g.until_ms DESC LIMIT ?1"

postern_status journal_gaps(struct journal *journal, postern_arena *arena, const struct coverage_gap **gaps,
                            size_t *count, postern_error *error)
{
    writer_store_idle(journal);
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = LIST_LIMIT};
    bool row = true;
    postern_status status =
        database_query(reading.database, error, &statement, SELECT_GAPS, VALUES(value_integer(GAPS_LISTED)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        const struct coverage_gap gap = {.account = arena_copy(arena, column_bytes(statement, 0)).data,
                                         .stream = arena_copy(arena, column_bytes(statement, 1)).data,
                                         .from_ms = sqlite3_column_int64(statement, 2),
                                         .until_ms = sqlite3_column_int64(statement, 3),
                                         .holes = sqlite3_column_int64(statement, 4),
                                         .missing_ms = sqlite3_column_int64(statement, 5)};
        if (!gap.account || !gap.stream || !buffer_append(&list, &gap, sizeof gap))
            return error_no_memory(error, NULL);
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **gaps, arena, gaps, count))
        return error_no_memory(error, NULL);
    return status;
}
