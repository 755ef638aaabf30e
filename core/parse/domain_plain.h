/* Names of hosts that are short and of ASCII, as nearly all are: looked at sixteen bytes at a time and
 * without a call. What domain_is_valid knows besides is in domain.c. */
#ifndef POSTERN_PARSE_DOMAIN_PLAIN_H
#define POSTERN_PARSE_DOMAIN_PLAIN_H

#include "base/byte_block.h"

#define DOMAIN_LABEL_LIMIT 63 /* characters */

/* The last label of such is a number: an address, and no name. */
static inline bool domain_ends_in_number(postern_text text)
{
    const char *at = text.data + text.size;
    while (at > text.data && (unsigned char)(at[-1] - '0') < 10)
        at--;
    return at == text.data || at[-1] == '.';
}

#if defined(KIT_VECTOR)
/* What stands in front of a block, as bits of its first byte. */
struct domain_before {
    uint64_t dot, hyphen;
};

/* Whether each byte may stand where it does, in a name of ASCII. */
static inline bool domain_block_is_plain(byte_block block, uint64_t all, struct domain_before *before)
{
    byte_block letters = (byte_block)((block | 0x20) - 'a' < 26), digits = (byte_block)(block - '0' < 10);
    byte_block dot = (byte_block)(block == '.'), hyphen = (byte_block)(block == '-');
    uint64_t plain = byte_block_bits(letters | digits | (byte_block)(block == '_') | dot | hyphen),
             dots = byte_block_bits(dot), hyphens = byte_block_bits(hyphen);
    uint64_t behind_dot = dots << KIT_BITS_OF_A_BYTE | before->dot,
             behind_hyphen = hyphens << KIT_BITS_OF_A_BYTE | before->hyphen;
    const unsigned last = 15 * KIT_BITS_OF_A_BYTE;
    before->dot = dots >> last, before->hyphen = hyphens >> last;
    uint64_t wrong = (dots & (behind_dot | behind_hyphen)) | (hyphens & behind_dot);
    return (all & (wrong | ~plain)) == 0;
}

/* Of at most DOMAIN_LABEL_LIMIT bytes. */
static inline bool domain_bytes_are_plain(postern_text text)
{
    struct domain_before before = {.dot = byte_block_first(1)};
    const char *at = text.data, *end = at + text.size;
    for (; (size_t)(end - at) >= BYTE_BLOCK; at += BYTE_BLOCK)
        if (!domain_block_is_plain(byte_block_at(at), byte_block_first(BYTE_BLOCK), &before)) return false;
    size_t rest = (size_t)(end - at);
    if (rest && !domain_block_is_plain(byte_block_of(at, rest), byte_block_first(rest), &before))
        return false;
    return end[-1] != '-' && end[-1] != '.';
}
#endif

/* A valid name, without a dot at its end, that is so plain; false of others, valid or not. */
static inline bool domain_is_plain(postern_text name)
{
#if defined(KIT_VECTOR)
    return name.size && name.size <= DOMAIN_LABEL_LIMIT && domain_bytes_are_plain(name) &&
           !domain_ends_in_number(name);
#else
    (void)name;
    return false;
#endif
}

#endif
