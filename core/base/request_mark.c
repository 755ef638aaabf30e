#include "base/request_mark.h"
#include <string.h>

static const char opens[] = " (request id ", goes_on[] = ", id-2 ";

static size_t id_size(const char *at)
{
    return strcspn(at, ") ");
}

/* From the last byte before a blank: what tells the second id, or what a limit has left of that. 0: it does
 * not. */
static size_t going_on(const char *at)
{
    size_t size = strnlen(at, sizeof goes_on - 1);
    return strncmp(at, goes_on, size) == 0 ? size : 0;
}

size_t request_mark_size(const char *at)
{
    size_t size = sizeof opens - 1;
    if (strncmp(at, opens, size) != 0) return 0;
    size += id_size(at + size);
    if (at[size] == ' ') {
        size_t more = going_on(at + size - 1);
        if (more == 0) return 0; /* somebody's own words: no id has a blank */
        size += more - 1;
        size += id_size(at + size);
        if (at[size] == ' ') return 0;
    }
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
