/* How long to wait before another try. Pure. */
#ifndef POSTERN_BASE_BACKOFF_H
#define POSTERN_BASE_BACKOFF_H

#include "base/random.h"

/* Exponential back-off with full jitter in its upper half: about 1 s, 2 s, 4 s ... 5 min for attempt 1, 2, 3
 * ... */
int64_t backoff_ms(int attempt, struct random_source *random);

#endif
