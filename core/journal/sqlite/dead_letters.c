/* Dead letters: what could not be read or delivered, with its bytes and the reason. */
#include "base/plural.h"
#include "base/units.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/dead_gone.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/list_into_arena.h"
#include "journal/sqlite/store.h"

/* ---- Storing; writer thread --------------------------------------------------------------------- */

static int64_t size_of(const struct dead_letter *letter)
{
    const char *texts[] = {letter->reason,        letter->name,      letter->script,
                           letter->script_hash,   letter->traceback, letter->call.request_id,
                           letter->call.endpoint, letter->settled};
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
    error_set(error, POSTERN_E_LIMIT, "the dead letters are full: %lld letter%s, limit %s", (long long)count,
              plural(count), size_format(limit, words));
    error_remedy(
        error,
        "see `postern dead list`; mend the cause and `postern dead retry`, `postern dead drop` what is "
        "not wanted, or raise their limit");
    return POSTERN_E_LIMIT;
}

postern_status dead_letter_remove(struct journal *journal, int64_t id, int64_t *size, postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t bytes = -1;
    postern_status status =
        database_number(database, error, -1, &bytes, "SELECT bytes FROM dead_letter WHERE id = ?1",
                        VALUES(value_integer(id)));
    if (size) *size = bytes;
    if (status < 0 || bytes < 0) return status; /* it is gone already */
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

/* What one account's sources could not read may take a share only: a hostile one must not use up the room of
 * all. */
static postern_status check_share(struct journal *journal, const struct dead_letter *letter, int64_t size,
                                  bool *used_up, postern_error *error)
{
    const struct journal_settings *settings = &journal->settings;
    int64_t bytes = 0;
    if (!settings->dead_account_share || !may_go(letter)) return POSTERN_OK;
    postern_status status = database_number(&journal->writer.database, error, 0, &bytes,
                                            "SELECT bytes FROM dead_letter_account WHERE account = ?1",
                                            VALUES(value_string(letter->account)));
    if (status < 0 || bytes + size <= settings->dead_limit / 100 * settings->dead_account_share)
        return status;
    *used_up = true;
    return error_set(error, POSTERN_E_LIMIT, "the account has used up its share of the dead letters");
}

static postern_status check_room(struct journal *journal, const struct dead_letter *letter, int64_t size,
                                 bool *share_used_up, postern_error *error)
{
    const struct writer *writer = &journal->writer;
    if (letter->replaces) return POSTERN_OK; /* it has its room */
    postern_status status = check_limit(journal, writer->dead.count + writer->group_dead.count,
                                        writer->dead.bytes + writer->group_dead.bytes + size, error);
    return status < 0 ? status : check_share(journal, letter, size, share_used_up, error);
}

/* `alone`: nothing was stored before this commit. What one batch needs by itself must not stand for ever,
 * however small the limit. */
static postern_status store(struct journal *journal, struct dead_letter *letter, bool alone,
                            bool *share_used_up, postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t size = size_of(letter), replaced = 0;
    postern_status status = POSTERN_OK;
    if (letter->replaces) status = dead_letter_remove(journal, letter->replaces, &replaced, error);
    if (status < 0 || replaced < 0) return status; /* it was dropped meanwhile */
    if (!alone) status = check_room(journal, letter, size, share_used_up, error);
    if (status < 0) return status;
    status = database_run(
        database, error,
        "INSERT INTO dead_letter (bytes, created_ms, account, source, stream, delivery, stage, event_id, "
        "type,"
        " received_ms, time_ms, retries, reason, name, script, script_hash, id,"
        " stored_ms, request_id, endpoint, http_status, settled)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
        " ?21, ?22)",
        VALUES(value_integer(size),
               value_integer(letter->created_ms ? letter->created_ms : clock_wall_ms(journal->clock)),
               value_string(letter->account), value_string(letter->source), value_string(letter->stream),
               value_string(letter->delivery), value_string(dead_stage_name(letter->stage)),
               value_blob(letter->event_id, EVENT_ID_SIZE), value_string(letter->type),
               value_integer(letter->received_ms), value_integer(letter->time_ms),
               value_integer(letter->retries), value_string(letter->reason ? letter->reason : ""),
               value_string(letter->name), value_string(letter->script), value_string(letter->script_hash),
               letter->replaces ? value_integer(letter->replaces) : value_string(NULL),
               value_integer(letter->replaces ? letter->stored_ms : forget_clock_now(&journal->forget_clock)),
               value_string(letter->call.request_id), value_string(letter->call.endpoint),
               value_integer(letter->call.status), value_string(letter->settled)));
    if (status < 0) return status;
    letter->id = sqlite3_last_insert_rowid(database->handle);
    journal->writer.group_dead.count++;
    journal->writer.group_dead.bytes += size;
    return database_run(database, error,
                        "INSERT INTO dead_letter_body (id, body, traceback) VALUES (?1, ?2, ?3)",
                        VALUES(value_integer(letter->id), value_blob(letter->bytes.data, letter->bytes.size),
                               value_string(letter->traceback)));
}

postern_status dead_letters_update(struct journal *journal, const struct journal_commit *commit,
                                   postern_error *error)
{
    /* First out, then in: a letter that fails again needs no more room than it had. */
    postern_status status = POSTERN_OK;
    struct dead_gone gone = {0};
    for (size_t i = 0; status == POSTERN_OK && i < commit->dead_settled_count; i++)
        status = dead_letter_remove(journal, commit->dead_settled[i], NULL, error);
    bool alone = journal->writer.dead.count + journal->writer.group_dead.count == 0;
    for (size_t i = 0; status == POSTERN_OK && i < commit->dead_count; i++) {
        struct dead_letter *letter = commit->dead[i];
        bool share_used_up = false;
        status = names_of_letter(&journal->writer.database, commit, letter, error);
        if (status == POSTERN_OK)
            status = store(journal, letter, alone && !may_go(letter), &share_used_up, error);
        if (status != POSTERN_E_LIMIT || !may_go(letter)) continue;
        error_clear(error);
        status = POSTERN_OK;
        gone.letter = letter;
        gone.of_account = share_used_up;
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
        .size = sqlite3_column_int64(statement, 16),
        .stored_ms = sqlite3_column_int64(statement, 17),
        .reason = copy_column(statement, 12, arena, &enough),
        .name = copy_column(statement, 13, arena, &enough),
        .script = copy_column(statement, 14, arena, &enough),
        .script_hash = copy_column(statement, 15, arena, &enough),
        .settled = copy_column(statement, 21, arena, &enough),
    };
    column_string(statement, 2, letter->account, sizeof letter->account);
    column_string(statement, 3, letter->source, sizeof letter->source);
    column_string(statement, 4, letter->stream, sizeof letter->stream);
    column_string(statement, 5, letter->delivery, sizeof letter->delivery);
    column_string(statement, 6, stage, sizeof stage);
    letter->stage = dead_stage_of(stage);
    column_string(statement, 8, letter->type, sizeof letter->type);
    column_string(statement, 18, letter->call.request_id, sizeof letter->call.request_id);
    column_string(statement, 19, letter->call.endpoint, sizeof letter->call.endpoint);
    letter->call.status = sqlite3_column_int(statement, 20);
    postern_text id = column_bytes(statement, 7);
    if (id.size == EVENT_ID_SIZE) memcpy(letter->event_id, id.data, EVENT_ID_SIZE);
    if (!whole) return enough;
    letter->bytes = arena_copy(arena, column_bytes(statement, 22));
    letter->traceback = copy_column(statement, 23, arena, &enough);
    return enough && letter->bytes.data;
}

#define LETTER_COLUMNS                                                                                       \
    "d.id, d.created_ms, d.account, d.source, d.stream, d.delivery, d.stage, d.event_id, d.type, "           \
    "d.received_ms,"                                                                                         \
    " d.time_ms, d.retries, d.reason, d.name, d.script, d.script_hash, d.bytes, d.stored_ms,"                \
    " d.request_id, d.endpoint, d.http_status, d.settled"

/* Without a number to begin with: those before the first that is asked for need no look. */
static int64_t begin_after(const struct dead_filter *filter, int64_t after)
{
    if (!filter->ids || !filter->id_count || filter->ids[0] <= after) return after;
    return filter->ids[0] - 1;
}

static postern_status query_letters(struct database *database, int64_t after, bool whole,
                                    sqlite3_stmt **statement, postern_error *error)
{
    const char *sql = whole ? "SELECT " LETTER_COLUMNS ", b.body, b.traceback FROM dead_letter d"
                              " JOIN dead_letter_body b ON b.id = d.id WHERE d.id > ?1 ORDER BY d.id"
                            : "SELECT " LETTER_COLUMNS " FROM dead_letter d WHERE d.id > ?1 ORDER BY d.id";
    return database_query(database, error, statement, sql, VALUES(value_integer(after)));
}

postern_status journal_dead_find(struct journal *journal, postern_arena *arena,
                                 const struct dead_filter *filter, int64_t after, size_t limit, bool whole,
                                 struct dead_letter **letters, size_t *count, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(buffer_free) struct buffer list = {.limit = SIZE_MAX / 2};
    bool row = true;
    size_t found = 0;
    postern_status status =
        query_letters(reading.database, begin_after(filter, after), whole, &statement, error);
    while (status == POSTERN_OK && found < limit &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        struct dead_letter letter;
        struct arena_mark mark = arena_mark(arena);
        bool enough = read_letter(statement, arena, false, &letter);
        bool taken = enough && dead_filter_takes(filter, &letter);
        if (!taken || whole) arena_rewind(arena, mark, SIZE_MAX);
        if (taken && whole) enough = read_letter(statement, arena, true, &letter);
        if (taken && enough) enough = buffer_append(&list, &letter, sizeof letter);
        if (!enough)
            return error_set(error, POSTERN_E_MEMORY,
                             "the dead letters do not fit into memory: ask for fewer");
        found += taken;
    }
    if (status == POSTERN_OK && !list_into_arena(&list, sizeof **letters, arena, letters, count))
        return error_no_memory(error, NULL);
    return status;
}

postern_status journal_dead_list(struct journal *journal, postern_arena *arena, int64_t after, size_t limit,
                                 bool whole, struct dead_letter **letters, size_t *count,
                                 postern_error *error)
{
    return journal_dead_find(journal, arena, &(struct dead_filter){0}, after, limit, whole, letters, count,
                             error);
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
    int64_t stored = atomic_load(&journal->writer.dead.count);
    int64_t bytes = atomic_load(&journal->writer.dead.bytes);
    for (size_t i = 0; i < count; i++)
        bytes += size_of(letters[i]);
    return stored == 0 ? POSTERN_OK : check_limit(journal, stored, bytes, error);
}
