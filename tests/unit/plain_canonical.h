/* The canonical form of JSON in the plainest way, which the fast one must match to the byte. */
#ifndef TEST_PLAIN_CANONICAL_H
#define TEST_PLAIN_CANONICAL_H

#include "base/json_tape.h"
#include "base/text.h"
#include <stdlib.h>

/* As json_form's. */
typedef bool (*plain_leave_out)(void *context, const struct json_node *member);

struct plain_form {
    const struct json_tape *tape;
    plain_leave_out leave_out;
    void *context;
    struct buffer *out;
};

static inline void plain_write_string(struct buffer *out, postern_text inside)
{
    buffer_append_byte(out, '"');
    for (const char *at = inside.data, *end = at + inside.size; at < end;) {
        if (*at != '\\') {
            buffer_append_byte(out, *at++);
            continue;
        }
        char bytes[4];
        const uint32_t code_point = json_decode_escape(&at, end);
        if (code_point < 0x20 || json_is_surrogate(code_point))
            buffer_printf(out, "\\u%04x", code_point);
        else if (code_point == '"' || code_point == '\\')
            buffer_printf(out, "\\%c", (int)code_point);
        else
            buffer_append(out, bytes, json_code_point_to_utf8(code_point, bytes));
    }
    buffer_append_byte(out, '"');
}

/* Of unescaped bytes. */
static inline bool plain_key_is_greater(const struct json_tape *tape, const struct json_node *a,
                                        const struct json_node *b)
{
    struct buffer a_key = {.limit = SIZE_MAX / 2}, b_key = {.limit = SIZE_MAX / 2};
    json_unescape_raw(json_node_key(tape, a), &a_key);
    json_unescape_raw(json_node_key(tape, b), &b_key);
    const bool greater = text_compare(buffer_text(&a_key), buffer_text(&b_key)) > 0;
    buffer_free(&a_key);
    buffer_free(&b_key);
    return greater;
}

static inline void plain_write(const struct plain_form *form, const struct json_node *node);

static inline void plain_write_object(const struct plain_form *form, const struct json_node *object)
{
    const struct json_node **members = calloc(json_count(form->tape, object) + 1, sizeof *members);
    size_t count = 0;
    if (!members) abort();
    for (const struct json_node *member = json_first(form->tape, object); member;
         member = json_after(form->tape, member)) {
        if (form->leave_out && form->leave_out(form->context, member)) continue;
        size_t place = count++;
        for (; place > 0 && plain_key_is_greater(form->tape, members[place - 1], member); place--)
            members[place] = members[place - 1];
        members[place] = member;
    }
    buffer_append_byte(form->out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(form->out, ',');
        plain_write_string(form->out, json_node_key(form->tape, members[i]));
        buffer_append_byte(form->out, ':');
        plain_write(form, members[i]);
    }
    buffer_append_byte(form->out, '}');
    free(members);
}

static inline void plain_write(const struct plain_form *form, const struct json_node *node)
{
    const struct json_node *first = json_first(form->tape, node);
    if (json_type(node) == POSTERN_JSON_OBJECT) {
        plain_write_object(form, node);
    } else if (json_type(node) == POSTERN_JSON_ARRAY) {
        buffer_append_byte(form->out, '[');
        for (const struct json_node *item = first; item; item = json_after(form->tape, item)) {
            if (item != first) buffer_append_byte(form->out, ',');
            plain_write(form, item);
        }
        buffer_append_byte(form->out, ']');
    } else if (json_type(node) == POSTERN_JSON_STRING) {
        plain_write_string(form->out, json_node_inside(form->tape, node));
    } else {
        buffer_append_text(form->out, json_node_raw(form->tape, node));
    }
}

#endif
