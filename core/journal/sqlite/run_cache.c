#include "journal/sqlite/run_cache.h"
#include "base/container.h"
#include <stdlib.h>

struct cached_run {
    struct cached_run *next;
    int64_t run, used_ms;
    int users;
    struct fingerprints fingerprints;
};

void run_cache_start(struct run_cache *cache, _Atomic size_t *bytes, size_t limit)
{
    *cache = (struct run_cache){.bytes = bytes, .limit = limit};
    pthread_mutex_init(&cache->lock, NULL);
    pthread_mutex_init(&cache->reading, NULL);
}

static size_t bytes_of(const struct fingerprints *fingerprints)
{
    return fingerprints->count * sizeof *fingerprints->list;
}

/* Unlinks and frees the entry at `place`. */
static void drop(struct run_cache *cache, struct cached_run **place)
{
    struct cached_run *entry = *place;
    *place = entry->next;
    atomic_fetch_sub(cache->bytes, bytes_of(&entry->fingerprints));
    fingerprints_free(&entry->fingerprints);
    free(entry);
}

void run_cache_stop(struct run_cache *cache)
{
    while (cache->first)
        drop(cache, &cache->first);
    pthread_mutex_destroy(&cache->reading);
    pthread_mutex_destroy(&cache->lock);
}

static void put_first(struct run_cache *cache, struct cached_run *entry, int64_t now_ms)
{
    entry->used_ms = now_ms;
    entry->users++;
    entry->next = cache->first;
    cache->first = entry;
}

const struct fingerprints *run_cache_take(struct run_cache *cache, int64_t run, int64_t now_ms)
{
    pthread_mutex_lock(&cache->lock);
    struct cached_run **place = &cache->first;
    while (*place && (*place)->run != run)
        place = &(*place)->next;
    struct cached_run *entry = *place;
    if (entry) {
        *place = entry->next;
        put_first(cache, entry, now_ms);
    }
    pthread_mutex_unlock(&cache->lock);
    return entry ? &entry->fingerprints : NULL;
}

void run_cache_give(struct run_cache *cache, const struct fingerprints *fingerprints)
{
    pthread_mutex_lock(&cache->lock);
    CONTAINER_OF(fingerprints, struct cached_run, fingerprints)->users--;
    pthread_mutex_unlock(&cache->lock);
}

static bool shrink(struct run_cache *cache, size_t bytes, int64_t since_ms)
{
    bool dropped = false;
    for (;;) {
        struct cached_run **victim = NULL;
        for (struct cached_run **place = &cache->first; *place; place = &(*place)->next)
            if ((*place)->users == 0) victim = place; /* the last one is the longest unused */
        if (!victim || ((*victim)->used_ms >= since_ms && atomic_load(cache->bytes) + bytes <= cache->limit))
            return dropped;
        drop(cache, victim);
        dropped = true;
    }
}

bool run_cache_shrink(struct run_cache *cache, size_t bytes, int64_t since_ms)
{
    pthread_mutex_lock(&cache->lock);
    bool dropped = shrink(cache, bytes, since_ms);
    pthread_mutex_unlock(&cache->lock);
    return dropped;
}

const struct fingerprints *run_cache_put(struct run_cache *cache, int64_t run,
                                         const struct fingerprints *fingerprints, int64_t now_ms)
{
    size_t bytes = bytes_of(fingerprints);
    struct cached_run *entry = NULL;
    pthread_mutex_lock(&cache->lock);
    shrink(cache, bytes, INT64_MIN);
    if (atomic_load(cache->bytes) + bytes <= cache->limit && (entry = calloc(1, sizeof *entry)) != NULL) {
        entry->run = run;
        entry->fingerprints = *fingerprints;
        atomic_fetch_add(cache->bytes, bytes);
        put_first(cache, entry, now_ms);
    }
    pthread_mutex_unlock(&cache->lock);
    return entry ? &entry->fingerprints : NULL;
}

void run_cache_forget(struct run_cache *cache, int64_t run)
{
    pthread_mutex_lock(&cache->lock);
    struct cached_run **place = &cache->first;
    while (*place && (*place)->run != run)
        place = &(*place)->next;
    if (*place && (*place)->users == 0) drop(cache, place); /* else it goes when others need the room */
    pthread_mutex_unlock(&cache->lock);
}
