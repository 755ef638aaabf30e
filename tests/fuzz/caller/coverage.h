/* Which C functions a script has called, and which there are. */
#ifndef TESTS_FUZZ_CALLER_COVERAGE_H
#define TESTS_FUZZ_CALLER_COVERAGE_H

#include "base/buffer.h"
#include <stdbool.h>
#include <stdint.h>

#define COVERAGE_LIMIT 512

struct coverage {
    uintptr_t called[COVERAGE_LIMIT]; /* addresses of functions; 0 = free */
    size_t called_count;
};

/* The words between quotes in the sources of all that scripts reach, as the inside of a Lua list. */
void coverage_read_sources(struct coverage *coverage, struct buffer *names);
/* Notes calls in all sandboxes from now on, or does not. */
void coverage_switch(struct coverage *coverage, bool on);
/* How many of the functions were not called yet. */
size_t coverage_missing(const struct coverage *coverage);
/* Prints how many of the functions were called. With `all`, 1 if one was not, else 0. */
int coverage_report(const struct coverage *coverage, bool all);
void coverage_read_file(const char *path, struct buffer *into);

#endif
