#include "base/arena.h"
#include "base/short_copy.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define poison(address, size)   ASAN_POISON_MEMORY_REGION(address, size)
#define unpoison(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define poison(address, size)   ((void)(address), (void)(size))
#define unpoison(address, size) ((void)(address), (void)(size))
#endif

#define FIRST_BLOCK   ((size_t)4096)
#define LARGEST_BLOCK ((size_t)1 << 20)

struct block {
    struct block *next;
    size_t capacity, used;
    _Alignas(16) char data[];
};

struct postern_arena {
    struct block *newest; /* allocations come from this one */
    size_t limit, used, next_size;
    const struct allocator *allocator; /* of the blocks */
};

postern_arena *arena_new(size_t limit)
{
    postern_arena *arena = calloc(1, sizeof *arena);
    if (!arena) return NULL;
    arena->limit = limit;
    arena->next_size = FIRST_BLOCK;
    return arena;
}

postern_arena *arena_new_counted(size_t limit, const struct allocator *allocator)
{
    postern_arena *arena = arena_new(limit);
    if (arena) arena->allocator = allocator;
    return arena;
}

static struct block *add_block(postern_arena *arena, size_t bytes)
{
    size_t capacity = bytes > arena->next_size ? bytes : arena->next_size;
    struct block *block = allocator_resize(arena->allocator, NULL, 0, sizeof *block + capacity);
    if (!block) return NULL;
    *block = (struct block){.next = arena->newest, .capacity = capacity};
    poison(block->data, capacity);
    arena->newest = block;
    if (arena->next_size < LARGEST_BLOCK && arena->next_size < arena->limit / 32) arena->next_size *= 2;
    return block;
}

static void free_block(postern_arena *arena, struct block *block)
{
    unpoison(block->data, block->capacity);
    allocator_free(arena->allocator, block, sizeof *block + block->capacity);
}

static inline void *take(postern_arena *arena, struct block *block, size_t bytes)
{
    void *address = block->data + block->used;
    block->used += bytes;
    arena->used += bytes;
    unpoison(address, bytes);
    return address;
}

/* Out of the way of the many allocations that fit. */
__attribute__((noinline)) static void *take_from_new_block(postern_arena *arena, size_t bytes)
{
    struct block *block = add_block(arena, bytes);
    return block ? take(arena, block, bytes) : NULL;
}

void *arena_allocate_raw(postern_arena *arena, size_t bytes)
{
    const size_t taken = bytes ? (bytes + 15) & ~(size_t)15 : 16;
    if (taken > arena->limit - arena->used || taken < bytes) return NULL;
    struct block *block = arena->newest;
    if (__builtin_expect(block && block->capacity - block->used >= taken, 1))
        return take(arena, block, taken);
    return take_from_new_block(arena, taken);
}

void *arena_allocate(postern_arena *arena, size_t bytes)
{
    void *address = arena_allocate_raw(arena, bytes);
    return address ? memset(address, 0, bytes) : NULL;
}

postern_text arena_copy(postern_arena *arena, postern_text text)
{
    char *copy = arena_allocate_raw(arena, text.size + 1);
    if (!copy) return (postern_text){NULL, 0};
    *copy_short(copy, text.data, text.size) = '\0';
    return (postern_text){copy, text.size};
}

postern_text arena_printf(postern_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = size < 0 ? NULL : arena_allocate_raw(arena, (size_t)size + 1);
    if (text) vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    return (postern_text){text, text ? (size_t)size : 0};
}

bool arena_holds(const postern_arena *arena, const void *place)
{
    uintptr_t at = (uintptr_t)place;
    for (const struct block *block = arena->newest; block; block = block->next)
        if (at >= (uintptr_t)block->data && at - (uintptr_t)block->data < block->used) return true;
    return false;
}

size_t arena_used(const postern_arena *arena)
{
    return arena->used;
}

void arena_reset(postern_arena *arena, size_t keep)
{
    struct block *kept = NULL;
    for (struct block *block = arena->newest, *next; block; block = next) {
        next = block->next;
        if (!kept && block->capacity <= keep) {
            kept = block;
            poison(block->data, block->capacity);
        } else {
            free_block(arena, block);
        }
    }
    if (kept) *kept = (struct block){.capacity = kept->capacity};
    arena->newest = kept;
    arena->used = 0;
    arena->next_size = kept ? kept->capacity : FIRST_BLOCK;
    if (arena->next_size > LARGEST_BLOCK) arena->next_size = LARGEST_BLOCK;
}

struct arena_mark arena_mark(const postern_arena *arena)
{
    const struct block *newest = arena->newest;
    return (struct arena_mark){newest, newest ? newest->used : 0, arena->used};
}

void arena_rewind(postern_arena *arena, struct arena_mark mark, size_t keep)
{
    if (arena->used == mark.used) return;
    if (mark.used == 0) {
        arena_reset(arena, keep);
        return;
    }
    for (struct block *newer = arena->newest; newer != mark.block; newer = arena->newest) {
        arena->newest = newer->next;
        free_block(arena, newer);
    }
    struct block *newest = arena->newest;
    poison(newest->data + mark.block_used, newest->capacity - mark.block_used);
    newest->used = mark.block_used;
    arena->used = mark.used;
    arena->next_size = newest->capacity < LARGEST_BLOCK / 2 ? newest->capacity * 2 : LARGEST_BLOCK;
}

void arena_free(postern_arena *arena)
{
    if (!arena) return;
    arena_reset(arena, 0);
    free(arena);
}

void arena_freep(postern_arena **arena)
{
    arena_free(*arena);
}
