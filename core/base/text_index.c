#include "base/text_index.h"
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct text_place *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

struct text_index text_index_new(struct text_place *places, size_t count)
{
    if (count) qsort(places, count, sizeof *places, compare);
    return (struct text_index){places, count};
}

size_t sorted_begin(const void *items, size_t count, size_t item_size, size_t text_at, const char *text)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *found;
        memcpy(&found, (const char *)items + middle * item_size + text_at, sizeof found);
        if (strcmp(found, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t text_index_begin(const struct text_index *index, const char *text)
{
    return sorted_begin(index->places, index->count, sizeof *index->places, offsetof(struct text_place, text),
                        text);
}

size_t text_index_find(const struct text_index *index, const char *text)
{
    size_t low = text_index_begin(index, text);
    bool found = low < index->count && strcmp(index->places[low].text, text) == 0;
    return found ? index->places[low].place : TEXT_NOWHERE;
}
