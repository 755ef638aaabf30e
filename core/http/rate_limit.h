/* When to ask again: rate limit headers and Retry-After. Pure functions. */
#ifndef POSTERN_HTTP_RATE_LIMIT_H
#define POSTERN_HTTP_RATE_LIMIT_H

#include <postern/module.h>

/* How long to wait after an answer, ms; 0 = no wait. For a 429, when "remaining" says 0 (whatever the
 * status), or for a 503 with Retry-After. Reads every spelling (X-RateLimit-*, X-Rate-Limit-*, with a
 * vendor's name behind the X-, RateLimit-*) and unit: > 10^12 epoch ms, > 10^9 epoch s, else ms; Retry-After
 * in seconds or as a date; of several the longest. Clamped to 1 s .. 1 h. Told to wait but not for how long:
 * 60 s doubling with `consecutive` (1, 2
 * ..) to 15 min. Headers have lower-case names. */
int64_t rate_limit_wait_ms(int status, const postern_pair *headers, size_t count, int64_t now_wall_ms,
                           int consecutive);

/* What Retry-After says, as seconds or as a date, of several the longest; at most 15 min. 0 = there is none
 * that is still to come. */
int64_t retry_after_ms(const postern_pair *headers, size_t count, int64_t now_wall_ms);

#endif
