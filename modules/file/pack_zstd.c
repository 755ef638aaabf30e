/* Rotated files as zstd: one frame, with a checksum. */
#include "packing.h"
#include <errno.h>
#include <unistd.h>
#include <zstd.h>

#define LEVEL     3
#define PART_SIZE 65536

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static ssize_t read_part(int fd, char part[PART_SIZE])
{
    ssize_t got;
    do {
        got = read(fd, part, PART_SIZE);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* All of the part, and with `mode` ZSTD_e_end the end of the frame. */
static bool pack_part(ZSTD_CCtx *context, ZSTD_inBuffer *in, ZSTD_EndDirective mode, int packed)
{
    char out[PART_SIZE];
    size_t left;
    do {
        ZSTD_outBuffer to = {out, sizeof out, 0};
        left = ZSTD_compressStream2(context, &to, in, mode);
        if (ZSTD_isError(left) || !write_all(packed, out, to.pos)) return false;
    } while (mode == ZSTD_e_end ? left > 0 : in->pos < in->size);
    return true;
}

static bool pack(int plain, int packed)
{
    char part[PART_SIZE];
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ssize_t got = 1;
    bool good = context && !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) &&
                !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1));
    while (good && got > 0) {
        got = read_part(plain, part);
        ZSTD_inBuffer in = {part, got > 0 ? (size_t)got : 0, 0};
        good = got >= 0 && pack_part(context, &in, got > 0 ? ZSTD_e_continue : ZSTD_e_end, packed);
    }
    ZSTD_freeCCtx(context);
    return good;
}

/* *left becomes 0 where a frame ends, with a checksum that is right. */
static bool compare_part(ZSTD_DCtx *context, ZSTD_inBuffer *in, int plain, size_t *left)
{
    char out[PART_SIZE];
    size_t made;
    do {
        ZSTD_outBuffer to = {out, sizeof out, 0};
        *left = ZSTD_decompressStream(context, &to, in);
        if (ZSTD_isError(*left) || !plain_goes_on(plain, out, to.pos)) return false;
        made = to.pos;
    } while (in->pos < in->size || (made == sizeof out && *left));
    return true;
}

static bool holds(int packed, int plain)
{
    char part[PART_SIZE];
    ZSTD_DCtx *context = ZSTD_createDCtx();
    bool good = context != NULL;
    size_t left = 1;
    ssize_t got = 1;
    while (good && got > 0) {
        got = read_part(packed, part);
        ZSTD_inBuffer in = {part, got > 0 ? (size_t)got : 0, 0};
        if (got != 0) good = got > 0 && compare_part(context, &in, plain, &left);
    }
    ZSTD_freeDCtx(context);
    return good && left == 0 && plain_ends(plain);
}

const struct packing zstd_packing = {
    .name = "zstd", .suffix = ".zst", .temporary = ".zst.t", .pack = pack, .holds = holds};
