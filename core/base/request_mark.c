#include "base/request_mark.h"
#include <string.h>

static const char opens[] = " (request id ";

size_t request_mark_size(const char *at)
{
    size_t size = sizeof opens - 1;
    if (strncmp(at, opens, size) != 0) return 0;
    size += strcspn(at + size, ") ");
    if (at[size] == ' ') return 0; /* somebody's own words: no id has a blank */
    return at[size] ? size + 1 : size;
}

bool request_mark_alike(const char *reason, const char *other)
{
    for (;; reason++, other++) {
        reason += request_mark_size(reason);
        other += request_mark_size(other);
        if (*reason != *other) return false;
        if (!*reason) return true;
    }
}
