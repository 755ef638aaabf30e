/* Exchanges that brought nothing to be read. Pure. */
#ifndef POSTERN_COLLECT_STREAM_EXCHANGE_TROUBLE_H
#define POSTERN_COLLECT_STREAM_EXCHANGE_TROUBLE_H

#include "collect/answer/answer.h"
#include "collect/plan/trouble.h"

/* An exchange that no source gets to see: no HTTP answer at all, a redirect, 429, 5xx. False if a source is
 * to read it. `limited` is the number of 429 in a row before this one. */
bool trouble_of_exchange(const struct http_exchange *exchange, int64_t wall_ms, int limited,
                         struct trouble *trouble);
/* How long the answer asks to wait (http/rate_limit.h). */
int64_t exchange_wait_ms(const struct http_exchange *exchange, int64_t wall_ms, int consecutive);
/* An answer that could not be read or, in steps, not be committed. */
void trouble_of_answer(const struct answer *answer, struct trouble *trouble);
/* The answer passed http.response_limit, and only its headers are there. A source may find the next position
 * in them. */
bool exchange_is_too_large(const struct http_exchange *exchange);

#endif
