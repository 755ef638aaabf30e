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

/* All names at once, where each statement finds them by key, however many they are. */
#define BEGIN_RENAMING                                                                                       \
    "CREATE TEMP TABLE renaming (kind TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL,"                  \
    " PRIMARY KEY (kind, old)) STRICT, WITHOUT ROWID"
#define END_RENAMING "DROP TABLE temp.renaming"

#define OLD(kind)                     "(SELECT old FROM renaming WHERE kind = '" kind "')"
#define NEW(kind)                     "(SELECT new FROM renaming WHERE kind = '" kind "')"
#define RENAMED(kind, name)           "(SELECT new FROM renaming WHERE kind = '" kind "' AND old = " name ")"
#define STANDS_IN_THE_WAY(kind, name) name " IN " NEW(kind) " AND " name " NOT IN " OLD(kind)
#define SET_NAME(before, kind, table, column)                                                                \
    "UPDATE " table " SET " column " = " before RENAMED(kind, table "." column) " WHERE " column             \
                                                                                " IN " OLD(kind)
#define RENAME(kind, table, column) SET_NAME("", kind, table, column)
/* By way of names that nothing has, since two may swap theirs. */
#define RENAME_UNIQUE(kind, table, column)                                                                   \
    SET_NAME("'~' || ", kind, table, column),                                                                \
        "UPDATE " table " SET " column " = substr(" column ", 2) WHERE substr(" column ", 1, 1) = '~'"

static postern_status note_names(struct database *database, const struct renaming *renaming,
                                 postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < renaming->rename_count; i++) {
        const struct rename *rename = &renaming->renames[i];
        status = database_run(database, error, "INSERT INTO renaming (kind, old, new) VALUES (?1, ?2, ?3)",
                              VALUES(value_string(kind_words[rename->kind]),
                                     value_string(renaming->back ? rename->to : rename->from),
                                     value_string(renaming->back ? rename->from : rename->to)));
    }
    return status;
}

/* A delivery is called "pipeline/sink". */
static const char *const rename_statements[] = {
    "INSERT INTO renaming SELECT 'delivery', name,"
    " ifnull(p.new, substr(name, 1, instr(name, '/') - 1)) || '/' ||"
    " ifnull(s.new, substr(name, instr(name, '/') + 1)) FROM delivery"
    " LEFT JOIN renaming p ON p.kind = 'pipeline' AND p.old = substr(name, 1, instr(name, '/') - 1)"
    " LEFT JOIN renaming s ON s.kind = 'sink' AND s.old = substr(name, instr(name, '/') + 1)"
    " WHERE instr(name, '/') AND (p.new IS NOT NULL OR s.new IS NOT NULL)",

    "UPDATE account SET name = name || '~' || id WHERE " STANDS_IN_THE_WAY("account", "name"),
    RENAME_UNIQUE("account", "account", "name"),
    RENAME("account", "dead_letter", "account"),

    "DELETE FROM sink_state WHERE " STANDS_IN_THE_WAY("sink", "sink"),
    RENAME_UNIQUE("sink", "sink_state", "sink"),

    "UPDATE delivery SET name = name || '~' || id WHERE " STANDS_IN_THE_WAY("delivery", "name"),
    RENAME_UNIQUE("delivery", "delivery", "name"),
    RENAME("delivery", "skipped", "delivery"),
    RENAME("delivery", "dead_letter", "delivery"),
    NULL,
};

/* What was told (journal/notice_rules.h): "GROUP ACCOUNT/SUBJECT", or "GROUP /SUBJECT". What comes of it goes
 * by the new name, and keeps as its thread the key by which a receiver knows what it belongs to. */
#define TOLD_ACCOUNT                                                                                         \
    "substr(notice.key, instr(notice.key, ' ') + 1, instr(notice.key, '/') - instr(notice.key, ' ') - 1)"
#define TOLD_SUBJECT "iif(instr(notice.key, ' /'), substr(notice.key, instr(notice.key, '/') + 1), NULL)"
#define TOLD_SINK    "iif(substr(notice.key, 1, 11) = 'part /sink ', substr(notice.key, 12), NULL)"
#define RENAME_TOLD(kind, name, before, behind)                                                              \
    "DELETE FROM notice WHERE " STANDS_IN_THE_WAY(kind, name),                                               \
        "UPDATE notice SET thread = iif(thread = '', key, thread), key = '~' || " before                     \
        " || " RENAMED(kind, name) " || " behind " WHERE " name " IN " OLD(kind),                            \
        "UPDATE notice SET key = substr(key, 2) WHERE substr(key, 1, 1) = '~'"

static const char *const told_statements[] = {
    RENAME_TOLD("account", TOLD_ACCOUNT, "substr(notice.key, 1, instr(notice.key, ' '))",
                "substr(notice.key, instr(notice.key, '/'))"),
    RENAME_TOLD("sink", TOLD_SINK, "substr(notice.key, 1, 11)", "''"),
    RENAME_TOLD("delivery", TOLD_SUBJECT, "substr(notice.key, 1, instr(notice.key, '/'))", "''"),
    NULL,
};

static postern_status run_all(struct database *database, const char *const *list, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (; status == POSTERN_OK && *list; list++)
        status = database_run(database, error, *list, NO_VALUES);
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
    if (!renaming->rename_count) return store_named(database, renaming, error);
    postern_status status = database_run(database, error, BEGIN_RENAMING, NO_VALUES);
    if (status == POSTERN_OK) status = note_names(database, renaming, error);
    if (status == POSTERN_OK) status = run_all(database, rename_statements, error);
    if (status == POSTERN_OK && !journal->notices.memory_is_damaged)
        status = run_all(database, told_statements, error);
    if (status == POSTERN_OK) status = database_run(database, error, END_RENAMING, NO_VALUES);
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
