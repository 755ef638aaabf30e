/* The events that scripts make of one raw event. The n-th of several has "-n" behind the id, and is known by
 * that number. Pure. */
#ifndef POSTERN_DELIVER_ROUTE_OUTPUTS_H
#define POSTERN_DELIVER_ROUTE_OUTPUTS_H

#include "base/arena.h"
#include <stdbool.h>

/* Of n outputs the number `index` + 1; the id as it is if there is one. Empty if out of memory. */
postern_text output_id(postern_arena *arena, postern_text id, size_t index, size_t count);
/* 0: it is the only one. */
size_t output_number(postern_text id);
/* `numbers` such as "1 3"; NULL = none. */
bool output_is_among(const char *numbers, size_t number);

#endif
