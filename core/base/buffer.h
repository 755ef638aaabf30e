/* Growable bytes with a maximum from birth: `struct buffer b = {.limit = 1 << 20};`
 * After a failed append `failed` is set and stays set, so that one check at the end is enough. */
#ifndef POSTERN_BASE_BUFFER_H
#define POSTERN_BASE_BUFFER_H

#include "base/allocator.h"
#include <postern/module.h>

struct buffer {
    char *data;
    size_t size, capacity;
    size_t limit;                      /* the most that it may hold */
    bool failed;                       /* an append did not fit or memory was out */
    const struct allocator *allocator; /* NULL = malloc */
};

bool buffer_append(struct buffer *buffer, const void *data, size_t size);
bool buffer_append_text(struct buffer *buffer, postern_text text);
bool buffer_append_string(struct buffer *buffer, const char *string);
bool buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for `size` more bytes and returns where they go; add to `size` what was written. NULL if no
 * room. */
char *buffer_reserve(struct buffer *buffer, size_t size);
static inline bool buffer_append_byte(struct buffer *buffer, char byte)
{
    bool has_room = buffer->size < buffer->capacity && !buffer->failed;
    char *place = __builtin_expect(has_room, 1) ? buffer->data + buffer->size : buffer_reserve(buffer, 1);
    if (!place) return false;
    *place = byte;
    buffer->size++;
    return true;
}
postern_text buffer_text(const struct buffer *buffer);
/* The content as a C string, valid until the next append; "" if failed. */
const char *buffer_string(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
void buffer_free(struct buffer *buffer);  /* also as _cleanup_(buffer_free) */

#endif
