/* Streams: their records, found, made and changed; one that is read in another way starts again. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/idle_overlay.h"
#include "journal/sqlite/row_list.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/stream_fields.h"
#include "journal/sqlite/submit.h"
#include <stddef.h>

#define IDLE_GROUP_COLUMN (13 + STREAM_FIELD_COUNT)

#define SELECT_STREAM                                                                                        \
    "SELECT r.id, r.account_id, a.name, r.source, r.name, r.kind, r.position, r.state, r.last_error, "       \
    "r.remedy, r.auth, r.trouble_since_ms, r.request_id" STREAM_FIELDS(                                      \
        FIELD_COLUMN) ", r.idle_group FROM stream r JOIN account a ON a.id = r.account_id"

/* Without the names. False if out of memory: without its position a stream would start from the oldest. */
static bool read_record(sqlite3_stmt *statement, struct stream_record *record)
{
    _cleanup_(freep) char *state = column_copy(statement, 7);
    _cleanup_(freep) char *error = column_copy(statement, 8);
    _cleanup_(freep) char *remedy = column_copy(statement, 9);
    _cleanup_(freep) char *request_id = column_copy(statement, 12);
    char *position = column_copy(statement, 6);
    bool has_position = sqlite3_column_type(statement, 6) != SQLITE_NULL;
    if (!state || !error || !remedy || !request_id || (has_position && !position)) {
        free(position);
        return false;
    }
    *record = (struct stream_record){
        .id = sqlite3_column_int64(statement, 0),
        .account_id = sqlite3_column_int64(statement, 1),
        .kind = (uint32_t)sqlite3_column_int64(statement, 5),
        .position = position,
        .state = stream_state_of(state),
        .trouble = trouble_words_new(error, remedy, request_id),
    };
    if (record->trouble) record->trouble->since_ms = sqlite3_column_int64(statement, 11);
    fields_read(statement, 13, stream_fields, STREAM_FIELD_COUNT, record);
    return true;
}

postern_status stream_update(struct database *database, const struct stream_record *record,
                             int64_t idle_group, postern_error *error)
{
    struct bound_value values[STREAM_FIELD_COUNT + 9];
    fields_values(stream_fields, STREAM_FIELD_COUNT, record, values);
    const char *position = record->position;
    values[STREAM_FIELD_COUNT] = value_integer(record->kind);
    values[STREAM_FIELD_COUNT + 1] = position ? value_blob(position, strlen(position)) : value_string(NULL);
    values[STREAM_FIELD_COUNT + 2] = value_string(stream_state_name(record->state));
    values[STREAM_FIELD_COUNT + 3] = value_string(trouble_error(record->trouble));
    values[STREAM_FIELD_COUNT + 4] = value_string(trouble_remedy(record->trouble));
    values[STREAM_FIELD_COUNT + 5] = value_integer(trouble_since(record->trouble));
    values[STREAM_FIELD_COUNT + 6] = value_string(trouble_request_id(record->trouble));
    values[STREAM_FIELD_COUNT + 7] = value_integer(idle_group);
    values[STREAM_FIELD_COUNT + 8] = value_integer(record->id);
    return database_run(database, error,
                        "UPDATE stream SET " STREAM_FIELDS(
                            FIELD_ASSIGNMENT) "kind = ?, position = ?,"
                                              " state = ?, last_error = ?, remedy = ?, trouble_since_ms = ?, "
                                              "request_id = ?, idle_group = ? WHERE id = ?",
                        values, STREAM_FIELD_COUNT + 9);
}

/* ---- Loading ------------------------------------------------------------------------------------ */

struct wanted_stream {
    int64_t account_id;
    const char *account, *source, *name, *auth;
    uint32_t kind;
    int64_t id; /* of the stored one; 0 = there is none */
};

/* Also says with which authentication profile it was read. */
static postern_status find(struct journal *journal, struct wanted_stream *wanted,
                           struct stream_record *record, char auth[RECORD_NAME_SIZE], postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        reading.database, error, &statement,
        SELECT_STREAM " WHERE r.account_id = ?1 AND r.source = ?2 AND r.name = ?3",
        VALUES(value_integer(wanted->account_id), value_string(wanted->source), value_string(wanted->name)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, &row);
    if (status < 0 || !row) return status;
    if (!read_record(statement, record)) return error_no_memory(error, NULL);
    column_string(statement, 10, auth, RECORD_NAME_SIZE);
    wanted->id = record->id;
    return POSTERN_OK;
}

postern_status stream_make(struct journal *journal, const struct enrolled *stream, postern_error *error)
{
    return database_run(&journal->writer.database, error,
                        "INSERT INTO stream (account_id, source, name, kind, auth, state)"
                        " SELECT id, ?2, ?3, ?4, ?5, ?6 FROM account WHERE name = ?1"
                        " ON CONFLICT (account_id, source, name) DO NOTHING",
                        VALUES(value_string(stream->account), value_string(stream->source),
                               value_string(stream->name), value_integer(stream->kind),
                               value_string(stream->auth), value_string(stream_state_name(STREAM_PENDING))));
}

static postern_status create(struct journal *journal, void *context, postern_error *error)
{
    const struct wanted_stream *wanted = context;
    return stream_make(
        journal,
        &(struct enrolled){wanted->account, wanted->source, wanted->name, wanted->auth, wanted->kind}, error);
}

static postern_status start_again(struct journal *journal, void *context, postern_error *error)
{
    const struct wanted_stream *wanted = context;
    struct database *database = &journal->writer.database;
    postern_status status = database_run(
        database, error,
        "UPDATE stream SET kind = ?2, auth = ?3, position = NULL, position_saved_ms = 0,"
        " pass_from_ms = 0, pass_until_ms = 0, pass_start_ms = 0, page_number = 0, attempt = 0 WHERE id = ?1",
        VALUES(value_integer(wanted->id), value_integer(wanted->kind), value_string(wanted->auth)));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM download_done WHERE stream_id = ?1",
                        VALUES(value_integer(wanted->id)));
}

/* That an account is let in otherwise is what its user wanted: of one account the streams are loaded in a
 * row, and all of them change. */
static void log_other_profile(struct journal *journal, const struct wanted_stream *wanted, const char *auth)
{
    struct said_profile *said = &journal->said_profile;
    if (said->account_id == wanted->account_id && strcmp(said->before, auth) == 0 &&
        strcmp(said->after, wanted->auth) == 0)
        return;
    said->account_id = wanted->account_id;
    snprintf(said->before, sizeof said->before, "%s", auth);
    snprintf(said->after, sizeof said->after, "%s", wanted->auth);
    log_write(
        POSTERN_LOG_INFO, wanted->account,
        "its streams were read with \"%s\" until now and are with \"%s\" from now on: each goes on from "
        "what is settled",
        auth, wanted->auth);
}

static void log_start_again(struct journal *journal, const struct wanted_stream *wanted,
                            const struct stream_record *stored, const char *auth)
{
    char scope[3 * RECORD_NAME_SIZE];
    snprintf(scope, sizeof scope, "%s/%s", wanted->account, wanted->name);
    if (stored->kind != wanted->kind)
        log_write(POSTERN_LOG_WARNING, scope,
                  "the way in which this stream is read has changed: its position is given up, it starts "
                  "again from what is settled");
    else
        log_other_profile(journal, wanted, auth);
}

/* The stored record, where it is of the kind and profile that are wanted; else there will be one. */
static postern_status load(struct journal *journal, struct wanted_stream *wanted,
                           struct stream_record *record, postern_error *error)
{
    char auth[RECORD_NAME_SIZE] = "";
    postern_status status = find(journal, wanted, record, auth, error);
    if (status < 0) return status;
    if (wanted->id && record->kind == wanted->kind && strcmp(auth, wanted->auth) == 0) return POSTERN_OK;
    bool was_stored = wanted->id != 0;
    if (was_stored) {
        log_start_again(journal, wanted, record, auth);
        stream_record_clear(record);
    }
    status = writer_call(journal, was_stored ? start_again : create, wanted, error);
    if (status == POSTERN_OK) status = find(journal, wanted, record, auth, error);
    if (status < 0 || wanted->id) return status;
    return error_set(error, POSTERN_E_INVALID, "%s/%s: there is no such account", wanted->account,
                     wanted->name);
}

postern_status journal_stream(struct journal *journal, int64_t account_id, const char *account,
                              const char *source, const char *name, uint32_t kind, const char *auth,
                              struct stream_record *record, postern_error *error)
{
    if (strlen(source) >= RECORD_NAME_SIZE || strlen(name) >= RECORD_NAME_SIZE ||
        strlen(auth) >= RECORD_NAME_SIZE)
        return error_set(error, POSTERN_E_INVALID,
                         "%s: the name of the source, stream or authentication profile is too long", account);
    struct wanted_stream wanted = {account_id, account, source, name, auth, kind, 0};
    writer_store_idle(journal);
    postern_status status = load(journal, &wanted, record, error);
    if (status < 0) return status;
    record->account = account;
    record->source = source;
    record->name = name;
    record->auth = auth;
    return POSTERN_OK;
}

static void clear_record(void *record)
{
    stream_record_clear(record);
}

static postern_status read_all(struct journal *journal, struct row_list *list, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(idle_poll_table_free) struct idle_poll_table noted = {0};
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status = idle_overlay_read(journal, reading.database, &noted, error);
    if (status < 0) return status;
    status = database_query(
        reading.database, error, &statement,
        SELECT_STREAM " WHERE r.source != '" NOTICE_SOURCE "' ORDER BY a.name, r.source, r.name", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct stream_record record;
        if (!read_record(statement, &record)) return error_no_memory(error, NULL);
        idle_overlay_record(&noted, sqlite3_column_int64(statement, IDLE_GROUP_COLUMN), &record);
        const postern_text names[] = {column_bytes(statement, 2), column_bytes(statement, 3),
                                      column_bytes(statement, 4), column_bytes(statement, 10)};
        if (!row_list_add(list, &record, names)) return error_no_memory(error, NULL);
    }
    return status;
}

postern_status journal_streams(struct journal *journal, struct stream_record **records, size_t *count,
                               postern_error *error)
{
    static const size_t names[] = {
        offsetof(struct stream_record, account), offsetof(struct stream_record, source),
        offsetof(struct stream_record, name), offsetof(struct stream_record, auth)};
    _cleanup_(row_list_end) struct row_list list;
    writer_store_idle(journal);
    row_list_begin(&list, sizeof **records, names, 4, clear_record);
    postern_status status = read_all(journal, &list, error);
    if (status == POSTERN_OK && !row_list_take(&list, records, count)) return error_no_memory(error, NULL);
    return status;
}
