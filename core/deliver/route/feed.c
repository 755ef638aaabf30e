#include "deliver/route/feed.h"
#include "base/error.h"
#include <stdatomic.h>

/* How much of a delivery may be read ahead of its sink. A page takes some memory however small it is. */
#define LEAST_PAGES_OUT ((size_t)4)
#define MOST_BYTES_OUT  ((size_t)16 << 20)
#define PAGE_OVERHEAD   ((size_t)4096)

void feed_init(struct feed *feed, const struct route_parts *parts, struct feed_owner *owner,
               struct pipeline *pipeline, const char *delivery)
{
    *feed = (struct feed){.parts = parts,
                          .owner = owner,
                          .pipeline = pipeline_share(pipeline),
                          .delivery = delivery,
                          .most_pages = LEAST_PAGES_OUT,
                          .most_bytes = MOST_BYTES_OUT,
                          .batches = 1};
    feed->last = &feed->first;
}

void feed_allow(struct feed *feed, int64_t batches, int64_t batch_bytes)
{
    size_t bytes = (size_t)batch_bytes * 2 * (size_t)batches;
    feed->batches = (size_t)batches;
    if (bytes > feed->most_bytes) feed->most_bytes = bytes;
    feed_settle(feed, 0);
}

static size_t weight(const struct transform *transform)
{
    return transform->page->bytes + PAGE_OVERHEAD;
}

/* ---- On the workers ---- */

static void is_ready(struct transform *transform)
{
    struct feed_owner *owner = transform->context;
    pthread_mutex_lock(&owner->lock);
    transform->is_ready = owner->news = true;
    pthread_cond_broadcast(&owner->changed);
    pthread_mutex_unlock(&owner->lock);
}

static void run_transform(struct worker_job *job, size_t worker)
{
    struct transform *transform = (struct transform *)job; /* its first member */
    transform_run(transform, worker);
    transform->ready(transform);
}

static void begin_transform(struct feed *feed, struct transform *transform)
{
    transform->job.run = run_transform;
    transform->ready = is_ready;
    transform->context = feed->owner;
    transform->breaks_off = &feed->owner->breaks_off;
    workers_submit(feed->parts->workers, &transform->job);
}

/* ---- The queue ---- */

static bool wants_page(void *context, int64_t stream_id, const char *account, const char *source)
{
    (void)stream_id;
    return pipeline_wants(context, account, source);
}

static bool add_page(struct feed *feed, const struct page_view *page)
{
    struct transform *transform = transform_new(feed->pipeline, feed->delivery, page);
    if (!transform) return false;
    *feed->last = transform;
    feed->last = &transform->next;
    feed->pages_out++;
    feed->bytes_out += weight(transform);
    feed->read_until = page->sequence;
    begin_transform(feed, transform);
    return true;
}

enum feed_outcome feed_fill(struct feed *feed, int64_t *damaged, postern_error *error)
{
    while (feed->pages_out < feed->most_pages && feed->bytes_out < feed->most_bytes) {
        const struct page_view *page = NULL;
        int64_t end = 0, next = 0;
        if (journal_end(feed->parts->journal, &end, error) < 0) return FEED_FAILED;
        postern_status status = journal_next_page(feed->parts->journal, feed->read_until, wants_page,
                                                  feed->pipeline, &page, &next, error);
        if (status == POSTERN_E_PROTOCOL && next > feed->read_until) {
            *damaged = next;
            return FEED_DAMAGED;
        }
        if (status < 0) return FEED_FAILED;
        if (!page) {
            if (end > feed->read_until) feed->read_until = end;
            return FEED_AT_END;
        }
        if (!add_page(feed, page)) {
            page_release(page);
            error_no_memory(error, NULL);
            return FEED_FAILED;
        }
    }
    return FEED_FULL;
}

bool feed_want_more(struct feed *feed, bool must)
{
    if (feed->bytes_out >= feed->most_bytes) {
        if (!must) return false;
        feed->most_bytes = feed->bytes_out * 2;
    }
    if (feed->pages_out >= feed->most_pages) feed->most_pages = feed->pages_out * 2;
    return true;
}

void feed_settle(struct feed *feed, size_t batch_pages)
{
    size_t pages = batch_pages * 2 > LEAST_PAGES_OUT ? batch_pages * 2 : LEAST_PAGES_OUT;
    feed->most_pages = pages * feed->batches;
}

bool feed_is_ready(struct feed *feed, const struct transform *transform)
{
    pthread_mutex_lock(&feed->owner->lock);
    bool ready = transform->is_ready;
    pthread_mutex_unlock(&feed->owner->lock);
    return ready;
}

bool feed_again(struct feed *feed, struct transform **place)
{
    struct transform *old = *place;
    struct transform *fresh = transform_new(feed->pipeline, feed->delivery, old->page);
    if (!fresh) return false;
    fresh->next = old->next;
    *place = fresh;
    if (feed->last == &old->next) feed->last = &fresh->next;
    old->page = NULL; /* goes over to the fresh one */
    transform_free(old);
    begin_transform(feed, fresh);
    return true;
}

struct transform *feed_take(struct feed *feed, size_t count)
{
    struct transform *list = feed->first, **end = &feed->first;
    if (count == 0) return NULL;
    for (size_t i = 0; i < count; i++)
        end = &(*end)->next;
    feed->first = *end;
    if (!feed->first) feed->last = &feed->first;
    *end = NULL;
    return list;
}

static void wait_until_ready(struct feed *feed, const struct transform *transform)
{
    pthread_mutex_lock(&feed->owner->lock);
    while (!transform->is_ready)
        pthread_cond_wait(&feed->owner->changed, &feed->owner->lock);
    pthread_mutex_unlock(&feed->owner->lock);
}

void feed_give_back(struct feed *feed, struct transform *list)
{
    for (struct transform *transform = list, *next; transform; transform = next) {
        wait_until_ready(feed, transform);
        next = transform->next;
        feed->pages_out--;
        feed->bytes_out -= weight(transform);
        transform_free(transform);
    }
}

void feed_rewind(struct feed *feed, int64_t sequence)
{
    struct transform *list = feed->first;
    feed->first = NULL;
    feed->last = &feed->first;
    feed_give_back(feed, list);
    feed->read_until = sequence;
}

void feed_change(struct feed *feed, struct pipeline *pipeline)
{
    pipeline_release(feed->pipeline);
    feed->pipeline = pipeline_share(pipeline);
}

struct transform *feed_letters(struct feed *feed, const struct dead_letter *const *letters, size_t count)
{
    struct transform *first = NULL, **last = &first;
    bool enough = true;
    for (size_t i = 0; i < count && enough; i++) {
        struct transform *transform = transform_new(feed->pipeline, feed->delivery, NULL);
        enough = transform != NULL;
        if (!enough) break;
        transform->letter = letters[i];
        *last = transform;
        last = &transform->next;
        begin_transform(feed, transform);
    }
    for (struct transform *transform = first; transform; transform = transform->next)
        wait_until_ready(feed, transform);
    if (enough) return first;
    transform_free_list(first);
    return NULL;
}

void feed_free(struct feed *feed)
{
    pipeline_release(feed->pipeline);
}
