#include "base/array.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)16)

static bool resize(const struct allocator *allocator, void *items, size_t old_capacity, size_t capacity,
                   size_t element)
{
    void *array;
    size_t bytes;
    memcpy(&array, items, sizeof array);
    if (__builtin_mul_overflow(capacity, element, &bytes)) return false;
    array = allocator_resize(allocator, array, old_capacity * element, bytes);
    if (!array) return false;
    memcpy(items, &array, sizeof array);
    return true;
}

bool array_reserve_counted(const struct allocator *allocator, void *items, size_t *capacity, size_t needed,
                           size_t element, size_t limit)
{
    if (needed <= *capacity) return true;
    if (needed > limit) return false;
    size_t wanted = *capacity ? *capacity : FIRST_CAPACITY;
    while (wanted < needed)
        wanted = wanted > SIZE_MAX / 2 ? needed : wanted * 2;
    if (wanted > limit) wanted = limit;
    if (!resize(allocator, items, *capacity, wanted, element)) return false;
    *capacity = wanted;
    return true;
}

bool array_reserve(void *items, size_t *capacity, size_t needed, size_t element, size_t limit)
{
    return array_reserve_counted(NULL, items, capacity, needed, element, limit);
}

bool array_extend(void *items, size_t count, size_t element)
{
    bool is_full = (count & (count - 1)) == 0;
    return !is_full || resize(NULL, items, 0, count ? count * 2 : 1, element);
}
