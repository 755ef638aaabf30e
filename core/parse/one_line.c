#include "parse/one_line.h"

#include "base/arena.h"
#include "base/error.h"

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
    if (status < 0 || !text_has_line_break(text)) return status;
    char *copy = arena_allocate_raw(arena, text.size);
    if (!copy) return error_set(error, POSTERN_E_LIMIT, "larger than the memory for scripts");
    return json_parse(tape, text_without_line_breaks(text, copy), root, error);
}
