/* Rotated files as gzip. */
#include "packing.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* zlib closes what it was given. */
static gzFile open_copy(int fd, const char *mode)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    gzFile file = copy >= 0 ? gzdopen(copy, mode) : NULL;
    if (!file && copy >= 0) close(copy);
    return file;
}

static bool copy_into(int from, gzFile to)
{
    char part[65536];
    for (;;) {
        ssize_t got = read(from, part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        if (gzwrite(to, part, (unsigned)got) != got) return false;
    }
}

static bool pack(int plain, int packed)
{
    gzFile file = open_copy(packed, "wb6");
    bool good = file && copy_into(plain, file);
    return file && gzclose(file) == Z_OK && good;
}

/* zlib does not always say that the end is cut off: there stands the size of what was packed, modulo 2^32. */
static bool ends_with_size(int packed, int plain)
{
    unsigned char end[4];
    struct stat here, there;
    if (fstat(packed, &here) < 0 || fstat(plain, &there) < 0 || here.st_size < 4 ||
        pread(packed, end, 4, here.st_size - 4) != 4)
        return false;
    uint32_t size = end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 | (uint32_t)end[3] << 24;
    return size == (uint32_t)there.st_size;
}

static bool holds(int packed, int plain)
{
    char part[16384];
    gzFile file = ends_with_size(packed, plain) ? open_copy(packed, "rb") : NULL;
    int got = file ? 1 : -1;
    while (got > 0) {
        got = gzread(file, part, sizeof part);
        if (got > 0 && !plain_goes_on(plain, part, (unsigned long)got)) got = -1;
    }
    bool whole = file && gzclose(file) == Z_OK;
    return whole && got == 0 && plain_ends(plain);
}

const struct packing gzip_packing = {
    .name = "gzip", .suffix = ".gz", .temporary = ".gz.tmp", .pack = pack, .holds = holds};
