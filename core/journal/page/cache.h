/* The newest committed pages, unpacked, for deliveries that keep up. Any thread. */
#ifndef POSTERN_JOURNAL_PAGE_CACHE_H
#define POSTERN_JOURNAL_PAGE_CACHE_H

#include "journal/page/page.h"
#include <pthread.h>

#define PAGE_CACHE_PAGES 1024

struct page_cache {
    pthread_mutex_t lock;
    struct page *pages[PAGE_CACHE_PAGES]; /* a ring of `count` from `start`, in journal order */
    size_t start, count, bytes, limit;
    int64_t first; /* every page from this sequence number on is here */
    int64_t last;  /* the newest committed sequence number */
};

void page_cache_start(struct page_cache *cache, size_t limit, int64_t last);
void page_cache_stop(struct page_cache *cache);
/* A page was committed; pages must come in order. Not `keep`: nobody will ask for it soon. Takes over a
 * reference. */
void page_cache_put(struct page_cache *cache, struct page *page, bool keep);
/* Drops all pages up to `sequence`. */
void page_cache_drop(struct page_cache *cache, int64_t sequence);
int64_t page_cache_last(struct page_cache *cache);

/* The first page behind `after`: false if the cache does not reach back so far (*bound: the first that it
 * has); else *page (shared; NULL: there is none yet, and *bound is the newest sequence number). */
bool page_cache_next(struct page_cache *cache, int64_t after, struct page **page, int64_t *bound);

#endif
