/* Most of what a map writes, in one go and without a call. */
#ifndef POSTERN_SCRIPT_MAP_WRITE_PLAIN_H
#define POSTERN_SCRIPT_MAP_WRITE_PLAIN_H

#include "base/short_copy.h"
#include "script/map/run.h"

/* "name":"text", and a comma. False if the value is nothing so plain. */
__attribute__((always_inline)) static inline bool map_write_plain_text(const struct map_run *run,
                                                                       const struct map_target *target,
                                                                       const struct map_value *value)
{
    struct buffer *out = &run->machine->out;
    size_t size = target->label.size + value->text.size + 3;
    if (value->type != POSTERN_JSON_STRING || value->form == TEXT_PLAIN || target->is_list) return false;
    if (out->capacity - out->size < size && !buffer_reserve(out, size)) return false;
    char *at = copy_short(out->data + out->size, target->label.data, target->label.size);
    *at++ = '"';
    at = copy_short(at, value->text.data, value->text.size);
    *at++ = '"';
    *at = ',';
    out->size += size;
    map_take(run, value->origin);
    return true;
}

#endif
