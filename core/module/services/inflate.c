#include "module/services/inflate.h"

#define STEP ((size_t)64 << 10) /* room made for output at a time */
#define FEED ((size_t)1 << 30)  /* zlib counts its input in 32 bits */

/* Output that zlib may write next; false if there may be no more. */
static bool make_room(struct unpack_walk *walk, z_stream *stream)
{
    size_t left = walk->data.limit - walk->data.size;
    size_t step = left < STEP ? left : STEP;
    char *place = step ? buffer_reserve(&walk->data, step) : NULL;
    stream->next_out = (Bytef *)place;
    stream->avail_out = place ? (uInt)step : 0;
    return place != NULL;
}

int inflate_into(struct unpack_walk *walk, z_stream *stream, const char *end)
{
    for (;;) {
        if (stream->avail_in == 0) {
            size_t left = (size_t)(end - (const char *)stream->next_in);
            stream->avail_in = (uInt)(left < FEED ? left : FEED);
        }
        if (!make_room(walk, stream)) return INFLATE_FULL;
        uInt room = stream->avail_out;
        int result = inflate(stream, Z_NO_FLUSH);
        walk->data.size += room - stream->avail_out;
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
