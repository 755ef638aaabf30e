#include "journal/sqlite/retention.h"
#include "journal/sqlite/dead_drop.h"
#include "journal/sqlite/known_runs.h"
#include "journal/sqlite/skipped.h"
#include "journal/sqlite/snapshot_forget.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"

#define STEP_PAGES       64
#define DELIVERY_KEPT_MS ((int64_t)7 * 86400000)
#define ANSWER_KEPT_MS   86400000
#define VACUUM_PAGES     "256"
/* When a page came, by the time that cannot jump where that is known. */
#define STORED_MS       "iif(stored_ms > 0, stored_ms, received_ms)"
#define FREE_PAGES_KEPT 256 /* of the database; beyond it and a quarter of the file they are given back */

static postern_status remove_ids(struct database *database, int64_t sequence, postern_error *error)
{
    postern_status status = database_run(database, error, "DELETE FROM page_ids WHERE sequence = ?1",
                                         VALUES(value_integer(sequence)));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM page WHERE sequence = ?1",
                        VALUES(value_integer(sequence)));
}

struct victim {
    int64_t sequence, stream_id, events, received_ms;
    bool other; /* what else the page still has: known ids, or a body */
};

struct victims {
    struct victim list[STEP_PAGES];
    size_t count;
};

/* Collects rows of (sequence, other, stream_id, event_count, received_ms). */
static postern_status collect(struct database *database, sqlite3_stmt *statement, struct victims *victims,
                              postern_error *error)
{
    bool row = true;
    postern_status status = POSTERN_OK;
    for (victims->count = 0; victims->count < STEP_PAGES; victims->count++) {
        status = database_next(database, error, statement, &row);
        if (status < 0 || !row) break;
        victims->list[victims->count] = (struct victim){
            .sequence = sqlite3_column_int64(statement, 0),
            .other = sqlite3_column_int64(statement, 1) != 0,
            .stream_id = sqlite3_column_int64(statement, 2),
            .events = sqlite3_column_int64(statement, 3),
            .received_ms = sqlite3_column_int64(statement, 4),
        };
    }
    return status;
}

/* ---- Bodies ------------------------------------------------------------------------------------- */

static postern_status remove_body(struct journal *journal, const struct victim *victim, postern_error *error)
{
    struct database *database = &journal->writer.database;
    const struct leaving_page page = {victim->sequence, victim->stream_id, victim->received_ms,
                                      victim->events};
    postern_status status = skipped_note_page(database, &page, error);
    if (status == POSTERN_OK)
        status = database_run(database, error, "DELETE FROM page_body WHERE sequence = ?1",
                              VALUES(value_integer(victim->sequence)));
    if (status < 0) return status;
    if (!victim->other) return remove_ids(database, victim->sequence, error);
    fold_note(&journal->writer.fold, victim->events);
    return database_run(database, error, "UPDATE page SET body_bytes = 0 WHERE sequence = ?1",
                        VALUES(value_integer(victim->sequence)));
}

static postern_status remove_victims(struct journal *journal, const struct victims *victims, size_t *removed,
                                     postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (*removed = 0; status == POSTERN_OK && *removed < victims->count; ++*removed)
        status = remove_body(journal, &victims->list[*removed], error);
    return status;
}

postern_status retention_remove_bodies(struct journal *journal, int64_t stored_until_ms, size_t limit,
                                       size_t *removed, postern_error *error)
{
    struct database *database = &journal->writer.database;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    struct victims victims;
    /* The inner query takes the oldest pages whatever their age: otherwise a young one would have it walk
     * them all. */
    postern_status status = database_query(
        database, error, &statement,
        "SELECT sequence, known, stream_id, event_count, received_ms FROM (SELECT * FROM page WHERE "
        "body_bytes > 0"
        " AND sequence <= ?1 ORDER BY sequence LIMIT ?3) WHERE " STORED_MS " <= ?2 ORDER BY sequence",
        VALUES(value_integer(cursors_lowest(&journal->writer.cursors)), value_integer(stored_until_ms),
               value_integer(limit < STEP_PAGES ? (int64_t)limit : STEP_PAGES)));
    if (status == POSTERN_OK) status = collect(database, statement, &victims, error);
    statement_end(&statement);
    *removed = 0;
    return status == POSTERN_OK ? remove_victims(journal, &victims, removed, error) : status;
}

postern_status retention_remove_between(struct journal *journal, int64_t after, int64_t until,
                                        postern_error *error)
{
    struct database *database = &journal->writer.database;
    postern_status status = POSTERN_OK;
    for (size_t removed = STEP_PAGES; status == POSTERN_OK && removed == STEP_PAGES;) {
        _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
        struct victims victims;
        status = database_query(database, error, &statement,
                                "SELECT sequence, known, stream_id, event_count, received_ms FROM page WHERE"
                                " body_bytes > 0 AND sequence > ?1 AND sequence <= ?2 ORDER BY sequence",
                                VALUES(value_integer(after), value_integer(until)));
        if (status == POSTERN_OK) status = collect(database, statement, &victims, error);
        statement_end(&statement);
        if (status == POSTERN_OK) status = remove_victims(journal, &victims, &removed, error);
    }
    return status;
}

/* ---- Ids ---------------------------------------------------------------------------------------- */

static postern_status forget(struct database *database, const struct victim *victim, postern_error *error)
{
    if (!victim->other) return remove_ids(database, victim->sequence, error);
    return database_run(database, error, "UPDATE page SET known = 0 WHERE sequence = ?1",
                        VALUES(value_integer(victim->sequence)));
}

static postern_status forget_window_runs(struct database *database, int64_t stream_id, int64_t until_ms,
                                         postern_error *error)
{
    int64_t run = 1;
    postern_status status = POSTERN_OK;
    while (status == POSTERN_OK && run) {
        status = database_number(database, error, 0, &run,
                                 "SELECT id FROM known_run WHERE stream_id = ?1 AND pass_until_ms > 0"
                                 " AND pass_until_ms < ?2 LIMIT 1",
                                 VALUES(value_integer(stream_id), value_integer(until_ms)));
        if (status == POSTERN_OK && run) status = known_run_remove(database, run, error);
    }
    return status;
}

postern_status retention_forget_window(struct database *database, int64_t stream_id, int64_t until_ms,
                                       int64_t *forgotten, postern_error *error)
{
    postern_status status = forget_window_runs(database, stream_id, until_ms, error);
    struct victims victims = {.count = STEP_PAGES};
    while (status == POSTERN_OK && victims.count == STEP_PAGES) {
        _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
        status = database_query(database, error, &statement,
                                "SELECT sequence, body_bytes > 0, stream_id, event_count, received_ms FROM "
                                "page WHERE stream_id = ?1"
                                " AND known = 1 AND pass_until_ms > 0 AND pass_until_ms < ?2 LIMIT 64",
                                VALUES(value_integer(stream_id), value_integer(until_ms)));
        if (status == POSTERN_OK) status = collect(database, statement, &victims, error);
        statement_end(&statement);
        for (size_t i = 0; status == POSTERN_OK && i < victims.count; i++) {
            status = forget(database, &victims.list[i], error);
            *forgotten += victims.list[i].events;
        }
    }
    return status;
}

/* ---- Steps -------------------------------------------------------------------------------------- */

static postern_status remove_old_bodies(struct journal *journal, void *removed, postern_error *error)
{
    int64_t until = forget_clock_now(&journal->forget_clock) - journal->settings.retain_ms;
    return retention_remove_bodies(journal, until, STEP_PAGES, removed, error);
}

static postern_status find_forgettable(struct journal *journal, struct victims *victims, postern_error *error)
{
    struct database *database = &journal->writer.database;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    victims->count = 0;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT sequence, body_bytes > 0, stream_id, event_count, received_ms FROM page"
                       " WHERE known = 1 AND remember_until_ms > 0 AND remember_until_ms <= ?1",
                       VALUES(value_integer(forget_clock_now(&journal->forget_clock))));
    return status == POSTERN_OK ? collect(database, statement, victims, error) : status;
}

static postern_status forget_all(struct journal *journal, void *context, postern_error *error)
{
    struct victims *victims = context;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < victims->count; i++)
        status = forget(&journal->writer.database, &victims->list[i], error);
    return status;
}

/* A run of a token stream whose newest id need not be remembered. */
static int64_t find_old_run(struct journal *journal)
{
    int64_t run = 0;
    database_number(&journal->writer.database, NULL, 0, &run,
                    "SELECT id FROM known_run WHERE last_remember_ms > 0 AND last_remember_ms <= ?1 LIMIT 1",
                    VALUES(value_integer(forget_clock_now(&journal->forget_clock))));
    return run;
}

static postern_status remove_run(struct journal *journal, void *run, postern_error *error)
{
    return known_run_remove(&journal->writer.database, *(int64_t *)run, error);
}

static postern_status remove_old_rows(struct journal *journal, void *context, postern_error *error)
{
    (void)context;
    struct database *database = &journal->writer.database;
    static const char *const statements[] = {
        "DELETE FROM drop_reason WHERE delivery_id IN"
        " (SELECT id FROM delivery WHERE removed_ms > 0 AND removed_ms <= ?1)",
        "DELETE FROM missed WHERE delivery_id IN"
        " (SELECT id FROM delivery WHERE removed_ms > 0 AND removed_ms <= ?1)",
        "DELETE FROM delivery WHERE removed_ms > 0 AND removed_ms <= ?1",
    };
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < sizeof statements / sizeof *statements; i++)
        status =
            database_run(database, error, statements[i],
                         VALUES(value_integer(forget_clock_now(&journal->forget_clock) - DELIVERY_KEPT_MS)));
    if (status < 0) return status;
    return database_run(database, error,
                        "DELETE FROM request WHERE outcome IS NOT NULL AND answered_ms <= ?1",
                        VALUES(value_integer(forget_clock_now(&journal->forget_clock) - ANSWER_KEPT_MS)));
}

/* Whether remove_old_rows would find something: asking is cheaper than an empty transaction. */
static bool has_old_rows(struct journal *journal)
{
    int64_t now = forget_clock_now(&journal->forget_clock), found = 0;
    database_number(&journal->writer.database, NULL, 0, &found,
                    "SELECT EXISTS (SELECT 1 FROM delivery WHERE removed_ms > 0 AND removed_ms <= ?1)"
                    " OR EXISTS (SELECT 1 FROM request WHERE outcome IS NOT NULL AND answered_ms <= ?2)",
                    VALUES(value_integer(now - DELIVERY_KEPT_MS), value_integer(now - ANSWER_KEPT_MS)));
    return found != 0;
}

static bool has_old_bodies(struct journal *journal)
{
    int64_t stored = 0;
    postern_status status = database_number(
        &journal->writer.database, NULL, INT64_MAX, &stored,
        "SELECT " STORED_MS " FROM page WHERE body_bytes > 0 AND sequence <= ?1 ORDER BY sequence LIMIT 1",
        VALUES(value_integer(cursors_lowest(&journal->writer.cursors))));
    return status == POSTERN_OK &&
           stored <= forget_clock_now(&journal->forget_clock) - journal->settings.retain_ms;
}

/* Gives free pages back to the file system, some at a time. Few are kept: the next commit would only ask for
 * them. */
static bool vacuum(struct journal *journal)
{
    struct database *database = &journal->writer.database;
    int64_t free_pages = 0, pages = 0;
    if (database_number(database, NULL, 0, &free_pages, "PRAGMA freelist_count", NO_VALUES) < 0 ||
        database_number(database, NULL, 0, &pages, "PRAGMA page_count", NO_VALUES) < 0)
        return false;
    if (free_pages <= FREE_PAGES_KEPT || free_pages <= pages / 4) return false;
    return database_script(database, "PRAGMA incremental_vacuum(" VACUUM_PAGES ")", NULL) == POSTERN_OK;
}

static bool report(postern_status status, const postern_error *error)
{
    if (status < 0) log_error(POSTERN_LOG_WARNING, "journal", error);
    return status == POSTERN_OK;
}

bool retention_step(struct journal *journal)
{
    postern_error error = ERROR_INIT;
    if (has_old_bodies(journal)) {
        size_t removed = 0;
        return report(transaction_run(journal, remove_old_bodies, &removed, &error), &error) && removed > 0;
    }
    struct victims victims;
    if (!report(find_forgettable(journal, &victims, &error), &error)) return false;
    if (victims.count) {
        if (!report(transaction_run(journal, forget_all, &victims, &error), &error)) return false;
        for (size_t i = 0; i < victims.count; i++)
            known_ids_forget(&journal->ids, victims.list[i].stream_id, (size_t)victims.list[i].events);
        return true;
    }
    if (dead_letters_expire(journal)) return true;
    int64_t run = find_old_run(journal);
    if (run) return report(transaction_run(journal, remove_run, &run, &error), &error);
    if (has_old_rows(journal) && !report(transaction_run(journal, remove_old_rows, NULL, &error), &error))
        return false;
    if (snapshot_forget_step(journal)) return true;
    return vacuum(journal);
}
