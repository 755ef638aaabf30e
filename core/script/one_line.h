/* JSON texts on one line. Inside strings a line break is always escaped, so one that stands in the text is
 * white space between two parts, and can go, with the indentation behind it. */
#ifndef POSTERN_SCRIPT_ONE_LINE_H
#define POSTERN_SCRIPT_ONE_LINE_H

#include <postern/module.h>
#include <string.h>

static inline bool text_has_line_break(postern_text text)
{
    return text.size && (memchr(text.data, '\n', text.size) || memchr(text.data, '\r', text.size));
}

/* Writes `text` without its line breaks to `out`, which holds text.size bytes. */
static inline postern_text text_without_line_breaks(postern_text text, char *out)
{
    char *end = out;
    bool behind_break = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_break = byte == '\n' || byte == '\r';
        behind_break = is_break || (behind_break && (byte == ' ' || byte == '\t'));
        if (!behind_break) *end++ = byte;
    }
    return (postern_text){out, (size_t)(end - out)};
}

#endif
