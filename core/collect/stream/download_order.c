#include "collect/stream/download_order.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    const struct download_place *a = left, *b = right;
    if (a->put_last != b->put_last) return a->put_last < b->put_last ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

struct download_place *download_order_new(const struct answer *page, const struct file_tries *tries,
                                          size_t *count)
{
    struct download_place *places = calloc(page->download_count + 1, sizeof *places);
    *count = 0;
    if (!places) return NULL;
    for (size_t i = 0; i < page->download_count; i++) {
        const struct answer_download *file = &page->downloads[i];
        if (file->done) continue;
        places[(*count)++] =
            (struct download_place){i, file_tries_when_last(tries, file_tries_key(file->key))};
    }
    qsort(places, *count, sizeof *places, compare);
    return places;
}
