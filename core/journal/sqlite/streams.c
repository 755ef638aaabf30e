#include "journal/sqlite/fields.h"
#include "journal/sqlite/internal.h"
#include <stddef.h>

#define STREAM_FIELDS(F)                                                                                     \
    F(INTEGER, settled_until_ms)                                                                             \
    F(INTEGER, pass_from_ms)                                                                                 \
    F(INTEGER, pass_until_ms)                                                                                \
    F(INTEGER, pass_start_ms)                                                                                \
    F(INTEGER, position_saved_ms)                                                                            \
    F(INTEGER, page_number)                                                                                  \
    F(INTEGER, last_attempt_ms)                                                                              \
    F(INTEGER, last_success_ms)                                                                              \
    F(INTEGER, last_event_ms)                                                                                \
    F(INTEGER, caught_up_ms)                                                                                 \
    F(STRING, state)                                                                                         \
    F(INTEGER, last_error_ms)                                                                                \
    F(STRING, last_error)                                                                                    \
    F(STRING, remedy)                                                                                        \
    F(INTEGER, next_attempt_ms)                                                                              \
    F(INTEGER, requests)                                                                                     \
    F(INTEGER, events)                                                                                       \
    F(INTEGER, repeats)                                                                                      \
    F(INTEGER, left_out)                                                                                     \
    F(INTEGER, set_aside)

#define FIELD(type, name) FIELD_OF(stream_record, type, name)
static const struct record_field fields[] = {STREAM_FIELDS(FIELD)};
#undef FIELD
#define FIELD_COUNT (sizeof fields / sizeof *fields)

#define SELECT_STREAM                                                                                        \
    "SELECT r.id, r.account_id, a.name, r.source, r.name, r.kind, r.position" STREAM_FIELDS(                 \
        FIELD_COLUMN) " FROM stream r JOIN account a ON a.id = r.account_id"

static void read_record(sqlite3_stmt *statement, struct stream_record *record)
{
    *record = (struct stream_record){
        .id = sqlite3_column_int64(statement, 0),
        .account_id = sqlite3_column_int64(statement, 1),
        .kind = (uint32_t)sqlite3_column_int64(statement, 5),
        .position = column_copy(statement, 6),
    };
    column_string(statement, 2, record->account, sizeof record->account);
    column_string(statement, 3, record->source, sizeof record->source);
    column_string(statement, 4, record->name, sizeof record->name);
    fields_read(statement, 7, fields, FIELD_COUNT, record);
}

void stream_record_clear(struct stream_record *record)
{
    free(record->position);
    record->position = NULL;
}

postern_status stream_update(struct database *database, const struct stream_record *record,
                             postern_error *error)
{
    struct bound_value values[FIELD_COUNT + 3];
    fields_values(fields, FIELD_COUNT, record, values);
    const char *position = record->position;
    values[FIELD_COUNT] = value_integer(record->kind);
    values[FIELD_COUNT + 1] = position ? value_blob(position, strlen(position)) : value_string(NULL);
    values[FIELD_COUNT + 2] = value_integer(record->id);
    return database_run(
        database, error,
        "UPDATE stream SET " STREAM_FIELDS(FIELD_ASSIGNMENT) "kind = ?, position = ? WHERE id = ?", values,
        FIELD_COUNT + 3);
}

/* ---- Loading ------------------------------------------------------------------------------------ */

struct wanted_stream {
    int64_t account_id;
    const char *source, *name;
    uint32_t kind;
};

static postern_status find(struct journal *journal, const struct wanted_stream *wanted,
                           struct stream_record *record, bool *found, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return POSTERN_E_IO;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    postern_status status = database_query(
        reading.database, error, &statement,
        SELECT_STREAM " WHERE r.account_id = ?1 AND r.source = ?2 AND r.name = ?3",
        VALUES(value_integer(wanted->account_id), value_string(wanted->source), value_string(wanted->name)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, found);
    if (status == POSTERN_OK && *found) read_record(statement, record);
    return status;
}

/* A stream whose kind has changed keeps its id and counts; a position of the other kind means nothing to it.
 */
static postern_status create(struct journal *journal, void *context, postern_error *error)
{
    const struct wanted_stream *wanted = context;
    return database_run(
        &journal->writer.database, error,
        "INSERT INTO stream (account_id, source, name, kind, state) VALUES (?1, ?2, ?3, ?4, 'pending')"
        " ON CONFLICT (account_id, source, name) DO UPDATE SET kind = excluded.kind, position = NULL,"
        " pass_from_ms = 0, pass_until_ms = 0, page_number = 0 WHERE kind <> excluded.kind",
        VALUES(value_integer(wanted->account_id), value_string(wanted->source), value_string(wanted->name),
               value_integer(wanted->kind)));
}

postern_status journal_stream(struct journal *journal, int64_t account_id, const char *account,
                              const char *source, const char *name, uint32_t kind,
                              struct stream_record *record, postern_error *error)
{
    if (strlen(source) >= sizeof record->source || strlen(name) >= sizeof record->name)
        return error_set(error, POSTERN_E_INVALID, "%s: the name of the source or stream is too long",
                         account);
    struct wanted_stream wanted = {account_id, source, name, kind};
    bool found = false;
    postern_status status = find(journal, &wanted, record, &found, error);
    if (status < 0 || (found && record->kind == kind)) return status;
    if (found) stream_record_clear(record);
    status = writer_call(journal, create, &wanted, error);
    if (status == POSTERN_OK) status = find(journal, &wanted, record, &found, error);
    if (status == POSTERN_OK && !found)
        return error_set(error, POSTERN_E_INVALID, "%s/%s: there is no such account", account, name);
    return status;
}

static void free_records(struct stream_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        stream_record_clear(&records[i]);
    free(records);
}

static postern_status read_all(struct journal *journal, struct stream_record **records, size_t *count,
                               postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return POSTERN_E_IO;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status = database_query(reading.database, error, &statement,
                                           SELECT_STREAM " ORDER BY a.name, r.source, r.name", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct stream_record *larger = realloc(*records, (*count + 1) * sizeof **records);
        if (!larger) return error_no_memory(error, NULL);
        *records = larger;
        read_record(statement, &larger[(*count)++]);
    }
    return status;
}

postern_status journal_streams(struct journal *journal, struct stream_record **records, size_t *count,
                               postern_error *error)
{
    struct stream_record *list = NULL;
    size_t size = 0;
    postern_status status = read_all(journal, &list, &size, error);
    if (status < 0) {
        free_records(list, size);
        return status;
    }
    *records = list;
    *count = size;
    return POSTERN_OK;
}
