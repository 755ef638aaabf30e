/* Runs that were read whole and are asked again and again, within the memory that known ids may take. Any
 * thread. */
#ifndef POSTERN_JOURNAL_SQLITE_RUN_CACHE_H
#define POSTERN_JOURNAL_SQLITE_RUN_CACHE_H

#include "journal/known/fingerprints.h"
#include <pthread.h>
#include <stdatomic.h>

struct cached_run;

struct run_cache {
    pthread_mutex_t lock;
    pthread_mutex_t reading;  /* held by who reads a run whole: one takes that memory at a time */
    struct cached_run *first; /* the most recently used one */
    _Atomic size_t *bytes;    /* of all that is kept in memory of known ids */
    size_t limit;
};

void run_cache_start(struct run_cache *cache, _Atomic size_t *bytes, size_t limit);
void run_cache_stop(struct run_cache *cache);
/* The run, until it is given back; NULL = not there. */
const struct fingerprints *run_cache_take(struct run_cache *cache, int64_t run, int64_t now_ms);
void run_cache_give(struct run_cache *cache, const struct fingerprints *fingerprints);
/* Takes the fingerprints over if there is room; they are taken as above. NULL: there is none, and they stay
 * the caller's. */
const struct fingerprints *run_cache_put(struct run_cache *cache, int64_t run,
                                         const struct fingerprints *fingerprints, int64_t now_ms);
/* Drops what nobody uses: the longest unused until `bytes` more fit, and what was not used since `since_ms`
 * (monotonic). True if something was dropped. */
bool run_cache_shrink(struct run_cache *cache, size_t bytes, int64_t since_ms);
/* Drops a run that is no more: it was put into another one. */
void run_cache_forget(struct run_cache *cache, int64_t run);

#endif
