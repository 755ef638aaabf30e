#include "deliver/sink/breaker.h"
#include "base/backoff.h"
#include "base/smaller.h"

#define CONFIG_RETRY_MS  30000 /* the first; the user must act, so nothing is gained by haste */
#define STOPPED_RETRY_MS 1000  /* a sink that gave up though nothing is stopping */

size_t breaker_allows(const struct breaker *breaker, size_t parallel, int64_t now_ms)
{
    if (now_ms < breaker->next_ms) return 0;
    return breaker->state == BREAKER_CLOSED ? parallel : 1;
}

bool breaker_begin(struct breaker *breaker)
{
    bool tries = breaker->state == BREAKER_OPEN;
    if (tries) breaker->state = BREAKER_HALF_OPEN;
    return tries;
}

int64_t breaker_wait_ms(int failures, const postern_error *error, struct random_source *random)
{
    if (error->retry_after_ms > 0) return backoff_asked(error->retry_after_ms);
    int64_t wait = backoff_ms(failures + 1, random);
    return error->code == POSTERN_E_CONFIG ? larger(wait, CONFIG_RETRY_MS) : wait;
}

int64_t breaker_fail(struct breaker *breaker, const postern_error *error, int64_t now_ms, int64_t wall_ms,
                     struct random_source *random)
{
    int64_t wait = breaker_wait_ms(++breaker->failures, error, random);
    breaker->next_ms = now_ms + wait;
    breaker->state = BREAKER_OPEN;
    if (!breaker->since_ms) breaker->since_ms = wall_ms;
    return wait;
}

void breaker_progress(struct breaker *breaker)
{
    breaker->failures = 0;
}

void breaker_give_up(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state == BREAKER_HALF_OPEN) breaker->state = BREAKER_OPEN;
    breaker->next_ms = now_ms + STOPPED_RETRY_MS;
}

void breaker_succeed(struct breaker *breaker)
{
    *breaker = (struct breaker){0};
}

void breaker_restore(struct breaker *breaker, int64_t since_ms)
{
    *breaker = (struct breaker){.state = BREAKER_OPEN, .since_ms = since_ms};
}
