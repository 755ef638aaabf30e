#include "base/backoff.h"

#define BACKOFF_MOST_MS ((int64_t)5 * 60 * 1000)
#define ASKED_MOST_MS   ((int64_t)24 * 60 * 60 * 1000)

int64_t backoff_ms(int attempt, struct random_source *random)
{
    int64_t whole = 1000;
    for (int i = 1; i < attempt && whole < BACKOFF_MOST_MS; i++)
        whole *= 2;
    if (whole > BACKOFF_MOST_MS) whole = BACKOFF_MOST_MS;
    return whole / 2 + (int64_t)random_below(random, (uint64_t)(whole / 2) + 1);
}

int64_t backoff_asked(int64_t retry_after_ms)
{
    if (retry_after_ms < 0) return 0;
    return retry_after_ms < ASKED_MOST_MS ? retry_after_ms : ASKED_MOST_MS;
}
