/* Packs bytes with gzip, for tests. */
#ifndef TEST_GZIP_BUILDER_H
#define TEST_GZIP_BUILDER_H

#include "base/buffer.h"
#include "base/text.h"
#include <zlib.h>

/* `level` as zlib's: 0 = stored as it is. */
static inline struct buffer gzip_at(postern_text data, int level)
{
    struct buffer packed = {.limit = 8 << 20};
    z_stream stream = {0};
    deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    size_t room = deflateBound(&stream, data.size) + 64;
    stream.next_in = (Bytef *)(uintptr_t)data.data;
    stream.avail_in = (uInt)data.size;
    stream.next_out = (Bytef *)buffer_reserve(&packed, room);
    stream.avail_out = (uInt)room;
    deflate(&stream, Z_FINISH);
    packed.size = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

static inline struct buffer gzip(postern_text data)
{
    return gzip_at(data, 9);
}

#endif
