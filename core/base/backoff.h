/* How long to wait before another try. Pure. */
#ifndef POSTERN_BASE_BACKOFF_H
#define POSTERN_BASE_BACKOFF_H

#include "base/random.h"

/* Exponential back-off with full jitter in its upper half: about 1 s, 2 s, 4 s ... 5 min for attempt 1, 2, 3
 * ... */
int64_t backoff_ms(int attempt, struct random_source *random);

/* What somebody asked for (postern_error.retry_after_ms), at most a day and not below 0: a slip of a module
 * shall not stop a stream or a sink for ever. */
int64_t backoff_asked(int64_t retry_after_ms);

#endif
