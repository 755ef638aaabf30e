/* The memory of one Lua state: small blocks from pages of one size class each, large ones from malloc, all
 * under one limit. A page that has become empty serves any other class, so that no pattern of use can waste
 * more than the limit. One thread at a time. */
#ifndef POSTERN_SANDBOX_HEAP_H
#define POSTERN_SANDBOX_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#define HEAP_CLASS_SIZE  16
#define HEAP_SMALL_LIMIT 256 /* larger blocks come from malloc */
#define HEAP_CLASSES     (HEAP_SMALL_LIMIT / HEAP_CLASS_SIZE)

struct heap_page;
struct heap {
    size_t limit;
    size_t used, peak; /* bytes of pages in use and of large blocks */
    bool enforced;     /* the limit holds: while a script runs. The host's own few values may pass it */
    bool refused;      /* the limit made an allocation fail */
    bool starved;      /* the system had no more */
    void (*on_refusal)(void *owner); /* told of each; may be NULL */
    void *owner;
    struct heap_page *with_room[HEAP_CLASSES]; /* per class: pages that have a free block */
    struct heap_page *empty;                   /* pages that belong to no class */
    size_t empty_count;
};

/* A lua_Alloc; `of` is a struct heap (zeroed, `limit` set). */
void *heap_allocate(void *of, void *block, size_t old_size, size_t new_size);

/* Counts memory that lies elsewhere as if a script had asked for it; false, with nothing counted, beyond the
 * limit, which always holds here. */
bool heap_reserve(struct heap *heap, size_t bytes);
void heap_release(struct heap *heap, size_t bytes);

#endif
