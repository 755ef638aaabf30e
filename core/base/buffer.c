#include "base/buffer.h"
#include "base/short_copy.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Out of the way of the many appends that fit. */
__attribute__((noinline)) static char *grow(struct buffer *buffer, size_t size)
{
    if (size > buffer->limit || buffer->size > buffer->limit - size) {
        buffer->failed = true;
        return NULL;
    }
    size_t wanted = buffer->capacity ? buffer->capacity * 2 : 256;
    if (wanted < buffer->size + size) wanted = buffer->size + size;
    if (wanted > buffer->limit) wanted = buffer->limit;
    if (wanted == 0) wanted = 1;
    char *data = allocator_resize(buffer->allocator, buffer->data, buffer->capacity, wanted);
    if (!data) {
        buffer->failed = true;
        return NULL;
    }
    buffer->data = data;
    buffer->capacity = wanted;
    return data + buffer->size;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    if (buffer->failed) return NULL;
    if (buffer->capacity - buffer->size >= size && buffer->data) return buffer->data + buffer->size;
    return grow(buffer, size);
}

bool buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    char *place = buffer_reserve(buffer, size);
    if (!place) return false;
    copy_short(place, data, size);
    buffer->size += size;
    return true;
}

bool buffer_append_text(struct buffer *buffer, postern_text text)
{
    return buffer_append(buffer, text.data, text.size);
}

bool buffer_append_string(struct buffer *buffer, const char *string)
{
    return buffer_append(buffer, string, strlen(string));
}

bool buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text) vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    if (!text) return buffer->failed = true, false;
    bool appended = buffer_append(buffer, text, (size_t)size);
    free(text);
    return appended;
}

postern_text buffer_text(const struct buffer *buffer)
{
    return (postern_text){buffer->data, buffer->size};
}

const char *buffer_string(struct buffer *buffer)
{
    char *end = buffer_reserve(buffer, 1);
    if (!end) return "";
    *end = '\0';
    return buffer->data;
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

void buffer_free(struct buffer *buffer)
{
    allocator_free(buffer->allocator, buffer->data, buffer->capacity);
    *buffer = (struct buffer){.limit = buffer->limit, .allocator = buffer->allocator};
}
