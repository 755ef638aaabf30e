/* English for counts: "1 event waits", "2 events wait". */
#ifndef POSTERN_BASE_PLURAL_H
#define POSTERN_BASE_PLURAL_H

#include <stdint.h>

/* The ending of what is counted: "%lld event%s". */
static inline const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

/* The ending of what it does: "wait%s". */
static inline const char *plural_verb(int64_t count)
{
    return count == 1 ? "s" : "";
}

static inline const char *plural_are(int64_t count)
{
    return count == 1 ? "is" : "are";
}

#endif
