/* Gzip: all members, and what an unfinished one still holds. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "module/services/inflate.h"

/* What an unfinished stream means, in words. */
static const char *damage_of(struct unpack_walk *walk, int result, const z_stream *stream)
{
    char size[32];
    if (result == INFLATE_FULL) {
        size_format((int64_t)walk->data.limit, size);
        postern_text words = arena_printf(walk->arena, "it unpacks to more than %s", size);
        return words.data ? words.data : "it is too large";
    }
    if (result == Z_BUF_ERROR) return "it ends early";
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

/* Unpacks all members into walk->data, one behind the other; NULL or the damage. */
static const char *inflate_members(struct unpack_walk *walk, z_stream *stream)
{
    const char *end = walk->bytes.data + walk->bytes.size;
    for (;;) {
        int result = inflate_into(walk, stream, end);
        if (result != Z_STREAM_END) return damage_of(walk, result, stream);
        const Bytef *next = stream->next_in, *last = (const Bytef *)end;
        if (only_zeros(next, last)) return NULL; /* the end, or the padding that some tools add */
        if (last - next < 2 || next[0] != 0x1f || next[1] != 0x8b)
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
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return error_no_memory(walk->error, NULL);
    member_data_begin(&walk->data, unpack_room(walk));
    const char *damage = inflate_members(walk, &stream);
    inflateEnd(&stream);
    bool cut = damage && walk->data.size == walk->data.limit;
    postern_status status = unpack_deliver(walk, (postern_text){NULL, 0}, damage, walk->bytes);
    if (status == POSTERN_OK && cut) status = unpack_check_limits(walk, (postern_text){NULL, 0});
    return status;
}
