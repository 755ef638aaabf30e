/* Which keys a text has, and where: programs write the same ones again and again.
 *
 * A tape that remembers outlines expects behind each key the one that came there last. So most keys cost one
 * comparison instead of a search for their end, and what hangs on the keys alone need not be found out twice:
 * two texts with one outline have the same number of nodes, and each node has the same parent and, as it is
 * written, the same key.
 *
 * The outlines are a tree. Each of its nodes stands for all that a text had up to one value; the last one is
 * that of the text. */
#ifndef POSTERN_BASE_JSON_OUTLINE_H
#define POSTERN_BASE_JSON_OUTLINE_H

#include "base/byte_block.h"
#include "base/json_tape.h"

#define JSON_OUTLINE_KEY     48u        /* longer keys, with their marks, are not remembered */
#define JSON_OUTLINE_MARKS   3u         /* two quotes and a colon */
#define JSON_OUTLINE_ELEMENT (1u << 31) /* in `parent`: an element of a list, or the root */

/* What parse/strict_json.h says of the keys of a text. */
enum json_own_keys { OWN_KEYS_UNSEEN, OWN_KEYS, OWN_KEYS_DOUBTED };

struct json_outline {
    uint64_t first_bits;         /* of as many of the first 16 bytes as `key` has, as byte_block_bits */
    char key[JSON_OUTLINE_KEY];  /* as it is written, with its marks */
    uint64_t number;             /* no other outline of the process has it */
    uint32_t parent;             /* as that of the node, or JSON_OUTLINE_ELEMENT with it */
    uint16_t depth;              /* in the tree */
    uint8_t size;                /* of `key` */
    uint8_t own_keys;            /* enum json_own_keys, of a text that ends here */
    uint32_t inside_number;      /* a node in a text that ends here, ... */
    struct json_outline *inside; /* ... and what its text alone has; NULL = unknown */
    struct json_outline *next;   /* what came behind it last, or json_outline_unknown */
    struct json_outline *behind, *other; /* all that came behind it; the next of these */
};

/* Of texts that are not remembered: nothing is expected behind it. */
extern struct json_outline json_outline_unknown;

/* Lets the tape remember outlines, in at most half a megabyte; without memory for that it just does not. NULL
 * is fine. */
void json_tape_remember(struct json_tape *tape);
void json_outlines_free(struct json_outlines *outlines);

/* ---- For the parser ---- */

/* Where a text begins. */
struct json_outline *json_outline_begin(struct json_outlines *outlines);
/* The outline that comes behind `from` with the key of the node, or with an element. */
struct json_outline *json_outline_learn(struct json_tape *tape, struct json_outline *from, uint32_t parent,
                                        postern_text key);

static inline struct json_outline *json_outline_with_key(struct json_tape *tape, struct json_outline *from,
                                                         const struct json_node *node)
{
    if (from == &json_outline_unknown) return from;
    if (node->flags & JSON_KEY_ESCAPED) return &json_outline_unknown; /* what it means is to be looked at */
    return json_outline_learn(tape, from, node->parent, json_node_key(tape, node));
}

static inline struct json_outline *json_outline_with_element(struct json_tape *tape,
                                                             struct json_outline *from, uint32_t parent)
{
    parent |= JSON_OUTLINE_ELEMENT;
    if (from->next->parent == parent) return from->next;
    if (from == &json_outline_unknown) return from;
    return json_outline_learn(tape, from, parent, (postern_text){0});
}

/* Whether the key and its marks stand at `at`. Sixteen bytes are more than most keys. */
static inline bool json_outline_stands_at(const struct json_outline *outline, const char *at, const char *end)
{
#if defined(KIT_VECTOR)
    if (__builtin_expect(end - at >= 16, 1)) {
        byte_block equal = (byte_block)(byte_block_at(at) == byte_block_at(outline->key));
        if (outline->first_bits & ~byte_block_bits(equal)) return false;
        if (outline->size <= 16) return true;
    }
#endif
    return end - at >= outline->size && memcmp(at, outline->key, outline->size) == 0;
}

/* ---- For readers ---- */

/* Two texts of one number have one outline, whichever tapes they lie on; 0 = unknown. */
static inline uint64_t json_outline_number(const struct json_tape *tape)
{
    return tape->outline ? tape->outline->number : 0;
}

/* json_get_text of the root. Where a text with the outline had the key is remembered. */
const struct json_node *json_outline_get(const struct json_tape *tape, postern_text key);
/* json_parse of the text of a node of the same tape, of whose nodes it then has no others. */
postern_status json_parse_inside(struct json_tape *tape, const struct json_node *node,
                                 const struct json_node **root, postern_error *error);

#endif
