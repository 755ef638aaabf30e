/* Appending short texts without a call: documents are made of many. */
#ifndef POSTERN_BASE_BUFFER_PUT_H
#define POSTERN_BASE_BUFFER_PUT_H

#include "base/buffer.h"
#include "base/short_copy.h"

/* As buffer_append. */
__attribute__((always_inline)) static inline void buffer_put(struct buffer *buffer, const char *data,
                                                             size_t size)
{
    if (buffer->capacity - buffer->size < size && !buffer_reserve(buffer, size)) return;
    copy_short(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

/* With a comma behind it. */
__attribute__((always_inline)) static inline void buffer_put_member(struct buffer *buffer, const char *data,
                                                                    size_t size)
{
    if (buffer->capacity - buffer->size <= size && !buffer_reserve(buffer, size + 1)) return;
    *copy_short(buffer->data + buffer->size, data, size) = ',';
    buffer->size += size + 1;
}

#endif
