/* What deliveries do not get: what is noted while it is not certain yet, per stream (`missed`), and what is
 * certain, to be shown (`skipped`). */
#include "journal/sqlite/skipped.h"
#include "base/plural.h"
#include "base/timestamp.h"
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include "journal/wants.h"

#define LIST_LIMIT ((size_t)16 << 20)

const char *skip_reason_words(enum skip_reason reason)
{
    switch (reason) {
    case SKIP_BEGAN:
        return "it began at the end of the journal, which still had them; a new pipeline with start = "
               "\"oldest\" delivers what is kept";
    case SKIP_AWAY:
        return "they went out of the journal while it was not configured";
    case SKIP_REMOVED:
        return "it was removed; its place is kept for 7 days, so until then it can be configured again";
    case SKIP_DROPPED:
        return "they were dropped to make room in the journal";
    case SKIP_UNKNOWN:
        break;
    }
    return "the reason is not known";
}

/* ---- Noting; writer thread ---------------------------------------------------------------------- */

postern_status skipped_note_page(struct database *database, const struct leaving_page *page,
                                 postern_error *error)
{
    return database_run(database, error,
                        "INSERT INTO missed (delivery_id, stream_id, reason, from_ms, until_ms, events)"
                        " SELECT id, ?2, ?5, ?3, ?3, ?4 FROM delivery WHERE removed_ms > 0 AND cursor < ?1"
                        " ON CONFLICT DO UPDATE SET from_ms = min(from_ms, excluded.from_ms),"
                        " until_ms = max(until_ms, excluded.until_ms), events = events + excluded.events",
                        VALUES(value_integer(page->sequence), value_integer(page->stream_id),
                               value_integer(page->received_ms), value_integer(page->events),
                               value_string(skip_reason_name(SKIP_AWAY))));
}

postern_status skipped_note_beginning(struct database *database, int64_t delivery_id, int64_t cursor,
                                      postern_error *error)
{
    return database_run(
        database, error,
        "INSERT OR REPLACE INTO missed (delivery_id, stream_id, reason, from_ms, until_ms, events)"
        " SELECT ?1, stream_id, ?3, min(received_ms), max(received_ms), sum(event_count) FROM page"
        " WHERE body_bytes > 0 AND sequence <= ?2 GROUP BY stream_id",
        VALUES(value_integer(delivery_id), value_integer(cursor),
               value_string(skip_reason_name(SKIP_BEGAN))));
}

postern_status skipped_note_dropped(struct database *database, int64_t delivery_id, int64_t cursor,
                                    int64_t until, postern_error *error)
{
    return database_run(
        database, error,
        "INSERT INTO missed (delivery_id, stream_id, reason, from_ms, until_ms, events)"
        " SELECT ?1, stream_id, ?4, min(received_ms), max(received_ms), sum(event_count) FROM page"
        " WHERE body_bytes > 0 AND sequence > max(?2, (SELECT cursor FROM delivery WHERE id = ?1))"
        " AND sequence <= ?3 GROUP BY stream_id"
        " ON CONFLICT DO UPDATE SET from_ms = min(from_ms, excluded.from_ms),"
        " until_ms = max(until_ms, excluded.until_ms), events = events + excluded.events",
        VALUES(value_integer(delivery_id), value_integer(cursor), value_integer(until),
               value_string(skip_reason_name(SKIP_DROPPED))));
}

/* ---- What is certain; writer thread ------------------------------------------------------------- */

/* What a delivery goes on dropping is one range: it must not push out what others lost. */
#define SAME_RANGE_MS 3600000

static postern_status extend(struct journal *journal, const struct skipped_range *range, bool *extended,
                             postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t now = clock_wall_ms(journal->clock);
    postern_status status = database_run(
        database, error,
        "UPDATE skipped SET from_ms = min(from_ms, ?3), until_ms = max(until_ms, ?4), events = events + ?5,"
        " noted_ms = ?6 WHERE id = (SELECT max(id) FROM skipped WHERE delivery = ?1 AND reason = ?2)"
        " AND noted_ms > ?6 - ?7",
        VALUES(value_string(range->delivery), value_string(skip_reason_name(range->reason)),
               value_integer(range->from_ms), value_integer(range->until_ms), value_integer(range->events),
               value_integer(now), value_integer(SAME_RANGE_MS)));
    *extended = status == POSTERN_OK && sqlite3_changes64(database->handle) > 0;
    return status;
}

postern_status skipped_add(struct journal *journal, const struct skipped_range *range, postern_error *error)
{
    struct database *database = &journal->writer.database;
    bool extended = false;
    postern_status status = POSTERN_OK;
    if (range->reason == SKIP_DROPPED) status = extend(journal, range, &extended, error);
    if (status < 0 || extended) return status;
    status = database_run(database, error,
                          "INSERT INTO skipped (delivery, reason, from_ms, until_ms, events, noted_ms)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                          VALUES(value_string(range->delivery), value_string(skip_reason_name(range->reason)),
                                 value_integer(range->from_ms), value_integer(range->until_ms),
                                 value_integer(range->events), value_integer(clock_wall_ms(journal->clock))));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM skipped WHERE id <= ?1",
                        VALUES(value_integer(sqlite3_last_insert_rowid(database->handle) - SKIPPED_KEPT)));
}

/* What is said of a range, or emitted only: before the commit that settles it. */
enum saying { SAY_EMIT = 1, SAY_LOG = 2 };

/* That it began at the end is as it should be: no notice; and of lost notices there is none either. Of what a
 * delivery goes on dropping one an hour is enough. */
static void say(struct journal *journal, const struct skipped_range *range, bool only_notices, int how)
{
    char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE], message[480], hour[40];
    snprintf(message, sizeof message, "%lld event%s, received from %s to %s, %s not delivered: %s",
             (long long)range->events, plural(range->events), timestamp_iso(range->from_ms, from),
             timestamp_iso(range->until_ms, until), plural_are(range->events),
             skip_reason_words(range->reason));
    snprintf(hour, sizeof hour, "dropped %lld", (long long)(clock_wall_ms(journal->clock) / SAME_RANGE_MS));
    const struct notice notice = {.kind = NOTICE_EVENTS_SKIPPED,
                                  .subject = range->delivery,
                                  .message = message,
                                  .fact = range->reason == SKIP_DROPPED ? hour : NULL,
                                  .events = range->events,
                                  .oldest_ms = range->from_ms};
    if (how & SAY_LOG) notice_log(&notice);
    if (how & SAY_EMIT && range->reason != SKIP_BEGAN && !only_notices) notice_emit(journal, &notice);
}

/* ---- A delivery that is removed ----------------------------------------------------------------- */

struct skipped_removal {
    char name[sizeof((struct delivery_record){0}.name)];
    struct skipped_range range;
    bool only_notices;
};

static void add_to(struct skipped_range *range, int64_t from_ms, int64_t until_ms, int64_t events)
{
    if (!range->events || from_ms < range->from_ms) range->from_ms = from_ms;
    if (until_ms > range->until_ms) range->until_ms = until_ms;
    range->events += events;
}

static postern_status sum_up_removal(struct database *database, int64_t delivery_id,
                                     struct skipped_removal *removal, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    *removal = (struct skipped_removal){.range = {.reason = SKIP_REMOVED}, .only_notices = true};
    removal->range.delivery = removal->name;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT d.name, d.wants, a.name, s.source, min(p.received_ms), max(p.received_ms), sum(p.event_count)"
        " FROM delivery d JOIN page p ON p.sequence > d.cursor AND p.body_bytes > 0"
        " JOIN stream s ON s.id = p.stream_id JOIN account a ON a.id = s.account_id"
        " WHERE d.id = ?1 GROUP BY s.id",
        VALUES(value_integer(delivery_id)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        postern_text source = column_bytes(statement, 3);
        column_string(statement, 0, removal->name, sizeof removal->name);
        if (!wants_take(column_bytes(statement, 1), column_bytes(statement, 2), source)) continue;
        if (!text_is(source, NOTICE_SOURCE)) removal->only_notices = false;
        add_to(&removal->range, sqlite3_column_int64(statement, 4), sqlite3_column_int64(statement, 5),
               sqlite3_column_int64(statement, 6));
    }
    return status;
}

postern_status skipped_tell_removal(struct journal *journal, int64_t delivery_id, postern_error *error)
{
    struct skipped_removal removal;
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    postern_status status = sum_up_removal(reading.database, delivery_id, &removal, error);
    if (status == POSTERN_OK && removal.range.events)
        say(journal, &removal.range, removal.only_notices, SAY_EMIT);
    return status;
}

/* If more has come since it was told, it is told again. */
postern_status skipped_removed(struct journal *journal, int64_t delivery_id, postern_error *error)
{
    struct skipped_removal removal;
    postern_status status = sum_up_removal(&journal->writer.database, delivery_id, &removal, error);
    if (status < 0 || !removal.range.events) return status;
    say(journal, &removal.range, removal.only_notices, SAY_LOG | SAY_EMIT);
    return skipped_add(journal, &removal.range, error);
}

postern_status skipped_came_back(struct database *database, const char *delivery, postern_error *error)
{
    return database_run(database, error, "DELETE FROM skipped WHERE delivery = ?1 AND reason = ?2",
                        VALUES(value_string(delivery), value_string(skip_reason_name(SKIP_REMOVED))));
}

/* ---- A delivery that begins or has come back ---------------------------------------------------- */

#define MOST_REASONS 8

struct naming {
    int64_t delivery_id;
    const char *delivery;
    bool (*wanted)(void *context, const char *account, const char *source);
    void *context;
    bool any;          /* something is noted */
    bool only_notices; /* of what is */
    struct skipped_range ranges[MOST_REASONS];
};

static postern_status sum_up(struct database *database, struct naming *naming, postern_error *error)
{
    memset(naming->ranges, 0, sizeof naming->ranges);
    naming->only_notices = true;
    for (size_t i = 0; i < MOST_REASONS; i++) {
        naming->ranges[i].delivery = naming->delivery;
        naming->ranges[i].reason = (enum skip_reason)i;
    }
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT m.reason, m.from_ms, m.until_ms, m.events, a.name, s.source FROM missed m"
                       " JOIN stream s ON s.id = m.stream_id JOIN account a ON a.id = s.account_id"
                       " WHERE m.delivery_id = ?1",
                       VALUES(value_integer(naming->delivery_id)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        char reason[32], account[RECORD_NAME_SIZE], source[RECORD_NAME_SIZE];
        column_string(statement, 0, reason, sizeof reason);
        column_string(statement, 4, account, sizeof account);
        column_string(statement, 5, source, sizeof source);
        naming->any = true;
        if (!naming->wanted(naming->context, account, source)) continue;
        if (strcmp(source, NOTICE_SOURCE) != 0) naming->only_notices = false;
        add_to(&naming->ranges[skip_reason_of(reason)], sqlite3_column_int64(statement, 1),
               sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3));
    }
    return status;
}

static postern_status look_whether_any(struct journal *journal, struct naming *naming, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    return reading.database ? sum_up(reading.database, naming, error) : reading.status;
}

/* Summed up where nothing more can be noted meanwhile: what goes is what is named. */
static postern_status keep(struct journal *journal, void *context, postern_error *error)
{
    struct naming *naming = context;
    postern_status status = sum_up(&journal->writer.database, naming, error);
    if (status < 0) return status;
    status = database_run(&journal->writer.database, error, "DELETE FROM missed WHERE delivery_id = ?1",
                          VALUES(value_integer(naming->delivery_id)));
    for (size_t i = 0; status == POSTERN_OK && i < MOST_REASONS; i++)
        if (naming->ranges[i].events) status = skipped_add(journal, &naming->ranges[i], error);
    if (status == POSTERN_OK && naming->ranges[SKIP_DROPPED].events)
        status = database_run(
            &journal->writer.database, error, "UPDATE delivery SET skipped = skipped + ?2 WHERE id = ?1",
            VALUES(value_integer(naming->delivery_id), value_integer(naming->ranges[SKIP_DROPPED].events)));
    return status;
}

postern_status journal_name_skipped(struct journal *journal, int64_t delivery_id, const char *delivery,
                                    bool (*wanted)(void *context, const char *account, const char *source),
                                    void *context, postern_error *error)
{
    struct naming naming = {
        .delivery_id = delivery_id, .delivery = delivery, .wanted = wanted, .context = context};
    postern_status status = look_whether_any(journal, &naming, error);
    if (status < 0 || !naming.any) return status;
    const struct naming looked = naming;
    for (size_t i = 0; i < MOST_REASONS; i++)
        if (looked.ranges[i].events) say(journal, &looked.ranges[i], looked.only_notices, SAY_EMIT);
    status = writer_call(journal, keep, &naming, error);
    for (size_t i = 0; status == POSTERN_OK && i < MOST_REASONS; i++) {
        const struct skipped_range *range = &naming.ranges[i];
        bool grew = range->events != looked.ranges[i].events; /* since it was told */
        if (range->events) say(journal, range, naming.only_notices, grew ? SAY_LOG | SAY_EMIT : SAY_LOG);
    }
    return status;
}

/* ---- Looking; any thread ------------------------------------------------------------------------ */

postern_status journal_skipped(struct journal *journal, postern_arena *arena,
                               const struct skipped_range **ranges, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = LIST_LIMIT};
    bool row = true;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT delivery, reason, from_ms, until_ms, events, noted_ms FROM skipped ORDER BY id DESC",
        NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        char reason[32];
        column_string(statement, 1, reason, sizeof reason);
        const struct skipped_range range = {.delivery = arena_copy(arena, column_bytes(statement, 0)).data,
                                            .reason = skip_reason_of(reason),
                                            .from_ms = sqlite3_column_int64(statement, 2),
                                            .until_ms = sqlite3_column_int64(statement, 3),
                                            .events = sqlite3_column_int64(statement, 4),
                                            .noted_ms = sqlite3_column_int64(statement, 5)};
        if (!range.delivery || !buffer_append(&list, &range, sizeof range))
            return error_no_memory(error, NULL);
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **ranges, arena, ranges, count))
        return error_no_memory(error, NULL);
    return status;
}
