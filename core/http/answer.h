/* An answer while it is being received: its headers, and its body in memory or, above a size, in an unlinked
 * file that is mapped in the end. Both have limits, checked before anything is kept. One thread at a time. */
#ifndef POSTERN_HTTP_ANSWER_H
#define POSTERN_HTTP_ANSWER_H

#include "base/arena.h"
#include "http/content_coding.h"

struct http_answer_limits {
    size_t body;                 /* bytes, before content decoding and after it */
    const char *name;            /* of the setting `body`, for the remedy; NULL = that of http { ... } */
    size_t spill_above;          /* bytes */
    const char *spill_directory; /* NULL = never spill */
};

struct http_answer {
    postern_arena *arena; /* of the headers */
    postern_pair *headers;
    size_t header_count, header_capacity;
    size_t line_bytes, line_count; /* of all header lines and trailers so far */
    bool head_ended;               /* header lines from here on are trailers, or the next answer begins */
    bool body_begun;               /* no other answer comes behind this one */
    bool without_body;             /* to a HEAD: Content-Length says what there would be */
    bool too_large;                /* the limit of the body was passed, be it only announced */
    size_t packed_bytes;           /* of the body as it came */
    struct content_coding coding;
    bool keeps_coding;  /* given: the body is kept as it came */
    bool keeps_unknown; /* given: it is if its coding is not gzip */
    bool coding_failed; /* what came is within the limit, but cannot be decoded, or not within it */

    char *memory; /* the body while it is small */
    size_t size, capacity;
    int fd; /* the body once it is large; -1 = none */
    void *mapping;
};

/* A zeroed answer is not enough: the descriptor must say "none". */
#define ANSWER_INIT ((struct http_answer){.fd = -1})

/* Takes one header line as it came; a status line forgets the headers before it, trailers are let go.
 * POSTERN_E_LIMIT if there are too many, trailers included, POSTERN_E_RETRY for a transfer coding that nobody
 * asked for, POSTERN_E_MEMORY. */
postern_status http_answer_header_line(struct http_answer *answer, const struct http_answer_limits *limits,
                                       postern_text line, postern_error *error);
/* Takes body bytes and removes their content coding. POSTERN_E_LIMIT beyond the limit, POSTERN_E_RETRY if the
 * coding is broken, POSTERN_E_IO if the file cannot be written, POSTERN_E_MEMORY. */
postern_status http_answer_body(struct http_answer *answer, const struct http_answer_limits *limits,
                                postern_text bytes, postern_error *error);
/* The whole body, valid until http_answer_free. POSTERN_E_RETRY if it is cut short within its coding. */
postern_status http_answer_finish(struct http_answer *answer, postern_text *body, postern_error *error);
/* The first header of that (lower-case) name, empty if absent. */
postern_text header_find(const postern_pair *headers, size_t count, const char *name);
/* Any thread. The answer may be used again. */
void http_answer_free(struct http_answer *answer);

#endif
