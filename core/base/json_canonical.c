/* The canonical form, which an event's id is the hash of. */
#include "base/json_tape.h"

#include "base/json_escape.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

/* Objects with more members than this take their sorting table from malloc. */
#define MEMBERS_ON_STACK 64

struct member {
    uint64_t prefix;  /* the key's first bytes as a number that sorts like them; 0 if it holds escapes */
    postern_text key; /* raw */
    const struct json_node *node;
};

struct canonical {
    const struct json_tape *tape;
    struct buffer *out;
    bool (*leave_out)(void *context, const struct json_node *member);
    void *context;
};

/* Steps over one byte, or over an escape as the bytes that it means. */
static size_t next_bytes(const char **at, const char *end, char bytes[4])
{
    if (**at == '\\') return json_code_point_to_utf8(json_decode_escape(at, end), bytes);
    bytes[0] = *(*at)++;
    return 1;
}

static int compare_escaped(postern_text a, postern_text b)
{
    const char *a_at = a.data, *a_end = a.data + a.size, *b_at = b.data, *b_end = b.data + b.size;
    char a_bytes[4], b_bytes[4];
    size_t a_count = 0, b_count = 0, a_used = 0, b_used = 0;
    for (;;) {
        if (a_used == a_count) a_used = 0, a_count = a_at < a_end ? next_bytes(&a_at, a_end, a_bytes) : 0;
        if (b_used == b_count) b_used = 0, b_count = b_at < b_end ? next_bytes(&b_at, b_end, b_bytes) : 0;
        if (!a_count || !b_count) return (a_count > 0) - (b_count > 0);
        unsigned char a_byte = (unsigned char)a_bytes[a_used++], b_byte = (unsigned char)b_bytes[b_used++];
        if (a_byte != b_byte) return a_byte < b_byte ? -1 : 1;
    }
}

static struct member member_of(const struct json_tape *tape, const struct json_node *node)
{
    struct member member = {.key = json_node_key(tape, node), .node = node};
    if (node->flags & JSON_KEY_ESCAPED) return member;
    memcpy(&member.prefix, member.key.data, member.key.size < 8 ? member.key.size : 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    member.prefix = __builtin_bswap64(member.prefix);
#endif
    return member;
}

static int compare_slowly(const struct member *a, const struct member *b)
{
    bool escaped = (a->node->flags | b->node->flags) & JSON_KEY_ESCAPED;
    if (!escaped && a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
    int order = escaped ? compare_escaped(a->key, b->key) : text_compare(a->key, b->key);
    return order ? order : (a->node > b->node) - (a->node < b->node); /* duplicates keep their order */
}

/* A prefix of 0 says nothing. */
static inline int compare(const struct member *a, const struct member *b)
{
    if (a->prefix != b->prefix && a->prefix && b->prefix) return a->prefix < b->prefix ? -1 : 1;
    return compare_slowly(a, b);
}

static int compare_members(const void *left, const void *right)
{
    return compare(left, right);
}

/* Short tables are the rule and mostly sorted already: insertion. */
static void sort_members(struct member *members, size_t count)
{
    if (count > MEMBERS_ON_STACK) {
        qsort(members, count, sizeof *members, compare_members);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct member member = members[i];
        size_t place = i;
        for (; place > 0 && compare(&members[place - 1], &member) > 0; place--)
            members[place] = members[place - 1];
        members[place] = member;
    }
}

static void write_code_point(struct buffer *out, uint32_t code_point)
{
    if (json_is_surrogate(
            code_point)) { /* alone: keep which one it was, or two texts would become the same */
        buffer_printf(out, "\\u%04x", (unsigned)code_point);
        return;
    }
    char bytes[4];
    size_t count = json_code_point_to_utf8(code_point, bytes);
    if (code_point == '"' || code_point == '\\') buffer_append_byte(out, '\\');
    if (code_point < 0x20)
        buffer_printf(out, "\\u%04x", (unsigned)code_point);
    else
        buffer_append(out, bytes, count);
}

/* What stands between the quotes of a string or key. Invalid UTF-8 stays: other bytes are another event. */
static void write_inside(struct buffer *out, postern_text raw)
{
    const char *at = raw.data, *end = raw.data + raw.size;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        buffer_append(out, at, (size_t)((backslash ? backslash : end) - at));
        if (!backslash) break;
        write_code_point(out, json_decode_escape(&backslash, end));
        at = backslash;
    }
}

static bool write_string(const struct canonical *canonical, const struct json_node *string)
{
    postern_text raw = json_node_raw(canonical->tape, string);
    if (!(string->flags & JSON_STRING_ESCAPED)) return buffer_append_text(canonical->out, raw);
    buffer_append_byte(canonical->out, '"');
    write_inside(canonical->out, json_node_inside(canonical->tape, string));
    return buffer_append_byte(canonical->out, '"');
}

/* "key": */
static void write_key(struct buffer *out, const struct member *member)
{
    postern_text key = member->key;
    if (member->node->flags & JSON_KEY_ESCAPED) {
        buffer_append_byte(out, '"');
        write_inside(out, key);
        buffer_append(out, "\":", 2);
        return;
    }
    char *place = buffer_reserve(out, key.size + 3);
    if (!place) return;
    memcpy(place, key.data - 1, key.size + 2); /* with its quotes */
    place[key.size + 2] = ':';
    out->size += key.size + 3;
}

static bool write_value(const struct canonical *canonical, const struct json_node *node);

static bool write_members(const struct canonical *canonical, const struct member *members, size_t count)
{
    struct buffer *out = canonical->out;
    buffer_append_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(out, ',');
        write_key(out, &members[i]);
        if (!write_value(canonical, members[i].node)) return false;
    }
    return buffer_append_byte(out, '}');
}

static bool is_left_out(const struct canonical *canonical, const struct json_node *member)
{
    return canonical->leave_out && canonical->leave_out(canonical->context, member);
}

static bool write_object(const struct canonical *canonical, const struct json_node *object)
{
    struct member on_stack[MEMBERS_ON_STACK], *members = on_stack;
    size_t count = json_count(canonical->tape, object), kept = 0;
    if (count > MEMBERS_ON_STACK) members = malloc(count * sizeof *members);
    if (!members) return false;
    for (const struct json_node *node = json_node_first(object); node;
         node = json_node_after(canonical->tape, node))
        if (!is_left_out(canonical, node)) members[kept++] = member_of(canonical->tape, node);
    sort_members(members, kept);
    bool written = write_members(canonical, members, kept);
    if (members != on_stack) free(members);
    return written;
}

static bool write_array(const struct canonical *canonical, const struct json_node *array)
{
    buffer_append_byte(canonical->out, '[');
    for (const struct json_node *item = json_node_first(array); item;
         item = json_node_after(canonical->tape, item)) {
        if (item != json_node_first(array)) buffer_append_byte(canonical->out, ',');
        if (!write_value(canonical, item)) return false;
    }
    return buffer_append_byte(canonical->out, ']');
}

static bool write_value(const struct canonical *canonical, const struct json_node *node)
{
    switch (node->type) {
    case POSTERN_JSON_OBJECT:
        return write_object(canonical, node);
    case POSTERN_JSON_ARRAY:
        return write_array(canonical, node);
    case POSTERN_JSON_STRING:
        return write_string(canonical, node);
    default:
        return buffer_append_text(canonical->out, json_node_raw(canonical->tape, node));
    }
}

bool json_canonical(const struct json_tape *tape, const struct json_node *node,
                    bool (*leave_out)(void *context, const struct json_node *member), void *context,
                    struct buffer *out)
{
    if (!node) return buffer_append_string(out, "null");
    const struct canonical canonical = {tape, out, leave_out, context};
    return write_value(&canonical, node);
}
