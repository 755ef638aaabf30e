#include "collect/plan/schedule.h"
#include "base/smaller.h"

#include "base/backoff.h"
#include "base/fnv1a.h"
#include "base/text.h"

/* Places so close become one: streams that ask together share each waking of the threads, which costs more
 * than the poll itself. At most a share of the interval. */
#define TOGETHER_MS    250
#define TOGETHER_SHARE 100

int64_t schedule_phase(const char *account, const char *stream, int64_t interval_ms)
{
    if (interval_ms <= 0) return 0;
    uint64_t hash = fnv1a(fnv1a(FNV1A_START, text_of(account)), text_of("/"));
    hash = fnv1a(hash, text_of(stream));
    hash ^= hash >> 32;
    int64_t phase = (int64_t)(hash % (uint64_t)interval_ms);
    int64_t together = larger(smaller(TOGETHER_MS, interval_ms / TOGETHER_SHARE), 1);
    return phase - phase % together;
}

int64_t schedule_first_due(int64_t now_ms, size_t index, size_t count, int64_t starts_per_second,
                           int64_t interval_ms)
{
    if (starts_per_second == 0) return now_ms;
    int64_t spread = (int64_t)count * 1000 / starts_per_second;
    if (spread <= interval_ms) return now_ms + (int64_t)index * 1000 / starts_per_second;
    return now_ms + (int64_t)((double)interval_ms * (double)index / (double)count);
}

int64_t schedule_next_due(int64_t now_ms, int64_t interval_ms, int64_t phase_ms)
{
    if (interval_ms <= 0) return now_ms;
    int64_t earliest = now_ms + (interval_ms + 1) / 2;
    int64_t past = (earliest - phase_ms) % interval_ms;
    if (past < 0) past += interval_ms;
    return past ? earliest + interval_ms - past : earliest;
}

/* What the vendor's rate limit asked for is not shortened. */
static void wait_until(struct pace *pace, int64_t at_ms)
{
    if (at_ms > pace->not_before_ms) pace->not_before_ms = at_ms;
}

void pace_failed(struct pace *pace, int64_t now_ms, int64_t at_least_ms, struct random_source *random)
{
    if (pace->failures < INT32_MAX) pace->failures++;
    int64_t wait = backoff_ms(pace->failures, random);
    wait_until(pace, now_ms + larger(wait, at_least_ms));
}

void pace_limited(struct pace *pace, int64_t now_ms, int64_t wait_ms)
{
    if (pace->limited < INT16_MAX) pace->limited++;
    pace->not_before_ms = now_ms + wait_ms;
}

void pace_restarted(struct pace *pace, int64_t now_ms, struct random_source *random)
{
    pace->due_ms = now_ms;
    pace->attempt = 1;
    if (pace->restarts > 0) wait_until(pace, now_ms + backoff_ms(pace->restarts, random));
    if (pace->restarts < INT16_MAX) pace->restarts++;
}

void pace_stalled(struct pace *pace, int64_t now_ms, struct random_source *random)
{
    if (pace->stalls < INT16_MAX) pace->stalls++;
    pace->due_ms = now_ms;
    wait_until(pace, now_ms + backoff_ms(pace->stalls, random));
}

void pace_succeeded(struct pace *pace)
{
    pace->failures = pace->limited = 0;
    pace->attempt = 1;
}
