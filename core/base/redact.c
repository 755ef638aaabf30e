#include "base/redact.h"
#include "base/text.h"
#include <string.h>

#define TOKEN_LEAST 32
#define TOKEN_SHOWN 6
#define LEFT_OUT    "[left out]"

static bool is_token_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '_';
}

static bool ends_url(char c)
{
    return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\';
}

static size_t token_size(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && is_token_byte(*at))
        at++;
    return (size_t)(at - from);
}

/* One word of token characters, whole if it is short. */
static const char *take_word(struct buffer *into, const char *at, const char *end)
{
    size_t size = token_size(at, end);
    bool is_long = size >= TOKEN_LEAST;
    buffer_append(into, at, is_long ? TOKEN_SHOWN : size);
    if (is_long) buffer_printf(into, "[%zu more left out]", size - TOKEN_SHOWN);
    return at + size;
}

/* From behind "://" to the URL's end. */
static const char *take_url(struct buffer *into, const char *at, const char *end)
{
    const char *stop = at;
    while (stop < end && !ends_url(*stop))
        stop++;
    const char *path = at;
    while (path < stop && *path != '/' && *path != '?' && *path != '#')
        path++;
    const char *user = memrchr(at, '@', (size_t)(path - at));
    if (user) at = user + 1;
    while (at < stop && *at != '?' && *at != '#')
        at = is_token_byte(*at) ? take_word(into, at, stop) : (buffer_append_byte(into, *at), at + 1);
    if (at < stop) {
        buffer_append_byte(into, *at);
        buffer_append_string(into, LEFT_OUT);
    }
    return stop;
}

bool redact_into(struct buffer *into, postern_text text)
{
    const char *at = text.data, *end = at + text.size;
    while (at < end) {
        if (end - at > 3 && memcmp(at, "://", 3) == 0) {
            buffer_append(into, at, 3);
            at = take_url(into, at + 3, end);
        } else if (is_token_byte(*at)) {
            at = take_word(into, at, end);
        } else {
            buffer_append_byte(into, *at++);
        }
    }
    return !into->failed;
}
