/* Deterministic chance: the same seed gives the same world on every machine. */
#ifndef SIMULATOR_RANDOM_H
#define SIMULATOR_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

/* A bijection of 64 bits that spreads every bit (the finaliser of SplitMix64). */
static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline uint64_t mix2(uint64_t a, uint64_t b)
{
    return mix(mix(a + 0x9e3779b97f4a7c15u) ^ (b * 0xd6e8feb86659fd93u + 0x632be59bd9b4e019u));
}

static inline uint64_t mix_text(uint64_t seed, const char *bytes, size_t size)
{
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return mix(hash);
}

static inline uint64_t random_next(struct random *random)
{
    return mix(random->state += 0x9e3779b97f4a7c15u);
}

/* 0 .. limit - 1 */
static inline uint64_t random_below(struct random *random, uint64_t limit)
{
    return random_next(random) % limit;
}

static inline bool random_chance(struct random *random, unsigned per_thousand)
{
    return random_below(random, 1000) < per_thousand;
}

#define PICK(random, list) ((list)[random_below((random), sizeof(list) / sizeof(*(list)))])

#endif
