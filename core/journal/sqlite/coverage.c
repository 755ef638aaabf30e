/* The coverage ledger: which ranges of time were read to their end, one row per stream and contiguous range,
 * with counts per day. */
#include "base/smaller.h"
#include "base/timestamp.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/idle_overlay.h"
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

#define DAY_MS 86400000

struct range {
    int64_t from_ms, until_ms, events, first_read_ms;
    int64_t holes, missing_ms; /* inside of it, not listed singly any more */
    int64_t absorbed;          /* rows that went into it */
};

static void take_in(struct range *range, sqlite3_stmt *row)
{
    int64_t from = sqlite3_column_int64(row, 0), until = sqlite3_column_int64(row, 1);
    int64_t first_read = sqlite3_column_int64(row, 3);
    if (from < range->from_ms) range->from_ms = from;
    if (until > range->until_ms) range->until_ms = until;
    if (first_read < range->first_read_ms) range->first_read_ms = first_read;
    range->events += sqlite3_column_int64(row, 2);
    range->holes += sqlite3_column_int64(row, 4);
    range->missing_ms += sqlite3_column_int64(row, 5);
    range->absorbed++;
}

/* Takes the ranges that overlap or touch `range` into it, and their rows out of the table. */
static postern_status absorb(struct database *database, int64_t stream_id, struct range *range,
                             postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    const int64_t from = range->from_ms, until = range->until_ms;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT from_ms, until_ms, events, first_read_ms, holes, missing_ms FROM coverage"
                       " WHERE stream_id = ?1 AND from_ms <= ?3 + 1 AND until_ms >= ?2 - 1",
                       VALUES(value_integer(stream_id), value_integer(from), value_integer(until)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row)
        take_in(range, statement);
    statement_end(&statement);
    if (status < 0) return status;
    return database_run(
        database, error,
        "DELETE FROM coverage WHERE stream_id = ?1 AND from_ms <= ?3 + 1 AND until_ms >= ?2 - 1",
        VALUES(value_integer(stream_id), value_integer(from), value_integer(until)));
}

static postern_status insert(struct database *database, int64_t stream_id, const struct range *range,
                             int64_t now_ms, postern_error *error)
{
    return database_run(
        database, error,
        "INSERT INTO coverage (stream_id, from_ms, until_ms, events, first_read_ms, last_read_ms, holes,"
        " missing_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        VALUES(value_integer(stream_id), value_integer(range->from_ms), value_integer(range->until_ms),
               value_integer(range->events), value_integer(range->first_read_ms), value_integer(now_ms),
               value_integer(range->holes), value_integer(range->missing_ms)));
}

/* The two oldest ranges become one, which says that a hole is in it and how long it is. */
static postern_status join_oldest(struct database *database, int64_t stream_id, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    struct range first = {.from_ms = INT64_MAX, .until_ms = INT64_MIN, .first_read_ms = INT64_MAX};
    int64_t read_ms = 0;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT from_ms, until_ms, events, first_read_ms, holes, missing_ms, last_read_ms"
                       " FROM coverage WHERE stream_id = ?1 ORDER BY from_ms LIMIT 2",
                       VALUES(value_integer(stream_id)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        if (first.absorbed) {
            first.holes++;
            first.missing_ms += sqlite3_column_int64(statement, 0) - first.until_ms - 1;
        }
        take_in(&first, statement);
        if (sqlite3_column_int64(statement, 6) > read_ms) read_ms = sqlite3_column_int64(statement, 6);
    }
    statement_end(&statement);
    if (status == POSTERN_OK)
        status = database_run(database, error, "DELETE FROM coverage WHERE stream_id = ?1 AND from_ms <= ?2",
                              VALUES(value_integer(stream_id), value_integer(first.until_ms)));
    return status == POSTERN_OK ? insert(database, stream_id, &first, read_ms, error) : status;
}

/* Only a range that touched no other can make the list longer. */
static postern_status bound(struct database *database, int64_t stream_id, int64_t most, postern_error *error)
{
    int64_t count = 0;
    postern_status status =
        database_number(database, error, 0, &count, "SELECT count(*) FROM coverage WHERE stream_id = ?1",
                        VALUES(value_integer(stream_id)));
    for (; status == POSTERN_OK && count > most && count > 1; count--)
        status = join_oldest(database, stream_id, error);
    return status;
}

static void say_gap(const struct coverage_commit *commit, int64_t from_ms, int64_t until_ms)
{
    char scope[2 * RECORD_NAME_SIZE + 2], from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];
    snprintf(scope, sizeof scope, "%s/%s", commit->stream->account, commit->stream->name);
    log_write(POSTERN_LOG_WARNING, scope,
              "gap: nothing was read from %s to %s, which is longer ago than the source's `remember`: what "
              "the vendor does not have any more is missing",
              timestamp_iso(from_ms, from), timestamp_iso(until_ms, until));
}

/* How far back the vendor's oldest lies shows only when events of it come: a hole is at first as long as it
 * may be, and ends earlier with each answer whose events lie in it. Not with one that comes when all that is
 * read long since: it may be late. */
static postern_status narrow_hole(struct database *database, const struct coverage_commit *commit,
                                  struct range *range, postern_error *error)
{
    int64_t before = 0, id = commit->stream->id, newest = commit->read->newest_ms;
    postern_status status = database_number(
        database, error, INT64_MAX, &before,
        "SELECT b.until_ms FROM coverage a JOIN coverage b ON b.stream_id = a.stream_id"
        " WHERE a.stream_id = ?1 AND a.from_ms = (SELECT max(from_ms) FROM coverage WHERE stream_id = ?1)"
        " AND a.first_read_ms > ?2 AND b.from_ms < a.from_ms ORDER BY b.from_ms DESC LIMIT 1",
        VALUES(value_integer(id), value_integer(commit->now_ms - DAY_MS)));
    if (status == POSTERN_OK && before < range->from_ms && newest < range->from_ms)
        range->from_ms = larger(newest, before);
    return status;
}

/* The vendor still has what came since then, when a token stream is read from `from_ms` on. */
static int64_t kept_from(const struct coverage_commit *commit, int64_t from_ms)
{
    return commit->remember_ms > 0 ? from_ms - commit->remember_ms : INT64_MIN;
}

/* A token stream goes on where it stopped, so what it brings follows on what it brought before, however long
 * that was ago: as long as the vendor still has what came in between. None of it lies before what was read.
 * Of reads that were joined the first follows on; it is seen when they are joined that each follows the one
 * before.
 */
static postern_status follow_on(struct database *database, const struct coverage_commit *commit,
                                struct range *range, postern_error *error)
{
    int64_t newest = 0;
    postern_status status =
        database_number(database, error, range->from_ms, &newest,
                        "SELECT until_ms FROM coverage WHERE stream_id = ?1 ORDER BY from_ms DESC LIMIT 1",
                        VALUES(value_integer(commit->stream->id)));
    if (status < 0) return status;
    int64_t kept_from_ms = kept_from(commit, range->from_ms);
    if (newest < kept_from_ms) {
        say_gap(commit, newest, kept_from_ms);
        newest = kept_from_ms;
    }
    if (newest > range->until_ms) range->until_ms = newest;
    range->from_ms = newest;
    return commit->read->newest_ms ? narrow_hole(database, commit, range, error) : POSTERN_OK;
}

static postern_status count_day(struct database *database, const struct coverage_commit *commit,
                                postern_error *error)
{
    const struct coverage_read *read = commit->read;
    return database_run(
        database, error,
        "INSERT INTO coverage_day (stream_id, day, reads, events) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT DO UPDATE SET reads = reads + excluded.reads, events = events + excluded.events",
        VALUES(value_integer(commit->stream->id), value_integer(coverage_day(read->until_ms)),
               value_integer(1 + commit->joined_reads), value_integer(read->events)));
}

postern_status coverage_moves_only_the_end(struct database *database, const struct coverage_commit *commit,
                                           bool *only, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    const struct coverage_read *read = commit->read;
    bool is_token = commit->stream->kind == POSTERN_STREAM_TOKEN;
    *only = commit->stream->kind == POSTERN_STREAM_SNAPSHOT;
    if (*only) return POSTERN_OK;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT from_ms, until_ms FROM coverage WHERE stream_id = ?1 ORDER BY from_ms DESC LIMIT 1",
        VALUES(value_integer(commit->stream->id)));
    bool row = false;
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    int64_t from = sqlite3_column_int64(statement, 0), until = sqlite3_column_int64(statement, 1);
    bool is_kept = until >= kept_from(commit, read->from_ms);
    *only = is_token ? is_kept && !read->newest_ms && !read->begins_anew
                     : read->from_ms >= from && read->from_ms <= until + 1;
    return POSTERN_OK;
}

postern_status coverage_extend(struct database *database, const struct coverage_commit *commit,
                               postern_error *error)
{
    const struct coverage_read *read = commit->read;
    if (read->until_ms < read->from_ms)
        return error_set(error, POSTERN_E_INVALID, "a range that was read ends before it starts");
    int64_t stream_id = commit->stream->id;
    /* A poll shows a moment: nothing is known of the time between two. */
    if (commit->stream->kind == POSTERN_STREAM_SNAPSHOT) return count_day(database, commit, error);
    struct range range = {read->from_ms, read->until_ms, read->events, commit->now_ms, 0, 0, 0};
    postern_status status = POSTERN_OK;
    if (commit->stream->kind == POSTERN_STREAM_TOKEN && !read->begins_anew)
        status = follow_on(database, commit, &range, error);
    if (status == POSTERN_OK) status = absorb(database, stream_id, &range, error);
    if (status == POSTERN_OK) status = insert(database, stream_id, &range, commit->now_ms, error);
    if (status == POSTERN_OK && !range.absorbed)
        status = bound(database, stream_id, commit->most_ranges, error);
    return status == POSTERN_OK ? count_day(database, commit, error) : status;
}

/* The newest range ends where idle polls that are noted have moved its end to. */
static postern_status move_the_end(struct journal *journal, struct database *database, int64_t stream_id,
                                   const struct idle_poll_table *noted, struct buffer *list,
                                   postern_error *error)
{
    struct coverage_range *ranges = (struct coverage_range *)(void *)list->data;
    int64_t group = 0;
    if (!is_reader(journal) || !list->size) return POSTERN_OK;
    postern_status status =
        database_number(database, error, INT64_MAX, &group, "SELECT idle_group FROM stream WHERE id = ?1",
                        VALUES(value_integer(stream_id)));
    if (status == POSTERN_OK)
        idle_overlay_range(noted, group, stream_id, &ranges[list->size / sizeof *ranges - 1]);
    return status;
}

postern_status journal_coverage(struct journal *journal, int64_t stream_id, postern_arena *arena,
                                const struct coverage_range **ranges, size_t *count, postern_error *error)
{
    writer_store_idle(journal);
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(idle_poll_table_free) struct idle_poll_table noted = {0};
    _cleanup_(buffer_free) struct buffer list = {.limit = SIZE_MAX / 2};
    bool row = true;
    postern_status status = idle_overlay_read(journal, reading.database, &noted, error);
    if (status == POSTERN_OK)
        status =
            database_query(reading.database, error, &statement,
                           "SELECT from_ms, until_ms, events, first_read_ms, last_read_ms, holes, missing_ms"
                           " FROM coverage WHERE stream_id = ?1 ORDER BY from_ms",
                           VALUES(value_integer(stream_id)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct coverage_range range = {
            sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
            sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3),
            sqlite3_column_int64(statement, 4), sqlite3_column_int64(statement, 5),
            sqlite3_column_int64(statement, 6),
        };
        if (!buffer_append(&list, &range, sizeof range)) return error_no_memory(error, NULL);
    }
    if (status == POSTERN_OK)
        status = move_the_end(journal, reading.database, stream_id, &noted, &list, error);
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **ranges, arena, ranges, count))
        return error_no_memory(error, NULL);
    return status;
}
