#include "module/services/inflate.h"

#define STEP ((size_t)64 << 10) /* bytes that come out at a time */
#define FEED ((size_t)1 << 30)  /* zlib counts its input in 32 bits */

/* Appends what has come out; false if that was not all. */
static bool take(struct unpack_walk *walk, z_stream *stream, const unsigned char *output)
{
    size_t size = STEP - stream->avail_out;
    return !size || member_data_append(&walk->data, output, size);
}

int inflate_into(struct unpack_walk *walk, z_stream *stream, const char *end)
{
    unsigned char output[STEP];
    for (;;) {
        if (stream->avail_in == 0) {
            size_t left = (size_t)(end - (const char *)stream->next_in);
            stream->avail_in = (uInt)(left < FEED ? left : FEED);
        }
        stream->next_out = output;
        stream->avail_out = STEP;
        int result = inflate(stream, Z_NO_FLUSH);
        if (!take(walk, stream, output)) return INFLATE_FULL;
        if (result != Z_OK) return result;
    }
}

void inflate_salvage(struct unpack_walk *walk, postern_text packed)
{
    z_stream stream = {.next_in = (const Bytef *)packed.data};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return;
    inflate_into(walk, &stream, packed.data + packed.size);
    inflateEnd(&stream);
}
