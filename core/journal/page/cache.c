#include "journal/page/cache.h"

void page_cache_start(struct page_cache *cache, size_t limit, int64_t last)
{
    pthread_mutex_init(&cache->lock, NULL);
    cache->start = cache->count = cache->bytes = 0;
    cache->limit = limit;
    cache->first = last + 1;
    cache->last = last;
}

static size_t bytes_of(const struct page *page)
{
    return sizeof *page + page->view.event_count * (sizeof(struct page_entry) + EVENT_ID_SIZE) +
           page->view.bytes;
}

static void drop_oldest(struct page_cache *cache)
{
    struct page *page = cache->pages[cache->start];
    cache->start = (cache->start + 1) % PAGE_CACHE_PAGES;
    cache->count--;
    cache->bytes -= bytes_of(page);
    cache->first = page->view.sequence + 1;
    page_release(&page->view);
}

void page_cache_stop(struct page_cache *cache)
{
    while (cache->count)
        drop_oldest(cache);
    pthread_mutex_destroy(&cache->lock);
}

void page_cache_put(struct page_cache *cache, struct page *page, bool keep)
{
    size_t bytes = bytes_of(page);
    pthread_mutex_lock(&cache->lock);
    cache->last = page->view.sequence;
    keep = keep && bytes <= cache->limit;
    while (cache->count && (!keep || cache->count == PAGE_CACHE_PAGES || cache->bytes + bytes > cache->limit))
        drop_oldest(cache);
    if (keep) {
        cache->pages[(cache->start + cache->count++) % PAGE_CACHE_PAGES] = page;
        cache->bytes += bytes;
    } else {
        cache->first = page->view.sequence + 1;
        page_release(&page->view);
    }
    pthread_mutex_unlock(&cache->lock);
}

void page_cache_drop(struct page_cache *cache, int64_t sequence)
{
    pthread_mutex_lock(&cache->lock);
    while (cache->count && cache->pages[cache->start]->view.sequence <= sequence)
        drop_oldest(cache);
    pthread_mutex_unlock(&cache->lock);
}

int64_t page_cache_last(struct page_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    int64_t last = cache->last;
    pthread_mutex_unlock(&cache->lock);
    return last;
}

/* The place in the ring of the first page behind `after`; `count` if there is none. */
static size_t find(const struct page_cache *cache, int64_t after)
{
    size_t low = 0, high = cache->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cache->pages[(cache->start + middle) % PAGE_CACHE_PAGES]->view.sequence > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool page_cache_next(struct page_cache *cache, int64_t after, struct page **page, int64_t *bound)
{
    pthread_mutex_lock(&cache->lock);
    bool reaches = after + 1 >= cache->first;
    *bound = reaches ? cache->last : cache->first;
    if (reaches) {
        size_t place = find(cache, after);
        *page =
            place < cache->count ? page_share(cache->pages[(cache->start + place) % PAGE_CACHE_PAGES]) : NULL;
    }
    pthread_mutex_unlock(&cache->lock);
    return reaches;
}
