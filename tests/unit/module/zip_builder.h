/* Builds small zip archives for tests, in the three layouts that servers write. */
#ifndef TEST_ZIP_BUILDER_H
#define TEST_ZIP_BUILDER_H

#include "base/buffer.h"
#include "base/text.h"
#include <stdlib.h>
#include <zlib.h>

enum zip_layout {
    ZIP_DEFLATED, /* sizes in the local headers */
    ZIP_STREAMED, /* deflated, sizes and checksum behind the data */
    ZIP_STORED,
    ZIP_LAYOUTS
};

struct zip_builder {
    struct buffer bytes, directory;
    unsigned members;
    size_t starts[32]; /* of each member's local header */
};

static inline struct zip_builder zip_new(void)
{
    return (struct zip_builder){.bytes = {.limit = (size_t)64 << 20}, .directory = {.limit = 1 << 20}};
}

static inline void zip_put(struct buffer *into, uint32_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        buffer_append_byte(into, (char)(value & 0xff));
}

static inline struct buffer zip_deflate(postern_text data)
{
    struct buffer packed = {.limit = (size_t)64 << 20};
    z_stream stream = {0};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    size_t room = deflateBound(&stream, data.size);
    stream.next_in = (Bytef *)(uintptr_t)data.data;
    stream.avail_in = (uInt)data.size;
    stream.next_out = (Bytef *)buffer_reserve(&packed, room);
    stream.avail_out = (uInt)room;
    deflate(&stream, Z_FINISH);
    packed.size = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

static inline void zip_put_common(struct buffer *into, int layout, uint32_t checksum, size_t packed,
                                  size_t size, size_t name)
{
    zip_put(into, 20, 2);
    zip_put(into, layout == ZIP_STREAMED ? 8 : 0, 2);
    zip_put(into, layout == ZIP_STORED ? 0 : 8, 2);
    zip_put(into, 0, 4); /* time */
    zip_put(into, checksum, 4);
    zip_put(into, (uint32_t)packed, 4);
    zip_put(into, (uint32_t)size, 4);
    zip_put(into, (uint32_t)name, 2);
    zip_put(into, 0, 2);
}

static inline void zip_add(struct zip_builder *zip, int layout, const char *name, postern_text data)
{
    struct buffer packed = {.limit = (size_t)64 << 20};
    if (layout == ZIP_STORED)
        buffer_append_text(&packed, data);
    else
        packed = zip_deflate(data);
    uint32_t checksum = (uint32_t)crc32(0, (const Bytef *)data.data, (uInt)data.size);
    bool streamed = layout == ZIP_STREAMED;
    zip->starts[zip->members++] = zip->bytes.size;

    buffer_append(&zip->directory, "PK\1\2\24\0", 6);
    zip_put_common(&zip->directory, layout, checksum, packed.size, data.size, strlen(name));
    zip_put(&zip->directory, 0, 4); /* comment, disk */
    zip_put(&zip->directory, 0, 2);
    zip_put(&zip->directory, 0, 4);
    zip_put(&zip->directory, (uint32_t)zip->bytes.size, 4);
    buffer_append_string(&zip->directory, name);

    buffer_append(&zip->bytes, "PK\3\4", 4);
    zip_put_common(&zip->bytes, layout, streamed ? 0 : checksum, streamed ? 0 : packed.size,
                   streamed ? 0 : data.size, strlen(name));
    buffer_append_string(&zip->bytes, name);
    buffer_append_text(&zip->bytes, buffer_text(&packed));
    if (streamed) {
        buffer_append(&zip->bytes, "PK\7\10", 4);
        zip_put(&zip->bytes, checksum, 4);
        zip_put(&zip->bytes, (uint32_t)packed.size, 4);
        zip_put(&zip->bytes, (uint32_t)data.size, 4);
    }
    buffer_free(&packed);
}

static inline postern_text zip_finish(struct zip_builder *zip)
{
    size_t start = zip->bytes.size;
    buffer_append_text(&zip->bytes, buffer_text(&zip->directory));
    buffer_append(&zip->bytes, "PK\5\6\0\0\0\0", 8);
    zip_put(&zip->bytes, zip->members, 2);
    zip_put(&zip->bytes, zip->members, 2);
    zip_put(&zip->bytes, (uint32_t)zip->directory.size, 4);
    zip_put(&zip->bytes, (uint32_t)start, 4);
    zip_put(&zip->bytes, 0, 2);
    return buffer_text(&zip->bytes);
}

static inline void zip_free(struct zip_builder *zip)
{
    buffer_free(&zip->bytes);
    buffer_free(&zip->directory);
}

#endif
