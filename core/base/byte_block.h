/* Sixteen bytes of a text at once: which of them are of a kind is a bit each, as kit_high_bits (KIT_VECTOR,
 * or there are none). Comparisons are written as for one byte: each gives a byte of ones where it holds. */
#ifndef POSTERN_BASE_BYTE_BLOCK_H
#define POSTERN_BASE_BYTE_BLOCK_H

#include "base/short_copy.h"
#include <postern/kit.h>

#if defined(KIT_VECTOR)

#define BYTE_BLOCK ((size_t)16)

typedef uint8_t byte_block __attribute__((vector_size(16)));

static inline byte_block byte_block_at(const char *at)
{
    byte_block block;
    memcpy(&block, at, sizeof block);
    return block;
}

/* Of fewer bytes; zeros follow. */
static inline byte_block byte_block_of(const char *at, size_t size)
{
    char bytes[BYTE_BLOCK] = {0};
    copy_short(bytes, at, size);
    return byte_block_at(bytes);
}

static inline uint64_t byte_block_bits(byte_block bytes)
{
    return kit_high_bits((kit_vector)bytes);
}

/* The bits of the first `size` bytes, of at most 16. */
static inline uint64_t byte_block_first(size_t size)
{
    return size ? ~UINT64_C(0) >> (64 - size * KIT_BITS_OF_A_BYTE) : 0;
}

#endif
#endif
