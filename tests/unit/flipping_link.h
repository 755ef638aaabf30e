/* A symbolic link that is turned elsewhere just before the n-th call that asks or opens a path: with n from 1
 * up to the number of calls, every moment of a race is tried once, with nothing left to luck. For tests that
 * link flipping_link. */
#ifndef POSTERN_TESTS_FLIPPING_LINK_H
#define POSTERN_TESTS_FLIPPING_LINK_H

#include <stdbool.h>

/* `link` leads to `before`, and from just before the n-th call on to `after`. */
void flip_arm(const char *link, const char *before, const char *after, unsigned long n);
/* Ends it; true if the link was turned. */
bool flip_disarm(void);
/* What the last dlopen was given, without links, as it was at that moment; "" if none was called. */
extern char flip_loaded[4096];

#endif
