/* The memory of a Lua state, in place of core/sandbox/heap.c: the same limit, but each block comes from
 * malloc, so that AddressSanitizer sees who leaves it. */
#include "checked_heap.h"

#include "sandbox/state.h"
#include <stdlib.h>

void (*checked_heap_watch)(lua_State *L);

/* May `bytes` more be used? Notes the refusal. */
static bool take(struct heap *heap, size_t bytes, bool enforced)
{
    if (enforced && (heap->used >= heap->limit || bytes > heap->limit - heap->used)) {
        heap->refused = true;
        if (heap->on_refusal) heap->on_refusal(heap->owner);
        return false;
    }
    heap->used += bytes;
    if (heap->used > heap->peak) heap->peak = heap->used;
    return true;
}

bool heap_reserve(struct heap *heap, size_t bytes)
{
    return take(heap, bytes, true);
}

void heap_release(struct heap *heap, size_t bytes)
{
    heap->used -= bytes;
}

void *heap_allocate(void *of, void *block, size_t old_size, size_t new_size)
{
    struct heap *heap = of;
    const struct sandbox *sandbox = heap->owner;
    if (checked_heap_watch && sandbox) checked_heap_watch(sandbox->lua);
    if (!block) old_size = 0; /* it is a kind of object */
    if (new_size > old_size && !take(heap, new_size - old_size, heap->enforced)) return NULL;
    if (new_size < old_size) heap->used -= old_size - new_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}
