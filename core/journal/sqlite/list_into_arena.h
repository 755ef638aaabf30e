/* A list that was gathered in a buffer, because nobody knew its length, goes where the caller keeps it. */
#ifndef POSTERN_JOURNAL_SQLITE_LIST_INTO_ARENA_H
#define POSTERN_JOURNAL_SQLITE_LIST_INTO_ARENA_H

#include "base/arena.h"
#include "base/buffer.h"

/* `items` points to the variable that is to hold the array. False, with both as they were, if the arena has
 * no room. */
bool list_into_arena(const struct buffer *list, size_t item_size, postern_arena *arena, void *items,
                     size_t *count);

#endif
