/* Feeding a delivery: pages out of the journal, in order, through the scripts on the workers. One thread, the
 * sink's; only `is_ready` of the pages is set by the workers. */
#ifndef POSTERN_DELIVER_ROUTE_FEED_H
#define POSTERN_DELIVER_ROUTE_FEED_H

#include "deliver/route/parts.h"
#include "deliver/route/transform.h"
#include <pthread.h>

/* Where the workers say that a page is ready; the owner's. */
struct feed_owner {
    pthread_mutex_t lock;   /* guards `news` and the pages' is_ready */
    pthread_cond_t changed; /* of anything under the lock */
    bool news;
    _Atomic bool breaks_off; /* the workers leave the pages: nobody waits for them */
};

struct feed {
    const struct route_parts *parts;
    struct feed_owner *owner;
    struct pipeline *pipeline; /* shared */
    const char *delivery;      /* its name */
    int64_t read_until;        /* pages up to here have been taken out of the journal */
    struct transform *first, **last;
    /* Of what was taken out and not given back: in the queue or in a batch. */
    size_t pages_out, bytes_out;
    size_t most_pages, most_bytes, batches;
};

void feed_init(struct feed *feed, const struct route_parts *parts, struct feed_owner *owner,
               struct pipeline *pipeline, const char *delivery);
/* Room for `batches` at once of so many bytes (0 = as they come), beside what is read ahead anyway. */
void feed_allow(struct feed *feed, int64_t batches, int64_t batch_bytes);

enum feed_outcome {
    FEED_FULL,    /* enough is taken out */
    FEED_AT_END,  /* there is no more for this pipeline up to `read_until` */
    FEED_DAMAGED, /* the page `damaged` cannot be read; *error says why. What is before it was taken out */
    FEED_FAILED,  /* *error; try again later */
};
/* Takes pages out of the journal while there is room and sends them through the scripts. */
enum feed_outcome feed_fill(struct feed *feed, int64_t *damaged, postern_error *error);
/* More is wanted than is read ahead by default; false: memory for that is used up, unless it `must` be. */
bool feed_want_more(struct feed *feed, bool must);
/* The last batch took so many pages: as many again are read ahead. */
void feed_settle(struct feed *feed, size_t batch_pages);

/* True if the page has passed the scripts, whatever came of it. */
bool feed_is_ready(struct feed *feed, const struct transform *transform);
/* Sends the page through the scripts once more; false if out of memory. `place` is what points to it. */
bool feed_again(struct feed *feed, struct transform **place);
/* Takes the first `count` pages off the queue: a list that ends with NULL. */
struct transform *feed_take(struct feed *feed, size_t count);
/* Frees such a list: the pages are done, or will be read again. */
void feed_give_back(struct feed *feed, struct transform *list);
/* Everything in the queue is thrown away, and reading goes on behind `sequence`. */
void feed_rewind(struct feed *feed, int64_t sequence);
/* From now on pages go through another pipeline; after feed_rewind. */
void feed_change(struct feed *feed, struct pipeline *pipeline);
/* Letters, each by itself: a list in their order; waits until they have passed the scripts. NULL if out of
 * memory. */
struct transform *feed_letters(struct feed *feed, const struct dead_letter *const *letters, size_t count);
void feed_free(struct feed *feed);

#endif
