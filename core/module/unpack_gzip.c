#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "module/unpack.h"
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#define STEP ((size_t)64 << 10) /* room made for output at a time */
#define FEED ((size_t)1 << 30)  /* zlib counts its input in 32 bits */

/* Output that zlib may write next; false if the member has become too large. */
static bool make_room(struct unpack_walk *walk, z_stream *stream)
{
    size_t left = walk->data.limit - walk->data.size;
    size_t step = left < STEP ? left : STEP;
    char *place = step ? buffer_reserve(&walk->data, step) : NULL;
    stream->next_out = (Bytef *)place;
    stream->avail_out = place ? (uInt)step : 0;
    return place != NULL;
}

/* What an unfinished stream means, in words. */
static const char *damage_of(int result, const z_stream *stream)
{
    if (result == Z_BUF_ERROR || result == Z_OK) return "it ends early";
    if (result == Z_MEM_ERROR) return "there was no memory to unpack it";
    if (stream->msg && strstr(stream->msg, "check")) return "its checksum is wrong";
    return "its compressed data is damaged";
}

static bool only_zeros(const Bytef *at, const Bytef *end)
{
    while (at < end && *at == 0)
        at++;
    return at == end;
}

static const char *too_large(struct unpack_walk *walk)
{
    char size[32];
    postern_text words =
        arena_printf(walk->arena, "it unpacks to more than %s", size_format((int64_t)walk->data.limit, size));
    return words.data ? words.data : "it is too large";
}

/* Unpacks all members into walk->data, one behind the other; NULL or the damage. */
static const char *inflate_members(struct unpack_walk *walk, z_stream *stream)
{
    const Bytef *end = (const Bytef *)walk->bytes.data + walk->bytes.size;
    for (;;) {
        if (stream->avail_in == 0) {
            size_t left = (size_t)(end - stream->next_in);
            stream->avail_in = (uInt)(left < FEED ? left : FEED);
        }
        if (!make_room(walk, stream)) return too_large(walk);
        uInt room = stream->avail_out;
        int result = inflate(stream, Z_NO_FLUSH);
        walk->data.size += room - stream->avail_out;
        if (result == Z_OK) continue;
        if (result != Z_STREAM_END) return damage_of(result, stream);
        const Bytef *next = stream->next_in;
        if (only_zeros(next, end)) return NULL; /* the end, or the padding that tar-like tools add */
        if (end - next < 2 || next[0] != 0x1f || next[1] != 0x8b)
            return "bytes that are no gzip stand behind it";
        inflateReset(stream);
    }
}

postern_status unpack_gzip(struct unpack_walk *walk)
{
    const unsigned char *bytes = (const unsigned char *)walk->bytes.data;
    if (walk->bytes.size < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b)
        return error_set(walk->error, POSTERN_E_PROTOCOL, "the file is no gzip: it begins with other bytes");
    z_stream stream = {.next_in = bytes};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
        return error_set(walk->error, POSTERN_E_MEMORY, "out of memory");
    walk->data.limit = unpack_room(walk);
    const char *damage = inflate_members(walk, &stream);
    inflateEnd(&stream);
    bool cut = walk->data.size == walk->data.limit && damage;
    postern_status status = unpack_deliver(walk, (postern_text){NULL, 0}, damage, walk->bytes);
    if (status == POSTERN_OK && cut) status = unpack_check_limits(walk, (postern_text){NULL, 0});
    return status;
}
