/* Spans of bytes: what this module needs beside postern/kit.h. */
#ifndef MIMECAST_TEXT_H
#define MIMECAST_TEXT_H

#include <postern/kit.h>

static inline bool text_starts_ignoring_case(postern_text text, const char *lower_case)
{
    size_t size = strlen(lower_case);
    return text.size >= size && kit_is_ignoring_case(kit_span(text.data, size), lower_case);
}

/* False if the key is not this name (in lower case), whatever its case: tells most of them apart by one byte,
 * since every member of every record is looked at. */
static inline bool text_may_be(postern_text key, const char *name)
{
    return key.size && kit_lower(key.data[0]) == name[0];
}

static inline bool text_has_ignoring_case(postern_text text, const char *lower_case)
{
    size_t size = strlen(lower_case);
    for (size_t at = 0; at + size <= text.size; at++)
        if (kit_is_ignoring_case(kit_span(text.data + at, size), lower_case)) return true;
    return false;
}

static inline postern_text text_without_byte_order_mark(postern_text text)
{
    if (kit_starts_with(text, "\xef\xbb\xbf")) return kit_span(text.data + 3, text.size - 3);
    return text;
}

#endif
