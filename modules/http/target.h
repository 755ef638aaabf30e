/* A URL in its parts, as a signature wants them: without percent signs. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <postern/kit.h>

#define MOST_QUERY 16

struct target {
    postern_text host; /* with its port, unless that is the scheme's own */
    postern_text path; /* "/" at least */
    postern_pair query[MOST_QUERY];
    size_t query_count;
};

/* What had to be decoded lies in the arena, the rest in the URL. False if out of memory, or for more pairs
 * than there is room for. */
bool target_split(const postern_host *host, postern_arena *arena, postern_text url, struct target *target);

#endif
