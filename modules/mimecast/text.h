/* Spans of bytes: the few helpers that this module needs. */
#ifndef MIMECAST_TEXT_H
#define MIMECAST_TEXT_H

#include <postern/module.h>
#include <string.h>

#define TEXT(literal) ((postern_text){"" literal, sizeof(literal) - 1})

static inline postern_text text_between(const char *from, const char *end)
{
    return (postern_text){from, (size_t)(end - from)};
}

static inline const char *text_end(postern_text text)
{
    return text.size ? text.data + text.size : text.data;
}

static inline bool text_equal(postern_text a, postern_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool text_is(postern_text text, const char *string)
{
    return text_equal(text, (postern_text){string, strlen(string)});
}

/* ASCII only: no locale is involved. */
static inline char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool text_is_ignoring_case(postern_text text, const char *lower_case)
{
    size_t size = strlen(lower_case);
    if (text.size != size) return false;
    for (size_t i = 0; i < size; i++)
        if (lower(text.data[i]) != lower_case[i]) return false;
    return true;
}

static inline bool text_starts_ignoring_case(postern_text text, const char *lower_case)
{
    size_t size = strlen(lower_case);
    return text.size >= size && text_is_ignoring_case((postern_text){text.data, size}, lower_case);
}

static inline bool text_has_ignoring_case(postern_text text, const char *lower_case)
{
    size_t size = strlen(lower_case);
    for (size_t at = 0; at + size <= text.size; at++)
        if (text_is_ignoring_case((postern_text){text.data + at, size}, lower_case)) return true;
    return false;
}

static inline bool text_starts_with(postern_text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static inline postern_text text_without_byte_order_mark(postern_text text)
{
    if (text_starts_with(text, "\xef\xbb\xbf")) return (postern_text){text.data + 3, text.size - 3};
    return text;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline postern_text text_trim(postern_text text)
{
    while (text.size && is_space(text.data[0]))
        text.data++, text.size--;
    while (text.size && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

#endif
