/* Copying short texts without a call: most names and values of events are no longer than 32 bytes. */
#ifndef POSTERN_BASE_SHORT_COPY_H
#define POSTERN_BASE_SHORT_COPY_H

#include <stddef.h>
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

#endif
