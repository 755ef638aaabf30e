/* In which order the files of a page are fetched: what was not to be had comes last, so that it keeps nothing
 * else back, and of that what has waited longest comes first. */
#ifndef POSTERN_COLLECT_STREAM_DOWNLOAD_ORDER_H
#define POSTERN_COLLECT_STREAM_DOWNLOAD_ORDER_H

#include "collect/answer/answer.h"
#include "collect/stream/file_tries.h"

struct download_place {
    size_t index;      /* of the answer's downloads */
    uint32_t put_last; /* see file_tries_put_last */
};

/* The places of what is not done; *count of them. NULL if out of memory. `tries` may be NULL. */
struct download_place *download_order_new(const struct answer *page, const struct file_tries *tries,
                                          size_t *count);

#endif
