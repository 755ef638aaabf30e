#include "journal/sqlite/known_ids.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "journal/id_set.h"
#include "journal/sqlite/known_older.h"
#include "journal/sqlite/store.h"
#include <string.h>

/* The list lock guards the list, `users` and `used_ms`; each entry's own lock guards the rest and is held
 * while its ids are loaded, so that a commit at that moment is neither missed nor lost. */
struct stream_ids {
    struct stream_ids *next;
    int64_t stream_id, used_ms;
    int users;
    pthread_mutex_t lock;
    bool loaded;
    struct id_set set;
    size_t forgotten; /* of those in the set */
};

void known_ids_start(struct known_ids *ids, struct readers *readers, const struct clock *clock, size_t limit)
{
    *ids = (struct known_ids){.readers = readers, .clock = clock, .limit = limit};
    pthread_mutex_init(&ids->lock, NULL);
    run_cache_start(&ids->runs, &ids->bytes, limit);
}

static void unload(struct known_ids *ids, struct stream_ids *entry)
{
    atomic_fetch_sub(&ids->bytes, id_set_bytes(&entry->set));
    id_set_free(&entry->set);
    entry->loaded = false;
    entry->forgotten = 0;
}

static void entry_free(struct known_ids *ids, struct stream_ids *entry)
{
    unload(ids, entry);
    pthread_mutex_destroy(&entry->lock);
    free(entry);
}

void known_ids_stop(struct known_ids *ids)
{
    while (ids->first) {
        struct stream_ids *entry = ids->first;
        ids->first = entry->next;
        entry_free(ids, entry);
    }
    run_cache_stop(&ids->runs);
    pthread_mutex_destroy(&ids->lock);
}

/* The stream's entry, its lock held; NULL if there is none (and `create` is false or memory is out). */
static struct stream_ids *take(struct known_ids *ids, int64_t stream_id, bool create)
{
    pthread_mutex_lock(&ids->lock);
    struct stream_ids **place = &ids->first;
    while (*place && (*place)->stream_id != stream_id)
        place = &(*place)->next;
    struct stream_ids *entry = *place;
    if (entry) {
        *place = entry->next; /* the most recently used comes first */
    } else if (create && (entry = calloc(1, sizeof *entry)) != NULL) {
        entry->stream_id = stream_id;
        pthread_mutex_init(&entry->lock, NULL);
    }
    if (entry) {
        entry->next = ids->first;
        ids->first = entry;
        entry->users++;
    }
    pthread_mutex_unlock(&ids->lock);
    if (entry) pthread_mutex_lock(&entry->lock);
    return entry;
}

static void give(struct known_ids *ids, struct stream_ids *entry)
{
    pthread_mutex_unlock(&entry->lock);
    pthread_mutex_lock(&ids->lock);
    entry->used_ms = clock_monotonic_ms(ids->clock);
    entry->users--;
    pthread_mutex_unlock(&ids->lock);
}

/* Frees unused entries: those not used since `since_ms`, and beyond that the longest unused ones until
 * `bytes` fit. */
static bool evict(struct known_ids *ids, int64_t since_ms, size_t bytes)
{
    bool freed = run_cache_shrink(&ids->runs, bytes, since_ms);
    pthread_mutex_lock(&ids->lock);
    for (;;) {
        struct stream_ids **victim = NULL;
        for (struct stream_ids **place = &ids->first; *place; place = &(*place)->next)
            if ((*place)->users == 0) victim = place; /* the last one is the longest unused */
        if (!victim || ((*victim)->used_ms >= since_ms && atomic_load(&ids->bytes) + bytes <= ids->limit))
            break;
        struct stream_ids *entry = *victim;
        *victim = entry->next;
        entry_free(ids, entry);
        freed = true;
    }
    pthread_mutex_unlock(&ids->lock);
    return freed;
}

bool known_ids_release_memory(struct known_ids *ids, int64_t since_ms)
{
    return evict(ids, since_ms, 0);
}

/* ---- From the file ------------------------------------------------------------------------------ */

/* Calls `each` for every id that the stream remembers. */
static postern_status walk(struct database *database, int64_t stream_id,
                           bool (*each)(void *context, const unsigned char *id), void *context,
                           postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT i.ids FROM page p JOIN page_ids i ON i.sequence = p.sequence"
                       " WHERE p.stream_id = ?1 AND p.known = 1",
                       VALUES(value_integer(stream_id)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        postern_text blob = column_bytes(statement, 0);
        for (size_t at = 0; at + EVENT_ID_SIZE <= blob.size; at += EVENT_ID_SIZE)
            if (!each(context, (const unsigned char *)blob.data + at))
                return error_no_memory(error, "for known ids");
    }
    return status;
}

static bool add_id(void *set, const unsigned char *id)
{
    return id_set_add(set, id);
}

static postern_status load(struct known_ids *ids, struct stream_ids *entry, struct database *database,
                           postern_error *error)
{
    int64_t count = 0;
    postern_status status = database_number(
        database, error, 0, &count, "SELECT sum(event_count) FROM page WHERE stream_id = ?1 AND known = 1",
        VALUES(value_integer(entry->stream_id)));
    if (status < 0) return status;
    size_t bytes = id_set_bytes_for((size_t)count);
    if (bytes > ids->limit) return POSTERN_OK;
    evict(ids, INT64_MIN, bytes);
    if (atomic_load(&ids->bytes) + bytes > ids->limit) return POSTERN_OK;
    struct id_set set = {0};
    if (!id_set_reserve(&set, (size_t)count)) return POSTERN_OK;
    status = walk(database, entry->stream_id, add_id, &set, error);
    if (status < 0) {
        id_set_free(&set);
        return status;
    }
    entry->set = set;
    entry->loaded = true;
    atomic_fetch_add(&ids->bytes, id_set_bytes(&set));
    return POSTERN_OK;
}

struct search {
    struct id_set asked, found;
};

static bool note_if_asked(void *context, const unsigned char *id)
{
    struct search *search = context;
    return !id_set_has(&search->asked, id) || id_set_add(&search->found, id);
}

/* Without the ids in memory: holds what is asked against all that is stored. */
static postern_status search_stored(struct database *database, int64_t stream_id, const unsigned char *asked,
                                    size_t count, bool *known, postern_error *error)
{
    struct search search = {0};
    bool enough = id_set_reserve(&search.asked, count);
    for (size_t i = 0; enough && i < count; i++)
        enough = id_set_add(&search.asked, asked + i * EVENT_ID_SIZE);
    postern_status status = enough ? walk(database, stream_id, note_if_asked, &search, error)
                                   : error_no_memory(error, "for known ids");
    for (size_t i = 0; status == POSTERN_OK && i < count; i++)
        known[i] = id_set_has(&search.found, asked + i * EVENT_ID_SIZE);
    id_set_free(&search.asked);
    id_set_free(&search.found);
    return status;
}

/* ---- The calls ---------------------------------------------------------------------------------- */

/* Ids go from the pages' rows into runs, never back: whoever asks the rows first, and then the runs, finds
 * them.
 */
static postern_status check_entry(struct known_ids *ids, struct stream_ids *entry, const unsigned char *asked,
                                  const int64_t *times_ms, size_t count, bool *known, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(ids->readers, error);
    if (!reading.database) return reading.status;
    postern_status status = POSTERN_OK;
    if (!entry->loaded) status = load(ids, entry, reading.database, error);
    if (status == POSTERN_OK && !entry->loaded)
        status = search_stored(reading.database, entry->stream_id, asked, count, known, error);
    if (status < 0) return status;
    for (size_t i = 0; entry->loaded && i < count; i++)
        known[i] = id_set_has(&entry->set, asked + i * EVENT_ID_SIZE);
    return known_older_check(reading.database, &ids->runs, clock_monotonic_ms(ids->clock), entry->stream_id,
                             asked, times_ms, count, known, error);
}

postern_status known_ids_check(struct known_ids *ids, int64_t stream_id, const unsigned char *asked,
                               const int64_t *times_ms, size_t count, bool *known, postern_error *error)
{
    struct stream_ids *entry = take(ids, stream_id, true);
    if (!entry) return error_no_memory(error, "for known ids");
    postern_status status = check_entry(ids, entry, asked, times_ms, count, known, error);
    give(ids, entry);
    return status;
}

void known_ids_add(struct known_ids *ids, int64_t stream_id, const unsigned char *added, size_t count)
{
    struct stream_ids *entry = take(ids, stream_id, false);
    if (!entry) return;
    if (entry->loaded) {
        size_t before = id_set_bytes(&entry->set);
        bool enough = true;
        for (size_t i = 0; enough && i < count; i++)
            enough = id_set_add(&entry->set, added + i * EVENT_ID_SIZE);
        atomic_fetch_add(&ids->bytes, id_set_bytes(&entry->set) - before);
        if (!enough || atomic_load(&ids->bytes) > ids->limit) unload(ids, entry);
    }
    give(ids, entry);
}

void known_ids_forget(struct known_ids *ids, int64_t stream_id, size_t count)
{
    struct stream_ids *entry = take(ids, stream_id, false);
    if (!entry) return;
    /* The set forgets by being loaded again, which pays once a quarter of it is stale. */
    entry->forgotten += count;
    if (entry->loaded && entry->forgotten * 4 > entry->set.count) unload(ids, entry);
    give(ids, entry);
}

postern_status journal_known_ids(struct journal *journal, int64_t stream_id, const unsigned char *ids,
                                 const int64_t *times_ms, size_t count, bool *known, postern_error *error)
{
    return known_ids_check(&journal->ids, stream_id, ids, times_ms, count, known, error);
}
