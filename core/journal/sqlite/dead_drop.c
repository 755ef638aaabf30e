#include "journal/sqlite/dead_drop.h"
#include "base/units.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include "journal/sqlite/transaction.h"

#define STEP_LETTERS  200  /* in one transaction: others wait for it */
#define FIND_LETTERS  2000 /* in one call: progress is said behind each */
#define LISTING_LIMIT ((size_t)256 << 20)

struct removal {
    int64_t ids[STEP_LETTERS];
    size_t count;
    int64_t removed, bytes; /* those that were still there */
};

static postern_status remove_letters(struct journal *journal, void *context, postern_error *error)
{
    struct removal *removal = context;
    postern_status status = POSTERN_OK;
    removal->removed = removal->bytes = 0;
    for (size_t i = 0; status == POSTERN_OK && i < removal->count; i++) {
        int64_t size = -1;
        status = dead_letter_remove(journal, removal->ids[i], &size, error);
        if (size < 0) continue;
        removal->removed++;
        removal->bytes += size;
    }
    return status;
}

/* ---- By hand; any thread ------------------------------------------------------------------------- */

static postern_status drop_listed(struct journal *journal, const struct dead_letter *letters, size_t count,
                                  struct dead_dropped *dropped, postern_error *error)
{
    for (size_t i = 0; i < count;) {
        struct removal removal = {.count = 0};
        for (; i < count && removal.count < STEP_LETTERS; i++)
            removal.ids[removal.count++] = letters[i].id;
        postern_status status = writer_call(journal, remove_letters, &removal, error);
        if (status < 0) return status;
        dropped->count += removal.removed;
        dropped->bytes += removal.bytes;
        dropped->after = letters[i - 1].id;
    }
    return POSTERN_OK;
}

postern_status journal_dead_drop(struct journal *journal, const struct dead_filter *filter,
                                 struct dead_dropped *dropped, bool *more, postern_error *error)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(LISTING_LIMIT);
    struct dead_letter *letters = NULL;
    size_t found = 0;
    if (!arena) return error_no_memory(error, NULL);
    postern_status status = journal_dead_find(journal, arena, filter, dropped->after, FIND_LETTERS, false,
                                              &letters, &found, error);
    if (status == POSTERN_OK) status = drop_listed(journal, letters, found, dropped, error);
    *more = status == POSTERN_OK && found > 0;
    return status;
}

/* ---- By age; writer thread ----------------------------------------------------------------------- */

/* The oldest in front: as soon as one is young enough the rest is. */
static postern_status find_expired(struct journal *journal, struct removal *removal, postern_error *error)
{
    struct database *database = &journal->writer.database;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    int64_t until = forget_clock_now(&journal->forget_clock) - journal->settings.dead_retain_ms;
    bool row = true;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT id, iif(stored_ms > 0, stored_ms, created_ms) FROM dead_letter ORDER BY id", NO_VALUES);
    while (status == POSTERN_OK && removal->count < STEP_LETTERS &&
           (status = database_next(database, error, statement, &row)) == POSTERN_OK && row &&
           sqlite3_column_int64(statement, 1) <= until)
        removal->ids[removal->count++] = sqlite3_column_int64(statement, 0);
    return status;
}

static postern_status expire(struct journal *journal, void *context, postern_error *error)
{
    struct removal *removal = context;
    int64_t expired = 0;
    postern_status status = remove_letters(journal, removal, error);
    if (status == POSTERN_OK) status = meta_get(&journal->writer.database, "dead_expired", &expired, error);
    if (status == POSTERN_OK)
        status = meta_set(&journal->writer.database, "dead_expired", expired + removal->removed, error);
    return status;
}

bool dead_letters_expire(struct journal *journal)
{
    struct removal removal = {.count = 0};
    postern_error error = ERROR_INIT;
    char retain[32], bytes[32];
    if (!journal->settings.dead_retain_ms) return false;
    postern_status status = find_expired(journal, &removal, &error);
    if (status == POSTERN_OK && removal.count) status = transaction_run(journal, expire, &removal, &error);
    if (status < 0) {
        log_error(POSTERN_LOG_WARNING, "journal", &error);
        return false;
    }
    if (removal.removed)
        log_write(POSTERN_LOG_WARNING, "journal",
                  "%lld dead letters (%s) are older than dead_retain (%s) and were removed",
                  (long long)removal.removed, size_format(removal.bytes, bytes),
                  duration_format(journal->settings.dead_retain_ms, retain));
    return removal.count == STEP_LETTERS;
}
