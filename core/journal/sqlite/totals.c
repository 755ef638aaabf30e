/* Sums over the tables, for status. */
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"
#include <sys/stat.h>

static int64_t file_size(const char *path, const char *suffix)
{
    struct stat status;
    _cleanup_(freep) char *file = NULL;
    if (asprintf(&file, "%s%s", path, suffix) < 0 || stat(file, &status) < 0) return 0;
    return status.st_size;
}

static postern_status read_pages(struct database *database, struct journal_totals *totals,
                                 postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT count(*), sum(event_count), min(received_ms) FROM page WHERE body_bytes > 0", NO_VALUES);
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    totals->pages = sqlite3_column_int64(statement, 0);
    totals->events = sqlite3_column_int64(statement, 1);
    totals->oldest_received_ms = sqlite3_column_int64(statement, 2);
    return POSTERN_OK;
}

/* With what a page takes beside its body. Those that drop their oldest pages fill nothing. */
static postern_status read_undelivered(struct database *database, struct journal_totals *totals,
                                       postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT sum(body_bytes + 16 * event_count + 8192), min(received_ms) FROM page WHERE body_bytes > 0 "
        "AND"
        " sequence > (SELECT min(cursor) FROM delivery WHERE removed_ms = 0 AND drops_oldest = 0)",
        NO_VALUES);
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    totals->undelivered_bytes = sqlite3_column_int64(statement, 0);
    totals->undelivered_since_ms = sqlite3_column_int64(statement, 1);
    return POSTERN_OK;
}

postern_status journal_totals(struct journal *journal, struct journal_totals *totals, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    *totals = (struct journal_totals){0};
    int64_t full = 0;
    postern_status status = read_pages(reading.database, totals, error);
    if (status == POSTERN_OK) status = read_undelivered(reading.database, totals, error);
    if (status == POSTERN_OK)
        status = dead_totals(reading.database, &totals->dead_letters, &totals->dead_bytes, error);
    if (status == POSTERN_OK)
        status = database_number(reading.database, error, 0, &totals->remembered_ids,
                                 "SELECT ifnull((SELECT sum(id_count) FROM known_run), 0) +"
                                 " ifnull((SELECT sum(event_count) FROM page WHERE known = 1), 0)",
                                 NO_VALUES);
    if (status == POSTERN_OK)
        status = meta_get(reading.database, "ids_forgotten", &totals->forgotten_ids, error);
    if (status == POSTERN_OK) status = meta_get(reading.database, "max_size", &totals->max_size, error);
    if (status == POSTERN_OK) status = meta_get(reading.database, "dead_limit", &totals->dead_limit, error);
    if (status == POSTERN_OK) status = meta_get(reading.database, "full", &full, error);
    if (status == POSTERN_OK)
        status = meta_get(reading.database, "dead_expired", &totals->dead_expired, error);
    if (status < 0) return status;
    totals->usable_bytes = space_usable(totals->max_size);
    totals->full = is_reader(journal) ? full != 0 : atomic_load(&journal->full);
    totals->bytes_on_disk = file_size(journal->path, "") + file_size(journal->path, "-wal");
    return POSTERN_OK;
}
