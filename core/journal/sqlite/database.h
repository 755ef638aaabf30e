/* A thin layer over one SQLite connection: prepared statements that are kept, typed values, errors in our
 * words. One thread at a time. */
#ifndef POSTERN_JOURNAL_SQLITE_DATABASE_H
#define POSTERN_JOURNAL_SQLITE_DATABASE_H

#include <postern/module.h>
#include <sqlite3.h>

#define DATABASE_STATEMENTS 160 /* more than there are different texts in the program */

struct database {
    sqlite3 *handle;
    bool is_damaged;  /* the last failure was damage of the file's content (SQLITE_CORRUPT) */
    int system_error; /* of the last failure: an errno, 0 = it was none of the system's */
    size_t count;
    struct kept_statement {
        const char *sql; /* a literal, recognised by its address */
        sqlite3_stmt *statement;
    } kept[DATABASE_STATEMENTS];
};

/* Values to bind. The bytes must live until the statement ends. */
struct bound_value {
    enum { VALUE_INTEGER, VALUE_TEXT, VALUE_BLOB } type;
    int64_t integer;
    const void *data; /* NULL = SQL's NULL */
    size_t size;
};
struct bound_value value_integer(int64_t integer);
struct bound_value value_string(const char *string);          /* NULL = SQL's NULL */
struct bound_value value_blob(const void *data, size_t size); /* never NULL, perhaps empty */
/* An argument list: database_run(db, error, "...", VALUES(value_integer(1), value_string("x"))) */
#define VALUES(...)                                                                                          \
    (const struct bound_value[]){__VA_ARGS__},                                                               \
        sizeof((const struct bound_value[]){__VA_ARGS__}) / sizeof(struct bound_value)
#define NO_VALUES NULL, 0

/* `flags` of sqlite3_open_v2. Waits at most `busy_ms` for another process's lock. */
postern_status database_open(struct database *database, const char *path, int flags, int busy_ms,
                             postern_error *error);
void database_close(struct database *database);
/* Gives back what can be had again: statements and the page cache. */
void database_release_memory(struct database *database);

/* Runs statements without results, as they stand. */
postern_status database_script(struct database *database, const char *sql, postern_error *error);
/* Runs one statement without results. `sql` must be a literal (it is kept prepared). */
postern_status database_run(struct database *database, postern_error *error, const char *sql,
                            const struct bound_value *values, size_t count);
/* Starts a query: step with database_next, end with statement_end, which must come before this call of the
 * journal returns: an open statement pins the write-ahead log. */
postern_status database_query(struct database *database, postern_error *error, sqlite3_stmt **statement,
                              const char *sql, const struct bound_value *values, size_t count);
/* *row: whether there is one more. */
postern_status database_next(struct database *database, postern_error *error, sqlite3_stmt *statement,
                             bool *row);
void statement_end(sqlite3_stmt **statement); /* also as _cleanup_(statement_end) */
/* The first column of the first row; `absent` if there is none or it is NULL. */
postern_status database_number(struct database *database, postern_error *error, int64_t absent,
                               int64_t *number, const char *sql, const struct bound_value *values,
                               size_t count);

/* Columns of the current row. Blobs and texts live until the next step. */
postern_text column_bytes(sqlite3_stmt *statement, int column);
void column_string(sqlite3_stmt *statement, int column, char *buffer, size_t capacity);
/* A malloc'ed copy; NULL if the column is NULL or memory is out. */
char *column_copy(sqlite3_stmt *statement, int column);

/* Fills *error from SQLite's last failure on this connection; `code` is what SQLite returned. */
postern_status database_failure(struct database *database, int code, postern_error *error);

#endif
