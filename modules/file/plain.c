/* Comparing a plain file with what comes out of a packed one, piece by piece. */
#include "packing.h"
#include <string.h>
#include <unistd.h>

bool plain_goes_on(int plain, const char *bytes, unsigned long size)
{
    char part[16384];
    while (size) {
        ssize_t got = read(plain, part, size < sizeof part ? size : sizeof part);
        if (got <= 0 || memcmp(part, bytes, (size_t)got) != 0) return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

bool plain_ends(int plain)
{
    char more;
    return read(plain, &more, 1) == 0;
}
