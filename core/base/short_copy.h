/* Copying and comparing short texts without a call: most names and values of events are no longer than 32
 * bytes. */
#ifndef POSTERN_BASE_SHORT_COPY_H
#define POSTERN_BASE_SHORT_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Two pieces of `width` bytes from both ends, which may overlap; needs width <= size <= 2 * width. */
#define COPY_ENDS(to, from, size, width)                                                                     \
    do {                                                                                                     \
        char first_[width], last_[width];                                                                    \
        memcpy(first_, from, width);                                                                         \
        memcpy(last_, (from) + (size) - (width), width);                                                     \
        memcpy(to, first_, width);                                                                           \
        memcpy((to) + (size) - (width), last_, width);                                                       \
    } while (0)

/* As mempcpy. Left to itself the compiler makes a call of it. */
__attribute__((always_inline)) static inline char *copy_short(char *to, const char *from, size_t size)
{
    if (size > 32)
        memcpy(to, from, size);
    else if (size >= 16)
        COPY_ENDS(to, from, size, 16);
    else if (size >= 8)
        COPY_ENDS(to, from, size, 8);
    else if (size >= 4)
        COPY_ENDS(to, from, size, 4);
    else
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    return to + size;
}

/* Whether texts of once to twice the size of the type differ. */
#define ENDS_DIFFER(type, a, b, size)                                                                        \
    __extension__({                                                                                          \
        type a_first_, a_last_, b_first_, b_last_;                                                           \
        memcpy(&a_first_, a, sizeof a_first_);                                                               \
        memcpy(&b_first_, b, sizeof b_first_);                                                               \
        memcpy(&a_last_, (a) + (size) - sizeof a_last_, sizeof a_last_);                                     \
        memcpy(&b_last_, (b) + (size) - sizeof b_last_, sizeof b_last_);                                     \
        ((a_first_ ^ b_first_) | (a_last_ ^ b_last_)) != 0;                                                  \
    })

/* As memcmp == 0. */
__attribute__((always_inline)) static inline bool equal_short(const char *a, const char *b, size_t size)
{
    if (size > 16) return memcmp(a, b, size) == 0;
    if (size >= 8) return !ENDS_DIFFER(uint64_t, a, b, size);
    if (size >= 4) return !ENDS_DIFFER(uint32_t, a, b, size);
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i]) return false;
    return true;
}

#endif
