/* The memory of a Lua state, in place of core/sandbox/heap.c: the same limit, but each block comes from
 * malloc, so that AddressSanitizer sees who leaves it. */
#include "checked_heap.h"

#include "base/random.h"
#include "sandbox/state.h"
#include <stdlib.h>

void (*checked_heap_watch)(lua_State *L);

static struct random_source random_refusals;
static uint64_t refuse_every, refuse_in;

void checked_heap_refuse(uint32_t every, uint64_t seed)
{
    random_refusals = random_fixed(seed);
    refuse_every = refuse_in = every;
}

/* Lua collects and asks once more: a refusal is three. */
static bool is_refused_at_random(void)
{
    if (refuse_every == 0 || refuse_in-- > 3) return false;
    if (refuse_in == 0) refuse_in = 4 + random_below(&random_refusals, 2 * refuse_every);
    return true;
}

/* May `bytes` more be used? Notes the refusal. */
static bool take(struct heap *heap, size_t bytes, bool enforced)
{
    bool is_full = heap->used >= heap->limit || bytes > heap->limit - heap->used;
    if (enforced && (is_full || is_refused_at_random())) {
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
