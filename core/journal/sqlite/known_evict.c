#include "journal/sqlite/known_evict.h"
#include "base/units.h"
#include "journal/sqlite/known_runs.h"
#include "journal/sqlite/store.h"

#define STEP_PAGES   64
#define SAY_AGAIN_MS ((int64_t)3600000)

struct evicted_page {
    int64_t sequence, stream_id, events;
};

/* Removes the run that the query finds: id, id_count. */
static postern_status evict_run(struct database *database, const char *query, int64_t *forgotten,
                                postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(database, error, &statement, query, NO_VALUES);
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    int64_t id = sqlite3_column_int64(statement, 0), count = sqlite3_column_int64(statement, 1);
    statement_end(&statement);
    status = known_run_remove(database, id, error);
    if (status == POSTERN_OK) *forgotten = count;
    return status;
}

static postern_status remove_page(struct database *database, int64_t sequence, postern_error *error)
{
    postern_status status = database_run(database, error, "DELETE FROM page_ids WHERE sequence = ?1",
                                         VALUES(value_integer(sequence)));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM page WHERE sequence = ?1",
                        VALUES(value_integer(sequence)));
}

/* Removes the pages that the query finds: sequence, stream_id, event_count. */
static postern_status evict_pages(struct journal *journal, const char *query, int64_t *forgotten,
                                  postern_error *error)
{
    struct database *database = &journal->writer.database;
    struct evicted_page pages[STEP_PAGES];
    size_t count = 0;
    bool row = true;
    sqlite3_stmt *statement = NULL;
    postern_status status = database_query(database, error, &statement, query, NO_VALUES);
    while (status == POSTERN_OK && count < STEP_PAGES) {
        status = database_next(database, error, statement, &row);
        if (status < 0 || !row) break;
        pages[count++] =
            (struct evicted_page){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                                  sqlite3_column_int64(statement, 2)};
    }
    statement_end(&statement);
    for (size_t i = 0; status == POSTERN_OK && i < count; i++) {
        status = remove_page(database, pages[i].sequence, error);
        if (status < 0) break;
        known_ids_forget(&journal->ids, pages[i].stream_id, (size_t)pages[i].events);
        *forgotten += pages[i].events;
    }
    return status;
}

static postern_status count_forgotten(struct database *database, int64_t count, postern_error *error)
{
    return database_run(database, error,
                        "INSERT INTO meta (key, value) VALUES ('ids_forgotten', ?1)"
                        " ON CONFLICT (key) DO UPDATE SET value = value + excluded.value",
                        VALUES(value_integer(count)));
}

postern_status known_evict(struct journal *journal, bool with_windows, int64_t *forgotten,
                           postern_error *error)
{
    struct database *database = &journal->writer.database;
    *forgotten = 0;
    postern_status status = evict_run(database,
                                      "SELECT id, id_count FROM known_run WHERE last_remember_ms > 0"
                                      " ORDER BY last_remember_ms LIMIT 1",
                                      forgotten, error);
    if (status == POSTERN_OK && *forgotten == 0)
        status = evict_pages(journal,
                             "SELECT sequence, stream_id, event_count FROM page WHERE known = 1"
                             " AND remember_until_ms > 0 AND body_bytes = 0 ORDER BY remember_until_ms",
                             forgotten, error);
    if (status == POSTERN_OK && *forgotten == 0 && with_windows)
        status = evict_run(database, "SELECT id, id_count FROM known_run ORDER BY pass_until_ms LIMIT 1",
                           forgotten, error);
    if (status == POSTERN_OK && *forgotten == 0 && with_windows)
        status = evict_pages(journal,
                             "SELECT sequence, stream_id, event_count FROM page WHERE known = 1"
                             " AND body_bytes = 0 ORDER BY pass_until_ms LIMIT 64",
                             forgotten, error);
    if (status == POSTERN_OK && *forgotten) status = count_forgotten(database, *forgotten, error);
    if (status == POSTERN_OK) journal->writer.space.forgotten_ids += *forgotten;
    return status;
}

void known_evict_report(struct journal *journal)
{
    struct space *space = &journal->writer.space;
    int64_t now = clock_monotonic_ms(journal->clock);
    char limit[32], message[320];
    if (space->forgotten_ids == 0 || now < space->next_forgotten_ms) return;
    snprintf(
        message, sizeof message,
        "for want of space %lld remembered ids were forgotten before their time, the oldest first: events "
        "from then would be delivered again if the vendor served them again. Raise the journal's max_size "
        "(%s) to remember them",
        (long long)space->forgotten_ids, size_format(journal->settings.max_size, limit));
    notice_say(journal, &(struct notice){.kind = NOTICE_IDS_FORGOTTEN, .message = message});
    space->forgotten_ids = 0;
    space->next_forgotten_ms = now + SAY_AGAIN_MS;
}
