/* Accounts: their records, found, made and changed. */
#include "base/random.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/fields.h"
#include "journal/sqlite/row_list.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include <stddef.h>

#define ACCOUNT_FIELDS(F)                                                                                    \
    F(BYTES, key)                                                                                            \
    F(INTEGER, added_ms)                                                                                     \
    F(INTEGER, status_since_ms)                                                                              \
    F(BYTES, fingerprint)                                                                                    \
    F(INTEGER, credentials_since_ms)                                                                         \
    F(INTEGER, first_failure_ms)                                                                             \
    F(INTEGER, failure_count)                                                                                \
    F(BOOLEAN, ever_connected)                                                                               \
    F(BOOLEAN, replay_limit_due)                                                                             \
    F(INTEGER, clock_off_ms)

#define FIELD(type, name) FIELD_OF(account_record, type, name)
static const struct record_field fields[] = {ACCOUNT_FIELDS(FIELD)};
#undef FIELD
#define FIELD_COUNT (sizeof fields / sizeof *fields)

#define SELECT_ACCOUNT                                                                                       \
    "SELECT r.id, r.name, r.status, r.last_error, r.remedy" ACCOUNT_FIELDS(FIELD_COLUMN) " FROM account r"

/* Without the name. False if out of memory. */
static bool read_record(sqlite3_stmt *statement, struct account_record *record)
{
    _cleanup_(freep) char *state = column_copy(statement, 2);
    _cleanup_(freep) char *error = column_copy(statement, 3);
    _cleanup_(freep) char *remedy = column_copy(statement, 4);
    if (!state || !error || !remedy) return false;
    *record = (struct account_record){.id = sqlite3_column_int64(statement, 0),
                                      .status = account_status_of(state),
                                      .trouble = trouble_words_new(error, remedy, NULL)};
    fields_read(statement, 5, fields, FIELD_COUNT, record);
    return true;
}

postern_status account_update(struct database *database, const struct account_record *record,
                              postern_error *error)
{
    struct bound_value values[FIELD_COUNT + 4];
    fields_values(fields, FIELD_COUNT, record, values);
    values[FIELD_COUNT] = value_string(account_status_name(record->status));
    values[FIELD_COUNT + 1] = value_string(trouble_error(record->trouble));
    values[FIELD_COUNT + 2] = value_string(trouble_remedy(record->trouble));
    values[FIELD_COUNT + 3] = value_integer(record->id);
    return database_run(database, error,
                        "UPDATE account SET " ACCOUNT_FIELDS(FIELD_ASSIGNMENT) "status = ?, last_error = ?,"
                                                                               " remedy = ? WHERE id = ?",
                        values, FIELD_COUNT + 4);
}

static postern_status find(struct journal *journal, const char *name, struct account_record *record,
                           bool *found, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    postern_status status = database_query(reading.database, error, &statement,
                                           SELECT_ACCOUNT " WHERE r.name = ?1", VALUES(value_string(name)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, found);
    if (status == POSTERN_OK && *found && !read_record(statement, record))
        return error_no_memory(error, NULL);
    return status;
}

postern_status account_make(struct journal *journal, const char *name, postern_error *error)
{
    unsigned char key[16];
    random_system()->fill(random_system(), key, sizeof key);
    int64_t now = clock_wall_ms(journal->clock);
    return database_run(&journal->writer.database, error,
                        "INSERT INTO account (key, name, added_ms, status, status_since_ms)"
                        " VALUES (?1, ?2, ?3, ?4, ?3) ON CONFLICT (name) DO NOTHING",
                        VALUES(value_blob(key, sizeof key), value_string(name), value_integer(now),
                               value_string(account_status_name(ACCOUNT_PENDING))));
}

static postern_status create(struct journal *journal, void *name, postern_error *error)
{
    return account_make(journal, name, error);
}

postern_status journal_account(struct journal *journal, const char *name, struct account_record *record,
                               postern_error *error)
{
    if (strlen(name) >= RECORD_NAME_SIZE)
        return error_set(error, POSTERN_E_INVALID, "the account's name is too long");
    bool found = false;
    postern_status status = find(journal, name, record, &found, error);
    if (status == POSTERN_OK && !found) {
        status = writer_call(journal, create, (void *)(uintptr_t)name, error);
        if (status == POSTERN_OK) status = find(journal, name, record, &found, error);
    }
    if (status < 0) return status;
    if (!found) return error_set(error, POSTERN_E_IO, "the account %s is gone again", name);
    record->name = name;
    return POSTERN_OK;
}

static void clear_record(void *record)
{
    account_record_clear(record);
}

static postern_status read_all(struct journal *journal, struct row_list *list, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status =
        database_query(reading.database, error, &statement,
                       SELECT_ACCOUNT " WHERE r.name != '" NOTICE_ACCOUNT "' ORDER BY r.name", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct account_record record;
        if (!read_record(statement, &record)) return error_no_memory(error, NULL);
        const postern_text name = column_bytes(statement, 1);
        if (!row_list_add(list, &record, &name)) return error_no_memory(error, NULL);
    }
    return status;
}

postern_status journal_accounts(struct journal *journal, struct account_record **records, size_t *count,
                                postern_error *error)
{
    static const size_t name = offsetof(struct account_record, name);
    _cleanup_(row_list_end) struct row_list list;
    row_list_begin(&list, sizeof **records, &name, 1, clear_record);
    postern_status status = read_all(journal, &list, error);
    if (status == POSTERN_OK && !row_list_take(&list, records, count)) return error_no_memory(error, NULL);
    return status;
}
