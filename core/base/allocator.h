/* Where memory comes from that somebody counts; what grows asks there instead of malloc. */
#ifndef POSTERN_BASE_ALLOCATOR_H
#define POSTERN_BASE_ALLOCATOR_H

#include <stddef.h>
#include <stdlib.h>

struct allocator {
    /* As realloc, and size 0 frees: NULL, with the block as it was, if there is no more. Making a block
     * smaller never fails. */
    void *(*resize)(void *owner, void *block, size_t old_size, size_t new_size);
    void *owner;
};

/* `allocator` NULL: malloc's. */
static inline void *allocator_resize(const struct allocator *allocator, void *block, size_t old_size,
                                     size_t new_size)
{
    if (allocator) return allocator->resize(allocator->owner, block, old_size, new_size);
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static inline void allocator_free(const struct allocator *allocator, void *block, size_t size)
{
    if (block) allocator_resize(allocator, block, size, 0);
}

#endif
