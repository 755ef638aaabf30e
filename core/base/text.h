/* Spans of bytes: small helpers around postern_text. */
#ifndef POSTERN_BASE_TEXT_H
#define POSTERN_BASE_TEXT_H

#include <postern/module.h>
#include <string.h>

/* A span over a string literal. */
#define TEXT(literal) ((postern_text){"" literal, sizeof(literal) - 1})
/* For printf: "%.*s", TEXT_ARGS(text). */
#define TEXT_ARGS(text) (int)(text).size, (text).size ? (text).data : ""

static inline postern_text text_of(const char *string)
{
    return (postern_text){string, string ? strlen(string) : 0};
}

static inline postern_text text_slice(const char *from, const char *end)
{
    return (postern_text){from, (size_t)(end - from)};
}

bool text_equal(postern_text a, postern_text b);
/* Below, equal to or above 0 as `a` comes before, with or behind `b`, byte by byte. */
static inline int text_compare(postern_text a, postern_text b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}
bool text_is(postern_text text, const char *string);
bool text_is_ignoring_case(postern_text text, const char *string); /* ASCII case */
bool text_starts_with(postern_text text, const char *prefix);
bool text_ends_with(postern_text text, const char *suffix);
/* The text without white space at both ends. */
postern_text text_trim(postern_text text);
/* The first place of `needle`, or NULL; ignoring ASCII case in the second. */
const char *text_find(postern_text text, const char *needle);
const char *text_find_ignoring_case(postern_text text, const char *needle);
/* Copies into a NUL-terminated buffer, cut to fit; true if nothing was cut. */
bool text_to_string(postern_text text, char *buffer, size_t capacity);
/* A malloc'ed, NUL-terminated copy; NULL if out of memory. */
char *text_duplicate(postern_text text);
/* Bytes of the beginning of the text, at most `limit` of them, that end between two characters. */
size_t text_cut(postern_text text, size_t limit);
/* True if `text` is well-formed UTF-8 (no surrogates, nothing over U+10FFFF). */
bool text_is_utf8(postern_text text);
/* The name if near enough to `wanted` to be a slip of the finger, for "did you mean". NULL-terminated list.
 */
const char *text_nearest(postern_text wanted, const char *const *names);

#endif
