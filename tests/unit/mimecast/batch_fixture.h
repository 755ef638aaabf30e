/* Files of a batch of API 2.0, given to one of the streams that read them. */
#ifndef TEST_MIMECAST_BATCH_FIXTURE_H
#define TEST_MIMECAST_BATCH_FIXTURE_H

#include "../module/gzip_builder.h"
#include "harness.h"

enum { LAST_TRY = 4, STORE_TRIES = 15 }; /* of what is damaged, and of what is no file at all */

static inline struct test_source open_log(const char *stream)
{
    struct test_source source = source_open(strstr(stream, "-ci-") ? "siem-ci" : "siem", NULL, 0);
    source_choose(&source, stream);
    return source;
}

static inline struct outcome *read_bytes(const struct test_source *source, unsigned attempt,
                                         postern_text bytes)
{
    return source_answer(source, &(struct question){.attempt = attempt,
                                                    .position = "p",
                                                    .body = bytes,
                                                    .content_type = "text/html",
                                                    .download = "/bucket/cg/1.json.gz"});
}

static inline struct outcome *read_packed(const struct test_source *source, unsigned attempt,
                                          postern_text text)
{
    struct buffer packed = gzip(text);
    struct outcome *got = read_bytes(source, attempt, buffer_text(&packed));
    buffer_free(&packed);
    return got;
}

#endif
