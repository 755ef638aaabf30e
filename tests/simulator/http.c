#include "http.h"
#include <stdarg.h>
#include <stdio.h>
#include <zlib.h>

void http_header(struct http_reply *reply, const char *name, const char *format, ...)
{
    if (reply->header_count == HTTP_HEADERS) return;
    va_list arguments;
    va_start(arguments, format);
    snprintf(reply->headers[reply->header_count].name, sizeof reply->headers->name, "%s", name);
    vsnprintf(reply->headers[reply->header_count].value, sizeof reply->headers->value, format, arguments);
    reply->header_count++;
    va_end(arguments);
}

void http_reply_clear(struct http_reply *reply)
{
    text_free(&reply->body);
    *reply = (struct http_reply){0};
}

static void write_envelope(struct text *out, unsigned status, const char *code, const char *message,
                           const char *field, bool retryable)
{
    text_printf(out,
                "{\"meta\":{\"status\":%u},\"data\":[],\"fail\":[{\"key\":{},\"errors\":[{\"code\":", status);
    text_json_puts(out, code);
    text_puts(out, ",\"message\":");
    text_json_puts(out, message);
    if (field) {
        text_puts(out, ",\"field\":");
        text_json_puts(out, field);
    }
    text_printf(out, ",\"retryable\":%s}]}]}", retryable ? "true" : "false");
}

void http_fail(struct http_reply *reply, enum failure_shape shape, unsigned status, const char *code,
               const char *message, const char *field, bool retryable)
{
    void *flight = reply->flight;
    http_reply_clear(reply);
    reply->flight = flight;
    reply->status = status;
    http_header(reply, "Content-Type", "application/json");
    if (shape == SHAPE_ENVELOPE) {
        write_envelope(&reply->body, status, code, message, field, retryable);
        return;
    }
    static const char *const around[][2] = {[SHAPE_GATEWAY] = {"{\"fail\":[", "]}"},
                                            [SHAPE_REST] = {"{\"error\":", "}"},
                                            [SHAPE_ERRORS] = {"{\"errors\":[", "]}"}};
    text_printf(&reply->body, "%s{\"code\":", around[shape][0]);
    text_json_puts(&reply->body, code);
    text_puts(&reply->body, ",\"message\":");
    text_json_puts(&reply->body, message);
    if (field && shape == SHAPE_ERRORS) {
        text_puts(&reply->body, ",\"field\":");
        text_json_puts(&reply->body, field);
    }
    text_printf(&reply->body, "}%s", around[shape][1]);
}

void http_gzip(struct http_reply *reply)
{
    enum { GZIP_WINDOW = MAX_WBITS + 16 };
    z_stream stream = {0};
    struct text packed = {0};
    deflateInit2(&stream, 6, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY);
    uLong bound = deflateBound(&stream, (uLong)reply->body.size);
    stream.next_in = (Bytef *)reply->body.data;
    stream.avail_in = (uInt)reply->body.size;
    stream.next_out = (Bytef *)text_reserve(&packed, bound);
    stream.avail_out = (uInt)bound;
    deflate(&stream, Z_FINISH);
    packed.size = stream.total_out;
    deflateEnd(&stream);
    text_free(&reply->body);
    reply->body = packed;
    http_header(reply, "Content-Encoding", "gzip");
}
