#include "collect/plan/source_starts.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct source_start *x = a, *y = b;
    if (x->account_id != y->account_id) return x->account_id < y->account_id ? -1 : 1;
    int names = strcmp(x->source, y->source);
    return names ? names : (x->begins_ms > y->begins_ms) - (x->begins_ms < y->begins_ms);
}

bool source_starts_add(struct source_starts *starts, int64_t account_id, const char *source,
                       int64_t begins_ms)
{
    if (!array_extend(&starts->items, starts->count, sizeof *starts->items)) return false;
    starts->items[starts->count++] = (struct source_start){account_id, source, begins_ms};
    return true;
}

void source_starts_sort(struct source_starts *starts)
{
    if (starts->count) qsort(starts->items, starts->count, sizeof *starts->items, compare);
}

int64_t source_starts_find(const struct source_starts *starts, int64_t account_id, const char *source)
{
    const struct source_start wanted = {account_id, source, INT64_MIN};
    size_t low = 0, high = starts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&starts->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == starts->count || starts->items[low].account_id != account_id ||
        strcmp(starts->items[low].source, source) != 0)
        return INT64_MIN;
    return starts->items[low].begins_ms;
}

void source_starts_clear(struct source_starts *starts)
{
    free(starts->items);
    *starts = (struct source_starts){0};
}
