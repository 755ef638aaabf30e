/* Dead letters: what could not be read or delivered, with its bytes and the reason. */
#include "base/units.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/dead_gone.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/totals.h"

/* ---- Storing; writer thread --------------------------------------------------------------------- */

static int64_t size_of(const struct dead_letter *letter)
{
    const char *texts[] = {letter->reason, letter->name, letter->script, letter->script_hash,
                           letter->traceback};
    size_t size = letter->bytes.size + LETTER_OVERHEAD;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        size += texts[i] ? strlen(texts[i]) : 0;
    return (int64_t)size;
}

static postern_status check_limit(const struct journal *journal, int64_t count, int64_t bytes,
                                  postern_error *error)
{
    int64_t limit = journal->settings.dead_limit;
    if (bytes <= limit) return POSTERN_OK;
    char words[32];
    error_set(error, POSTERN_E_LIMIT, "the dead letters are full: %lld letters, limit %s", (long long)count,
              size_format(limit, words));
    error_remedy(error,
                 "see `postern dead list`; mend the cause and `postern dead retry`, or raise their limit");
    return POSTERN_E_LIMIT;
}

static postern_status store(struct journal *journal, struct dead_letter *letter, postern_error *error)
{
    struct database *database = &journal->writer.database;
    const struct writer *writer = &journal->writer;
    int64_t size = size_of(letter);
    postern_status status = check_limit(journal, writer->dead.count + writer->group_dead.count,
                                        writer->dead.bytes + writer->group_dead.bytes + size, error);
    if (status < 0) return status;
    status = database_run(
        database, error,
        "INSERT INTO dead_letter (bytes, created_ms, account, source, stream, delivery, stage, event_id, "
        "type,"
        " received_ms, time_ms, retries, reason, name, script, script_hash)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        VALUES(value_integer(size),
               value_integer(letter->created_ms ? letter->created_ms : clock_wall_ms(journal->clock)),
               value_string(letter->account), value_string(letter->source), value_string(letter->stream),
               value_string(letter->delivery), value_string(dead_stage_name(letter->stage)),
               value_blob(letter->event_id, EVENT_ID_SIZE), value_string(letter->type),
               value_integer(letter->received_ms), value_integer(letter->time_ms),
               value_integer(letter->retries), value_string(letter->reason ? letter->reason : ""),
               value_string(letter->name), value_string(letter->script), value_string(letter->script_hash)));
    if (status < 0) return status;
    letter->id = sqlite3_last_insert_rowid(database->handle);
    journal->writer.group_dead.count++;
    journal->writer.group_dead.bytes += size;
    return database_run(database, error,
                        "INSERT INTO dead_letter_body (id, body, traceback) VALUES (?1, ?2, ?3)",
                        VALUES(value_integer(letter->id), value_blob(letter->bytes.data, letter->bytes.size),
                               value_string(letter->traceback)));
}

static postern_status settle(struct journal *journal, int64_t id, postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t bytes = 0;
    postern_status status = database_number(
        database, error, 0, &bytes, "SELECT bytes FROM dead_letter WHERE id = ?1", VALUES(value_integer(id)));
    if (status < 0 || bytes == 0) return status; /* settled before */
    journal->writer.group_dead.count--;
    journal->writer.group_dead.bytes -= bytes;
    status =
        database_run(database, error, "DELETE FROM dead_letter WHERE id = ?1", VALUES(value_integer(id)));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM dead_letter_body WHERE id = ?1",
                        VALUES(value_integer(id)));
}

/* What a delivery cannot get rid of stops it; what a vendor sends must not stop its stream. */
static bool may_go(const struct dead_letter *letter)
{
    return letter->stage == DEAD_COLLECT && !letter->delivery[0];
}

postern_status dead_letters_update(struct journal *journal, const struct journal_commit *commit,
                                   postern_error *error)
{
    /* First out, then in: a letter that fails again needs no more room than it had. */
    postern_status status = POSTERN_OK;
    struct dead_gone gone = {0};
    if (commit->dead_retried_id) status = settle(journal, commit->dead_retried_id, error);
    for (size_t i = 0; status == POSTERN_OK && i < commit->dead_count; i++) {
        struct dead_letter *letter = commit->dead[i];
        status = names_of_letter(&journal->writer.database, commit, letter, error);
        if (status == POSTERN_OK) status = store(journal, letter, error);
        if (status != POSTERN_E_LIMIT || !may_go(letter)) continue;
        error_clear(error);
        status = POSTERN_OK;
        gone.letter = letter;
        gone.count += letter->stands_for ? letter->stands_for : 1;
        gone.bytes += (int64_t)letter->bytes.size;
    }
    return status == POSTERN_OK && gone.count ? dead_gone_add(journal, &gone, error) : status;
}

/* ---- Looking; any thread ------------------------------------------------------------------------ */

static char *copy_column(sqlite3_stmt *statement, int column, postern_arena *arena, bool *enough)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) return NULL;
    postern_text copy = arena_copy(arena, column_bytes(statement, column));
    if (!copy.data) *enough = false;
    return (char *)(uintptr_t)copy.data;
}

static bool read_letter(sqlite3_stmt *statement, postern_arena *arena, bool whole, struct dead_letter *letter)
{
    bool enough = true;
    char stage[32];
    *letter = (struct dead_letter){
        .id = sqlite3_column_int64(statement, 0),
        .created_ms = sqlite3_column_int64(statement, 1),
        .received_ms = sqlite3_column_int64(statement, 9),
        .time_ms = sqlite3_column_int64(statement, 10),
        .retries = sqlite3_column_int64(statement, 11),
        .reason = copy_column(statement, 12, arena, &enough),
        .name = copy_column(statement, 13, arena, &enough),
        .script = copy_column(statement, 14, arena, &enough),
        .script_hash = copy_column(statement, 15, arena, &enough),
    };
    column_string(statement, 2, letter->account, sizeof letter->account);
    column_string(statement, 3, letter->source, sizeof letter->source);
    column_string(statement, 4, letter->stream, sizeof letter->stream);
    column_string(statement, 5, letter->delivery, sizeof letter->delivery);
    column_string(statement, 6, stage, sizeof stage);
    letter->stage = dead_stage_of(stage);
    column_string(statement, 8, letter->type, sizeof letter->type);
    postern_text id = column_bytes(statement, 7);
    if (id.size == EVENT_ID_SIZE) memcpy(letter->event_id, id.data, EVENT_ID_SIZE);
    if (!whole) return enough;
    letter->bytes = arena_copy(arena, column_bytes(statement, 16));
    letter->traceback = copy_column(statement, 17, arena, &enough);
    return enough && letter->bytes.data;
}

#define LETTER_COLUMNS                                                                                       \
    "d.id, d.created_ms, d.account, d.source, d.stream, d.delivery, d.stage, d.event_id, d.type, "           \
    "d.received_ms,"                                                                                         \
    " d.time_ms, d.retries, d.reason, d.name, d.script, d.script_hash"

postern_status journal_dead_list(struct journal *journal, postern_arena *arena, int64_t after, size_t limit,
                                 bool whole, struct dead_letter **letters, size_t *count,
                                 postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = SIZE_MAX / 2};
    bool row = true;
    const char *sql = whole ? "SELECT " LETTER_COLUMNS ", b.body, b.traceback FROM dead_letter d"
                              " JOIN dead_letter_body b ON b.id = d.id WHERE d.id > ?1 ORDER BY d.id LIMIT ?2"
                            : "SELECT " LETTER_COLUMNS
                              " FROM dead_letter d WHERE d.id > ?1 ORDER BY d.id LIMIT ?2";
    int64_t most = limit < INT64_MAX ? (int64_t)limit : INT64_MAX;
    postern_status status = database_query(reading.database, error, &statement, sql,
                                           VALUES(value_integer(after), value_integer(most)));
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct dead_letter letter;
        if (!read_letter(statement, arena, whole, &letter) || !buffer_append(&list, &letter, sizeof letter))
            return error_set(error, POSTERN_E_MEMORY,
                             "the dead letters do not fit into memory: ask for fewer");
    }
    if (status < 0) return status;
    postern_text copy = arena_copy(arena, buffer_text(&list));
    if (list.size && !copy.data) return error_no_memory(error, NULL);
    *letters = (struct dead_letter *)(uintptr_t)copy.data;
    *count = list.size / sizeof **letters;
    return POSTERN_OK;
}

postern_status journal_dead_count(struct journal *journal, int64_t *count, int64_t *bytes,
                                  postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    return reading.database ? dead_totals(reading.database, count, bytes, error) : reading.status;
}

postern_status journal_dead_room(struct journal *journal, struct dead_letter *const *letters, size_t count,
                                 postern_error *error)
{
    int64_t stored = 0, bytes = 0;
    postern_status status = journal_dead_count(journal, &stored, &bytes, error);
    for (size_t i = 0; i < count; i++)
        bytes += size_of(letters[i]);
    return status < 0 ? status : check_limit(journal, stored, bytes, error);
}
