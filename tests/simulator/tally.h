/* Counts what was expected and what was seen, by content. */
#ifndef SIMULATOR_TALLY_H
#define SIMULATOR_TALLY_H

#include "event.h"

/* What was expected and seen of one event (or of several that are equal). */
struct expectation {
    uint64_t key;        /* 0 = free slot */
    uint64_t same_as;    /* not 0: this is API 2.0's form of the event with that key */
    uint32_t expected;   /* must be seen so often, but for: */
    uint32_t damaged[2]; /* in the file of API 1.0, of API 2.0: may be seen */
    uint32_t late;       /* beyond `expected`: may be seen */
    uint32_t seen[2];    /* in the form of API 1.0, of API 2.0 */
    uint8_t source;
    bool only_second; /* only API 2.0 has it */
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
