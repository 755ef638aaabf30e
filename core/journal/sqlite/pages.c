/* Storing pages and reading them again. */
#include "journal/known/hours.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"

/* ---- Storing; writer thread --------------------------------------------------------------------- */

/* Overhead of a page's three rows in the b-trees: half a database page for the last overflow page of each
 * blob. */
static int64_t bytes_needed(const struct journal *journal, const struct journal_page *list)
{
    int64_t bytes = 0;
    for (; list; list = list->next)
        bytes += (int64_t)(list->body_size + list->page->view.event_count * EVENT_ID_SIZE) +
                 journal->writer.page_size;
    return bytes;
}

/* What belongs to no pass may still be brought by any that was asked for, so it stays as long as the one that
 * reaches the furthest. Our own clock may be far behind the vendor's, by which passes go. */
static postern_status furthest_until(struct database *database, const struct journal_commit *commit,
                                     int64_t *until_ms, postern_error *error)
{
    return database_number(database, error, commit->received_ms, until_ms,
                           "SELECT max(?2, pass_until_ms,"
                           " ifnull((SELECT max(until_ms) FROM coverage WHERE stream_id = ?1), 0))"
                           " FROM stream WHERE id = ?1",
                           VALUES(value_integer(commit->stream->id), value_integer(commit->received_ms)));
}

/* Until where the pass goes that brings the pages; 0 = no window stream. */
static postern_status pass_until(struct database *database, const struct journal_commit *commit,
                                 int64_t *until_ms, postern_error *error)
{
    bool is_window = commit->stream->kind == POSTERN_STREAM_WINDOW;
    *until_ms = !is_window                  ? 0
                : commit->pass_until_ms > 0 ? commit->pass_until_ms
                : commit->coverage          ? commit->coverage->until_ms
                                            : commit->stream->pass_until_ms;
    return is_window && *until_ms <= 0 ? furthest_until(database, commit, until_ms, error) : POSTERN_OK;
}

static struct event_hours hours_of(const struct page *page)
{
    struct event_hours hours = {0};
    for (size_t i = 0; i < page->view.event_count; i++)
        event_hours_add(&hours, page->entries[i].time_ms);
    return hours;
}

static postern_status store_page(struct journal *journal, const struct journal_commit *commit, int64_t until,
                                 struct journal_page *packed, postern_error *error)
{
    struct database *database = &journal->writer.database;
    const struct page *page = packed->page;
    struct event_hours hours = hours_of(page);
    int64_t now = forget_clock_now(&journal->forget_clock);
    bool is_token = commit->stream->kind == POSTERN_STREAM_TOKEN; /* a snapshot remembers its list */
    int64_t remember = is_token && commit->remember_ms > 0 ? now + commit->remember_ms : 0;
    postern_status status = database_run(
        database, error,
        "INSERT INTO page (stream_id, received_ms, event_count, unpacked_bytes, body_bytes, known, "
        "pass_until_ms,"
        " remember_until_ms, stored_ms, hours) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        VALUES(value_integer(commit->stream->id), value_integer(commit->received_ms),
               value_integer((int64_t)page->view.event_count), value_integer((int64_t)page->view.bytes),
               value_integer((int64_t)packed->body_size), value_integer(until > 0 || remember > 0),
               value_integer(until), value_integer(remember), value_integer(now),
               value_blob(hours.bits, EVENT_HOURS_SIZE)));
    if (status < 0) return status;
    packed->sequence = sqlite3_last_insert_rowid(database->handle);
    status = database_run(database, error, "INSERT INTO page_ids (sequence, ids) VALUES (?1, ?2)",
                          VALUES(value_integer(packed->sequence),
                                 value_blob(page->ids, page->view.event_count * EVENT_ID_SIZE)));
    if (status < 0) return status;
    return database_run(database, error, "INSERT INTO page_body (sequence, body) VALUES (?1, ?2)",
                        VALUES(value_integer(packed->sequence), value_blob(packed->body, packed->body_size)));
}

postern_status pages_store(struct journal *journal, struct journal_commit *commit, postern_error *error)
{
    int64_t until_ms = 0;
    postern_status status = space_admit(journal, bytes_needed(journal, commit->pages), error);
    if (status == POSTERN_OK) status = pass_until(&journal->writer.database, commit, &until_ms, error);
    for (struct journal_page *packed = commit->pages; status == POSTERN_OK && packed; packed = packed->next)
        status = store_page(journal, commit, until_ms, packed, error);
    return status;
}

/* ---- Reading; any thread ------------------------------------------------------------------------ */

struct filter {
    bool (*wanted)(void *context, int64_t stream_id, const char *account, const char *source);
    void *context;
};

static postern_status is_wanted(struct journal *journal, const struct filter *filter, int64_t stream_id,
                                bool *wanted, postern_error *error)
{
    const struct stream_name *name = NULL;
    *wanted = true;
    if (!filter->wanted) return POSTERN_OK;
    postern_status status = stream_names_get(&journal->names, stream_id, &name, error);
    if (status == POSTERN_OK)
        *wanted = filter->wanted(filter->context, stream_id, name->account, name->source);
    return status;
}

static postern_status read_page(struct journal *journal, int64_t sequence, struct page **page,
                                postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    const struct stream_name *name = NULL;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT p.stream_id, p.received_ms, p.replay, i.ids, b.body FROM page p"
        " JOIN page_ids i ON i.sequence = p.sequence JOIN page_body b ON b.sequence = p.sequence"
        " WHERE p.sequence = ?1",
        VALUES(value_integer(sequence)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, &row);
    /* The bytes of the row itself: as good as a damaged page. */
    if (status == POSTERN_E_IO && reading.database->is_damaged)
        return page_damaged(error, "its row is malformed");
    if (status < 0 || !row) return status;
    struct page *fresh = NULL;
    status = page_unpack(column_bytes(statement, 4), column_bytes(statement, 3), &fresh, error);
    if (status < 0) return status;
    fresh->view.sequence = sequence;
    fresh->view.stream_id = sqlite3_column_int64(statement, 0);
    fresh->view.received_ms = sqlite3_column_int64(statement, 1);
    fresh->view.replay = sqlite3_column_int64(statement, 2) != 0;
    status = stream_names_get(&journal->names, fresh->view.stream_id, &name, error);
    if (status < 0) {
        page_release(&fresh->view);
        return status;
    }
    fresh->view.account = name->account;
    fresh->view.source = name->source;
    fresh->view.stream = name->stream;
    *page = fresh;
    return POSTERN_OK;
}

#define STRIDE 256

struct stride {
    struct {
        int64_t sequence, stream_id;
    } pages[STRIDE];
    size_t count;
};

static postern_status read_stride(struct journal *journal, int64_t after, int64_t before,
                                  struct stride *stride, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status = database_query(
        reading.database, error, &statement,
        "SELECT sequence, stream_id FROM page WHERE body_bytes > 0 AND sequence > ?1 AND sequence < ?2"
        " ORDER BY sequence LIMIT ?3",
        VALUES(value_integer(after), value_integer(before), value_integer(STRIDE)));
    for (stride->count = 0;
         status == POSTERN_OK && stride->count < STRIDE &&
         (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row;
         stride->count++) {
        stride->pages[stride->count].sequence = sqlite3_column_int64(statement, 0);
        stride->pages[stride->count].stream_id = sqlite3_column_int64(statement, 1);
    }
    return status;
}

/* Looks through the file for the first wanted page in (after, before). *next_after: how far it looked. */
static postern_status next_stored(struct journal *journal, int64_t after, int64_t before,
                                  const struct filter *filter, struct page **page, int64_t *next_after,
                                  postern_error *error)
{
    struct stride stride = {.count = STRIDE};
    *next_after = after;
    while (stride.count == STRIDE) {
        postern_status status = read_stride(journal, *next_after, before, &stride, error);
        if (status < 0) return status;
        for (size_t i = 0; i < stride.count; i++) {
            bool wanted = false;
            status = is_wanted(journal, filter, stride.pages[i].stream_id, &wanted, error);
            *next_after = stride.pages[i].sequence;
            if (status == POSTERN_OK && wanted)
                status = read_page(journal, stride.pages[i].sequence, page, error);
            if (status < 0) error_prefix(error, "journal page %lld: ", (long long)stride.pages[i].sequence);
            if (status < 0 && status != POSTERN_E_PROTOCOL) *next_after = stride.pages[i].sequence - 1;
            if (status < 0 || *page) return status;
        }
    }
    return POSTERN_OK;
}

/* The first wanted page of the cache behind *next_after; true if the cache could tell. */
static bool next_cached(struct journal *journal, const struct filter *filter, struct page **page,
                        int64_t *next_after, int64_t *bound)
{
    while (page_cache_next(&journal->cache, *next_after, page, bound)) {
        if (!*page) {
            if (*bound > *next_after) *next_after = *bound;
            return true;
        }
        const struct page_view *view = &(*page)->view;
        *next_after = view->sequence;
        if (!filter->wanted || filter->wanted(filter->context, view->stream_id, view->account, view->source))
            return true;
        page_release(view);
        *page = NULL;
    }
    return false;
}

postern_status
journal_next_page(struct journal *journal, int64_t after,
                  bool (*wanted)(void *context, int64_t stream_id, const char *account, const char *source),
                  void *context, const struct page_view **view, int64_t *next_after, postern_error *error)
{
    struct filter filter = {wanted, context};
    struct page *page = NULL;
    int64_t at = after, bound = INT64_MAX;
    postern_status status = POSTERN_OK;
    /* The cache may lose pages while the file is looked through, so the two take turns. */
    while (is_reader(journal) || !next_cached(journal, &filter, &page, &at, &bound)) {
        status = next_stored(journal, at, bound, &filter, &page, &at, error);
        if (status < 0 || page || is_reader(journal)) break;
        if (bound - 1 > at) at = bound - 1;
    }
    *next_after = at;
    *view = page ? &page->view : NULL;
    return status;
}

postern_status journal_end(struct journal *journal, int64_t *sequence, postern_error *error)
{
    if (!is_reader(journal)) {
        *sequence = page_cache_last(&journal->cache);
        return POSTERN_OK;
    }
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    return last_sequence(reading.database, sequence, error);
}
