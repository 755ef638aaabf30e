#include "sqlite_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_AGAIN_MS 20
/* What stays on the disk of the log after a reader held it up. */
#define WAL_LEFT "67108864"

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Another program has the file locked: not 0 = look again. */
static int wait_for_others(void *context, int count)
{
    struct sqlite_sink *sink = context;
    if (count == 0) sink->busy_since_ms = monotonic_ms();
    if (sink->host->stopping(sink->host)) return 0;
    if (monotonic_ms() - sink->busy_since_ms >= sink->busy_timeout_ms) return 0;
    nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 1000000L}, NULL);
    return 1;
}

postern_status database_run(const struct sqlite_sink *sink, const char *sql, const char *action,
                            postern_error *error)
{
    int code = sqlite3_exec(sink->database, sql, NULL, NULL, NULL);
    if (code == SQLITE_OK) return POSTERN_OK;
    if (sink->host->stopping(sink->host))
        return kit_fail(error, POSTERN_E_STOPPED, NULL, "Postern is stopping");
    return failure_take(sink, sqlite3_extended_errcode(sink->database), action, error);
}

/* `sql` has the table's name once or twice as "%w". */
static postern_status run_with_table(const struct sqlite_sink *sink, const char *sql, const char *action,
                                     postern_error *error)
{
    char *text = sqlite3_mprintf(sql, sink->table, sink->table);
    postern_status status = text ? database_run(sink, text, action, error) : kit_no_memory(error);
    sqlite3_free(text);
    return status;
}

static postern_status prepare(const struct sqlite_sink *sink, const char *sql, sqlite3_stmt **statement,
                              postern_error *error)
{
    char *text = sqlite3_mprintf(sql, sink->table, sink->table);
    if (!text) return kit_no_memory(error);
    int code = sqlite3_prepare_v3(sink->database, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    sqlite3_free(text);
    return code == SQLITE_OK ? POSTERN_OK : failure_take(sink, code, "the table cannot be written to", error);
}

/* ---- Opening ---- */

/* Changes that were acknowledged and are not in the database yet lie in the log beside it. Where the database
 * was moved away without it, SQLite would throw it away with the first change of a new one. */
static bool has_orphaned_log(const struct sqlite_sink *sink)
{
    struct stat status;
    char *log = sqlite3_mprintf("%s-wal", sink->path);
    bool there = log && stat(sink->path, &status) < 0 && stat(log, &status) == 0 && status.st_size > 0;
    sqlite3_free(log);
    return there;
}

/* With the rights that the user wants; SQLite gives its files beside it the same. A file that is there is not
 * opened here: to close it would let go of locks that another sink of this process has on it. */
static postern_status make_file(const struct sqlite_sink *sink, postern_error *error)
{
    if (has_orphaned_log(sink))
        return kit_fail(error, POSTERN_E_CONFIG,
                        "move it to where its database is now (with that one's name and -wal), or remove it",
                        "%s is not there, but a log with rows of it is: %s-wal", sink->path, sink->path);
    int fd = open(sink->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, sink->mode);
    if (fd >= 0) close(fd);
    return POSTERN_OK; /* whatever is wrong, SQLite says better */
}

/* Whoever opens a log of changes that the file system cannot share would not be told of others' changes. */
static postern_status use_wal(const struct sqlite_sink *sink, postern_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sink->database, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    bool is_wal = code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW &&
                  kit_is(kit_text((const char *)sqlite3_column_text(statement, 0)), "wal");
    postern_status status = POSTERN_OK;
    if (!is_wal && code == SQLITE_ROW)
        status = kit_fail(error, POSTERN_E_CONFIG, "put the file on a disk of this machine",
                          "the file cannot have a write-ahead log where it is");
    else if (!is_wal)
        status = failure_take(sink, code, "cannot open the file", error);
    sqlite3_finalize(statement);
    return status;
}

static postern_status make_table(const struct sqlite_sink *sink, postern_error *error)
{
    postern_status status = run_with_table(
        sink,
        "CREATE TABLE IF NOT EXISTS \"%w\" ("
        "id TEXT PRIMARY KEY NOT NULL, received TEXT NOT NULL, time TEXT, account TEXT NOT NULL, "
        "source TEXT NOT NULL, stream TEXT NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL, "
        "added INTEGER NOT NULL)",
        "cannot make the table", error);
    if (status >= 0 && sink->retain_ms > 0)
        status = run_with_table(sink, "CREATE INDEX IF NOT EXISTS \"%w_added\" ON \"%w\" (added)",
                                "cannot make the index", error);
    return status;
}

/* With the conflict named: what else the user's table refuses is no repeat. */
static postern_status prepare_all(struct sqlite_sink *sink, postern_error *error)
{
    postern_status status =
        prepare(sink,
                "INSERT INTO \"%w\" (id, received, time, account, source, stream, type, event, added) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
                &sink->insert, error);
    if (status < 0 || sink->retain_ms <= 0) return status;
    return prepare(sink,
                   "DELETE FROM \"%w\" WHERE rowid IN (SELECT rowid FROM \"%w\" WHERE added < ?1 LIMIT ?2)",
                   &sink->forget, error);
}

postern_status database_open(struct sqlite_sink *sink, postern_error *error)
{
    postern_status status = make_file(sink, error);
    if (status < 0) return status;
    int code =
        sqlite3_open_v2(sink->path, &sink->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);
    if (code != SQLITE_OK) status = failure_take(sink, code, "cannot open the file", error);
    if (status >= 0) {
        sqlite3_extended_result_codes(sink->database, 1);
        sqlite3_busy_handler(sink->database, wait_for_others, sink);
        status = use_wal(sink, error);
    }
    if (status >= 0)
        status = database_run(sink, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = " WAL_LEFT,
                              "cannot open the file", error);
    if (status >= 0) status = make_table(sink, error);
    if (status >= 0) status = prepare_all(sink, error);
    if (status < 0) database_close(sink);
    return status;
}

void database_close(struct sqlite_sink *sink)
{
    sqlite3_finalize(sink->insert);
    sqlite3_finalize(sink->forget);
    sqlite3_close(sink->database);
    sink->insert = sink->forget = NULL;
    sink->database = NULL;
}

postern_status database_check_place(const struct sqlite_sink *sink, postern_error *error)
{
    int moved = 0;
    sqlite3_file_control(sink->database, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (!moved) return POSTERN_OK;
    /* All rows go with the file: what is left in the log beside its former name, nobody would look for. */
    sqlite3_wal_checkpoint_v2(sink->database, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return kit_fail(error, POSTERN_E_RETRY, "a new one is begun at the path",
                    "%s was moved or removed while it was in use", sink->path);
}
