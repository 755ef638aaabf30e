#include "module/services/zip_parts.h"
#include "base/smaller.h"
#define ZLIB_CONST /* next_in points to const */
#include <string.h>
#include <zlib.h>

#define LOCAL_HEADER  30u        /* bytes before the name */
#define UNKNOWN       UINT32_MAX /* zip64: the size stands elsewhere */
#define BOUNDARIES    100        /* that are looked at for the end of one member */
#define EMPTY_LONGEST 64u        /* bytes that nothing may be packed to */

static uint64_t little_endian(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | at[bytes];
    return value;
}

bool zip_has_signature(postern_text bytes, size_t at, const char *signature)
{
    return at <= bytes.size && bytes.size - at >= 4 && !memcmp(bytes.data + at, signature, 4);
}

/* True if a local header stands at `at` whose fields make sense: four bytes alone also come up in packed
 * data. */
static bool read_header(postern_text bytes, size_t at, struct zip_header *header)
{
    if (!zip_has_signature(bytes, at, "PK\3\4") || bytes.size - at < LOCAL_HEADER) return false;
    const unsigned char *p = (const unsigned char *)bytes.data + at;
    size_t name = little_endian(p + 26, 2), extra = little_endian(p + 28, 2);
    *header = (struct zip_header){
        .flags = (uint32_t)little_endian(p + 6, 2),
        .method = (uint32_t)little_endian(p + 8, 2),
        .checksum = (uint32_t)little_endian(p + 14, 4),
        .packed_size = (uint32_t)little_endian(p + 18, 4),
        .size = (uint32_t)little_endian(p + 22, 4),
        .data = at + LOCAL_HEADER + name + extra,
    };
    size_t left = bytes.size - at - LOCAL_HEADER;
    header->name = (postern_text){bytes.data + at + LOCAL_HEADER, smaller_size(name, left)};
    bool known_version = p[4] <= 63, known_method = header->method <= 99;
    return known_version && known_method && name > 0 && name <= 4096;
}

size_t zip_find_member(postern_text bytes, size_t at, struct zip_header *header)
{
    while (at < bytes.size) {
        const char *found = memmem(bytes.data + at, bytes.size - at, "PK\3\4", 4);
        if (!found) break;
        at = (size_t)(found - bytes.data);
        if (read_header(bytes, at, header)) return at;
        at++;
    }
    return bytes.size;
}

bool zip_has_directory_part(postern_text bytes, size_t at)
{
    return zip_has_signature(bytes, at, "PK\1\2") || zip_has_signature(bytes, at, "PK\5\6") ||
           zip_has_signature(bytes, at, "PK\6\6") || zip_has_signature(bytes, at, "PK\6\10") ||
           zip_has_signature(bytes, at, "PK00");
}

bool zip_has_damaged_directory(postern_text bytes, size_t at, int64_t members)
{
    for (size_t end = bytes.size; end >= at + 22; end--) {
        size_t record = end - 22;
        if (!zip_has_signature(bytes, record, "PK\5\6")) continue;
        const unsigned char *p = (const unsigned char *)bytes.data + record;
        size_t size = little_endian(p + 12, 4), directory = size < record ? record - size : 0;
        if (directory > at && zip_has_signature(bytes, directory, "PK\1\2")) return false;
        return (int64_t)little_endian(p + 10, 2) == members || directory == at;
    }
    return false;
}

bool zip_has_boundary(postern_text bytes, size_t at)
{
    return at == bytes.size || zip_has_signature(bytes, at, "PK\3\4") || zip_has_directory_part(bytes, at);
}

bool zip_is_empty(postern_text bytes)
{
    if (zip_has_signature(bytes, 0, "PK\6\6"))
        return bytes.size >= 40 && !little_endian((const unsigned char *)bytes.data + 32, 4);
    return zip_has_signature(bytes, 0, "PK\5\6") && bytes.size >= 22 &&
           !little_endian((const unsigned char *)bytes.data + 10, 2);
}

bool zip_is_directory(const struct zip_header *header)
{
    return header->name.size && header->name.data[header->name.size - 1] == '/';
}

/* ---- Descriptors --------------------------------------------------------------------------------- */

/* The size of the descriptor at `at`, in one of its four forms, that says this of the member in front of it,
 * with something behind it that a zip has; 0 if there is none. */
static size_t descriptor_size(postern_text bytes, size_t at, uint32_t checksum, uint64_t packed,
                              uint64_t unpacked)
{
    size_t signature = zip_has_signature(bytes, at, "PK\7\10") ? 4 : 0;
    for (int wide = 4; wide <= 8; wide += 4) {
        size_t fields = 4 + 2 * (size_t)wide, end = at + signature + fields;
        if (end > bytes.size || !zip_has_boundary(bytes, end)) continue;
        const unsigned char *p = (const unsigned char *)bytes.data + at + signature;
        if (little_endian(p, 4) == checksum && little_endian(p + 4, wide) == packed &&
            little_endian(p + 4 + wide, wide) == unpacked)
            return signature + fields;
    }
    return 0;
}

static uint32_t checksum_of(const char *data, size_t size)
{
    return (uint32_t)crc32_z(0, (const Bytef *)data, size);
}

/* The next place behind `at` where a member may begin or the directory. */
static size_t next_boundary(postern_text bytes, size_t at)
{
    struct zip_header header;
    size_t member = zip_find_member(bytes, at, &header);
    const char *directory = memmem(bytes.data + at, member - at, "PK\1\2", 4);
    return directory ? (size_t)(directory - bytes.data) : member;
}

bool zip_find_stored(postern_text bytes, const struct zip_header *header, size_t *size, size_t *end)
{
    bool fits = header->method == ZIP_STORED && header->flags & ZIP_FLAG_SIZES_BEHIND &&
                !(header->flags & ZIP_FLAG_ENCRYPTED) && header->data <= bytes.size;
    size_t at = header->data;
    for (int boundary = 0; fits && boundary < BOUNDARIES && at < bytes.size; boundary++, at++) {
        at = next_boundary(bytes, at);
        for (size_t descriptor = 12; descriptor <= 24; descriptor += 4) {
            if (at < header->data + descriptor) break;
            size_t length = at - header->data - descriptor;
            const unsigned char *p = (const unsigned char *)bytes.data + at - descriptor;
            bool has_signature = zip_has_signature(bytes, at - descriptor, "PK\7\10");
            if (little_endian(p + (has_signature ? 8 : 4), 4) != (uint32_t)length) continue; /* most */
            if (descriptor_size(bytes, at - descriptor, checksum_of(bytes.data + header->data, length),
                                length, length) != descriptor)
                continue;
            *size = length;
            *end = at;
            return true;
        }
    }
    return false;
}

/* ---- Members of nothing -------------------------------------------------------------------------- */

/* How many of these packed bytes stand for nothing; false if they stand for something. */
static bool packed_nothing(postern_text bytes, const struct zip_header *header, size_t *size)
{
    *size = 0;
    if (header->method == ZIP_STORED) return true;
    if (header->method != ZIP_DEFLATED) return false;
    size_t left = bytes.size - header->data;
    unsigned char output[1];
    z_stream stream = {.next_in = (const Bytef *)bytes.data + header->data,
                       .avail_in = (uInt)(left < EMPTY_LONGEST ? left : EMPTY_LONGEST),
                       .next_out = output,
                       .avail_out = sizeof output};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
    bool nothing = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == 0;
    *size = stream.total_in;
    inflateEnd(&stream);
    return nothing;
}

size_t zip_end_of_empty_member(postern_text bytes, const struct zip_header *header)
{
    size_t packed;
    bool behind = header->flags & ZIP_FLAG_SIZES_BEHIND;
    if (header->flags & ZIP_FLAG_ENCRYPTED || header->checksum || header->data > bytes.size) return 0;
    if (header->size && header->size != UNKNOWN) return 0;
    if (!packed_nothing(bytes, header, &packed)) return 0;
    bool unknown = header->packed_size == UNKNOWN || (behind && header->packed_size == 0);
    if (!unknown && header->packed_size != packed) return 0;
    size_t end = header->data + packed;
    if (behind) {
        size_t descriptor = descriptor_size(bytes, end, 0, packed, 0);
        return descriptor ? end + descriptor : 0;
    }
    return zip_has_boundary(bytes, end) ? end : 0;
}
