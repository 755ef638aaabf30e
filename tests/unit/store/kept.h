/* A host's memory for tests: each piece is kept in a chain, which stands for the arena, and is given back at
 * the end. */
#ifndef TESTS_UNIT_STORE_KEPT_H
#define TESTS_UNIT_STORE_KEPT_H

#include "../unit.h"
#include <stdlib.h>

/* As postern_host.allocate; the arena is a `void *`, NULL at first. */
static inline void *kept_allocate(const postern_host *host, postern_arena *arena, size_t bytes)
{
    (void)host;
    void **kept = (void **)arena;
    void **block = calloc(1, bytes + 16);
    assert_non_null(block);
    *block = *kept;
    *kept = block;
    return (char *)block + 16;
}

static inline void kept_free(void *kept)
{
    while (kept) {
        void *next = *(void **)kept;
        free(kept);
        kept = next;
    }
}

#endif
