/* In which order the files of a page are fetched: what was not to be had comes last, so that it keeps nothing
 * else back, and of that what has waited longest comes first. When one is to be given up, a witness goes in
 * front: a file that is done and is fetched once more, to see that files can be had at all. */
#ifndef POSTERN_COLLECT_STREAM_DOWNLOAD_ORDER_H
#define POSTERN_COLLECT_STREAM_DOWNLOAD_ORDER_H

#include "collect/answer/answer.h"
#include "collect/stream/file_tries.h"

struct download_place {
    size_t index;      /* of the answer's downloads */
    uint32_t put_last; /* see file_tries_put_last */
};

struct download_order {
    struct download_place *places; /* malloc'ed; NULL: no memory */
    size_t count, left;            /* `left`: without the witness */
    bool is_alone;                 /* one file is not done, and the page has no other */
};

/* `tries` may be NULL. */
struct download_order download_order_new(const struct answer *page, const struct file_tries *tries,
                                         int64_t now_ms, int64_t give_up_ms);

#endif
