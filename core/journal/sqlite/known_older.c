#include "journal/sqlite/known_older.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include <stdlib.h>

/* A run is read whole when at least every eighth of its blocks would be looked into. */
#define IDS_IN_A_BLOCK  1400
#define WHOLE_FROM_PART 8

struct asking {
    struct database *database;
    struct run_cache *cache;
    int64_t now_ms;
    struct asked_fingerprint *all, **some; /* `some`: those that one run is asked for */
    size_t count, found;
};

static int compare(const void *left, const void *right)
{
    uint64_t a = ((const struct asked_fingerprint *)left)->fingerprint;
    uint64_t b = ((const struct asked_fingerprint *)right)->fingerprint;
    return (a > b) - (a < b);
}

/* What is asked of a run: what is not found yet, and of its hours unless it is asked for all. */
static size_t choose(struct asking *asking, const struct known_run *run, bool any_hour)
{
    size_t chosen = 0;
    for (size_t i = 0; i < asking->count; i++) {
        struct asked_fingerprint *asked = &asking->all[i];
        if (!asked->found && (any_hour || event_hours_have(&run->hours, asked->hour)))
            asking->some[chosen++] = asked;
    }
    return chosen;
}

static void search_whole(const struct fingerprints *fingerprints, struct asked_fingerprint *const *asked,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        asked[i]->found = fingerprints_have(fingerprints, asked[i]->fingerprint);
}

/* False: the run is not in memory. */
static bool search_cached(struct asking *asking, const struct known_run *run, size_t count)
{
    const struct fingerprints *cached = run_cache_take(asking->cache, run->id, asking->now_ms);
    if (!cached) return false;
    search_whole(cached, asking->some, count);
    run_cache_give(asking->cache, cached);
    return true;
}

/* Reads the run whole, and keeps it for whoever asks next. */
static postern_status read_whole(struct asking *asking, const struct known_run *run, size_t count)
{
    struct fingerprints read = {0};
    postern_status status = known_run_read(asking->database, run, &read, NULL);
    if (status < 0) return status;
    const struct fingerprints *kept = run_cache_put(asking->cache, run->id, &read, asking->now_ms);
    search_whole(kept ? kept : &read, asking->some, count);
    if (kept)
        run_cache_give(asking->cache, kept);
    else
        fingerprints_free(&read);
    return POSTERN_OK;
}

/* False: it pays more to look into a few of its blocks, or it cannot be read whole. */
static bool search_in_memory(struct asking *asking, const struct known_run *run, size_t count)
{
    if (search_cached(asking, run, count)) return true;
    if ((int64_t)count * WHOLE_FROM_PART < run->count / IDS_IN_A_BLOCK) return false;
    pthread_mutex_lock(&asking->cache->reading);
    bool searched = search_cached(asking, run, count) || /* somebody read it meanwhile */
                    read_whole(asking, run, count) == POSTERN_OK;
    pthread_mutex_unlock(&asking->cache->reading);
    return searched;
}

static postern_status ask(struct asking *asking, const struct known_run *run, bool any_hour,
                          postern_error *error)
{
    size_t count = choose(asking, run, any_hour);
    if (count == 0) return POSTERN_OK;
    postern_status status = POSTERN_OK;
    if (!search_in_memory(asking, run, count))
        status = known_run_search(asking->database, run, asking->some, count, error);
    for (size_t i = 0; i < count; i++)
        asking->found += asking->some[i]->found;
    if (status != POSTERN_E_PROTOCOL) return status;
    log_error(POSTERN_LOG_ERROR, "journal", error);
    return POSTERN_OK;
}

static postern_status ask_all(struct asking *asking, const struct known_run *runs, size_t count,
                              bool any_hour, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < count && asking->found < asking->count; i++)
        status = ask(asking, &runs[i], any_hour, error);
    return status;
}

static void list_asked(struct asking *asking, const unsigned char *ids, const int64_t *times_ms, size_t count,
                       const bool *known)
{
    for (size_t i = 0; i < count; i++) {
        if (known[i]) continue;
        asking->all[asking->count++] =
            (struct asked_fingerprint){.fingerprint = fingerprint_of(ids + i * EVENT_ID_SIZE),
                                       .hour = times_ms ? event_hour(times_ms[i]) : 0,
                                       .index = i};
    }
    qsort(asking->all, asking->count, sizeof *asking->all, compare);
}

static postern_status check_runs(struct asking *asking, int64_t stream_id, const unsigned char *ids,
                                 const int64_t *times_ms, size_t count, bool *known, postern_error *error)
{
    _cleanup_(freep) struct known_run *runs = NULL;
    size_t run_count = 0;
    postern_status status = known_run_list(asking->database, stream_id, &runs, &run_count, error);
    if (status < 0 || run_count == 0) return status;
    _cleanup_(freep) struct asked_fingerprint *all = malloc(count * sizeof *all);
    _cleanup_(freep) struct asked_fingerprint **some = malloc(count * sizeof *some);
    if (!all || !some) return error_no_memory(error, "for known ids");
    asking->all = all;
    asking->some = some;
    list_asked(asking, ids, times_ms, count, known);
    status = ask_all(asking, runs, run_count, times_ms == NULL, error);
    /* Where most is a repeat of older events, as behind a refused token, nothing is left to the hours. */
    if (status == POSTERN_OK && asking->found * 2 > count)
        status = ask_all(asking, runs, run_count, true, error);
    for (size_t i = 0; status == POSTERN_OK && i < asking->count; i++)
        known[all[i].index] = all[i].found;
    return status;
}

postern_status known_older_check(struct database *database, struct run_cache *cache, int64_t now_ms,
                                 int64_t stream_id, const unsigned char *ids, const int64_t *times_ms,
                                 size_t count, bool *known, postern_error *error)
{
    struct asking asking = {.database = database, .cache = cache, .now_ms = now_ms};
    if (count == 0) return POSTERN_OK;
    /* One view of the file: meanwhile the writer may put a run into another. */
    postern_status status = database_run(database, error, "BEGIN", NO_VALUES);
    if (status < 0) return status;
    status = check_runs(&asking, stream_id, ids, times_ms, count, known, error);
    postern_status ended = database_run(database, status < 0 ? NULL : error, "COMMIT", NO_VALUES);
    if (ended < 0) database_run(database, NULL, "ROLLBACK", NO_VALUES);
    return status < 0 ? status : ended;
}
