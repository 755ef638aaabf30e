/* Requests of other commands to the daemon: a row, put there in one statement, answered in a commit. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

struct request_text {
    const char *kind, *arguments;
    int64_t id;
};

static postern_status put(struct database *database, struct request_text *request, int64_t now_ms,
                          postern_error *error)
{
    postern_status status =
        database_run(database, error, "INSERT INTO request (created_ms, kind, arguments) VALUES (?1, ?2, ?3)",
                     VALUES(value_integer(now_ms), value_string(request->kind),
                            value_string(request->arguments ? request->arguments : "")));
    if (status == POSTERN_OK) request->id = sqlite3_last_insert_rowid(database->handle);
    return status;
}

static postern_status put_task(struct journal *journal, void *context, postern_error *error)
{
    return put(&journal->writer.database, context, clock_wall_ms(journal->clock), error);
}

/* From another process: the one thing that such a process writes. A connection of its own, for the others
 * cannot. */
static postern_status put_from_outside(struct journal *journal, struct request_text *request,
                                       postern_error *error)
{
    struct database database;
    postern_status status = database_open(&database, journal->path, SQLITE_OPEN_READWRITE, 5000, error);
    if (status < 0) return status;
    sqlite3_db_config(database.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    status = database_script(&database, "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL", error);
    if (status == POSTERN_OK) status = put(&database, request, clock_wall_ms(journal->clock), error);
    database_close(&database);
    return status;
}

postern_status journal_request_put(struct journal *journal, const char *kind, const char *arguments,
                                   int64_t *id, postern_error *error)
{
    struct request_text request = {kind, arguments, 0};
    if (strlen(kind) >= sizeof((struct journal_request *)NULL)->kind)
        return error_set(error, POSTERN_E_INVALID, "the request's kind is too long");
    postern_status status = is_reader(journal) ? put_from_outside(journal, &request, error)
                                               : writer_call(journal, put_task, &request, error);
    if (status == POSTERN_OK) *id = request.id;
    return status;
}

postern_status journal_request_next(struct journal *journal, struct journal_request *request,
                                    postern_error *error)
{
    *request = (struct journal_request){0};
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT id, kind, arguments, progress FROM request WHERE outcome IS NULL ORDER BY id LIMIT 1",
        NO_VALUES);
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, &row);
    if (status < 0 || !row) return status;
    column_string(statement, 1, request->kind, sizeof request->kind);
    bool has_progress = sqlite3_column_type(statement, 3) != SQLITE_NULL;
    request->progress = has_progress ? column_copy(statement, 3) : NULL;
    request->arguments = column_copy(statement, 2);
    if (!request->arguments || (has_progress && !request->progress)) {
        free(request->arguments);
        free(request->progress);
        *request = (struct journal_request){0};
        return error_no_memory(error, NULL);
    }
    request->id = sqlite3_column_int64(statement, 0);
    return POSTERN_OK;
}

postern_status journal_request_look(struct journal *journal, int64_t id, char **outcome, char **progress,
                                    postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status =
        database_query(reading.database, error, &statement,
                       "SELECT outcome, progress FROM request WHERE id = ?1", VALUES(value_integer(id)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, &row);
    if (status < 0) return status;
    if (!row) return error_set(error, POSTERN_E_INVALID, "there is no request %lld", (long long)id);
    char *copies[2] = {NULL, NULL};
    for (int column = 0; column < 2; column++) {
        if (sqlite3_column_type(statement, column) == SQLITE_NULL) continue;
        copies[column] = column_copy(statement, column);
        if (copies[column]) continue;
        free(copies[0]);
        return error_no_memory(error, NULL);
    }
    *outcome = copies[0];
    *progress = copies[1];
    return POSTERN_OK;
}

postern_status request_update(struct journal *journal, const struct journal_commit *commit,
                              postern_error *error)
{
    struct database *database = &journal->writer.database;
    if (commit->request_outcome)
        return database_run(database, error,
                            "UPDATE request SET outcome = ?2, answered_ms = ?3 WHERE id = ?1",
                            VALUES(value_integer(commit->request_id), value_string(commit->request_outcome),
                                   value_integer(forget_clock_now(&journal->forget_clock))));
    return database_run(database, error, "UPDATE request SET progress = ?2 WHERE id = ?1",
                        VALUES(value_integer(commit->request_id), value_string(commit->request_progress)));
}
