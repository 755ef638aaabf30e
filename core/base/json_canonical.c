/* The canonical form, which an event's id is the hash of. */
#include "base/json_outline.h"

#include "base/json_escape.h"
#include "base/short_copy.h"
#include "base/text.h"
#include <stdlib.h>

/* Objects with more members than this take their sorting tables from malloc, and no order is remembered. */
#define MEMBERS_ON_STACK 64

/* An escape of two bytes becomes one of six. */
#define MOST_GROWTH 3

/* All members of one object in all texts of one outline, sorted. */
struct sorted_members {
    uint64_t outline; /* its number; 0 = nothing yet */
    uint32_t object;  /* on the tape */
    uint32_t count;
    uint32_t nodes[MEMBERS_ON_STACK];
};

#define SORTED_OBJECTS 64

struct json_orders {
    struct sorted_members sorted[SORTED_OBJECTS];
};

struct member {
    uint64_t prefix; /* the key's first bytes as a number that sorts like them; 0 if it holds escapes */
    uint32_t node;   /* on the tape */
};

struct canonical {
    const struct json_tape *tape;
    const struct json_form *form;
    size_t text_size;
};

struct json_orders *json_orders_new(void)
{
    return calloc(1, sizeof(struct json_orders));
}

void json_orders_free(struct json_orders *orders)
{
    free(orders);
}

/* ---- Order ---- */

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

/* The first bytes of a key without escapes. */
static inline uint64_t prefix_of(const struct canonical *canonical, const struct json_node *node)
{
    const size_t size = node->key_end - node->key_start;
    uint64_t bytes = 0;
    if (__builtin_expect(node->key_start + sizeof bytes <= canonical->text_size, 1))
        memcpy(&bytes, canonical->tape->text + node->key_start, sizeof bytes);
    else
        memcpy(&bytes, canonical->tape->text + node->key_start, size < 8 ? size : 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return size < 8 ? bytes & ~(UINT64_MAX >> (size * 8)) : bytes;
}

static inline struct member member_of(const struct canonical *canonical, const struct json_node *node)
{
    const bool escaped = node->flags & JSON_KEY_ESCAPED;
    return (struct member){.prefix = escaped ? 0 : prefix_of(canonical, node),
                           .node = (uint32_t)(node - canonical->tape->nodes)};
}

/* By the whole keys. */
static int compare_slowly(const struct json_tape *tape, const struct member *a, const struct member *b)
{
    const struct json_node *a_node = &tape->nodes[a->node], *b_node = &tape->nodes[b->node];
    const postern_text a_key = json_node_key(tape, a_node), b_key = json_node_key(tape, b_node);
    const bool escaped = (a_node->flags | b_node->flags) & JSON_KEY_ESCAPED;
    const int order = escaped ? compare_escaped(a_key, b_key) : text_compare(a_key, b_key);
    return order ? order : (a->node > b->node) - (a->node < b->node); /* duplicates keep their order */
}

/* A prefix of 0 says nothing. */
static inline int compare(const struct json_tape *tape, const struct member *a, const struct member *b)
{
    if (a->prefix != b->prefix && a->prefix && b->prefix) return a->prefix < b->prefix ? -1 : 1;
    return compare_slowly(tape, a, b);
}

static int compare_members(const void *left, const void *right, void *tape)
{
    return compare(tape, left, right);
}

/* Insertion: short tables are the rule, and mostly sorted already. */
static void insert(const struct json_tape *tape, struct member *members, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct member member = members[i];
        size_t place = i;
        for (; place > 0 && compare(tape, &members[place - 1], &member) > 0; place--)
            members[place] = members[place - 1];
        members[place] = member;
    }
}

static size_t sort_wide(const struct canonical *canonical, const struct json_node *object, uint32_t *nodes)
{
    struct member *members = malloc(json_count(canonical->tape, object) * sizeof *members);
    size_t count = 0;
    if (!members) return 0;
    for (const struct json_node *node = json_node_first(object); node;
         node = json_node_after(canonical->tape, node))
        members[count++] = member_of(canonical, node);
    qsort_r(members, count, sizeof *members, compare_members, (void *)(uintptr_t)canonical->tape);
    for (size_t i = 0; i < count; i++)
        nodes[i] = members[i].node;
    free(members);
    return count;
}

/* The members of an object in their order. False if there are more than MEMBERS_ON_STACK. */
static bool sort_members(const struct canonical *canonical, const struct json_node *object,
                         uint32_t nodes[MEMBERS_ON_STACK], uint32_t *count)
{
    struct member members[MEMBERS_ON_STACK];
    *count = 0;
    for (const struct json_node *node = json_node_first(object); node;
         node = json_node_after(canonical->tape, node)) {
        if (*count == MEMBERS_ON_STACK) return false;
        members[(*count)++] = member_of(canonical, node);
    }
    insert(canonical->tape, members, *count);
    for (uint32_t i = 0; i < *count; i++)
        nodes[i] = members[i].node;
    return true;
}

/* The same, as it is remembered of the outline; false also where nothing is remembered of the text. */
static bool recall_members(const struct canonical *canonical, const struct json_node *object,
                           uint32_t nodes[MEMBERS_ON_STACK], uint32_t *count)
{
    const uint64_t outline = json_outline_number(canonical->tape);
    if (!outline || !canonical->form->orders) return false;
    const uint32_t number = (uint32_t)(object - canonical->tape->nodes);
    struct sorted_members *known = &canonical->form->orders->sorted[(outline + number) % SORTED_OBJECTS];
    if (known->outline != outline || known->object != number) {
        known->outline = 0;
        if (!sort_members(canonical, object, known->nodes, &known->count)) return false;
        known->outline = outline;
        known->object = number;
    }
    /* a copy, as an object inside this one may come to lie in its place */
    memcpy(nodes, known->nodes, known->count * sizeof *nodes);
    *count = known->count;
    return true;
}

/* ---- Writing: there is room for all of it ---- */

static char *write_unit(char *to, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    *to++ = '\\';
    *to++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *to++ = digits[unit >> shift & 15];
    return to;
}

static char *write_code_point(char *to, uint32_t code_point)
{
    /* Half of a pair: keep which one it was, or two texts would become the same. */
    if (json_is_surrogate(code_point) || code_point < 0x20) return write_unit(to, code_point);
    if (code_point == '"' || code_point == '\\') *to++ = '\\';
    return to + json_code_point_to_utf8(code_point, to);
}

/* What stands between the quotes of a string or key. Invalid UTF-8 stays: other bytes are another event. */
static char *write_inside(char *to, postern_text raw)
{
    const char *at = raw.data, *end = raw.data + raw.size;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        to = copy_short(to, at, (size_t)((backslash ? backslash : end) - at));
        if (!backslash) break;
        to = write_code_point(to, json_decode_escape(&backslash, end));
        at = backslash;
    }
    return to;
}

static char *write_as_it_is(char *to, postern_text text)
{
    return copy_short(to, text.data, text.size);
}

static char *write_string(const struct canonical *canonical, const struct json_node *string, char *to)
{
    if (!(string->flags & JSON_STRING_ESCAPED))
        return write_as_it_is(to, json_node_raw(canonical->tape, string));
    *to++ = '"';
    to = write_inside(to, json_node_inside(canonical->tape, string));
    *to++ = '"';
    return to;
}

/* "key": */
static char *write_key(const struct canonical *canonical, const struct json_node *member, char *to)
{
    const postern_text key = json_node_key(canonical->tape, member);
    *to++ = '"';
    to = member->flags & JSON_KEY_ESCAPED ? write_inside(to, key) : write_as_it_is(to, key);
    *to++ = '"';
    *to++ = ':';
    return to;
}

static char *write_value(const struct canonical *canonical, const struct json_node *node, char *to);

/* Most members are canonical as they stand. */
static inline char *write_member(const struct canonical *canonical, const struct json_node *member, char *to)
{
    const bool plain = !json_node_is_container(member) && member->start == member->key_end + 2 &&
                       !(member->flags & (JSON_KEY_ESCAPED | JSON_STRING_ESCAPED));
    if (plain)
        return copy_short(to, canonical->tape->text + member->key_start - 1,
                          member->end - member->key_start + 1);
    return write_value(canonical, member, write_key(canonical, member, to));
}

static inline bool is_left_out(const struct canonical *canonical, const struct json_node *member)
{
    const struct json_form *form = canonical->form;
    return form->leave_out && form->leave_out(form->context, member);
}

static char *write_members(const struct canonical *canonical, const uint32_t *nodes, size_t count, char *to)
{
    const char *begin = to;
    *to++ = '{';
    for (size_t i = 0; i < count; i++) {
        const struct json_node *member = &canonical->tape->nodes[nodes[i]];
        if (is_left_out(canonical, member)) continue;
        if (to > begin + 1) *to++ = ',';
        to = write_member(canonical, member, to);
        if (!to) return NULL;
    }
    *to++ = '}';
    return to;
}

static char *write_wide_object(const struct canonical *canonical, const struct json_node *object, char *to)
{
    uint32_t *nodes = malloc(json_count(canonical->tape, object) * sizeof *nodes);
    size_t count = nodes ? sort_wide(canonical, object, nodes) : 0;
    to = count ? write_members(canonical, nodes, count, to) : NULL;
    free(nodes);
    return to;
}

static char *write_object(const struct canonical *canonical, const struct json_node *object, char *to)
{
    uint32_t nodes[MEMBERS_ON_STACK], count;
    const bool fits =
        recall_members(canonical, object, nodes, &count) || sort_members(canonical, object, nodes, &count);
    return fits ? write_members(canonical, nodes, count, to) : write_wide_object(canonical, object, to);
}

static char *write_array(const struct canonical *canonical, const struct json_node *array, char *to)
{
    *to++ = '[';
    for (const struct json_node *item = json_node_first(array); item;
         item = json_node_after(canonical->tape, item)) {
        if (item != json_node_first(array)) *to++ = ',';
        to = write_value(canonical, item, to);
        if (!to) return NULL;
    }
    *to++ = ']';
    return to;
}

static char *write_value(const struct canonical *canonical, const struct json_node *node, char *to)
{
    switch (node->type) {
    case POSTERN_JSON_OBJECT:
        return write_object(canonical, node, to);
    case POSTERN_JSON_ARRAY:
        return write_array(canonical, node, to);
    case POSTERN_JSON_STRING:
        return write_string(canonical, node, to);
    default:
        return write_as_it_is(to, json_node_raw(canonical->tape, node));
    }
}

bool json_canonical(const struct json_tape *tape, const struct json_node *node, const struct json_form *form,
                    struct buffer *out)
{
    static const struct json_form whole = {.leave_out = NULL};
    if (!node) return buffer_append_string(out, "null");
    const struct canonical canonical = {
        .tape = tape, .form = form ? form : &whole, .text_size = tape->nodes[0].end};
    const postern_text raw = json_node_raw(tape, node);
    const bool may_grow = memchr(raw.data, '\\', raw.size) != NULL;
    char *place = buffer_reserve(out, may_grow ? raw.size * MOST_GROWTH : raw.size);
    char *end = place ? write_value(&canonical, node, place) : NULL;
    if (end) out->size += (size_t)(end - place);
    return end != NULL;
}
