/* Bump allocation with a hard limit: what one call or one page needs, freed at once. One thread at a time. */
#ifndef POSTERN_BASE_ARENA_H
#define POSTERN_BASE_ARENA_H

#include "base/allocator.h"
#include <postern/module.h>

/* A new arena that holds at most `limit` bytes; NULL if out of memory. Takes no memory to speak of until
 * used. */
postern_arena *arena_new(size_t limit);
/* The same, with its blocks from `allocator`, which must live longer. */
postern_arena *arena_new_counted(size_t limit, const struct allocator *allocator);
/* Zeroed, aligned to 16 bytes; NULL if the limit is reached or memory is out. */
void *arena_allocate(postern_arena *arena, size_t bytes);
/* Not zeroed, for buffers that are written at once. */
void *arena_allocate_raw(postern_arena *arena, size_t bytes);
/* A copy with a NUL behind it (not counted); an empty text with data NULL if there is no room. */
postern_text arena_copy(postern_arena *arena, postern_text text);
postern_text arena_printf(postern_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* True if that place was handed out, since the last reset. */
bool arena_holds(const postern_arena *arena, const void *place);
/* Bytes handed out since the last reset. */
size_t arena_used(const postern_arena *arena);
/* A place to go back to: what was allocated behind it is forgotten, last in, first out. An arena that becomes
 * empty keeps at most `keep` bytes, as with arena_reset. */
struct arena_mark {
    const void *block;
    size_t block_used, used;
};
struct arena_mark arena_mark(const postern_arena *arena);
void arena_rewind(postern_arena *arena, struct arena_mark mark, size_t keep);
/* Forgets all allocations, keeps at most `keep` bytes of memory for the next use. */
void arena_reset(postern_arena *arena, size_t keep);
void arena_free(postern_arena *arena);
void arena_freep(postern_arena **arena);

#endif
