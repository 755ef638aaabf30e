#include "journal/sqlite/list_into_arena.h"
#include <string.h>

bool list_into_arena(const struct buffer *list, size_t item_size, postern_arena *arena, void *items,
                     size_t *count)
{
    const char *copy = arena_copy(arena, buffer_text(list)).data;
    if (list->size && !copy) return false;
    memcpy(items, &copy, sizeof copy);
    *count = list->size / item_size;
    return true;
}
