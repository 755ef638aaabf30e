#include "http/content_coding.h"
#include "base/error.h"
#include "base/text.h"

#define CHUNK ((size_t)32 << 10)

postern_status content_coding_begin(struct content_coding *coding, postern_text name, postern_error *error)
{
    *coding = (struct content_coding){0};
    if (name.size == 0 || text_is_ignoring_case(name, "identity")) return POSTERN_OK;
    coding->gzip = text_is_ignoring_case(name, "gzip") || text_is_ignoring_case(name, "x-gzip");
    if (coding->gzip) return POSTERN_OK;
    return error_set(error, POSTERN_E_RETRY,
                     "the answer has the content coding \"%.*s\", which was not asked for",
                     name.size < 40 ? (int)name.size : 40, name.data);
}

static postern_status next_member(struct content_coding *coding, postern_error *error)
{
    int result = coding->open ? inflateReset(&coding->stream) : inflateInit2(&coding->stream, 15 + 16);
    if (result != Z_OK) return error_set(error, POSTERN_E_MEMORY, "no memory to unpack the answer");
    coding->open = true;
    coding->whole = false;
    return POSTERN_OK;
}

postern_status content_coding_decode(struct content_coding *coding, postern_text bytes, content_sink *sink,
                                     void *context, postern_error *error)
{
    if (!coding->gzip || bytes.size == 0) return sink(context, bytes, error);
    unsigned char chunk[CHUNK];
    z_stream *stream = &coding->stream;
    /* libcurl hands over far less than 4 GiB at once. */
    stream->next_in = (z_const unsigned char *)(uintptr_t)bytes.data;
    stream->avail_in = (unsigned)bytes.size;
    do {
        bool fresh =
            !coding->open || (coding->whole && stream->avail_in > 0); /* members may follow each other */
        postern_status status = fresh ? next_member(coding, error) : POSTERN_OK;
        if (status < 0) return status;
        stream->next_out = chunk;
        stream->avail_out = CHUNK;
        int result = inflate(stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return error_set(error, POSTERN_E_RETRY, "the answer is not the gzip that it claims to be");
        coding->whole = result == Z_STREAM_END;
        status = sink(context, (postern_text){(const char *)chunk, CHUNK - stream->avail_out}, error);
        if (status < 0) return status;
    } while (stream->avail_in > 0 || (stream->avail_out == 0 && !coding->whole));
    return POSTERN_OK;
}

postern_status content_coding_finish(const struct content_coding *coding, postern_error *error)
{
    if (!coding->open || coding->whole) return POSTERN_OK;
    return error_set(error, POSTERN_E_RETRY, "the gzip of the answer ends early");
}

void content_coding_free(struct content_coding *coding)
{
    if (coding->open) inflateEnd(&coding->stream);
    *coding = (struct content_coding){0};
}

/* ---- The other way */

#define PACKING_LEVEL 6
#define PACKED_LIMIT  ((size_t)1 << 31) /* zlib counts in unsigned int */

postern_status content_encode_gzip(postern_text body, struct buffer *packed, postern_error *error)
{
    z_stream stream = {0};
    if (body.size > PACKED_LIMIT / 2)
        return error_set(error, POSTERN_E_INVALID, "the body of a request is larger than 1 GiB");
    if (deflateInit2(&stream, PACKING_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return error_no_memory(error, "while packing a request");
    *packed = (struct buffer){.limit = PACKED_LIMIT};
    size_t room = deflateBound(&stream, (uLong)body.size);
    stream.next_in = (z_const unsigned char *)(uintptr_t)(body.size ? body.data : "");
    stream.avail_in = (uInt)body.size;
    stream.next_out = (unsigned char *)buffer_reserve(packed, room);
    stream.avail_out = (uInt)room;
    int result = stream.next_out ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
    packed->size = room - stream.avail_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? POSTERN_OK : error_no_memory(error, "while packing a request");
}
