/* Numbers in as few bytes as they need: seven bits a byte, the lowest first. */
#ifndef POSTERN_BASE_VARINT_H
#define POSTERN_BASE_VARINT_H

#include "base/buffer.h"

/* What is left to read; `damaged` stays set, so that one check behind a run of reads is enough. */
struct varint_reader {
    const unsigned char *at, *end;
    bool damaged;
};

static inline bool varint_append(struct buffer *buffer, uint64_t number)
{
    char bytes[10];
    size_t size = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[size++] = (char)(number | 0x80);
    bytes[size++] = (char)number;
    return buffer_append(buffer, bytes, size);
}

static inline uint64_t varint_read(struct varint_reader *reader)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        unsigned char byte = *reader->at++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return number;
    }
    reader->damaged = true;
    return 0;
}

/* So many bytes as they are; they lie where they lay. */
static inline postern_text varint_read_bytes(struct varint_reader *reader, uint64_t size)
{
    if (size > (uint64_t)(reader->end - reader->at)) {
        reader->damaged = true;
        return (postern_text){"", 0};
    }
    postern_text bytes = {(const char *)reader->at, (size_t)size};
    reader->at += size;
    return bytes;
}

/* Small for numbers near zero on both sides of it. */
static inline uint64_t zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

static inline int64_t zigzag_decode(uint64_t number)
{
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

#endif
