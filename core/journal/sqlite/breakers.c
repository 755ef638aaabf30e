/* What is known of the breakers of sinks: a row for each that is not closed. */
#include "journal/breakers.h"
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

#define LIST_LIMIT ((size_t)4 << 20)

static postern_status note(struct journal *journal, void *context, postern_error *error)
{
    const struct breaker_record *record = context;
    struct database *database = &journal->writer.database;
    if (record->state == BREAKER_CLOSED)
        return database_run(database, error, "DELETE FROM breaker WHERE sink = ?1",
                            VALUES(value_string(record->sink)));
    return database_run(database, error,
                        "INSERT OR REPLACE INTO breaker (sink, state, since_ms, next_ms)"
                        " VALUES (?1, ?2, ?3, ?4)",
                        VALUES(value_string(record->sink), value_string(breaker_state_name(record->state)),
                               value_integer(record->since_ms), value_integer(record->next_ms)));
}

postern_status journal_breaker_note(struct journal *journal, const struct breaker_record *record,
                                    postern_error *error)
{
    struct breaker_record copy = *record;
    return writer_call(journal, note, &copy, error);
}

postern_status journal_breakers(struct journal *journal, postern_arena *arena,
                                const struct breaker_record **records, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = LIST_LIMIT};
    bool row = true;
    postern_status status =
        database_query(reading.database, error, &statement,
                       "SELECT sink, state, since_ms, next_ms FROM breaker ORDER BY sink", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        char state[32];
        column_string(statement, 1, state, sizeof state);
        struct breaker_record record = {.sink = arena_copy(arena, column_bytes(statement, 0)).data,
                                        .state = breaker_state_of(state),
                                        .since_ms = sqlite3_column_int64(statement, 2),
                                        .next_ms = sqlite3_column_int64(statement, 3)};
        if (!record.sink || !buffer_append(&list, &record, sizeof record))
            return error_no_memory(error, NULL);
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **records, arena, records, count))
        return error_no_memory(error, NULL);
    return status;
}
