#include "http/request_headers.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/secret_buffer.h"
#include "base/text.h"

#define SIGNED_HEADERS_LIMIT 16
#define SIGNED_BYTES_LIMIT   ((size_t)32 << 10)
#define LINE_LIMIT           ((size_t)32 << 10)

/* An arena whose memory is all taken at once, so that wipe_and_free finds every byte that was ever used. */
static postern_arena *one_block_arena(void)
{
    postern_arena *arena = arena_new(SIGNED_BYTES_LIMIT);
    if (arena && arena_allocate_raw(arena, SIGNED_BYTES_LIMIT)) arena_reset(arena, SIGNED_BYTES_LIMIT);
    return arena;
}

static void wipe_and_free(postern_arena **arena)
{
    if (!*arena) return;
    arena_reset(*arena, SIGNED_BYTES_LIMIT);
    void *all = arena_allocate_raw(*arena, SIGNED_BYTES_LIMIT);
    if (all) secret_wipe(all, SIGNED_BYTES_LIMIT);
    arena_free(*arena);
}

static bool holds_control_character(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) return true;
    return false;
}

static bool append_line(struct curl_slist **lines, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*lines, line);
    if (longer) *lines = longer;
    return longer != NULL;
}

static postern_status append_header(struct curl_slist **lines, postern_pair header, postern_error *error)
{
    if (header.name.size == 0 || holds_control_character(header.name) ||
        holds_control_character(header.value) || memchr(header.name.data, ':', header.name.size))
        return error_set(error, POSTERN_E_INVALID, "the header %.*s of a request cannot be sent as it is",
                         holds_control_character(header.name) ? 0 : (int)header.name.size, header.name.data);
    _cleanup_(secret_buffer_free) struct buffer line = {.limit = LINE_LIMIT};
    buffer_reserve(&line,
                   header.name.size + header.value.size + 3); /* at once: no copy is left behind by growing */
    buffer_append_text(&line, header.name);
    buffer_append_string(&line, header.value.size ? ": " : ";"); /* libcurl's way to write an empty one */
    buffer_append_text(&line, header.value);
    if (line.failed || !append_line(lines, buffer_string(&line)))
        return error_set(error, POSTERN_E_MEMORY, "the header %.*s is too long", TEXT_ARGS(header.name));
    return POSTERN_OK;
}

static postern_status append_all(struct curl_slist **lines, const postern_pair *headers, size_t count,
                                 postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < count && status == POSTERN_OK; i++)
        status = append_header(lines, headers[i], error);
    return status;
}

static postern_status append_signed(struct http_exchange *exchange, struct curl_slist **lines,
                                    postern_error *error)
{
    postern_pair headers[SIGNED_HEADERS_LIMIT];
    size_t count = 0;
    _cleanup_(wipe_and_free) postern_arena *arena = one_block_arena();
    if (!arena) return error_no_memory(error, NULL);
    postern_status status = exchange->sign(exchange, arena, headers, SIGNED_HEADERS_LIMIT, &count, error);
    if (status < 0) return status;
    return append_all(lines, headers, count, error);
}

static bool names_content_type(const struct http_exchange *exchange)
{
    for (size_t i = 0; i < exchange->header_count; i++)
        if (text_is_ignoring_case(exchange->headers[i].name, "content-type")) return true;
    return false;
}

postern_status request_headers_make(struct http_exchange *exchange, struct curl_slist **lines,
                                    postern_error *error)
{
    struct curl_slist *made = NULL;
    postern_status status = append_all(&made, exchange->headers, exchange->header_count, error);
    if (status == POSTERN_OK && exchange->sign) status = append_signed(exchange, &made, error);
    const char *codings = exchange->keeps_coding ? "Accept-Encoding: identity" : "Accept-Encoding: gzip";
    bool complete = append_line(&made, codings) && append_line(&made, "Expect:") &&
                    (names_content_type(exchange) || append_line(&made, "Content-Type:"));
    if (status == POSTERN_OK && !complete) status = error_no_memory(error, NULL);
    if (status < 0) {
        request_headers_free(made);
        return status;
    }
    *lines = made;
    return POSTERN_OK;
}

void request_headers_free(struct curl_slist *lines)
{
    for (struct curl_slist *line = lines; line; line = line->next)
        secret_wipe(line->data, strlen(line->data));
    curl_slist_free_all(lines);
}
