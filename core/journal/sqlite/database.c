#include "journal/sqlite/database.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include <errno.h>
#include <pthread.h>

struct bound_value value_integer(int64_t integer)
{
    return (struct bound_value){.type = VALUE_INTEGER, .integer = integer};
}

struct bound_value value_string(const char *string)
{
    return (struct bound_value){.type = VALUE_TEXT, .data = string, .size = string ? strlen(string) : 0};
}

struct bound_value value_blob(const void *data, size_t size)
{
    return (struct bound_value){.type = VALUE_BLOB, .data = data ? data : "", .size = size};
}

static void advise(int code, postern_error *error)
{
    switch (code) {
    case SQLITE_FULL:
        error_remedy(
            error, "free space on the volume of the state directory; a Postern that runs goes on by itself");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        error_remedy(error,
                     "the journal is damaged: stop Postern, check the disk, move journal.db and its -wal and "
                     "-shm files away together (keep them) or put back a backup, and start again");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error_remedy(error,
                     "another process holds the journal: is a database tool open on it, or is a Postern "
                     "command stopped in the middle?");
        break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        error_remedy(error,
                     "the state directory and its files must be writable for the user that runs Postern");
        break;
    default:
        break;
    }
}

postern_status database_failure(struct database *database, int code, postern_error *error)
{
    const char *file = database->handle ? sqlite3_db_filename(database->handle, "main") : NULL;
    const char *words = database->handle ? sqlite3_errmsg(database->handle) : sqlite3_errstr(code);
    int kind = code & 0xff;
    database->is_damaged = kind == SQLITE_CORRUPT;
    postern_status status = kind == SQLITE_NOMEM                                 ? POSTERN_E_MEMORY
                            : kind == SQLITE_TOOBIG                              ? POSTERN_E_LIMIT
                            : kind == SQLITE_CONSTRAINT || kind == SQLITE_MISUSE ? POSTERN_E_INVALID
                                                                                 : POSTERN_E_IO;
    int system = kind == SQLITE_IOERR && database->handle ? sqlite3_system_errno(database->handle) : 0;
    database->system_error = kind == SQLITE_FULL ? ENOSPC : kind == SQLITE_READONLY ? EROFS : system;
    if (system)
        error_set_errno(error, status, system, "%s: %s", file ? file : "journal", words);
    else
        error_set(error, status, "%s: %s", file ? file : "journal", words);
    advise(kind, error);
    return status;
}

static void configure_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* saves a process-wide lock around every allocation */
    /* What a part of a transaction may have to take back stays in memory. In SQLite's temporary files, where
     * it goes beyond 64 KiB, it was a third of all that was written. Not more than this: it goes to the file
     * in one piece, of which SQLite 3.40 writes 17 bits of bytes, and says that the disk is full. */
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, (1 << 17) - 1);
    sqlite3_initialize();
}

postern_status database_open(struct database *database, const char *path, int flags, int busy_ms,
                             postern_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_sqlite);
    *database = (struct database){0};
    int code =
        sqlite3_open_v2(path, &database->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code != SQLITE_OK) {
        postern_status status = database_failure(database, code, error);
        database_close(database);
        return status;
    }
    sqlite3_busy_timeout(database->handle, busy_ms);
    /* Connections are opened and closed as needed: 48 KiB of look-aside memory for each would not pay. */
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return POSTERN_OK;
}

static void finalize_kept(struct database *database)
{
    for (size_t i = 0; i < database->count; i++)
        sqlite3_finalize(database->kept[i].statement);
    database->count = 0;
}

void database_close(struct database *database)
{
    finalize_kept(database);
    sqlite3_close(database->handle);
    database->handle = NULL;
}

void database_release_memory(struct database *database)
{
    finalize_kept(database);
    sqlite3_db_release_memory(database->handle);
}

postern_status database_script(struct database *database, const char *sql, postern_error *error)
{
    int code = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? POSTERN_OK : database_failure(database, code, error);
}

static postern_status prepare(struct database *database, const char *sql, sqlite3_stmt **statement,
                              postern_error *error)
{
    for (size_t i = 0; i < database->count; i++) {
        if (database->kept[i].sql != sql) continue;
        *statement = database->kept[i].statement;
        return POSTERN_OK;
    }
    if (database->count == DATABASE_STATEMENTS)
        return error_set(error, POSTERN_E_INVALID, "journal: more than %d different statements",
                         DATABASE_STATEMENTS);
    int code = sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    if (code != SQLITE_OK) return database_failure(database, code, error);
    database->kept[database->count++] = (struct kept_statement){sql, *statement};
    return POSTERN_OK;
}

static int bind(sqlite3_stmt *statement, int place, const struct bound_value *value)
{
    if (value->type == VALUE_INTEGER) return sqlite3_bind_int64(statement, place, value->integer);
    if (!value->data) return sqlite3_bind_null(statement, place);
    if (value->type == VALUE_TEXT)
        return sqlite3_bind_text64(statement, place, value->data, value->size, SQLITE_STATIC, SQLITE_UTF8);
    return sqlite3_bind_blob64(statement, place, value->data, value->size, SQLITE_STATIC);
}

postern_status database_query(struct database *database, postern_error *error, sqlite3_stmt **statement,
                              const char *sql, const struct bound_value *values, size_t count)
{
    postern_status status = prepare(database, sql, statement, error);
    for (size_t i = 0; status == POSTERN_OK && i < count; i++) {
        int code = bind(*statement, (int)i + 1, &values[i]);
        if (code != SQLITE_OK) status = database_failure(database, code, error);
    }
    return status;
}

postern_status database_next(struct database *database, postern_error *error, sqlite3_stmt *statement,
                             bool *row)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? POSTERN_OK : database_failure(database, code, error);
}

void statement_end(sqlite3_stmt **statement)
{
    if (!*statement) return;
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
    *statement = NULL;
}

postern_status database_run(struct database *database, postern_error *error, const char *sql,
                            const struct bound_value *values, size_t count)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    postern_status status = database_query(database, error, &statement, sql, values, count);
    for (bool row = true; status == POSTERN_OK && row;)
        status = database_next(database, error, statement, &row);
    return status;
}

postern_status database_number(struct database *database, postern_error *error, int64_t absent,
                               int64_t *number, const char *sql, const struct bound_value *values,
                               size_t count)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(database, error, &statement, sql, values, count);
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0) return status;
    bool present = row && sqlite3_column_type(statement, 0) != SQLITE_NULL;
    *number = present ? sqlite3_column_int64(statement, 0) : absent;
    return POSTERN_OK;
}

postern_text column_bytes(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);
    return (postern_text){data, (size_t)sqlite3_column_bytes(statement, column)};
}

void column_string(sqlite3_stmt *statement, int column, char *buffer, size_t capacity)
{
    text_to_string(column_bytes(statement, column), buffer, capacity);
}

char *column_copy(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) return NULL;
    return text_duplicate(column_bytes(statement, column));
}
