/* Deliveries: where each stands and what it counted. */
#include "base/array.h"
#include "base/random.h"
#include "journal/sqlite/backlog.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/fields.h"
#include "journal/sqlite/skipped.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include <stddef.h>

#define REASONS_LIMIT                                                                                        \
    100 /* distinct drop reasons kept per delivery: scripts may make them up without end                     \
         */

#define DELIVERY_FIELDS(F)                                                                                   \
    F(BYTES, key)                                                                                            \
    F(STRING, name)                                                                                          \
    F(STRING, planned)                                                                                       \
    F(INTEGER, cursor)                                                                                       \
    F(INTEGER, delivered)                                                                                    \
    F(INTEGER, dropped)                                                                                      \
    F(INTEGER, dead)                                                                                         \
    F(INTEGER, wrong_types)                                                                                  \
    F(INTEGER, drops_oldest)                                                                                 \
    F(INTEGER, skipped)                                                                                      \
    F(STRING, last_error)                                                                                    \
    F(STRING, remedy)                                                                                        \
    F(INTEGER, last_success_ms)                                                                              \
    F(INTEGER, trouble_since_ms)                                                                             \
    F(INTEGER, removed_ms)                                                                                   \
    F(INTEGER, refused)                                                                                      \
    F(INTEGER, refused_kind)

#define FIELD(type, name) FIELD_OF(delivery_record, type, name)
static const struct record_field fields[] = {DELIVERY_FIELDS(FIELD)};
#undef FIELD
#define FIELD_COUNT (sizeof fields / sizeof *fields)

/* ---- Parts of a commit; writer thread ----------------------------------------------------------- */

static postern_status set_sink_state(struct database *database, const struct delivery_move *move,
                                     postern_error *error)
{
    if (move->entry_count && !move->sink)
        return error_set(error, POSTERN_E_INVALID, "a sink's state without the sink's name");
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < move->entry_count; i++) {
        postern_text key = move->entries[i].key, value = move->entries[i].value;
        if (value.size == 0)
            status = database_run(database, error, "DELETE FROM sink_state WHERE sink = ?1 AND key = ?2",
                                  VALUES(value_string(move->sink), value_blob(key.data, key.size)));
        else
            status = database_run(database, error,
                                  "INSERT INTO sink_state (sink, key, value) VALUES (?1, ?2, ?3)"
                                  " ON CONFLICT DO UPDATE SET value = excluded.value",
                                  VALUES(value_string(move->sink), value_blob(key.data, key.size),
                                         value_blob(value.data, value.size)));
    }
    return status;
}

static postern_status add_drops(struct database *database, const struct delivery_move *move,
                                postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < move->drop_reason_count; i++)
        status = database_run(
            database, error,
            "INSERT INTO drop_reason (delivery_id, reason, count) VALUES (?1,"
            " CASE WHEN EXISTS (SELECT 1 FROM drop_reason WHERE delivery_id = ?1 AND reason = ?2)"
            "  OR (SELECT count(*) FROM drop_reason WHERE delivery_id = ?1) < ?4"
            "  THEN ?2 ELSE '" DROP_REASON_OTHERS "' END, ?3)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            VALUES(value_integer(move->delivery_id), value_string(move->drops[i].reason),
                   value_integer(move->drops[i].count), value_integer(REASONS_LIMIT)));
    return status;
}

static postern_status move_delivery(struct journal *journal, const struct delivery_move *move,
                                    postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t success_ms = move->cursor > 0 || move->delivered > 0 ? clock_wall_ms(journal->clock) : 0;
    postern_status status = database_run(
        database, error,
        "UPDATE delivery SET cursor = max(cursor, ?2), delivered = delivered + ?3, dropped = dropped "
        "+ ?4,"
        " dead = dead + ?5, wrong_types = wrong_types + ?6, state = coalesce(?7, state),"
        " trouble_since_ms = CASE coalesce(?7, state) WHEN 'ok' THEN 0"
        "  ELSE iif(trouble_since_ms > 0, trouble_since_ms, ?12) END,"
        " last_error = coalesce(?8, last_error), remedy = coalesce(?9, remedy),"
        " last_success_ms = max(last_success_ms, ?10), planned = coalesce(?11, planned),"
        " refused = iif(?13, ?14, refused), refused_kind = iif(?13, ?15, refused_kind) WHERE id = ?1",
        VALUES(value_integer(move->delivery_id), value_integer(move->cursor), value_integer(move->delivered),
               value_integer(move->dropped), value_integer(move->dead), value_integer(move->wrong_types),
               value_string(move->state != DELIVERY_UNKNOWN ? delivery_state_name(move->state) : NULL),
               value_string(move->last_error), value_string(move->remedy), value_integer(success_ms),
               value_string(move->planned), value_integer(clock_wall_ms(journal->clock)),
               value_integer(move->sets_refused), value_integer(move->refused),
               value_integer(move->refused_kind)));
    if (status == POSTERN_OK && sqlite3_changes64(database->handle) == 0)
        return error_set(error, POSTERN_E_INVALID, "there is no delivery %lld", (long long)move->delivery_id);
    if (status == POSTERN_OK) status = add_drops(database, move, error);
    return status;
}

postern_status delivery_update(struct journal *journal, const struct delivery_move *move,
                               postern_error *error)
{
    postern_status status = move->delivery_id ? move_delivery(journal, move, error) : POSTERN_OK;
    if (status == POSTERN_OK) status = set_sink_state(&journal->writer.database, move, error);
    return status;
}

/* ---- Loading ------------------------------------------------------------------------------------ */

#define SELECT_DELIVERY "SELECT r.id, r.state" DELIVERY_FIELDS(FIELD_COLUMN) " FROM delivery r"

static void read_record(sqlite3_stmt *statement, struct delivery_record *record)
{
    *record = (struct delivery_record){.id = sqlite3_column_int64(statement, 0)};
    char state[32];
    column_string(statement, 1, state, sizeof state);
    record->state = delivery_state_of(state);
    fields_read(statement, 2, fields, FIELD_COUNT, record);
}

static postern_status find(struct journal *journal, const char *name, struct delivery_record *record,
                           bool *found, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    postern_status status = database_query(reading.database, error, &statement,
                                           SELECT_DELIVERY " WHERE r.name = ?1", VALUES(value_string(name)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, found);
    if (status < 0 || !*found) return status;
    read_record(statement, record);
    return backlog_count(reading.database, record, error);
}

struct wanted_delivery {
    const char *name;
    bool oldest;
};

/* Without pages the end is also the beginning. */
static postern_status insert(struct journal *journal, const struct wanted_delivery *wanted,
                             postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t end = 0, start = 0;
    unsigned char key[sizeof((struct delivery_record){0}.key)];
    random_system()->fill(random_system(), key, sizeof key);
    postern_status status = last_sequence(database, &end, error);
    if (status == POSTERN_OK && wanted->oldest)
        status = database_number(database, error, end + 1, &start,
                                 "SELECT min(sequence) FROM page WHERE body_bytes > 0", NO_VALUES);
    if (status == POSTERN_OK)
        status =
            database_run(database, error, "INSERT INTO delivery (name, cursor, key) VALUES (?1, ?2, ?3)",
                         VALUES(value_string(wanted->name), value_integer(wanted->oldest ? start - 1 : end),
                                value_blob(key, sizeof key)));
    if (status < 0 || wanted->oldest) return status;
    return skipped_note_beginning(database, sqlite3_last_insert_rowid(database->handle), end, error);
}

/* Puts back one that was removed, or makes a new one. */
static postern_status create(struct journal *journal, void *context, postern_error *error)
{
    const struct wanted_delivery *wanted = context;
    struct database *database = &journal->writer.database;
    postern_status status =
        database_run(database, error,
                     "UPDATE delivery SET removed_ms = 0, state = 'ok', last_error = '', remedy = '',"
                     " trouble_since_ms = 0 WHERE name = ?1",
                     VALUES(value_string(wanted->name)));
    if (status < 0) return status;
    if (sqlite3_changes64(database->handle) > 0) return skipped_came_back(database, wanted->name, error);
    return insert(journal, wanted, error);
}

postern_status journal_delivery(struct journal *journal, const char *name, bool oldest,
                                struct delivery_record *record, postern_error *error)
{
    if (strlen(name) >= sizeof record->name)
        return error_set(error, POSTERN_E_INVALID, "the delivery's name is too long");
    bool found = false;
    postern_status status = find(journal, name, record, &found, error);
    if (status < 0 || (found && record->removed_ms == 0)) return status;
    struct wanted_delivery wanted = {name, oldest};
    status = writer_call(journal, create, &wanted, error);
    if (status == POSTERN_OK) status = find(journal, name, record, &found, error);
    if (status == POSTERN_OK && !found)
        return error_set(error, POSTERN_E_IO, "the delivery %s is gone again", name);
    return status;
}

postern_status journal_deliveries(struct journal *journal, struct delivery_record **records, size_t *count,
                                  postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(freep) struct delivery_record *list = NULL;
    size_t size = 0;
    bool row = true;
    postern_status status =
        database_query(reading.database, error, &statement, SELECT_DELIVERY " ORDER BY r.name", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        if (!array_extend(&list, size, sizeof *list)) return error_no_memory(error, NULL);
        read_record(statement, &list[size++]);
    }
    for (size_t i = 0; status == POSTERN_OK && i < size; i++)
        status = backlog_count(reading.database, &list[i], error);
    if (status < 0) return status;
    *records = STEAL_POINTER(list);
    *count = size;
    return POSTERN_OK;
}

/* ---- What it takes ------------------------------------------------------------------------------ */

struct delivery_wants {
    int64_t delivery_id;
    const char *wants;
};

static postern_status set_wants(struct journal *journal, void *context, postern_error *error)
{
    const struct delivery_wants *it = context;
    return database_run(&journal->writer.database, error, "UPDATE delivery SET wants = ?2 WHERE id = ?1",
                        VALUES(value_integer(it->delivery_id), value_string(it->wants)));
}

postern_status journal_delivery_wants(struct journal *journal, int64_t delivery_id, const char *wants,
                                      postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    int64_t same = 0;
    postern_status status =
        database_number(reading.database, error, 0, &same, "SELECT wants = ?2 FROM delivery WHERE id = ?1",
                        VALUES(value_integer(delivery_id), value_string(wants)));
    if (status < 0 || same) return status;
    struct delivery_wants it = {delivery_id, wants};
    return writer_call(journal, set_wants, &it, error);
}

/* ---- What it does when the journal is full ------------------------------------------------------ */

struct delivery_policy {
    int64_t delivery_id;
    bool drops_oldest;
};

static postern_status set_policy(struct journal *journal, void *context, postern_error *error)
{
    const struct delivery_policy *policy = context;
    return database_run(&journal->writer.database, error,
                        "UPDATE delivery SET drops_oldest = ?2 WHERE id = ?1",
                        VALUES(value_integer(policy->delivery_id), value_integer(policy->drops_oldest)));
}

postern_status journal_delivery_drops_oldest(struct journal *journal, int64_t delivery_id, bool drops_oldest,
                                             postern_error *error)
{
    struct delivery_policy policy = {delivery_id, drops_oldest};
    return writer_call(journal, set_policy, &policy, error);
}

/* ---- Removing ----------------------------------------------------------------------------------- */

static postern_status remove_delivery(struct journal *journal, void *id, postern_error *error)
{
    postern_status status = database_run(
        &journal->writer.database, error,
        "UPDATE delivery SET removed_ms = ?2 WHERE id = ?1 AND removed_ms = 0",
        VALUES(value_integer(*(int64_t *)id), value_integer(forget_clock_now(&journal->forget_clock))));
    return status == POSTERN_OK ? skipped_removed(journal, *(int64_t *)id, error) : status;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

postern_status journal_deliveries_keep(struct journal *journal, const char *const *names, size_t count,
                                       postern_error *error)
{
    _cleanup_(freep) struct delivery_record *records = NULL;
    size_t size = 0;
    postern_status status = journal_deliveries(journal, &records, &size, error);
    for (size_t i = 0; status == POSTERN_OK && i < size; i++) {
        if (records[i].removed_ms || is_among(records[i].name, names, count)) continue;
        status = skipped_tell_removal(journal, records[i].id, error);
        if (status == POSTERN_OK) status = writer_call(journal, remove_delivery, &records[i].id, error);
        if (status == POSTERN_OK &&
            records[i].backlog_events == 0) /* else what it had not delivered is said */
            log_write(POSTERN_LOG_INFO, records[i].name,
                      "not configured any more; everything was delivered. Its place is kept for 7 days");
    }
    return status;
}
