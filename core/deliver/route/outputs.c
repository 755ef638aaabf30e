#include "deliver/route/outputs.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

postern_text output_id(postern_arena *arena, postern_text id, size_t index, size_t count)
{
    if (count == 1) return arena_copy(arena, id);
    return arena_printf(arena, "%.*s-%zu", TEXT_ARGS(id), index + 1);
}

size_t output_number(postern_text id)
{
    const char *dash = id.size ? memrchr(id.data, '-', id.size) : NULL;
    size_t number = 0;
    if (!dash) return 0;
    for (const char *digit = dash + 1; digit < id.data + id.size; digit++)
        number = 10 * number + (size_t)(*digit - '0');
    return number;
}

bool output_is_among(const char *numbers, size_t number)
{
    while (numbers && *numbers) {
        char *end;
        if (strtoull(numbers, &end, 10) == number) return true;
        if (end == numbers) return false;
        numbers = end;
    }
    return false;
}
