/* UTF-8, one sequence at a time. */
#ifndef POSTERN_BASE_UTF8_H
#define POSTERN_BASE_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static inline int utf8_is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The length of the well-formed sequence at `at` (1 to 4); 0 if there is none: a stray byte, an overlong
 * form, a surrogate, over U+10FFFF, or cut off by `end`. */
static inline size_t utf8_sequence(const char *at, const char *end)
{
    unsigned char lead = (unsigned char)*at, second = end - at > 1 ? (unsigned char)at[1] : 0;
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    if (lead < 0xe0) return (second & 0xc0) == 0x80 ? 2 : 0;
    unsigned char lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    size_t length = lead < 0xf0 ? 3 : 4;
    if (second < lowest || second > highest || (size_t)(end - at) < length) return 0;
    if (!utf8_is_continuation(at[2])) return 0;
    return length == 3 || utf8_is_continuation(at[3]) ? length : 0;
}

#endif
