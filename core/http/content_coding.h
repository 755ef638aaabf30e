/* Removes the content coding of an answer, and adds that of a request. libcurl could do the former, but takes
 * a gzip that is cut short for a whole one: of a body made of lines that would lose events without a word. */
#ifndef POSTERN_HTTP_CONTENT_CODING_H
#define POSTERN_HTTP_CONTENT_CODING_H

#include "base/buffer.h"
#include <zlib.h>

struct content_coding {
    bool gzip;  /* else the bytes are what they are */
    bool open;  /* `stream` is in use */
    bool whole; /* a gzip member has just ended */
    z_stream stream;
};

/* What a decoder's output goes to; a status < 0 ends the decoding and is returned. */
typedef postern_status content_sink(void *context, postern_text bytes, postern_error *error);

/* From the value of Content-Encoding (empty = none). POSTERN_E_RETRY for a coding that was not asked for. */
postern_status content_coding_begin(struct content_coding *coding, postern_text name, postern_error *error);
/* Decodes the next bytes into `sink`, some tens of KiB at a time. POSTERN_E_RETRY if they are no gzip. */
postern_status content_coding_decode(struct content_coding *coding, postern_text bytes, content_sink *sink,
                                     void *context, postern_error *error);
/* POSTERN_E_RETRY if the gzip has begun and not ended. */
postern_status content_coding_finish(const struct content_coding *coding, postern_error *error);
void content_coding_free(struct content_coding *coding);

/* Packs a whole body as gzip into *packed, which is to be freed also after a failure. */
postern_status content_encode_gzip(postern_text body, struct buffer *packed, postern_error *error);

#endif
