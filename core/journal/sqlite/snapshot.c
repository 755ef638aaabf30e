/* Lists that are whole at each poll: an item's small row, which every poll touches, and its text beside it,
 * so that no update rewrites a large row. */
#include "journal/snapshot.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/idle_overlay.h"
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/space.h"
#include "journal/sqlite/store.h"

#define ITEM_OVERHEAD 128 /* bytes of an item's two rows beside its text, about */

/* ---- What a page showed; writer thread ------------------------------------------------------------ */

static postern_status add_totals(struct database *database, int64_t stream_id, int64_t items, int64_t bytes,
                                 postern_error *error)
{
    if (!items && !bytes) return POSTERN_OK;
    return database_run(database, error,
                        "INSERT INTO snapshot (stream_id, items, bytes) VALUES (?1, ?2, ?3)"
                        " ON CONFLICT DO UPDATE SET items = items + excluded.items,"
                        " bytes = bytes + excluded.bytes",
                        VALUES(value_integer(stream_id), value_integer(items), value_integer(bytes)));
}

static struct bound_value value_key(const struct snapshot_item *item)
{
    return value_blob(item->key, sizeof item->key);
}

/* One that is there already was taken in by another reading meanwhile (a dead letter that is tried again):
 * its event is in the journal, and this one must not come beside it. */
static postern_status add_item(struct database *database, int64_t stream_id,
                               const struct snapshot_change *change, const struct snapshot_item *item,
                               postern_error *error)
{
    postern_status status = database_run(
        database, error,
        "INSERT INTO snapshot_item (stream_id, key, sum, bytes, appeared, seen) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?5) ON CONFLICT DO NOTHING",
        VALUES(value_integer(stream_id), value_key(item), value_integer((int64_t)item->sum),
               value_integer((int64_t)item->text.size), value_integer(change->poll)));
    if (status < 0) return status;
    if (!sqlite3_changes(database->handle))
        return error_set(error, POSTERN_E_RETRY, "an item of the list was taken in meanwhile");
    status = database_run(database, error, "INSERT INTO snapshot_text (id, text) VALUES (?1, ?2)",
                          VALUES(value_integer(sqlite3_last_insert_rowid(database->handle)),
                                 value_blob(item->text.data, item->text.size)));
    if (status < 0) return status;
    return add_totals(database, stream_id, 1, (int64_t)item->text.size, error);
}

static postern_status change_item(struct database *database, int64_t stream_id,
                                  const struct snapshot_change *change, const struct snapshot_item *item,
                                  postern_error *error)
{
    int64_t before = 0, size = (int64_t)item->text.size;
    const struct bound_value stream = value_integer(stream_id), key = value_key(item);
    postern_status status = database_number(
        database, error, size, &before, "SELECT bytes FROM snapshot_item WHERE stream_id = ?1 AND key = ?2",
        VALUES(stream, key));
    if (status >= 0)
        status = database_run(database, error,
                              "UPDATE snapshot_item SET sum = ?3, bytes = ?4, seen = ?5, missed_ms = 0 WHERE "
                              "stream_id = ?1 AND "
                              "key = ?2",
                              VALUES(stream, key, value_integer((int64_t)item->sum), value_integer(size),
                                     value_integer(change->poll)));
    if (status >= 0)
        status = database_run(database, error,
                              "UPDATE snapshot_text SET text = ?3 WHERE id ="
                              " (SELECT id FROM snapshot_item WHERE stream_id = ?1 AND key = ?2)",
                              VALUES(stream, key, value_blob(item->text.data, item->text.size)));
    return status < 0 ? status : add_totals(database, stream_id, 0, size - before, error);
}

static postern_status show_item(struct database *database, int64_t stream_id,
                                const struct snapshot_change *change, const struct snapshot_item *item,
                                postern_error *error)
{
    return database_run(database, error,
                        "UPDATE snapshot_item SET seen = ?3, missed_ms = 0 WHERE stream_id = ?1 AND key = ?2",
                        VALUES(value_integer(stream_id), value_key(item), value_integer(change->poll)));
}

/* ---- What is there no more; writer thread --------------------------------------------------------- */

/* What a poll before this one missed already leaves; what this is the first to miss is noted. */
static postern_status end_poll(struct database *database, int64_t stream_id,
                               const struct snapshot_change *change, postern_error *error)
{
    const struct bound_value stream = value_integer(stream_id), poll = value_integer(change->poll),
                             since = value_integer(change->end->since);
    postern_status status = database_run(database, error,
                                         "UPDATE snapshot_item SET leaves = 1 WHERE stream_id = ?1"
                                         " AND missed_ms <> 0 AND seen < ?2 AND seen >= ?3",
                                         VALUES(stream, poll, since));
    if (status < 0) return status;
    return database_run(
        database, error,
        "UPDATE snapshot_item SET missed_ms = ?4 WHERE stream_id = ?1"
        " AND missed_ms = 0 AND seen < ?2 AND seen >= ?3",
        VALUES(stream, poll, since, value_integer(change->end->missed_ms ? change->end->missed_ms : 1)));
}

static postern_status forget_item(struct database *database, int64_t stream_id, int64_t row,
                                  postern_error *error)
{
    int64_t bytes = -1;
    postern_status status = database_number(database, error, -1, &bytes,
                                            "SELECT bytes FROM snapshot_item WHERE id = ?1 AND leaves = 1",
                                            VALUES(value_integer(row)));
    if (status < 0) return status;
    if (bytes < 0) return error_set(error, POSTERN_E_RETRY, "an item has left the list already");
    status =
        database_run(database, error, "DELETE FROM snapshot_item WHERE id = ?1", VALUES(value_integer(row)));
    if (status >= 0)
        status = database_run(database, error, "DELETE FROM snapshot_text WHERE id = ?1",
                              VALUES(value_integer(row)));
    return status < 0 ? status : add_totals(database, stream_id, -1, -bytes, error);
}

static postern_status store_state(struct database *database, int64_t stream_id,
                                  const struct snapshot_state *state, postern_error *error)
{
    return database_run(
        database, error,
        "INSERT INTO snapshot (stream_id, polls, damage, last_damage, damage_since) VALUES (?1, ?2, ?3, ?4, "
        "?5) ON CONFLICT DO UPDATE SET polls = excluded.polls, damage = excluded.damage,"
        " last_damage = excluded.last_damage, damage_since = excluded.damage_since",
        VALUES(value_integer(stream_id), value_integer(state->polls), value_integer(state->damage),
               value_integer(state->last_damage), value_integer(state->damage_since)));
}

bool snapshot_only_counts(const struct snapshot_change *change)
{
    const struct snapshot_state *state = change->state;
    return state && !state->damage && !state->last_damage && !state->damage_since && !change->count &&
           !change->end && !change->left_count;
}

/* ---- The whole ------------------------------------------------------------------------------------ */

static int64_t bytes_needed(const struct snapshot_change *change)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < change->count; i++)
        if (change->items[i].sight != SNAPSHOT_SHOWN)
            bytes += (int64_t)change->items[i].text.size + ITEM_OVERHEAD;
    return bytes;
}

postern_status snapshot_update(struct journal *journal, const struct journal_commit *commit,
                               postern_error *error)
{
    static postern_status (*const takes[])(struct database * database, int64_t stream_id,
                                           const struct snapshot_change *change,
                                           const struct snapshot_item *item, postern_error *error) = {
        [SNAPSHOT_APPEARED] = add_item, [SNAPSHOT_CHANGED] = change_item, [SNAPSHOT_SHOWN] = show_item};
    const struct snapshot_change *change = commit->snapshot;
    if (!change) return POSTERN_OK;
    struct database *database = &journal->writer.database;
    int64_t stream_id = commit->stream->id, needed = bytes_needed(change);
    postern_status status = needed ? space_admit(journal, needed, error) : POSTERN_OK;
    for (size_t i = 0; status >= 0 && i < change->count; i++)
        status = takes[change->items[i].sight](database, stream_id, change, &change->items[i], error);
    if (status >= 0 && change->state) status = store_state(database, stream_id, change->state, error);
    if (status >= 0 && change->end) status = end_poll(database, stream_id, change, error);
    for (size_t i = 0; status >= 0 && i < change->left_count; i++)
        status = forget_item(database, stream_id, change->left[i], error);
    return status;
}

/* ---- Reading; any thread --------------------------------------------------------------------------- */

#define SELECT_LISTS "SELECT polls, damage, last_damage, damage_since, items, bytes, stream_id FROM snapshot"

static struct snapshot_totals read_totals(sqlite3_stmt *statement)
{
    return (struct snapshot_totals){
        .state = {sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                  sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3)},
        .items = sqlite3_column_int64(statement, 4),
        .bytes = sqlite3_column_int64(statement, 5),
    };
}

postern_status journal_snapshot_lists(struct journal *journal, postern_arena *arena,
                                      const struct snapshot_list **lists, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(idle_poll_table_free) struct idle_poll_table noted = {0};
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = SIZE_MAX / 2};
    bool row = true;
    postern_status status = idle_overlay_read(journal, reading.database, &noted, error);
    if (status >= 0) status = database_query(reading.database, error, &statement, SELECT_LISTS, NO_VALUES);
    while (status >= 0 && (status = database_next(reading.database, error, statement, &row)) >= 0 && row) {
        struct snapshot_list one = {sqlite3_column_int64(statement, 6), read_totals(statement)};
        idle_overlay_list(&noted, &one);
        if (!buffer_append(&list, &one, sizeof one)) return error_no_memory(error, NULL);
    }
    if (status >= 0 && !list_into_arena(&list, sizeof **lists, arena, lists, count))
        return error_no_memory(error, NULL);
    return status;
}

postern_status journal_snapshot_totals(struct journal *journal, int64_t stream_id,
                                       struct snapshot_totals *totals, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status =
        database_query(reading.database, error, &statement, SELECT_LISTS " WHERE stream_id = ?1",
                       VALUES(value_integer(stream_id)));
    if (status >= 0) status = database_next(reading.database, error, statement, &row);
    if (status >= 0) *totals = row ? read_totals(statement) : (struct snapshot_totals){0};
    return status;
}

static postern_status look(struct database *database, int64_t stream_id, const unsigned char *key,
                           struct snapshot_known *known, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    *known = (struct snapshot_known){0};
    postern_status status = database_query(
        database, error, &statement,
        "SELECT sum, bytes, seen, missed_ms FROM snapshot_item WHERE stream_id = ?1 AND key = ?2",
        VALUES(value_integer(stream_id), value_blob(key, EVENT_ID_SIZE)));
    if (status >= 0) status = database_next(database, error, statement, &known->is_known);
    if (status < 0 || !known->is_known) return status;
    known->sum = (uint64_t)sqlite3_column_int64(statement, 0);
    known->bytes = sqlite3_column_int64(statement, 1);
    known->seen = sqlite3_column_int64(statement, 2);
    known->is_missed = sqlite3_column_int64(statement, 3) != 0;
    return POSTERN_OK;
}

postern_status journal_snapshot_known(struct journal *journal, int64_t stream_id, const unsigned char *keys,
                                      size_t count, struct snapshot_known *known, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status >= 0 && i < count; i++)
        status = look(reading.database, stream_id, keys + i * EVENT_ID_SIZE, &known[i], error);
    return status;
}

postern_status journal_snapshot_leavers(struct journal *journal, int64_t stream_id, journal_take_leaver *take,
                                        void *context, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status = database_query(reading.database, error, &statement,
                                           "SELECT i.id, i.key, i.appeared, i.missed_ms, t.text"
                                           " FROM snapshot_item i JOIN snapshot_text t ON t.id = i.id"
                                           " WHERE i.stream_id = ?1 AND i.leaves = 1 ORDER BY i.id",
                                           VALUES(value_integer(stream_id)));
    while (status >= 0 && (status = database_next(reading.database, error, statement, &row)) >= 0 && row) {
        struct snapshot_leaver leaver = {.row = sqlite3_column_int64(statement, 0),
                                         .appeared = sqlite3_column_int64(statement, 2),
                                         .missed_ms = sqlite3_column_int64(statement, 3),
                                         .text = column_bytes(statement, 4)};
        postern_text key = column_bytes(statement, 1);
        if (key.size != EVENT_ID_SIZE)
            return error_set(error, POSTERN_E_PROTOCOL, "what is remembered of the list is damaged");
        memcpy(leaver.key, key.data, EVENT_ID_SIZE);
        if (!take(context, &leaver)) break;
    }
    return status;
}
