/* Of postern/kit.h, which is what a module includes: finding the byte that needs attention, many at a time.
 *
 * SSE2 on x86-64, NEON on ARM, whole words elsewhere. Nothing is read in front of `at`, at `end` or behind
 * it. The _slowly functions say what the fast ones must find; the tests hold them against each other. Not 32
 * bytes at a time: in events a quote stands at every sixth to eighth byte, and AVX2 took a tenth longer. */
#ifndef POSTERN_KIT_SCAN_H
#define POSTERN_KIT_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What cannot stand in a JSON string as it is. */
static inline bool kit_is_special(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* The first quote, backslash or control character from `at` on (with `beyond_ascii`, also the first byte over
 * 0x7f); `end` if there is none. */
static inline const char *kit_find_special_slowly(const char *at, const char *end, bool beyond_ascii)
{
    while (at < end && !kit_is_special(*at) && !(beyond_ascii && (unsigned char)*at > 0x7f))
        at++;
    return at;
}

static inline const char *kit_find_beyond_ascii_slowly(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at < 0x80)
        at++;
    return at;
}

/* ---- Eight bytes in one integer register ---- */

static inline uint64_t kit_word(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

#define KIT_EACH_BYTE(byte) ((uint64_t)(byte)*UINT64_C(0x0101010101010101))

/* The high bit of each byte that is a quote, a backslash, a control character, or (if asked) not ASCII. Exact
 * for the lowest such byte, which is all that is asked. */
static inline uint64_t kit_special_in_word(uint64_t bytes, bool beyond_ascii)
{
    const uint64_t ones = KIT_EACH_BYTE(1), quote = bytes ^ KIT_EACH_BYTE('"'),
                   backslash = bytes ^ KIT_EACH_BYTE('\\');
    const uint64_t special = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                             ((bytes - KIT_EACH_BYTE(0x20)) & ~bytes);
    return (beyond_ascii ? special | bytes : special) & KIT_EACH_BYTE(0x80);
}

/* Which byte the lowest bit stands for. */
static inline size_t kit_byte_of_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return (size_t)__builtin_ctzll(bits) >> 3;
#else
    size_t byte = 0;
    for (; !(bits & 0xff); bits >>= 8)
        byte++;
    return byte;
#endif
}

/* The bytes from `at` on, of which there are four to seven: its first four and its last four. */
static inline const char *kit_find_special_in_halves(const char *at, const char *end, bool beyond_ascii)
{
    char halves[8];
    memcpy(halves, at, 4);
    memcpy(halves + 4, end - 4, 4);
    const uint64_t bits = kit_special_in_word(kit_word(halves), beyond_ascii);
    if (!bits) return end;
    const size_t byte = kit_byte_of_bit(bits);
    return byte < 4 ? at + byte : end - 8 + byte;
}

/* What is no whole word at the end is looked at with what stands in front of it, where nothing was found. */
static inline const char *kit_find_special_in_words(const char *at, const char *end, bool beyond_ascii)
{
    const char *begin = at;
    for (; end - at >= 8; at += 8) {
        const uint64_t bits = kit_special_in_word(kit_word(at), beyond_ascii);
        if (bits) return at + kit_byte_of_bit(bits);
    }
    if (at < end && end - begin >= 8) {
        const uint64_t bits = kit_special_in_word(kit_word(end - 8), beyond_ascii);
        return bits ? end - 8 + kit_byte_of_bit(bits) : end;
    }
    if (end - at >= 4) return kit_find_special_in_halves(at, end, beyond_ascii);
    return kit_find_special_slowly(at, end, beyond_ascii);
}

static inline const char *kit_find_beyond_ascii_in_words(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        const uint64_t bits = kit_word(at) & KIT_EACH_BYTE(0x80);
        if (bits) return at + kit_byte_of_bit(bits);
    }
    return kit_find_beyond_ascii_slowly(at, end);
}

/* ---- Sixteen bytes in a vector ---- */

#if defined(__SSE2__)
#define KIT_VECTOR 1
typedef __m128i kit_vector;

static inline kit_vector kit_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* A byte of ones, or at least its high bit, for each that is special. */
static inline kit_vector kit_special_in_vector(kit_vector bytes, bool beyond_ascii)
{
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i special = _mm_or_si128(_mm_or_si128(quote, backslash), control);
    return beyond_ascii ? _mm_or_si128(special, bytes) : special;
}

static inline kit_vector kit_either(kit_vector a, kit_vector b)
{
    return _mm_or_si128(a, b);
}

/* A bit for each byte with its high bit set, the first one lowest. */
static inline uint64_t kit_high_bits(kit_vector bytes)
{
    return (unsigned)_mm_movemask_epi8(bytes);
}

#define KIT_BITS_OF_A_BYTE 1
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define KIT_VECTOR 1
typedef uint8x16_t kit_vector;

static inline kit_vector kit_load(const char *at)
{
    return vld1q_u8((const uint8_t *)at);
}

static inline kit_vector kit_special_in_vector(kit_vector bytes, bool beyond_ascii)
{
    const uint8x16_t quote = vceqq_u8(bytes, vdupq_n_u8('"')), backslash = vceqq_u8(bytes, vdupq_n_u8('\\'));
    const uint8x16_t special = vorrq_u8(vorrq_u8(quote, backslash), vcltq_u8(bytes, vdupq_n_u8(0x20)));
    return beyond_ascii ? vorrq_u8(special, bytes) : special;
}

static inline kit_vector kit_either(kit_vector a, kit_vector b)
{
    return vorrq_u8(a, b);
}

/* There is no movemask: each byte is narrowed to four bits. */
static inline uint64_t kit_high_bits(kit_vector bytes)
{
    const uint8x16_t high = vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(bytes), 7));
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(high), 4)), 0);
}

#define KIT_BITS_OF_A_BYTE 4
#endif

#if defined(KIT_VECTOR)
static inline const char *kit_at_first(const char *at, uint64_t bits)
{
    return at + (size_t)__builtin_ctzll(bits) / KIT_BITS_OF_A_BYTE;
}
#endif

/* ---- The fast ones ---- */

/* As kit_find_special_slowly. */
static inline const char *kit_find_special(const char *at, const char *end, bool beyond_ascii)
{
#if defined(KIT_VECTOR)
    for (; end - at >= 16; at += 16) {
        const uint64_t bits = kit_high_bits(kit_special_in_vector(kit_load(at), beyond_ascii));
        if (bits) return kit_at_first(at, bits);
    }
#endif
    return kit_find_special_in_words(at, end, beyond_ascii);
}

/* The first byte over 0x7f, `end` if there is none. */
static inline const char *kit_find_beyond_ascii(const char *at, const char *end)
{
#if defined(KIT_VECTOR)
    for (; end - at >= 64; at += 64) {
        const kit_vector front = kit_either(kit_load(at), kit_load(at + 16));
        const kit_vector back = kit_either(kit_load(at + 32), kit_load(at + 48));
        if (kit_high_bits(kit_either(front, back))) break;
    }
    for (; end - at >= 16; at += 16) {
        const uint64_t bits = kit_high_bits(kit_load(at));
        if (bits) return kit_at_first(at, bits);
    }
#endif
    return kit_find_beyond_ascii_in_words(at, end);
}

#ifdef __cplusplus
}
#endif
#endif
