#include "parse/one_line.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json_tape.h"
#include <postern/kit.h>

postern_text text_without_line_breaks(postern_text text, char *out)
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

postern_status json_parse_one_line(struct json_tape *tape, postern_text text, postern_arena *arena,
                                   const struct json_node **root, postern_error *error)
{
    postern_status status = json_parse(tape, text, root, error);
    if (status < 0 || !tape->has_line_break) return status;
    char *copy = arena_allocate_raw(arena, text.size);
    if (!copy) return error_no_memory(error, NULL);
    return json_parse(tape, text_without_line_breaks(text, copy), root, error);
}

size_t text_append_one_line(struct buffer *out, postern_text text)
{
    size_t wrong = 0;
    const char *at = text.size ? text.data : "", *end = at + text.size;
    while (at < end) {
        const char *from = at;
        size_t sequence = 1;
        while (at < end && *at != '\n' && *at != '\r' && (sequence = kit_utf8_sequence(at, end)) > 0)
            at += sequence;
        buffer_append(out, from, (size_t)(at - from));
        if (at == end) break;
        if (sequence == 0) {
            wrong++;
            buffer_append_string(out, KIT_REPLACEMENT);
        } else {
            at += at[0] == '\r' && at + 1 < end && at[1] == '\n';
            buffer_append_byte(out, ' ');
        }
        at++;
    }
    return wrong;
}
