/* Counts what was expected and what was seen, by content. */
#ifndef SIMULATOR_TALLY_H
#define SIMULATOR_TALLY_H

#include "event.h"

struct expectation {
    uint64_t key;      /* 0 = free slot */
    uint32_t required; /* must be seen so often */
    uint32_t
        optional; /* may be seen so often beyond that: damaged in the file, or too late to be asked for */
    uint32_t seen;
    uint8_t source;
    char account[20], marker[MARKER_SIZE];
};

struct tally {
    struct expectation *slots;
    size_t count, capacity;
};

/* The slot of `key`, made if it is new. */
struct expectation *tally_add(struct tally *tally, uint64_t key);
/* NULL if it is not there. */
struct expectation *tally_find(const struct tally *tally, uint64_t key);
void tally_free(struct tally *tally);

#endif
