#include "base/redact.h"
#include "base/hex.h"
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

/* ---- Links ---- */

/* A character of a link, which JSON may hold as an escape. */
struct link_character {
    char c;
    size_t size;
};

static struct link_character character_at(const char *at, const char *end)
{
    const struct link_character plain = {*at, 1};
    size_t left = (size_t)(end - at);
    if (left >= 2 && memcmp(at, "\\/", 2) == 0) return (struct link_character){'/', 2};
    if (left < 6 || memcmp(at, "\\u00", 4) != 0) return plain;
    int high = hex_digit(at[4]), low = hex_digit(at[5]);
    if (high < 0 || high > 7 || low < 0) return plain;
    return (struct link_character){(char)(high << 4 | low), 6};
}

/* How much of it begins a link: "://"; 0 = nothing. */
static size_t link_mark(const char *at, const char *end)
{
    const char *from = at;
    for (const char *mark = "://"; *mark; mark++) {
        if (at == end) return 0;
        struct link_character one = character_at(at, end);
        if (one.c != *mark) return 0;
        at += one.size;
    }
    return (size_t)(at - from);
}

struct link_parts {
    const char *host;  /* behind the user */
    const char *query; /* or fragment; = end without one */
    const char *end;
    char mark; /* of the query */
};

static struct link_parts find_parts(const char *at, const char *end)
{
    struct link_parts parts = {.host = at};
    bool in_path = false;
    for (; at < end; at += character_at(at, end).size) {
        struct link_character one = character_at(at, end);
        if (ends_url(one.c)) break;
        if (one.c == '@' && !in_path) parts.host = at + one.size;
        in_path = in_path || one.c == '/' || one.c == '?' || one.c == '#';
        if (parts.mark || (one.c != '?' && one.c != '#')) continue;
        parts.query = at;
        parts.mark = one.c;
    }
    parts.end = at;
    if (!parts.mark) parts.query = at;
    return parts;
}

/* From behind "://" to the link's end. */
static const char *take_url(struct buffer *into, const char *at, const char *end)
{
    const struct link_parts parts = find_parts(at, end);
    at = parts.host;
    while (at < parts.query)
        at = is_token_byte(*at) ? take_word(into, at, parts.query) : (buffer_append_byte(into, *at), at + 1);
    if (parts.mark) {
        buffer_append_byte(into, parts.mark);
        buffer_append_string(into, LEFT_OUT);
    }
    return parts.end;
}

/* ---- All of it ---- */

bool redact_into(struct buffer *into, postern_text text)
{
    const char *at = text.data, *end = at + text.size;
    while (at < end) {
        size_t mark = link_mark(at, end);
        if (mark) {
            buffer_append(into, at, mark);
            at = take_url(into, at + mark, end);
        } else if (is_token_byte(*at)) {
            at = take_word(into, at, end);
        } else {
            buffer_append_byte(into, *at++);
        }
    }
    return !into->failed;
}
