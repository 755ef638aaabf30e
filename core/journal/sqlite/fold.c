#include "journal/sqlite/fold.h"
#include "base/failpoint.h"
#include "base/smaller.h"
#include "journal/sqlite/known_runs.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"
#include <stdlib.h>

#define LOOK_EVERY   16384  /* ids */
#define LOOK_STREAMS 64     /* in one step */
#define NEWEST_KEPT  131072 /* ids of a stream in the rows of pages that still have their body */
#define BARE_KEPT    1024   /* ids in rows of pages without one */
#define STEP_IDS     65536
#define STEP_PAGES   512
/* A run is forgotten as a whole, with its newest id: so it spans no more than a day. */
#define RUN_SPAN_MS ((int64_t)86400000)

void fold_start(struct fold *fold)
{
    *fold = (struct fold){.looking = true};
}

void fold_note(struct fold *fold, int64_t ids)
{
    fold->unseen += ids;
}

bool fold_is_due(const struct journal *journal)
{
    const struct writer *writer = &journal->writer;
    return (writer->fold.looking || writer->fold.unseen >= LOOK_EVERY) && !writer->space.disk_full &&
           !writer->space.wal_stuck;
}

void fold_when_idle(struct fold *fold)
{
    if (fold->unseen && !fold->looking) fold_start(fold);
}

/* ---- Which pages -------------------------------------------------------------------------------- */

struct folded_page {
    int64_t sequence;
    bool has_body;
};

struct folding {
    int64_t stream_id, pass_until_ms;
    bool bare_only; /* what has a body may stay */
    struct folded_page pages[STEP_PAGES];
    size_t page_count;
    int64_t ids;
    struct known_run run; /* that comes of it */
};

/* Whether the stream has enough of one pass (or token) to fold. */
static postern_status needs_folding(struct database *database, struct folding *folding, bool *needs,
                                    postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT pass_until_ms, sum(event_count), sum(iif(body_bytes = 0, event_count, 0)) FROM page"
        " WHERE known = 1 AND stream_id = ?1 GROUP BY pass_until_ms",
        VALUES(value_integer(folding->stream_id)));
    for (*needs = false; status == POSTERN_OK && !*needs;) {
        status = database_next(database, error, statement, &row);
        if (status < 0 || !row) break;
        bool too_many = sqlite3_column_int64(statement, 1) > NEWEST_KEPT;
        folding->pass_until_ms = sqlite3_column_int64(statement, 0);
        folding->bare_only = !too_many;
        *needs = too_many || sqlite3_column_int64(statement, 2) >= BARE_KEPT;
    }
    return status;
}

/* The next stream that needs it; *found false: none among those that were looked at. */
static postern_status find_stream(struct journal *journal, struct folding *folding, bool *found,
                                  postern_error *error)
{
    struct fold *fold = &journal->writer.fold;
    struct database *database = &journal->writer.database;
    postern_status status = POSTERN_OK;
    *found = false;
    for (int i = 0; status == POSTERN_OK && fold->looking && !*found && i < LOOK_STREAMS; i++) {
        status = database_number(database, error, 0, &folding->stream_id,
                                 "SELECT min(stream_id) FROM page WHERE known = 1 AND stream_id > ?1",
                                 VALUES(value_integer(fold->after_stream)));
        if (status < 0) break;
        fold->looking = folding->stream_id != 0;
        if (fold->looking) status = needs_folding(database, folding, found, error);
        if (status == POSTERN_OK && !*found) fold->after_stream = folding->stream_id;
    }
    return status;
}

/* The oldest pages, as many as one step takes and one run may span. */
static postern_status choose_pages(struct database *database, struct folding *folding, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    struct known_run *run = &folding->run;
    bool row = true;
    *run = (struct known_run){.stream_id = folding->stream_id, .pass_until_ms = folding->pass_until_ms};
    postern_status status = database_query(
        database, error, &statement,
        "SELECT sequence, event_count, body_bytes > 0, remember_until_ms, hours FROM page WHERE known = 1"
        " AND stream_id = ?1 AND pass_until_ms = ?2 AND (?3 = 0 OR body_bytes = 0) ORDER BY sequence",
        VALUES(value_integer(folding->stream_id), value_integer(folding->pass_until_ms),
               value_integer(folding->bare_only)));
    for (folding->page_count = 0, folding->ids = 0;
         status == POSTERN_OK && folding->page_count < STEP_PAGES && folding->ids < STEP_IDS;
         folding->page_count++) {
        status = database_next(database, error, statement, &row);
        if (status < 0 || !row) break;
        int64_t remember = sqlite3_column_int64(statement, 3);
        if (folding->page_count == 0) run->first_remember_ms = remember;
        if (remember - run->first_remember_ms > RUN_SPAN_MS) break;
        if (remember > run->last_remember_ms) run->last_remember_ms = remember;
        if (remember < run->first_remember_ms) run->first_remember_ms = remember;
        postern_text hours = column_bytes(statement, 4);
        event_hours_join(&run->hours, hours.data, hours.size);
        folding->ids += sqlite3_column_int64(statement, 1);
        folding->pages[folding->page_count] =
            (struct folded_page){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 2) != 0};
    }
    return status;
}

/* ---- Into a run --------------------------------------------------------------------------------- */

static postern_status read_ids(struct database *database, int64_t sequence, struct fingerprints *read,
                               size_t room, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status =
        database_query(database, error, &statement, "SELECT ids FROM page_ids WHERE sequence = ?1",
                       VALUES(value_integer(sequence)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    postern_text ids = column_bytes(statement, 0);
    for (size_t at = 0; at + EVENT_ID_SIZE <= ids.size && read->count < room; at += EVENT_ID_SIZE)
        read->list[read->count++] = fingerprint_of((const unsigned char *)ids.data + at);
    return status;
}

static postern_status gather(struct database *database, const struct folding *folding,
                             struct fingerprints *gathered, postern_error *error)
{
    postern_status status = POSTERN_OK;
    gathered->list = malloc(((size_t)folding->ids + 1) * sizeof *gathered->list);
    if (!gathered->list) return error_no_memory(error, "for known ids");
    for (size_t i = 0; status == POSTERN_OK && i < folding->page_count; i++)
        status = read_ids(database, folding->pages[i].sequence, gathered, (size_t)folding->ids, error);
    fingerprints_sort(gathered);
    return status;
}

/* The most that a run may hold: a small journal must be able to forget in small portions. */
static int64_t run_limit(const struct journal *journal)
{
    return smaller(journal->settings.max_size / 16 / 6, KNOWN_RUN_COUNT);
}

/* Whether the new run can take this one in. */
static bool joins(const struct journal *journal, const struct known_run *run, const struct known_run *old,
                  size_t count)
{
    if (old->pass_until_ms != run->pass_until_ms) return false;
    if (old->count > 2 * (int64_t)count || old->count + (int64_t)count > run_limit(journal)) return false;
    return larger(old->last_remember_ms, run->last_remember_ms) -
               smaller(old->first_remember_ms, run->first_remember_ms) <=
           RUN_SPAN_MS;
}

/* Takes the stream's runs in, newest first, up to the first that does not fit; a damaged one stays by itself.
 */
static postern_status join_runs(struct journal *journal, struct known_run *run, struct fingerprints *all,
                                postern_error *error)
{
    struct database *database = &journal->writer.database;
    _cleanup_(freep) struct known_run *runs = NULL;
    size_t count = 0;
    postern_status status = known_run_list(database, run->stream_id, &runs, &count, error);
    for (size_t i = 0; status == POSTERN_OK && i < count; i++) {
        struct fingerprints old = {0};
        if (!joins(journal, run, &runs[i], all->count)) {
            if (runs[i].pass_until_ms == run->pass_until_ms) break;
            continue;
        }
        status = known_run_read(database, &runs[i], &old, error);
        if (status == POSTERN_E_PROTOCOL) return POSTERN_OK;
        if (status == POSTERN_OK && !fingerprints_merge(all, &old))
            status = error_no_memory(error, "for known ids");
        fingerprints_free(&old);
        if (status == POSTERN_OK) status = known_run_remove(database, runs[i].id, error);
        run_cache_forget(&journal->ids.runs, runs[i].id);
        event_hours_join(&run->hours, runs[i].hours.bits, EVENT_HOURS_SIZE);
        run->first_remember_ms = smaller(run->first_remember_ms, runs[i].first_remember_ms);
        run->last_remember_ms = larger(run->last_remember_ms, runs[i].last_remember_ms);
    }
    return status;
}

static postern_status settle_page(struct database *database, const struct folded_page *page,
                                  postern_error *error)
{
    if (page->has_body)
        return database_run(database, error, "UPDATE page SET known = 0 WHERE sequence = ?1",
                            VALUES(value_integer(page->sequence)));
    postern_status status = database_run(database, error, "DELETE FROM page_ids WHERE sequence = ?1",
                                         VALUES(value_integer(page->sequence)));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM page WHERE sequence = ?1",
                        VALUES(value_integer(page->sequence)));
}

static postern_status fold_pages(struct journal *journal, struct folding *folding, postern_error *error)
{
    struct database *database = &journal->writer.database;
    struct fingerprints all = {0};
    postern_status status = choose_pages(database, folding, error);
    if (status == POSTERN_OK) status = gather(database, folding, &all, error);
    if (status == POSTERN_OK) status = join_runs(journal, &folding->run, &all, error);
    if (status == POSTERN_OK && all.count) status = known_run_write(database, &folding->run, &all, error);
    fingerprints_free(&all);
    if (status == POSTERN_OK && failpoint("fold-midway"))
        status = error_set(error, POSTERN_E_IO, "failpoint fold-midway");
    for (size_t i = 0; status == POSTERN_OK && i < folding->page_count; i++)
        status = settle_page(database, &folding->pages[i], error);
    return status;
}

/* ---- Steps -------------------------------------------------------------------------------------- */

static bool give_up(struct fold *fold, const postern_error *error)
{
    log_error(POSTERN_LOG_WARNING, "journal", error);
    fold_start(fold);
    fold->looking = false; /* again once more ids have come */
    return false;
}

bool fold_step(struct journal *journal)
{
    struct fold *fold = &journal->writer.fold;
    postern_error error = ERROR_INIT;
    bool found = false;
    if (!fold_is_due(journal)) return false;
    if (!fold->looking) fold_start(fold);
    struct folding *folding = malloc(sizeof *folding);
    if (!folding) {
        error_no_memory(&error, "for known ids");
        return give_up(fold, &error);
    }
    postern_status status = find_stream(journal, folding, &found, &error);
    if (status == POSTERN_OK && found) {
        status = transaction_begin(journal, &error);
        if (status == POSTERN_OK) status = fold_pages(journal, folding, &error);
        if (status == POSTERN_OK)
            status = transaction_commit(journal, "fold-before-commit", "fold-after-commit", &error);
        if (status < 0) transaction_roll_back(journal);
        if (status == POSTERN_OK) known_ids_forget(&journal->ids, folding->stream_id, (size_t)folding->ids);
    }
    free(folding);
    return status < 0 ? give_up(fold, &error) : fold->looking;
}
