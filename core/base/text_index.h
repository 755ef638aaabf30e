/* Where each of many texts stands in a list, without looking at them all. */
#ifndef POSTERN_BASE_TEXT_INDEX_H
#define POSTERN_BASE_TEXT_INDEX_H

#include <stdbool.h>
#include <stddef.h>

struct text_place {
    const char *text;
    size_t place;
};
struct text_index {
    struct text_place *places; /* sorted */
    size_t count;
};

/* In an array that is sorted by the `const char *` at `text_at` of each item: where those with the text
 * begin, should there be any. */
size_t sorted_begin(const void *items, size_t count, size_t item_size, size_t text_at, const char *text);

#define TEXT_NOWHERE ((size_t)-1)

/* `places` has been filled with `count` texts, which stay the caller's as the memory does; it is sorted. */
struct text_index text_index_new(struct text_place *places, size_t count);
/* Where in `places` those of the text begin, should there be any. */
size_t text_index_begin(const struct text_index *index, const char *text);
/* The smallest place of the text, TEXT_NOWHERE if it is not there. */
size_t text_index_find(const struct text_index *index, const char *text);

#endif
