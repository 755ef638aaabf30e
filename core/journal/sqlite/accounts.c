#include "base/random.h"
#include "journal/sqlite/fields.h"
#include "journal/sqlite/internal.h"
#include <stddef.h>

#define ACCOUNT_FIELDS(F)                                                                                    \
    F(BYTES, key)                                                                                            \
    F(STRING, name)                                                                                          \
    F(INTEGER, added_ms)                                                                                     \
    F(STRING, status)                                                                                        \
    F(INTEGER, status_since_ms)                                                                              \
    F(BYTES, fingerprint)                                                                                    \
    F(INTEGER, credentials_since_ms)                                                                         \
    F(INTEGER, first_failure_ms)                                                                             \
    F(INTEGER, failure_count)                                                                                \
    F(BOOLEAN, ever_connected)                                                                               \
    F(STRING, last_error)                                                                                    \
    F(STRING, remedy)

#define FIELD(type, name) FIELD_OF(account_record, type, name)
static const struct record_field fields[] = {ACCOUNT_FIELDS(FIELD)};
#undef FIELD
#define FIELD_COUNT (sizeof fields / sizeof *fields)

static void read_record(sqlite3_stmt *statement, struct account_record *record)
{
    *record = (struct account_record){.id = sqlite3_column_int64(statement, 0)};
    fields_read(statement, 1, fields, FIELD_COUNT, record);
}

postern_status account_update(struct database *database, const struct account_record *record,
                              postern_error *error)
{
    struct bound_value values[FIELD_COUNT + 1];
    fields_values(fields, FIELD_COUNT, record, values);
    values[FIELD_COUNT] = value_integer(record->id);
    return database_run(database, error,
                        "UPDATE account SET " ACCOUNT_FIELDS(FIELD_ASSIGNMENT) "id = id WHERE id = ?", values,
                        FIELD_COUNT + 1);
}

static postern_status find(struct journal *journal, const char *name, struct account_record *record,
                           bool *found, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return POSTERN_E_IO;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    postern_status status =
        database_query(reading.database, error, &statement,
                       "SELECT r.id" ACCOUNT_FIELDS(FIELD_COLUMN) " FROM account r WHERE r.name = ?1",
                       VALUES(value_string(name)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, found);
    if (status == POSTERN_OK && *found) read_record(statement, record);
    return status;
}

static postern_status create(struct journal *journal, void *name, postern_error *error)
{
    unsigned char key[16];
    random_system()->fill(random_system(), key, sizeof key);
    int64_t now = clock_wall_ms(journal->clock);
    return database_run(&journal->writer.database, error,
                        "INSERT INTO account (key, name, added_ms, status, status_since_ms)"
                        " VALUES (?1, ?2, ?3, 'connection pending', ?3) ON CONFLICT (name) DO NOTHING",
                        VALUES(value_blob(key, sizeof key), value_string(name), value_integer(now)));
}

postern_status journal_account(struct journal *journal, const char *name, struct account_record *record,
                               postern_error *error)
{
    if (strlen(name) >= sizeof record->name)
        return error_set(error, POSTERN_E_INVALID, "the account's name is too long");
    bool found = false;
    postern_status status = find(journal, name, record, &found, error);
    if (status < 0 || found) return status;
    status = writer_call(journal, create, (void *)(uintptr_t)name, error);
    if (status == POSTERN_OK) status = find(journal, name, record, &found, error);
    if (status == POSTERN_OK && !found)
        return error_set(error, POSTERN_E_IO, "the account %s is gone again", name);
    return status;
}

postern_status journal_accounts(struct journal *journal, struct account_record **records, size_t *count,
                                postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return POSTERN_E_IO;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(freep) struct account_record *list = NULL;
    size_t size = 0;
    bool row = true;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT r.id" ACCOUNT_FIELDS(FIELD_COLUMN) " FROM account r ORDER BY r.name", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct account_record *larger = realloc(list, (size + 1) * sizeof *list);
        if (!larger) return error_no_memory(error, NULL);
        list = larger;
        read_record(statement, &list[size++]);
    }
    if (status < 0) return status;
    *records = STEAL_POINTER(list);
    *count = size;
    return POSTERN_OK;
}
