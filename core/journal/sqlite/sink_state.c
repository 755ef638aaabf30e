/* Small lists that belong to a sink or a delivery. */
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"

#define LIST_LIMIT ((size_t)64 << 20)

/* Two texts of the current row, copied. */
static bool copy_row(sqlite3_stmt *statement, postern_arena *arena, postern_text *first, postern_text *second)
{
    postern_text key = column_bytes(statement, 0), value = column_bytes(statement, 1);
    *first = arena_copy(arena, key);
    *second = arena_copy(arena, value);
    return first->data && second->data;
}

static postern_status no_memory(postern_error *error)
{
    return error_set(error, POSTERN_E_MEMORY, "out of memory, or more entries than fit");
}

postern_status journal_sink_state(struct journal *journal, const char *sink, postern_arena *arena,
                                  const postern_pair **entries, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = LIST_LIMIT};
    bool row = true;
    postern_status status = database_query(reading.database, error, &statement,
                                           "SELECT key, value FROM sink_state WHERE sink = ?1 ORDER BY key",
                                           VALUES(value_string(sink)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        postern_pair pair;
        if (!copy_row(statement, arena, &pair.name, &pair.value) || !buffer_append(&list, &pair, sizeof pair))
            return no_memory(error);
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **entries, arena, entries, count))
        return no_memory(error);
    return status;
}

postern_status journal_drops(struct journal *journal, int64_t delivery_id, postern_arena *arena,
                             const struct drop_count **drops, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = LIST_LIMIT};
    bool row = true;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT reason, count FROM drop_reason WHERE delivery_id = ?1 ORDER BY count DESC, reason",
        VALUES(value_integer(delivery_id)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct drop_count drop = {arena_copy(arena, column_bytes(statement, 0)).data,
                                  sqlite3_column_int64(statement, 1)};
        if (!drop.reason || !buffer_append(&list, &drop, sizeof drop)) return no_memory(error);
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **drops, arena, drops, count))
        return no_memory(error);
    return status;
}
