#include "exec_sink.h"
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const struct tally_place *first = a, *second = b;
    size_t size = first->id.size < second->id.size ? first->id.size : second->id.size;
    int order = size ? memcmp(first->id.data, second->id.data, size) : 0;
    if (order) return order;
    return (first->id.size > second->id.size) - (first->id.size < second->id.size);
}

postern_status tally_begin(struct tally *tally, const postern_host *host, postern_arena *arena,
                           const postern_batch *batch)
{
    *tally = (struct tally){.batch = batch,
                            .standings = host->allocate(host, arena, batch->count * sizeof *tally->standings),
                            .by_id = host->allocate(host, arena, batch->count * sizeof *tally->by_id),
                            .open = batch->count};
    if (!tally->standings || !tally->by_id) return POSTERN_E_MEMORY;
    for (size_t i = 0; i < batch->count; i++)
        tally->by_id[i] = (struct tally_place){batch->events[i]->id, i};
    qsort(tally->by_id, batch->count, sizeof *tally->by_id, compare);
    return POSTERN_OK;
}

static void settle(struct tally *tally, size_t index, enum standing standing)
{
    if (tally->standings[index] != STANDING_OPEN) return;
    tally->standings[index] = standing;
    tally->retries += standing == STANDING_RETRY;
    tally->open--;
}

/* All of that id, *first and up to *end in by_id; a batch may hold an event twice, after a replay. */
static bool find(const struct tally *tally, postern_text id, size_t *first, size_t *end)
{
    const struct tally_place wanted = {id, 0};
    const struct tally_place *found =
        bsearch(&wanted, tally->by_id, tally->batch->count, sizeof *tally->by_id, compare);
    if (!found) return false;
    *first = *end = (size_t)(found - tally->by_id);
    while (*first > 0 && compare(&tally->by_id[*first - 1], &wanted) == 0)
        --*first;
    while (*end < tally->batch->count && compare(&tally->by_id[*end], &wanted) == 0)
        ++*end;
    return true;
}

static enum standing standing_of(const struct reply *answer)
{
    return answer->kind == ANSWER_REJECT  ? STANDING_REJECTED
           : answer->kind == ANSWER_RETRY ? STANDING_RETRY
                                          : STANDING_OK;
}

static void settle_up_to(struct tally *tally, size_t end, enum standing standing)
{
    for (size_t i = 0; i < end; i++)
        settle(tally, i, standing);
}

bool tally_take(struct tally *tally, const struct reply *answer, size_t sent,
                void (*reject)(void *context, size_t index), void *context)
{
    size_t first, end, last = 0;
    enum standing standing = standing_of(answer);
    if (answer->is_for_all) {
        settle_up_to(tally, tally->batch->count, standing);
        return true;
    }
    if (!find(tally, answer->id, &first, &end)) return false;
    for (size_t i = first; i < end; i++)
        if (tally->by_id[i].index >= sent) return false;
    for (size_t i = first; i < end; i++) {
        size_t index = tally->by_id[i].index;
        if (standing == STANDING_REJECTED && tally->standings[index] == STANDING_OPEN) reject(context, index);
        settle(tally, index, standing);
        if (index >= last) last = index + 1;
    }
    if (answer->kind == ANSWER_OK_UP_TO) settle_up_to(tally, last, standing);
    return true;
}

const postern_sink_event *tally_first_open(const struct tally *tally)
{
    for (size_t i = 0; i < tally->batch->count; i++)
        if (tally->standings[i] == STANDING_OPEN) return tally->batch->events[i];
    return NULL;
}
