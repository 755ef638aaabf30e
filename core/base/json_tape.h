/* The layout of a JSON tape, for the code that walks it millions of times a minute. Everyone else uses
 * base/json.h.
 *
 * Nodes lie in document order: a container is followed by all that is inside it. Positions are offsets in the
 * text. */
#ifndef POSTERN_BASE_JSON_TAPE_H
#define POSTERN_BASE_JSON_TAPE_H

#include "base/json.h"
#include "base/json_escape.h"
#include <string.h>

#define JSON_STRING_ESCAPED 1u /* the string holds a backslash */
#define JSON_KEY_ESCAPED    2u /* its key does */
#define JSON_NUMBER_REAL    4u /* the number has a fraction or an exponent */
#define JSON_EMPTY          8u /* the container holds nothing */

/* What is to be seen of a value without reading it: its type, or that it is "". A bit for each, so that one
 * mask has several. */
enum json_look {
    JSON_LOOK_NULL = 1,
    JSON_LOOK_BOOLEAN = 2,
    JSON_LOOK_NUMBER = 4,
    JSON_LOOK_STRING = 8,
    JSON_LOOK_NO_TEXT = 16,
    JSON_LOOK_ARRAY = 32,
    JSON_LOOK_OBJECT = 64,
};

struct json_node {
    uint32_t start, end;         /* the value's text, quotes and brackets included */
    uint32_t key_start, key_end; /* the member's key, quotes left out; both 0 if it is no member */
    uint32_t sibling;            /* index of the next value in the same container; 0 = it is the last */
    uint32_t parent;             /* index of the container that it is in; the root is its own */
    uint8_t type;                /* POSTERN_JSON_... */
    uint8_t look;                /* enum json_look */
    uint8_t flags;
    uint8_t unused[5]; /* 32 bytes: to and from an index it is a shift */
};

struct json_tape {
    const char *text;
    struct json_node *nodes;
    size_t count, capacity;
    bool has_lone_surrogate;           /* an escape of half a pair */
    bool has_line_break;               /* between two parts of the text, or at its ends */
    const struct allocator *allocator; /* of the nodes; NULL = malloc */
    struct json_outlines *outlines;    /* NULL = none are remembered */
    struct json_outline *outline;      /* of the text (base/json_outline.h); NULL = unknown */
};

static inline postern_text json_node_raw(const struct json_tape *tape, const struct json_node *node)
{
    return (postern_text){tape->text + node->start, node->end - node->start};
}

static inline postern_text json_node_key(const struct json_tape *tape, const struct json_node *node)
{
    return (postern_text){tape->text + node->key_start, node->key_end - node->key_start};
}

/* Is that the member's key, unescaped? */
static inline bool json_node_key_is(const struct json_tape *tape, const struct json_node *node,
                                    postern_text key)
{
    postern_text raw = json_node_key(tape, node);
    if (node->flags & JSON_KEY_ESCAPED) return json_compare_unescaped(raw, key) == 0;
    if (raw.size != key.size) return false;
    return key.size == 0 || (*raw.data == *key.data && memcmp(raw.data, key.data, key.size) == 0);
}

/* What stands between the quotes of a string. */
static inline postern_text json_node_inside(const struct json_tape *tape, const struct json_node *node)
{
    return (postern_text){tape->text + node->start + 1, node->end - node->start - 2};
}

static inline bool json_node_is_container(const struct json_node *node)
{
    return node->type >= POSTERN_JSON_ARRAY;
}

static inline const struct json_node *json_node_first(const struct json_node *container)
{
    return container->flags & JSON_EMPTY ? NULL : container + 1;
}

static inline const struct json_node *json_node_after(const struct json_tape *tape,
                                                      const struct json_node *node)
{
    return node->sibling ? tape->nodes + node->sibling : NULL;
}

/* The next member behind `member` with the same unescaped key, or NULL. */
const struct json_node *json_get_text_after(const struct json_tape *tape, const struct json_node *member,
                                            postern_text key);

#endif
