/* Lua's patterns, with every step counted against the sandbox's limit. */
#ifndef POSTERN_SANDBOX_PATTERN_H
#define POSTERN_SANDBOX_PATTERN_H

#include "sandbox/state.h"

#define PATTERN_CAPTURES 32

/* One search. Raises Lua errors for malformed patterns. */
struct matcher {
    lua_State *L;
    struct sandbox *sandbox;
    const char *subject, *subject_end;
    const char *pattern_end;
    int depth; /* of recursion that is still allowed */
    int capture_count;
    bool has_starts;    /* a match begins with one of these bytes, ... */
    uint64_t starts[4]; /* ... by a bit each */
    struct {
        const char *start;
        ptrdiff_t size; /* or CAPTURE_OPEN, CAPTURE_POSITION */
    } captures[PATTERN_CAPTURES];
};

void matcher_init(struct matcher *matcher, lua_State *L, const char *subject, size_t subject_size,
                  const char *pattern, size_t pattern_size);
/* The first place from `at` on where a match may begin; NULL if there is none. Costs much less than to try.
 */
const char *matcher_next(struct matcher *matcher, const char *at);
/* Matches `pattern` exactly at `at`; the end of the match or NULL. Forgets the captures of the last time. */
const char *matcher_try(struct matcher *matcher, const char *at, const char *pattern)
    __attribute__((nonnull));
/* Pushes capture `index` (from 0); with no captures, capture 0 is the whole match [start, end). */
void matcher_push_capture(struct matcher *matcher, int index, const char *start, const char *end);
/* Pushes all captures, or the whole match if there are none and start is not NULL. Returns how many. */
int matcher_push_captures(struct matcher *matcher, const char *start, const char *end);

#endif
