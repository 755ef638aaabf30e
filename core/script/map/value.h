/* The values that flow through a map. */
#ifndef POSTERN_SCRIPT_MAP_VALUE_H
#define POSTERN_SCRIPT_MAP_VALUE_H

#include "base/json_tape.h"

/* How the text of a string is given. */
enum text_form {
    TEXT_CLEAN,   /* as it is meant, and nothing in it needs an escape */
    TEXT_WRITTEN, /* as between the quotes of the source, escapes and all */
    TEXT_PLAIN,   /* as it is meant; must be escaped when it is written */
};

/* Which members of the event a value was made of: an index on the event's tape, or with ORIGIN_GROUP an index
 * in the machine's groups; 0 = none. They are taken out of the rest when the value reaches the document. */
typedef uint32_t map_origin;
#define ORIGIN_NONE  0u
#define ORIGIN_GROUP 0x80000000u

struct map_value {
    postern_text text; /* of a string: see form; else the JSON text */
    const struct json_tape *tape;
    const struct json_node *node; /* what it was read from, if that lies on a tape; a list or object is it */
    map_origin origin;
    uint8_t type; /* POSTERN_JSON_... */
    uint8_t form; /* enum text_form */
};

static inline struct map_value map_text_value(postern_text text, enum text_form form, map_origin origin)
{
    return (struct map_value){
        .text = text, .origin = origin, .type = POSTERN_JSON_STRING, .form = (uint8_t)form};
}

static inline struct map_value map_json_value(postern_text json, int type, map_origin origin)
{
    return (struct map_value){.text = json, .origin = origin, .type = (uint8_t)type};
}

/* In place: a value that is made elsewhere and copied costs a stall. */
static inline void map_set_node(struct map_value *value, const struct json_tape *tape,
                                const struct json_node *node, map_origin origin)
{
    bool is_string = node->type == POSTERN_JSON_STRING;
    value->text.data = tape->text + node->start + is_string;
    value->text.size = node->end - node->start - 2u * is_string;
    value->tape = tape;
    value->node = node;
    value->origin = origin;
    value->type = node->type;
    value->form = node->flags & JSON_STRING_ESCAPED ? TEXT_WRITTEN : TEXT_CLEAN;
}

static inline struct map_value map_node_value(const struct json_tape *tape, const struct json_node *node,
                                              map_origin origin)
{
    struct map_value value;
    map_set_node(&value, tape, node, origin);
    return value;
}

/* Null and "" count as missing. */
static inline bool map_node_is_missing(const struct json_node *node)
{
    return node->type == POSTERN_JSON_NULL ||
           (node->type == POSTERN_JSON_STRING && node->end - node->start == 2);
}

#endif
