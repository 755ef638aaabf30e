#include "collect/stream/download_order.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
    const struct download_place *a = left, *b = right;
    if (a->put_last != b->put_last) return a->put_last < b->put_last ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool is_left(const struct answer *page, const struct download_order *order, const char *key)
{
    for (size_t i = 0; i < order->count; i++)
        if (strcmp(page->downloads[order->places[i].index].key, key) == 0) return true;
    return false;
}

/* Of the files that are done the one that was not to be had longest ago or never, and of these the smallest:
 * it is not read. SIZE_MAX = there is none. */
static size_t find_witness(const struct answer *page, const struct file_tries *tries,
                           const struct download_order *order)
{
    size_t best = SIZE_MAX;
    uint32_t best_last = 0;
    for (size_t i = 0; i < page->download_count; i++) {
        const struct answer_download *file = &page->downloads[i];
        if (!file->done || is_left(page, order, file->key)) continue;
        uint32_t last = file_tries_when_last(tries, file_tries_key(file->key));
        bool is_better = best == SIZE_MAX || last < best_last ||
                         (last == best_last && file->bytes < page->downloads[best].bytes);
        if (!is_better) continue;
        best = i;
        best_last = last;
    }
    return best;
}

struct download_order download_order_new(const struct answer *page, const struct file_tries *tries,
                                         int64_t now_ms, int64_t give_up_ms)
{
    struct download_order order = {.places = calloc(page->download_count + 1, sizeof *order.places)};
    if (!order.places) return order;
    bool any_is_due = false;
    for (size_t i = 0; i < page->download_count; i++) {
        const struct answer_download *file = &page->downloads[i];
        if (file->done) continue;
        uint64_t key = file_tries_key(file->key);
        order.places[order.count++] = (struct download_place){i, file_tries_when_last(tries, key)};
        any_is_due = any_is_due || file_tries_is_due(tries, key, now_ms, give_up_ms);
    }
    qsort(order.places, order.count, sizeof *order.places, compare);
    order.left = order.count;
    if (!any_is_due) return order;
    size_t witness = find_witness(page, tries, &order);
    order.is_alone = order.left == 1 && witness == SIZE_MAX;
    if (witness == SIZE_MAX) return order;
    memmove(order.places + 1, order.places, order.count++ * sizeof *order.places);
    order.places[0] = (struct download_place){.index = witness};
    return order;
}
