/* What the configuration names, and passing it on to other names. */
#include "journal/names.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"

#define LIST_LIMIT ((size_t)64 << 20)

static const char *const kind_words[NAMED_KINDS] = {"account", "sink", "pipeline"};

/* ---- Reading ------------------------------------------------------------------------------------ */

/* False if out of memory. A kind that is not known is left out: *is_known. */
static bool read_record(sqlite3_stmt *statement, postern_arena *arena, struct named_record *record,
                        bool *is_known)
{
    postern_text kind = column_bytes(statement, 0), fingerprint = column_bytes(statement, 2);
    *record = (struct named_record){.kind = NAMED_KINDS};
    for (int i = 0; i < NAMED_KINDS; i++)
        if (text_is(kind, kind_words[i])) record->kind = (enum named_kind)i;
    *is_known = record->kind != NAMED_KINDS;
    if (fingerprint.size == sizeof record->fingerprint)
        memcpy(record->fingerprint, fingerprint.data, fingerprint.size);
    record->name = arena_copy(arena, column_bytes(statement, 1)).data;
    record->was = arena_copy(arena, column_bytes(statement, 3)).data;
    record->removed_ms = sqlite3_column_int64(statement, 4);
    return record->name && record->was;
}

static postern_status read_key(struct database *database, unsigned char key[NAMED_FINGERPRINT_SIZE],
                               postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(database, error, &statement,
                                           "SELECT value FROM meta WHERE key = 'fingerprint_key'", NO_VALUES);
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0) return status;
    postern_text value = row ? column_bytes(statement, 0) : (postern_text){0};
    if (value.size != NAMED_FINGERPRINT_SIZE)
        return error_set(error, POSTERN_E_PROTOCOL, "the journal has lost its key for fingerprints");
    memcpy(key, value.data, value.size);
    return POSTERN_OK;
}

postern_status journal_named(struct journal *journal, postern_arena *arena,
                             const struct named_record **records, size_t *count,
                             unsigned char key[NAMED_FINGERPRINT_SIZE], postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = LIST_LIMIT};
    bool row = true;
    postern_status status = read_key(reading.database, key, error);
    if (status == POSTERN_OK)
        status = database_query(
            reading.database, error, &statement,
            "SELECT kind, name, fingerprint, was, removed_ms FROM named ORDER BY kind, name", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct named_record record;
        bool is_known;
        if (!read_record(statement, arena, &record, &is_known)) return error_no_memory(error, NULL);
        if (is_known && !buffer_append(&list, &record, sizeof record)) return error_no_memory(error, NULL);
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **records, arena, records, count))
        return error_no_memory(error, NULL);
    return status;
}

/* ---- Renaming; writer thread -------------------------------------------------------------------- */

struct renaming {
    const struct rename *renames;
    size_t rename_count;
    bool back; /* from `to` to `from` */
    const struct named_record *named;
    size_t named_count;
};

static const char *new_name(const struct renaming *renaming, enum named_kind kind, postern_text name)
{
    for (size_t i = 0; i < renaming->rename_count; i++) {
        const struct rename *rename = &renaming->renames[i];
        if (rename->kind != kind) continue;
        if (text_is(name, renaming->back ? rename->to : rename->from))
            return renaming->back ? rename->from : rename->to;
    }
    return NULL;
}

/* Maps are handed to SQLite as JSON, {"old":"new"}: one statement then sees all of them at once. Names need
 * no escapes. */
static void add_pair(struct buffer *map, postern_text from, const char *to)
{
    buffer_printf(map, "%s\"%.*s\":\"%s\"", map->size > 1 ? "," : "{", TEXT_ARGS(from), to);
}

static void map_names(const struct renaming *renaming, enum named_kind kind, struct buffer *map)
{
    for (size_t i = 0; i < renaming->rename_count; i++) {
        const struct rename *rename = &renaming->renames[i];
        if (rename->kind == kind)
            add_pair(map, text_of(renaming->back ? rename->to : rename->from),
                     renaming->back ? rename->from : rename->to);
    }
}

/* A delivery is called "pipeline/sink". */
static postern_status map_deliveries(struct database *database, const struct renaming *renaming,
                                     struct buffer *map, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement, "SELECT name FROM delivery", NO_VALUES);
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        postern_text name = column_bytes(statement, 0);
        const char *slash = name.size ? memchr(name.data, '/', name.size) : NULL;
        if (!slash) continue;
        postern_text pipeline = {name.data, (size_t)(slash - name.data)};
        postern_text sink = {slash + 1, name.size - pipeline.size - 1};
        const char *to_pipeline = new_name(renaming, NAMED_PIPELINE, pipeline);
        const char *to_sink = new_name(renaming, NAMED_SINK, sink);
        if (!to_pipeline && !to_sink) continue;
        char to[2 * RECORD_NAME_SIZE + 2], *at = to;
        at = to_pipeline ? stpcpy(at, to_pipeline) : mempcpy(at, pipeline.data, pipeline.size);
        *at++ = '/';
        at = to_sink ? stpcpy(at, to_sink) : mempcpy(at, sink.data, sink.size);
        *at = '\0';
        add_pair(map, name, to);
    }
    return status;
}

static bool end_map(struct buffer *map)
{
    return map->size || map->failed ? buffer_append_byte(map, '}') : true;
}

static postern_status run_all(struct database *database, const char *const *statements, struct buffer *map,
                              postern_error *error)
{
    if (!map->size) return POSTERN_OK;
    postern_status status = POSTERN_OK;
    for (; status == POSTERN_OK && *statements; statements++)
        status = database_run(database, error, *statements, VALUES(value_string(buffer_string(map))));
    return status;
}

#define OLD "(SELECT j.key FROM json_each(?1) j)"
#define NEW "(SELECT j.value FROM json_each(?1) j)"

/* By way of names that nothing has, since two may swap theirs. */
static const char *const account_statements[] = {
    "UPDATE account SET name = name || '~' || id WHERE name IN " NEW " AND name NOT IN " OLD,
    "UPDATE account SET name = '~' || name WHERE name IN " OLD,
    "UPDATE account SET name = (SELECT j.value FROM json_each(?1) j WHERE '~' || j.key = account.name)"
    " WHERE substr(name, 1, 1) = '~'",
    "UPDATE dead_letter SET account ="
    " (SELECT j.value FROM json_each(?1) j WHERE j.key = dead_letter.account) WHERE account IN " OLD,
    NULL,
};
static const char *const sink_statements[] = {
    "DELETE FROM sink_state WHERE sink IN " NEW " AND sink NOT IN " OLD,
    "UPDATE sink_state SET sink = '~' || sink WHERE sink IN " OLD,
    "UPDATE sink_state SET sink = (SELECT j.value FROM json_each(?1) j WHERE '~' || j.key = sink_state.sink)"
    " WHERE substr(sink, 1, 1) = '~'",
    NULL,
};
static const char *const delivery_statements[] = {
    "UPDATE delivery SET name = name || '~' || id WHERE name IN " NEW " AND name NOT IN " OLD,
    "UPDATE delivery SET name = '~' || name WHERE name IN " OLD,
    "UPDATE delivery SET name = (SELECT j.value FROM json_each(?1) j WHERE '~' || j.key = delivery.name)"
    " WHERE substr(name, 1, 1) = '~'",
    "UPDATE skipped SET delivery ="
    " (SELECT j.value FROM json_each(?1) j WHERE j.key = skipped.delivery) WHERE delivery IN " OLD,
    "UPDATE dead_letter SET delivery ="
    " (SELECT j.value FROM json_each(?1) j WHERE j.key = dead_letter.delivery) WHERE delivery IN " OLD,
    NULL,
};

/* What was told (journal/notice_rules.h): "GROUP ACCOUNT/SUBJECT", or "GROUP /SUBJECT". What comes of it goes
 * by the new name, and keeps as its thread the key by which a receiver knows what it belongs to. */
#define TOLD_ACCOUNT                                                                                         \
    "substr(notice.key, instr(notice.key, ' ') + 1, instr(notice.key, '/') - instr(notice.key, ' ') - 1)"
#define TOLD_SUBJECT "iif(instr(notice.key, ' /'), substr(notice.key, instr(notice.key, '/') + 1), NULL)"
#define TOLD_SINK    "iif(substr(notice.key, 1, 11) = 'part /sink ', substr(notice.key, 12), NULL)"
#define RENAME_TOLD(name, before, behind)                                                                    \
    "DELETE FROM notice WHERE " name " IN " NEW " AND " name " NOT IN " OLD,                                 \
        "UPDATE notice SET thread = iif(thread = '', key, thread), key = '~' || " before                     \
        " || (SELECT j.value FROM json_each(?1) j WHERE j.key = " name ") || " behind " WHERE " name         \
        " IN " OLD,                                                                                          \
        "UPDATE notice SET key = substr(key, 2) WHERE substr(key, 1, 1) = '~' AND ?1 != ''", NULL

static const char *const told_account_statements[] = {
    RENAME_TOLD(TOLD_ACCOUNT, "substr(notice.key, 1, instr(notice.key, ' '))",
                "substr(notice.key, instr(notice.key, '/'))")};
static const char *const told_delivery_statements[] = {
    RENAME_TOLD(TOLD_SUBJECT, "substr(notice.key, 1, instr(notice.key, '/'))", "''")};
static const char *const told_sink_statements[] = {RENAME_TOLD(TOLD_SINK, "substr(notice.key, 1, 11)", "''")};

static postern_status rename_told(struct database *database, struct buffer *accounts, struct buffer *sinks,
                                  struct buffer *deliveries, postern_error *error)
{
    postern_status status = run_all(database, told_account_statements, accounts, error);
    if (status == POSTERN_OK) status = run_all(database, told_sink_statements, sinks, error);
    if (status == POSTERN_OK) status = run_all(database, told_delivery_statements, deliveries, error);
    return status;
}

static postern_status store_named(struct database *database, const struct renaming *renaming,
                                  postern_error *error)
{
    postern_status status = database_run(database, error, "DELETE FROM named", NO_VALUES);
    for (size_t i = 0; status == POSTERN_OK && i < renaming->named_count; i++) {
        const struct named_record *record = &renaming->named[i];
        status = database_run(
            database, error,
            "INSERT INTO named (kind, name, fingerprint, was, removed_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            VALUES(value_string(kind_words[record->kind]), value_string(record->name),
                   value_blob(record->fingerprint, sizeof record->fingerprint), value_string(record->was),
                   value_integer(record->removed_ms)));
    }
    return status;
}

static postern_status rename_all(struct journal *journal, void *context, postern_error *error)
{
    const struct renaming *renaming = context;
    struct database *database = &journal->writer.database;
    _cleanup_(buffer_free) struct buffer accounts = {.limit = LIST_LIMIT}, sinks = {.limit = LIST_LIMIT},
                                         deliveries = {.limit = LIST_LIMIT};
    map_names(renaming, NAMED_ACCOUNT, &accounts);
    map_names(renaming, NAMED_SINK, &sinks);
    postern_status status = map_deliveries(database, renaming, &deliveries, error);
    if (status == POSTERN_OK && !(end_map(&accounts) && end_map(&sinks) && end_map(&deliveries)))
        return error_no_memory(error, NULL);
    if (status == POSTERN_OK) status = run_all(database, account_statements, &accounts, error);
    if (status == POSTERN_OK) status = run_all(database, sink_statements, &sinks, error);
    if (status == POSTERN_OK) status = run_all(database, delivery_statements, &deliveries, error);
    if (status == POSTERN_OK && !journal->notices.memory_is_damaged)
        status = rename_told(database, &accounts, &sinks, &deliveries, error);
    return status == POSTERN_OK ? store_named(database, renaming, error) : status;
}

/* Pages in memory bear the accounts' names: they are read again from the file. */
static postern_status run(struct journal *journal, struct renaming *renaming, postern_error *error)
{
    postern_status status = writer_call(journal, rename_all, renaming, error);
    if (status == POSTERN_OK && renaming->rename_count) {
        stream_names_forget(&journal->names);
        page_cache_drop(&journal->cache, page_cache_last(&journal->cache));
    }
    return status;
}

postern_status journal_rename(struct journal *journal, const struct journal_renames *renames,
                              postern_error *error)
{
    return run(journal,
               &(struct renaming){renames->renames, renames->rename_count, false, renames->named,
                                  renames->named_count},
               error);
}

postern_status journal_rename_back(struct journal *journal, const struct journal_renames *renames,
                                   postern_error *error)
{
    return run(journal,
               &(struct renaming){renames->renames, renames->rename_count, true, renames->named_before,
                                  renames->named_before_count},
               error);
}

/* ---- Dead letters ------------------------------------------------------------------------------- */

postern_status names_of_letter(struct database *database, const struct journal_commit *commit,
                               struct dead_letter *letter, postern_error *error)
{
    if (!commit->stream) return POSTERN_OK;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status =
        database_query(database, error, &statement, "SELECT name FROM account WHERE id = ?1",
                       VALUES(value_integer(commit->stream->account_id)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status == POSTERN_OK && row) column_string(statement, 0, letter->account, sizeof letter->account);
    return status;
}
