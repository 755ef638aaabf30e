/* FNV-1a of 64 bits: spreads, and tells apart where nobody gains by a collision. Where somebody may, there is
 * keyed_hash.h. Its values decide when streams are due and what random numbers a script sees: they stay. */
#ifndef POSTERN_BASE_FNV1A_H
#define POSTERN_BASE_FNV1A_H

#include <postern/module.h>

#define FNV1A_START UINT64_C(0xcbf29ce484222325)

/* Goes on from `hash`, FNV1A_START or what another text gave. */
static inline uint64_t fnv1a(uint64_t hash, postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
