#include "shared/pack/pack.h"
#include <postern/kit.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_WINDOW    (15 + 16) /* the largest window, with a gzip header */
#define GZIP_MEMORY    8
#define GZIP_LEVEL     6
#define ZSTD_LEVEL     3
#define FIRST_CAPACITY ((size_t)64 << 10)

const char *const pack_names[] = {"none", "gzip", "zstd", NULL};

bool pack_named(postern_text name, enum pack_kind *kind)
{
    for (int i = 0; pack_names[i]; i++) {
        if (!kit_is(name, pack_names[i])) continue;
        *kind = (enum pack_kind)i;
        return true;
    }
    return false;
}

const char *pack_coding(enum pack_kind kind)
{
    static const char *const codings[] = {NULL, "gzip", "zstd"};
    return codings[kind];
}

/* zlib takes no more than an unsigned int at once. */
static uInt some_of(size_t size)
{
    return size > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)size;
}

static bool gzip_begin(z_stream *gzip, int level)
{
    *gzip = (z_stream){0};
    return deflateInit2(gzip, level ? level : GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

static bool zstd_begin(ZSTD_CCtx **zstd, int level)
{
    *zstd = ZSTD_createCCtx();
    return *zstd &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(*zstd, ZSTD_c_compressionLevel, level ? level : ZSTD_LEVEL));
}

struct pack_stream {
    enum pack_kind kind;
    size_t limit;
    z_stream gzip;
    ZSTD_CCtx *zstd;
    char *data;
    size_t size, capacity;
};

postern_status pack_stream_new(enum pack_kind kind, int level, size_t limit, struct pack_stream **stream,
                               postern_error *error)
{
    struct pack_stream *made = calloc(1, sizeof *made);
    if (!made) return kit_no_memory(error);
    made->limit = limit;
    bool good = kind == PACK_NONE ||
                (kind == PACK_GZIP ? gzip_begin(&made->gzip, level) : zstd_begin(&made->zstd, level));
    if (good) made->kind = kind;
    if (!good) {
        pack_stream_free(made);
        return kit_no_memory(error);
    }
    *stream = made;
    return POSTERN_OK;
}

void pack_stream_free(struct pack_stream *stream)
{
    if (!stream) return;
    if (stream->kind == PACK_GZIP) deflateEnd(&stream->gzip);
    ZSTD_freeCCtx(stream->zstd);
    free(stream->data);
    free(stream);
}

void pack_stream_begin(struct pack_stream *stream)
{
    stream->size = 0;
    if (stream->kind == PACK_GZIP) {
        deflateReset(&stream->gzip);
        stream->gzip.avail_in = 0; /* of a text that became too long */
    }
    if (stream->kind == PACK_ZSTD) ZSTD_CCtx_reset(stream->zstd, ZSTD_reset_session_only);
}

/* Room for at least one more byte, and for `wanted` if the limit allows. */
static postern_status make_room(struct pack_stream *stream, size_t wanted, postern_error *error)
{
    if (stream->capacity - stream->size >= wanted) return POSTERN_OK;
    if (stream->size >= stream->limit)
        return kit_fail(error, POSTERN_E_LIMIT, NULL, "more than %zu bytes after packing", stream->limit);
    size_t capacity = stream->capacity ? stream->capacity * 2 : FIRST_CAPACITY;
    if (capacity < stream->size + wanted) capacity = stream->size + wanted;
    if (capacity > stream->limit) capacity = stream->limit;
    char *grown = realloc(stream->data, capacity);
    if (!grown) return kit_no_memory(error);
    stream->data = grown;
    stream->capacity = capacity;
    return POSTERN_OK;
}

static postern_status add_plain(struct pack_stream *stream, postern_text plain, postern_error *error)
{
    postern_status status = plain.size ? make_room(stream, plain.size, error) : POSTERN_OK;
    if (status < 0) return status;
    if (stream->capacity - stream->size < plain.size)
        return kit_fail(error, POSTERN_E_LIMIT, NULL, "more than %zu bytes", stream->limit);
    if (plain.size) memcpy(stream->data + stream->size, plain.data, plain.size);
    stream->size += plain.size;
    return POSTERN_OK;
}

static postern_status add_gzip(struct pack_stream *stream, postern_text plain, bool last,
                               postern_error *error)
{
    z_stream *gzip = &stream->gzip;
    size_t left = plain.size;
    gzip->next_in = (Bytef *)(uintptr_t)plain.data;
    for (int code = Z_OK;;) {
        if (gzip->avail_in == 0) {
            gzip->avail_in = some_of(left);
            left -= gzip->avail_in;
        }
        if (last ? code == Z_STREAM_END : gzip->avail_in == 0) return POSTERN_OK;
        postern_status status = make_room(stream, 1, error);
        if (status < 0) return status;
        uInt room = some_of(stream->capacity - stream->size);
        gzip->next_out = (Bytef *)stream->data + stream->size;
        gzip->avail_out = room;
        code = deflate(gzip, last && left == 0 ? Z_FINISH : Z_NO_FLUSH);
        stream->size += room - gzip->avail_out;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return kit_no_memory(error);
    }
}

static postern_status add_zstd(struct pack_stream *stream, postern_text plain, bool last,
                               postern_error *error)
{
    ZSTD_inBuffer in = {plain.data, plain.size, 0};
    for (size_t unflushed = 1; last ? unflushed > 0 : in.pos < in.size;) {
        postern_status status = make_room(stream, 1, error);
        if (status < 0) return status;
        ZSTD_outBuffer out = {stream->data, stream->capacity, stream->size};
        unflushed = ZSTD_compressStream2(stream->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(unflushed)) return kit_no_memory(error);
        stream->size = out.pos;
    }
    return POSTERN_OK;
}

static postern_status add(struct pack_stream *stream, postern_text plain, bool last, postern_error *error)
{
    if (stream->kind == PACK_GZIP) return add_gzip(stream, plain, last, error);
    if (stream->kind == PACK_ZSTD) return add_zstd(stream, plain, last, error);
    return add_plain(stream, plain, error);
}

postern_status pack_stream_add(struct pack_stream *stream, postern_text plain, postern_error *error)
{
    return add(stream, plain, false, error);
}

postern_status pack_stream_end(struct pack_stream *stream, postern_text *packed, postern_error *error)
{
    postern_status status = add(stream, kit_span(NULL, 0), true, error);
    if (status >= 0) *packed = kit_span(stream->data, stream->size);
    return status;
}
