/* Looks into a tape: members, items, numbers, texts. */
#include "base/json_tape.h"

#include "base/json_escape.h"
#include "base/text.h"
#include <stdlib.h>

int json_type(const struct json_node *node)
{
    return node ? node->type : POSTERN_JSON_NULL;
}

postern_text json_raw(const struct json_tape *tape, const struct json_node *node)
{
    return node ? json_node_raw(tape, node) : TEXT("null");
}

postern_text json_raw_key(const struct json_tape *tape, const struct json_node *node)
{
    return node ? json_node_key(tape, node) : (postern_text){0};
}

const struct json_node *json_first(const struct json_tape *tape, const struct json_node *container)
{
    (void)tape;
    return container && json_node_is_container(container) ? json_node_first(container) : NULL;
}

const struct json_node *json_after(const struct json_tape *tape, const struct json_node *node)
{
    return node ? json_node_after(tape, node) : NULL;
}

size_t json_count(const struct json_tape *tape, const struct json_node *container)
{
    size_t count = 0;
    for (const struct json_node *item = json_first(tape, container); item; item = json_node_after(tape, item))
        count++;
    return count;
}

const struct json_node *json_get_text(const struct json_tape *tape, const struct json_node *object,
                                      postern_text key)
{
    if (json_type(object) != POSTERN_JSON_OBJECT) return NULL;
    const struct json_node *first = json_node_first(object);
    return !first || json_node_key_is(tape, first, key) ? first : json_get_text_after(tape, first, key);
}

const struct json_node *json_get_text_after(const struct json_tape *tape, const struct json_node *member,
                                            postern_text key)
{
    while ((member = json_node_after(tape, member)))
        if (json_node_key_is(tape, member, key)) return member;
    return NULL;
}

const struct json_node *json_get(const struct json_tape *tape, const struct json_node *object,
                                 const char *key)
{
    return json_get_text(tape, object, text_of(key));
}

bool json_is_plain_string(const struct json_tape *tape, const struct json_node *node)
{
    (void)tape;
    return json_type(node) == POSTERN_JSON_STRING && !(node->flags & JSON_STRING_ESCAPED);
}

bool json_unescape(const struct json_tape *tape, const struct json_node *node, struct buffer *out)
{
    if (json_type(node) != POSTERN_JSON_STRING) return false;
    postern_text inside = json_node_inside(tape, node);
    if (!(node->flags & JSON_STRING_ESCAPED)) return buffer_append_text(out, inside);
    return json_unescape_raw(inside, out);
}

bool json_unescape_raw(postern_text raw, struct buffer *out)
{
    const char *at = raw.data, *end = raw.data + raw.size;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        const char *plain_end = backslash ? backslash : end;
        if (!buffer_append(out, at, (size_t)(plain_end - at))) return false;
        if (!backslash) break;
        char bytes[4];
        size_t count = json_code_point_to_utf8(json_decode_escape(&backslash, end), bytes);
        if (!buffer_append(out, bytes, count)) return false;
        at = backslash;
    }
    return true;
}

bool json_integer(const struct json_tape *tape, const struct json_node *node, int64_t *integer)
{
    if (json_type(node) != POSTERN_JSON_NUMBER || node->flags & JSON_NUMBER_REAL) return false;
    postern_text raw = json_node_raw(tape, node);
    bool negative = raw.data[0] == '-';
    uint64_t value = 0;
    for (size_t i = negative; i < raw.size; i++)
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(raw.data[i] - '0'), &value))
            return false;
    if (value > (uint64_t)INT64_MAX + negative) return false;
    *integer = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool json_real(const struct json_tape *tape, const struct json_node *node, double *real)
{
    if (json_type(node) != POSTERN_JSON_NUMBER) return false;
    postern_text raw = json_node_raw(tape, node);
    char small[64];
    char *digits = raw.size < sizeof small ? small : malloc(raw.size + 1);
    if (!digits) return false;
    memcpy(digits, raw.data, raw.size);
    digits[raw.size] = 0;
    *real = strtod(digits, NULL);
    if (digits != small) free(digits);
    return true;
}
