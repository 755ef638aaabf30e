/* Random numbers, injected: the system's in production, a fixed sequence in tests. */
#ifndef POSTERN_BASE_RANDOM_H
#define POSTERN_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_source {
    void (*fill)(struct random_source *source, void *out, size_t size);
    uint64_t state; /* of a fixed sequence */
};

/* The system's generator; every thread may use it. */
struct random_source *random_system(void);
/* A fixed sequence from `seed`, for tests; one thread. */
struct random_source random_fixed(uint64_t seed);

uint64_t random_number(struct random_source *source);
/* Evenly in [0, bound); bound > 0. */
uint64_t random_below(struct random_source *source, uint64_t bound);
/* A fresh GUID, 36 characters and a NUL. */
void random_guid(struct random_source *source, char out[37]);

#endif
