/* The smaller and the larger of two numbers. */
#ifndef POSTERN_BASE_SMALLER_H
#define POSTERN_BASE_SMALLER_H

#include <stddef.h>
#include <stdint.h>

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline size_t smaller_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
