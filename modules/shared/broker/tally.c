#include "shared/broker/tally.h"
#include <time.h>

int64_t broker_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

postern_status broker_tally_begin(struct broker_tally *tally, const postern_host *host,
                                  const postern_call *call, const postern_batch *batch, postern_error *error)
{
    *tally = (struct broker_tally){.batch = batch,
                                   .fates = host->allocate(host, call->arena, batch->count + 1),
                                   .reasons =
                                       host->allocate(host, call->arena, (batch->count + 1) * sizeof(char *)),
                                   .open = batch->count,
                                   .moved_ms = broker_now_ms(),
                                   .status = POSTERN_OK};
    return tally->fates && tally->reasons ? POSTERN_OK : kit_no_memory(error);
}

static bool settle(struct broker_tally *tally, size_t index, enum broker_fate fate)
{
    if (index >= tally->batch->count || tally->fates[index] != BROKER_OPEN) return false;
    tally->fates[index] = (unsigned char)fate;
    tally->open--;
    tally->moved_ms = broker_now_ms();
    return true;
}

void broker_safe(struct broker_tally *tally, size_t index)
{
    settle(tally, index, BROKER_SAFE);
}

void broker_reject(struct broker_tally *tally, size_t index, const char *reason)
{
    if (settle(tally, index, BROKER_REJECTED)) tally->reasons[index] = reason;
}

static int gravity(postern_status status)
{
    return status == POSTERN_E_CONFIG ? 3 : status == POSTERN_OK ? 0 : status == POSTERN_E_STOPPED ? 1 : 2;
}

void broker_fail(struct broker_tally *tally, size_t index, postern_status status, const char *remedy,
                 const char *words)
{
    if (!settle(tally, index, BROKER_FAILED)) return;
    tally->failed++;
    if (gravity(status) <= gravity(tally->status)) return;
    tally->status = status;
    tally->remedy = remedy;
    snprintf(tally->words, sizeof tally->words, "%s", words);
}

void broker_fail_open(struct broker_tally *tally, postern_status status, const char *remedy,
                      const char *words)
{
    for (size_t i = 0; i < tally->batch->count && tally->open; i++)
        broker_fail(tally, i, status, remedy, words);
}

bool broker_is_late(const struct broker_tally *tally, int64_t limit_ms)
{
    return tally->open > 0 && broker_now_ms() - tally->moved_ms >= limit_ms;
}

/* Nothing was lost if the core has no memory for one of these words: the event comes again. */
static postern_status tell(const struct broker_tally *tally, size_t index, postern_result *result)
{
    if (tally->failed && tally->fates[index] == BROKER_SAFE) return result->accept(result, index);
    if (!tally->failed && tally->fates[index] == BROKER_REJECTED)
        return result->reject(result, index, tally->reasons[index]);
    return POSTERN_OK;
}

postern_status broker_tally_end(const struct broker_tally *tally, postern_result *result,
                                postern_error *error)
{
    for (size_t i = 0; i < tally->batch->count; i++) {
        postern_status status = tell(tally, i, result);
        if (status < 0) return kit_fail(error, status, NULL, "out of memory for what became of the events");
    }
    if (!tally->failed) return POSTERN_OK;
    if (tally->failed == tally->batch->count)
        return kit_fail(error, tally->status, tally->remedy, "%s", tally->words);
    return kit_fail(error, tally->status, tally->remedy, "%zu of %zu events: %s", tally->failed,
                    tally->batch->count, tally->words);
}
