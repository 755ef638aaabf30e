#include "parse/strict_json.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json_outline.h"
#include "base/text.h"
#include <postern/kit.h>
#include <stdlib.h>

/* ---- Unicode ---- */

bool json_is_unicode(const struct json_tape *tape)
{
    return !tape->has_lone_surrogate && text_is_utf8(json_node_raw(tape, tape->nodes));
}

/* Text that is JSON but for its Unicode; backslashes stand in its strings only. */
static uint64_t write_unicode(struct buffer *out, postern_text text)
{
    const char *at = text.data, *end = text.data + text.size, *unwritten = at;
    uint64_t replaced = 0;
    while ((at = kit_find_special(at, end, true)) < end) {
        const char *next = at + 1;
        bool is_wrong = false;
        if (*at == '\\') {
            next = at;
            is_wrong = json_is_surrogate(json_decode_escape(&next, end));
        } else if ((unsigned char)*at > 0x7f) {
            size_t size = kit_utf8_sequence(at, end);
            is_wrong = size == 0;
            next = at + (size ? size : 1);
        }
        if (is_wrong) {
            buffer_append(out, unwritten, (size_t)(at - unwritten));
            buffer_append_string(out, KIT_REPLACEMENT);
            unwritten = next;
            replaced++;
        }
        at = next;
    }
    buffer_append(out, unwritten, (size_t)(end - unwritten));
    return replaced;
}

/* ---- Names of small objects ---- */

void json_key_set_init(struct json_key_set *set, const struct json_tape *tape)
{
    set->tape = tape;
    set->room = KEY_SET_MOST;
    memset(set->places, 0, sizeof set->places);
}

const struct json_node *json_node_behind(const struct json_tape *tape, const struct json_node *node)
{
    while (node != tape->nodes && !node->sibling)
        node = tape->nodes + node->parent;
    return node->sibling ? tape->nodes + node->sibling : tape->nodes + tape->count;
}

/* Its last bytes. With the quote in front of it, four bytes tell of three. */
static inline uint32_t key_end_of(const struct json_tape *tape, const struct json_node *member, uint32_t size)
{
    uint32_t word = 0;
    if (__builtin_expect(size >= 3, 1))
        memcpy(&word, tape->text + member->key_end - 4, 4);
    else
        memcpy(&word, tape->text + member->key_start, size);
    return word;
}

static bool is_same_member(const struct json_tape *tape, const struct json_node *a, const struct json_node *b)
{
    uint32_t size = a->key_end - a->key_start;
    return a->parent == b->parent && size == b->key_end - b->key_start &&
           memcmp(tape->text + a->key_start, tape->text + b->key_start, size) == 0;
}

bool json_key_set_add(struct json_key_set *set, const struct json_node *from, const struct json_node *behind)
{
    const struct json_tape *tape = set->tape;
    const struct json_node *nodes = tape->nodes;
    size_t room = set->room;
    unsigned probes = 0;
    uint8_t flags = 0;
    if (behind - nodes > UINT16_MAX) return false;
    for (const struct json_node *node = from; node < behind; node++) {
        if (node->key_end == 0) continue; /* no member */
        uint32_t size = node->key_end - node->key_start;
        uint32_t hash =
            (key_end_of(tape, node, size) + (size << 8) + node->parent * 0x85ebca6bu) * 0x9e3779b1u;
        size_t at = hash >> (32 - KEY_SET_BITS);
        flags |= node->flags;
        if (room-- == 0) return false;
        for (; __builtin_expect(set->places[at], 0); at = (at + 1) % KEY_SET_PLACES)
            if (is_same_member(tape, nodes + set->places[at], node) || ++probes > 4 * KEY_SET_MOST)
                return false;
        set->places[at] = (uint16_t)(node - nodes);
    }
    set->room = room;
    return !(flags & JSON_KEY_ESCAPED);
}

static bool look_at_keys(const struct json_tape *tape, const struct json_node *container)
{
    struct json_key_set set;
    if (container->flags & JSON_EMPTY) return true;
    json_key_set_init(&set, tape);
    return json_key_set_add(&set, container + 1, json_node_behind(tape, container));
}

/* The whole text, once for each outline. */
static bool outline_has_own_keys(const struct json_tape *tape)
{
    struct json_outline *outline = tape->outline;
    if (outline->own_keys == OWN_KEYS_UNSEEN)
        outline->own_keys = look_at_keys(tape, tape->nodes) ? OWN_KEYS : OWN_KEYS_DOUBTED;
    return outline->own_keys == OWN_KEYS;
}

bool json_has_own_keys(const struct json_tape *tape, const struct json_node *container)
{
    if (tape->outline && outline_has_own_keys(tape)) return true;
    bool is_told = tape->outline && container == tape->nodes;
    return !is_told && look_at_keys(tape, container);
}

/* ---- Names of any object ---- */

/* The members of a tape by their names, and which have the name of one before them in the same object. */
struct member_names {
    const struct json_tape *tape;
    const struct hash_key *key;
    struct buffer plain; /* a name without its escapes */
    uint32_t *table;     /* numbers of nodes; 0 = free */
    size_t mask;
    uint32_t *first_of; /* by number: the first member with the same name; 0 = it is the first itself */
    uint32_t
        *suffix; /* of all but the first: what is added to the name; of a first: the last that was used */
    uint64_t twins;
};

static void free_names(struct member_names *names)
{
    buffer_free(&names->plain);
    free(names->table);
    free(names->first_of);
    free(names->suffix);
}

static bool make_names(struct member_names *names)
{
    const struct json_tape *tape = names->tape;
    size_t members = 0;
    for (size_t i = 1; i < tape->count; i++)
        members += tape->nodes[i].key_end != 0;
    size_t places = 16;
    while (places < members * 2)
        places *= 2;
    names->mask = places - 1;
    names->table = calloc(places, sizeof *names->table);
    names->first_of = calloc(tape->count, sizeof *names->first_of);
    names->suffix = calloc(tape->count, sizeof *names->suffix);
    return names->table && names->first_of && names->suffix;
}

/* The member's name in names->plain. */
static postern_text read_name(struct member_names *names, const struct json_node *member)
{
    postern_text raw = json_node_key(names->tape, member);
    buffer_clear(&names->plain);
    if (member->flags & JSON_KEY_ESCAPED)
        json_unescape_raw(raw, &names->plain);
    else
        buffer_append_text(&names->plain, raw);
    return buffer_text(&names->plain);
}

/* The place of a name of an object's member, or a free one where it belongs. */
static uint32_t *find_name(const struct member_names *names, uint32_t object, postern_text name)
{
    const struct json_node *nodes = names->tape->nodes;
    uint64_t hash = keyed_hash(names->key, name) + object * 0x9e3779b97f4a7c15u;
    for (size_t at = (hash ^ hash >> 32) & names->mask;; at = (at + 1) & names->mask) {
        uint32_t number = names->table[at];
        if (!number) return &names->table[at];
        if (nodes[number].parent == object && json_node_key_is(names->tape, &nodes[number], name))
            return &names->table[at];
    }
}

static void gather_names(struct member_names *names)
{
    const struct json_node *nodes = names->tape->nodes;
    for (uint32_t i = 1; i < names->tape->count; i++) {
        if (nodes[i].key_end == 0) continue;
        uint32_t *place = find_name(names, nodes[i].parent, read_name(names, &nodes[i]));
        names->first_of[i] = *place;
        names->twins += *place != 0;
        if (!*place) *place = i;
    }
}

/* "x", "x_2", "x_3": a number that makes a name which nobody has. Whatever stands before the last "_" is the
 * name that came again, so that no two names can become the same. */
static void number_twins(struct member_names *names)
{
    const struct json_node *nodes = names->tape->nodes;
    for (uint32_t i = 1; i < names->tape->count; i++) {
        uint32_t first = names->first_of[i], suffix = names->suffix[first];
        if (!first) continue;
        size_t size = read_name(names, &nodes[i]).size;
        for (suffix = suffix < 2 ? 2 : suffix + 1;; suffix++) {
            names->plain.size = size;
            buffer_printf(&names->plain, "_%u", (unsigned)suffix);
            if (!*find_name(names, nodes[i].parent, buffer_text(&names->plain))) break;
        }
        names->suffix[i] = names->suffix[first] = suffix;
    }
}

static void write_numbered(const struct member_names *names, struct buffer *out)
{
    const struct json_tape *tape = names->tape;
    uint32_t at = tape->nodes->start;
    for (size_t i = 1; i < tape->count; i++) {
        if (!names->first_of[i]) continue;
        buffer_append(out, tape->text + at, tape->nodes[i].key_end - at);
        buffer_printf(out, "_%u", (unsigned)names->suffix[i]);
        at = tape->nodes[i].key_end;
    }
    buffer_append(out, tape->text + at, tape->nodes->end - at);
}

postern_status json_write_strict(struct json_tape *tape, postern_text text, const struct hash_key *key,
                                 struct buffer *out, struct json_repairs *repairs, postern_error *error)
{
    _cleanup_(buffer_free) struct buffer unicode = {.limit = out->limit};
    const struct json_node *root;
    postern_status status = json_parse(tape, text, &root, error);
    if (status < 0) return status;
    if (!json_is_unicode(tape)) {
        repairs->replaced += write_unicode(&unicode, text);
        if (unicode.failed) return error_no_memory(error, NULL);
        text = buffer_text(&unicode);
        if ((status = json_parse(tape, text, &root, error)) < 0) return status;
    }
    _cleanup_(free_names) struct member_names names = {
        .tape = tape, .key = key, .plain = {.limit = text.size + 16}};
    if (!make_names(&names)) return error_no_memory(error, NULL);
    gather_names(&names);
    if (names.twins) number_twins(&names);
    write_numbered(&names, out);
    repairs->renamed += names.twins;
    return names.plain.failed || out->failed ? error_no_memory(error, NULL) : POSTERN_OK;
}
