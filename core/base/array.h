/* Growing arrays: every one that grows by elements takes its memory here. */
#ifndef POSTERN_BASE_ARRAY_H
#define POSTERN_BASE_ARRAY_H

#include "base/allocator.h"
#include <stdbool.h>
#include <stddef.h>

/* Makes room for `needed` elements of `element` bytes; the capacity doubles, up to `limit` elements. `items`
 * points to the variable that holds the array. New elements are not zeroed. False, with all as it was, if
 * memory is out or more than `limit` are needed. */
bool array_reserve(void *items, size_t *capacity, size_t needed, size_t element, size_t limit);

/* The same, with the memory from `allocator` (NULL = malloc). */
bool array_reserve_counted(const struct allocator *allocator, void *items, size_t *capacity, size_t needed,
                           size_t element, size_t limit);

/* Makes room for one more behind `count` elements where no capacity is kept: it grows at 0, 1, 2, 4, 8 ... */
bool array_extend(void *items, size_t count, size_t element);

#endif
