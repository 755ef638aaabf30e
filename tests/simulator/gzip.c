#include "gzip.h"
#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = MAX_WBITS + 16, RAW_WINDOW = -MAX_WBITS, HEAD = 10, TRAILER = 8 };

static void pack_member(struct text *out, const char *data, size_t size)
{
    z_stream stream = {0};
    deflateInit2(&stream, 1, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY);
    uLong bound = deflateBound(&stream, (uLong)size) + HEAD + TRAILER;
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)text_reserve(out, bound);
    stream.avail_out = (uInt)bound;
    deflate(&stream, Z_FINISH);
    out->size += stream.total_out;
    deflateEnd(&stream);
}

void gzip_pack(struct text *out, const char *data, size_t size, unsigned members)
{
    size_t done = 0;
    for (unsigned i = 0; i < members; i++) {
        size_t some = i + 1 == members ? size - done : size / members;
        pack_member(out, data + done, some);
        done += some;
    }
}

/* One member; returns how many bytes it took, 0 if it ends early or makes no sense. */
static size_t unpack_member(const char *packed, size_t size, struct text *out)
{
    if (size <= HEAD || memcmp(packed, "\x1f\x8b\x08\x00", 4) != 0) return 0;
    z_stream stream = {0};
    inflateInit2(&stream, RAW_WINDOW);
    stream.next_in = (Bytef *)(uintptr_t)packed + HEAD;
    stream.avail_in = (uInt)(size - HEAD);
    int result = Z_OK;
    while (result == Z_OK) {
        enum { STEP = 65536 };
        stream.next_out = (Bytef *)text_reserve(out, STEP);
        stream.avail_out = STEP;
        result = inflate(&stream, Z_NO_FLUSH);
        out->size += STEP - stream.avail_out;
        if (result == Z_OK && stream.avail_in == 0 && stream.avail_out) break;
    }
    size_t taken = HEAD + stream.total_in + TRAILER;
    inflateEnd(&stream);
    return result == Z_STREAM_END && taken <= size ? taken : 0;
}

void gzip_unpack(const char *packed, size_t size, struct text *out)
{
    size_t taken = 1;
    while (size && taken) {
        taken = unpack_member(packed, size, out);
        packed += taken;
        size -= taken;
    }
    text_append(out, "", 0);
}
