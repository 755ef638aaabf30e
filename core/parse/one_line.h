/* Texts on one line. Inside JSON's strings a line break is always escaped, so one that stands in a valid text
 * is white space between two parts, and can go, with the indentation behind it. */
#ifndef POSTERN_PARSE_ONE_LINE_H
#define POSTERN_PARSE_ONE_LINE_H

#include "base/buffer.h"
#include "base/json.h"
#include <string.h>

static inline bool text_has_line_break(postern_text text)
{
    return text.size && (memchr(text.data, '\n', text.size) || memchr(text.data, '\r', text.size));
}

/* Writes `text`, which is valid JSON, without its line breaks to `out`, which holds text.size bytes. */
postern_text text_without_line_breaks(postern_text text, char *out);

/* As json_parse, but what lies on the tape has no line breaks: a text with some is parsed again from a copy,
 * which is made in `arena` and must live as long as the tape's content. */
postern_status json_parse_one_line(struct json_tape *tape, postern_text text, postern_arena *arena,
                                   const struct json_node **root, postern_error *error);

/* Appends a text of any form as one line of valid UTF-8: each line break becomes one blank, each wrong byte
 * U+FFFD. Returns how many bytes were wrong. */
size_t text_append_one_line(struct buffer *out, postern_text text);

#endif
