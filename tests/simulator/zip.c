#include "zip.h"
#include <string.h>
#include <zlib.h>

static void put16(struct text *out, unsigned value)
{
    text_put(out, (char)(value & 0xff));
    text_put(out, (char)(value >> 8 & 0xff));
}

static void put32(struct text *out, uint32_t value)
{
    put16(out, value & 0xffff);
    put16(out, value >> 16);
}

static void deflate_raw(struct text *out, const char *data, size_t size)
{
    z_stream stream = {0};
    deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    uLong bound = deflateBound(&stream, (uLong)size);
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)text_reserve(out, bound);
    stream.avail_out = (uInt)bound;
    deflate(&stream, Z_FINISH);
    out->size += stream.total_out;
    deflateEnd(&stream);
}

/* What the local and the central header have in common. */
static void put_common(struct text *out, enum zip_layout layout, uint32_t checksum, size_t packed,
                       size_t size, const char *name)
{
    put16(out, 20);
    put16(out, layout == ZIP_STREAMED ? 0x0808 : 0x0800); /* names are UTF-8; bit 3: sizes follow the data */
    put16(out, layout == ZIP_STORED ? 0 : 8);
    put32(out, 0x5a210000); /* 2025-01-01 00:00 */
    put32(out, checksum);
    put32(out, (uint32_t)packed);
    put32(out, (uint32_t)size);
    put16(out, (unsigned)strlen(name));
    put16(out, 0);
}

struct zip_place zip_add(struct zip *zip, enum zip_layout layout, const char *name, const char *data,
                         size_t size)
{
    struct text packed = {0};
    if (layout == ZIP_STORED)
        text_append(&packed, data, size);
    else
        deflate_raw(&packed, data, size);
    uint32_t checksum = (uint32_t)crc32(crc32(0, NULL, 0), (const Bytef *)data, (uInt)size);

    put32(&zip->directory, 0x02014b50);
    put16(&zip->directory, 20);
    put_common(&zip->directory, layout, checksum, packed.size, size, name);
    put16(&zip->directory, 0);
    put16(&zip->directory, 0);
    put16(&zip->directory, 0);
    put32(&zip->directory, 0);
    put32(&zip->directory, (uint32_t)zip->bytes.size);
    text_puts(&zip->directory, name);

    bool streamed = layout == ZIP_STREAMED;
    put32(&zip->bytes, 0x04034b50);
    put_common(&zip->bytes, layout, streamed ? 0 : checksum, streamed ? 0 : packed.size, streamed ? 0 : size,
               name);
    text_puts(&zip->bytes, name);
    struct zip_place place = {zip->bytes.size, packed.size};
    text_append(&zip->bytes, packed.data, packed.size);
    if (streamed) {
        put32(&zip->bytes, 0x08074b50);
        put32(&zip->bytes, checksum);
        put32(&zip->bytes, (uint32_t)packed.size);
        put32(&zip->bytes, (uint32_t)size);
    }
    zip->members++;
    text_free(&packed);
    return place;
}

void zip_end(struct zip *zip, bool bad)
{
    size_t start = zip->bytes.size, size = zip->directory.size;
    if (bad)
        for (size_t i = 0; i < size; i++)
            zip->directory.data[i] = (char)(zip->directory.data[i] ^ 0x55);
    text_append(&zip->bytes, zip->directory.data, size);
    put32(&zip->bytes, 0x06054b50);
    put16(&zip->bytes, 0);
    put16(&zip->bytes, 0);
    put16(&zip->bytes, zip->members);
    put16(&zip->bytes, zip->members);
    put32(&zip->bytes, (uint32_t)size);
    put32(&zip->bytes, bad ? 0x7fffffff : (uint32_t)start);
    put16(&zip->bytes, 0);
}

void zip_unpack(enum zip_layout layout, const char *packed, size_t size, struct text *out)
{
    if (layout == ZIP_STORED) {
        text_append(out, packed, size);
        return;
    }
    z_stream stream = {0};
    inflateInit2(&stream, -MAX_WBITS);
    stream.next_in = (Bytef *)(uintptr_t)packed;
    stream.avail_in = (uInt)size;
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = (Bytef *)text_reserve(out, 65536);
        stream.avail_out = 65536;
        result = inflate(&stream, Z_NO_FLUSH);
        out->size += 65536 - stream.avail_out;
    }
    inflateEnd(&stream);
}

void zip_free(struct zip *zip)
{
    text_free(&zip->bytes);
    text_free(&zip->directory);
    *zip = (struct zip){0};
}
