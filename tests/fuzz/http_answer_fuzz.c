/* links: postern_http */
/* What a server sends: header lines up to an empty one, then the body in parts whose size the first byte
 * gives. */
#include "base/error.h"
#include "base/text.h"
#include "http/answer.h"
#include "http/rate_limit.h"
#include "http/target.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes lines from *at up to the empty one. */
static postern_status take_headers(struct http_answer *answer, const struct http_answer_limits *limits,
                                   const char **at, const char *end)
{
    while (*at < end) {
        const char *newline = memchr(*at, '\n', (size_t)(end - *at));
        postern_text line = text_slice(*at, newline ? newline + 1 : end);
        *at += line.size;
        if (text_trim(line).size == 0) break;
        postern_error error = ERROR_INIT;
        postern_status status = http_answer_header_line(answer, limits, line, &error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static postern_status take_body(struct http_answer *answer, const struct http_answer_limits *limits,
                                postern_text rest, size_t part)
{
    for (size_t from = 0; from < rest.size; from += part) {
        size_t left = rest.size - from;
        postern_error error = ERROR_INIT;
        postern_text bytes = {rest.data + from, left < part ? left : part};
        postern_status status = http_answer_body(answer, limits, bytes, &error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct http_answer_limits limits = {.body = 1 << 20, .spill_above = 1 << 16, .spill_directory = "/tmp"};
    struct http_answer answer = ANSWER_INIT;
    const char *at = (const char *)data + 1, *end = (const char *)data + size;
    if (take_headers(&answer, &limits, &at, end) == POSTERN_OK) {
        int64_t wait = rate_limit_wait_ms(429, answer.headers, answer.header_count, 1767582249000, data[0]);
        if (wait < 1000 || wait > 3600000) abort();
        char where[64];
        location_display_name("https://eu-api.example/a?b",
                              header_find(answer.headers, answer.header_count, "location"), where,
                              sizeof where);
        postern_text body;
        postern_error error = ERROR_INIT;
        if (take_body(&answer, &limits, text_slice(at, end), (size_t)data[0] + 1) == POSTERN_OK &&
            http_answer_finish(&answer, &body, &error) == POSTERN_OK && body.size > limits.body)
            abort();
    }
    http_answer_free(&answer);
    return 0;
}
