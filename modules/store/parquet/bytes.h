/* Bytes that grow in memory of their own; the file's parts are put together in them. */
#ifndef STORE_PARQUET_BYTES_H
#define STORE_PARQUET_BYTES_H

#include <postern/kit.h>
#include <stdlib.h>

/* Once memory was out, `failed` stays set and what follows is left out. */
struct bytes {
    char *data;
    size_t size, capacity;
    bool failed;
};

static inline void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes->capacity - bytes->size < size) {
        size_t capacity = bytes->capacity ? bytes->capacity * 2 : 256;
        if (capacity < bytes->size + size) capacity = bytes->size + size;
        char *grown = (char *)malloc(capacity);
        bytes->failed = bytes->failed || !grown;
        if (!grown) return;
        if (bytes->size) memcpy(grown, bytes->data, bytes->size);
        free(bytes->data);
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    if (size) memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static inline void bytes_add_text(struct bytes *bytes, postern_text text)
{
    bytes_add(bytes, text.data, text.size);
}

static inline void bytes_add_byte(struct bytes *bytes, unsigned char byte)
{
    bytes_add(bytes, &byte, 1);
}

/* Low byte first. */
static inline void bytes_add_fixed(struct bytes *bytes, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes_add_byte(bytes, (unsigned char)(number >> (8 * i)));
}

/* Seven bits a byte, the lowest first. */
static inline void bytes_add_varint(struct bytes *bytes, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        bytes_add_byte(bytes, (unsigned char)(number | 0x80));
    bytes_add_byte(bytes, (unsigned char)number);
}

static inline postern_text bytes_text(const struct bytes *bytes)
{
    return kit_span(bytes->data, bytes->size);
}

static inline void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof *bytes);
}

#endif
