/* A value of a text as a text of its own. */
#include "base/json_outline.h"

/* Leaves the nodes of the text that begins with that one, as parsing it makes them. */
static void keep_inside(struct json_tape *tape, uint32_t number, struct json_outline *inside)
{
    struct json_node *nodes = tape->nodes;
    const uint32_t from = nodes[number].start;
    tape->count = inside->depth;
    memmove(nodes, nodes + number, tape->count * sizeof *nodes);
    nodes->parent = number;
    nodes->sibling = nodes->key_start = nodes->key_end = 0;
    for (struct json_node *node = nodes; node < nodes + tape->count; node++) {
        const uint32_t before_keys = node->key_end ? from : 0;
        node->start -= from;
        node->end -= from;
        node->key_start -= before_keys;
        node->key_end -= before_keys;
        node->sibling -= node->sibling ? number : 0;
        node->parent -= number;
    }
    tape->text += from;
    tape->outline = inside;
}

postern_status json_parse_inside(struct json_tape *tape, const struct json_node *node,
                                 const struct json_node **root, postern_error *error)
{
    struct json_outline *whole = tape->outline;
    const uint32_t number = (uint32_t)(node - tape->nodes);
    const bool is_known = whole && whole->inside && whole->inside_number == number;
    if (is_known && !tape->has_lone_surrogate && !tape->has_line_break) { /* which may stand elsewhere */
        keep_inside(tape, number, whole->inside);
        return *root = tape->nodes, POSTERN_OK;
    }
    const uint64_t known_as = whole ? whole->number : 0;
    postern_status status = json_parse(tape, json_node_raw(tape, node), root, error);
    if (status < 0 || !whole || !tape->outline || whole->number != known_as) return status; /* forgotten */
    whole->inside_number = number;
    whole->inside = tape->outline;
    return POSTERN_OK;
}
