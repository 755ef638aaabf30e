/* The sink "sqlite": events as rows of a table in an SQLite file, each once.
 *
 *   sink.c      the sink's functions, and the table of its options
 *   database.c  the file: opening, the table, waiting for other programs
 *   failure.c   what SQLite's codes mean: try again, mend something, or one event's fault
 *   write.c     a batch in one transaction
 *   retain.c    forgetting rows that are old
 */
#ifndef SQLITE_SINK_H
#define SQLITE_SINK_H

#include <postern/kit.h>
#include <sqlite3.h>
#include <sys/types.h>

/* SQLite refuses this one event, with its words as the error's message: only inside of this module. */
#define EVENT_REFUSED POSTERN_E_UNSUPPORTED

struct sqlite_sink {
    const postern_host *host;
    char *path, *table;
    mode_t mode;
    int64_t busy_timeout_ms, retain_ms;
    int64_t busy_since_ms; /* monotonic: of the wait under way */
    sqlite3 *database;     /* NULL = closed */
    sqlite3_stmt *insert, *forget;
};

/* ---- failure.c ---- */

/* Of an extended result code: POSTERN_E_RETRY, POSTERN_E_CONFIG or EVENT_REFUSED; *remedy may become NULL. */
postern_status failure_of(int code, const char **remedy);
/* Fills *error with SQLite's words for what failed last. `action`: "cannot open the file". */
postern_status failure_take(const struct sqlite_sink *sink, int code, const char *action,
                            postern_error *error);

/* ---- database.c ---- */

/* Makes file and table if they are not there. On failure all is closed again. */
postern_status database_open(struct sqlite_sink *sink, postern_error *error);
void database_close(struct sqlite_sink *sink);
/* Fails if the file is not at its path any more: it is opened anew then, and a new one is made. */
postern_status database_check_place(const struct sqlite_sink *sink, postern_error *error);
postern_status database_run(const struct sqlite_sink *sink, const char *sql, const char *action,
                            postern_error *error);

/* ---- write.c ---- */

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);

/* ---- retain.c ---- */

/* Deletes some rows that are older than `retain`. */
postern_status retain_forget(struct sqlite_sink *sink, int64_t steady_ms, postern_error *error);

#endif
