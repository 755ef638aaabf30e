/* On how many of a delivery's events its scripts fail: where it is most, the mistake is in the scripts, and
 * dead letters would only fill up with what a mended script takes. Pure. */
#ifndef POSTERN_DELIVER_ROUTE_FAILURE_SHARE_H
#define POSTERN_DELIVER_ROUTE_FAILURE_SHARE_H

#include "config/config.h"

/* Of the newest events, so that many small pages are judged as one large one is. */
struct failure_share {
    int64_t events, failed;
};

/* True if a page with so many events and failures must not go on: by itself, or with those before it. *judged
 * is what it was judged by then. A page without failures always goes on. */
bool failure_share_exceeds(const struct failure_share *share, const struct failure_limit *limit,
                           const struct failure_share *page, struct failure_share *judged);
/* The page goes on. */
void failure_share_add(struct failure_share *share, const struct failure_share *page);

#endif
