/* Finding the byte that needs attention, many bytes at a time. */
#ifndef POSTERN_BASE_JSON_SCAN_H
#define POSTERN_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) && !defined(JSON_SCAN_PORTABLE)
#include <emmintrin.h>
#endif

static inline bool json_byte_is_special(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\';
}

#if defined(__SSE2__) && !defined(JSON_SCAN_PORTABLE)
#define JSON_SCAN_STEP 16

/* A bit for each of the 16 bytes that is a quote, a backslash, a control character, or (if asked) not ASCII.
 */
static inline unsigned json_special_bits(const char *at, bool beyond_ascii)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i special = _mm_or_si128(_mm_or_si128(quote, backslash), control);
    return (unsigned)_mm_movemask_epi8(beyond_ascii ? _mm_or_si128(special, bytes) : special);
}

#define JSON_SPECIAL_INDEX(bits) __builtin_ctz(bits)
#else
#define JSON_SCAN_STEP 8

/* The same for 8 bytes in one integer register; exact for the lowest special byte, which is all that is
 * asked. */
static inline uint64_t json_special_bits(const char *at, bool beyond_ascii)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    uint64_t quote = bytes ^ (ones * '"'), backslash = bytes ^ (ones * '\\');
    uint64_t special =
        ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((bytes - ones * 0x20) & ~bytes);
    return ((beyond_ascii ? special | bytes : special) & highs);
}

#define JSON_SPECIAL_INDEX(bits) (__builtin_ctzll(bits) >> 3)
#endif

/* The first quote, backslash or control character from `at` on (with `beyond_ascii`, also the first byte over
 * 0x7f); `end` if there is none. Never reads at or behind `end`. */
static inline const char *json_find_special(const char *at, const char *end, bool beyond_ascii)
{
    for (; end - at >= JSON_SCAN_STEP; at += JSON_SCAN_STEP) {
        __auto_type bits = json_special_bits(at, beyond_ascii);
        if (bits) return at + JSON_SPECIAL_INDEX(bits);
    }
    while (at < end && !json_byte_is_special((unsigned char)*at) &&
           !(beyond_ascii && (unsigned char)*at > 0x7f))
        at++;
    return at;
}

#endif
