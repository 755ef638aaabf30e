/* What is known of the calls that went out under the quota of an account, so that a restart exceeds none. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"

/* "calls 12 siem" */
#define KEY_SIZE 128

static const char *key_of(int64_t account_id, const char *quota, char key[KEY_SIZE])
{
    snprintf(key, KEY_SIZE, "calls %lld %s", (long long)account_id, quota);
    return key;
}

postern_status calls_update(struct database *database, const struct journal_calls *calls,
                            postern_error *error)
{
    char key[KEY_SIZE];
    return database_run(database, error, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
                        VALUES(value_string(key_of(calls->account_id, calls->quota, key)),
                               value_blob(calls->text.data, calls->text.size)));
}

postern_status journal_calls(struct journal *journal, int64_t account_id, const char *quota,
                             struct buffer *text, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    char key[KEY_SIZE];
    bool row = false;
    postern_status status =
        database_query(reading.database, error, &statement, "SELECT value FROM meta WHERE key = ?1",
                       VALUES(value_string(key_of(account_id, quota, key))));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, &row);
    if (status == POSTERN_OK && row && !buffer_append_text(text, column_bytes(statement, 0)))
        return error_no_memory(error, NULL);
    return status;
}
