#include "deliver/route/failure_share.h"

#define RECENT_EVENTS 1000 /* what is older counts for less and less */

static bool is_too_much(const struct failure_share *share, const struct failure_limit *limit)
{
    return limit->percent > 0 && share->failed >= limit->least &&
           share->failed * 100 > share->events * limit->percent;
}

bool failure_share_exceeds(const struct failure_share *share, const struct failure_limit *limit,
                           const struct failure_share *page, struct failure_share *judged)
{
    struct failure_share both = {share->events + page->events, share->failed + page->failed};
    if (page->failed == 0) return false;
    *judged = is_too_much(page, limit) ? *page : both;
    return is_too_much(judged, limit);
}

void failure_share_add(struct failure_share *share, const struct failure_share *page)
{
    share->events += page->events;
    share->failed += page->failed;
    if (share->events <= RECENT_EVENTS) return;
    share->failed = share->failed * RECENT_EVENTS / share->events;
    share->events = RECENT_EVENTS;
}
