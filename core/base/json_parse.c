/* From text to tape. */
#include "base/array.h"
#include "base/json_scan.h"

#include "base/error.h"
#include <stdlib.h>

/* More values than any answer within the limits on bytes has in practice: bounds the tape to 96 MiB. */
#define NODE_LIMIT  ((size_t)4 << 20)
#define FIRST_NODES ((size_t)128)
/* A tape that grew over this for one text shrinks again at the next. */
#define NODES_TO_KEEP ((size_t)64 << 10)

struct json_tape *json_tape_new(void)
{
    return calloc(1, sizeof(struct json_tape));
}

struct json_tape *json_tape_new_counted(const struct allocator *allocator)
{
    struct json_tape *tape = json_tape_new();
    if (tape) tape->allocator = allocator;
    return tape;
}

void json_tape_trim(struct json_tape *tape, size_t bytes)
{
    if (tape->capacity <= bytes / sizeof *tape->nodes) return;
    allocator_free(tape->allocator, tape->nodes, tape->capacity * sizeof *tape->nodes);
    tape->nodes = NULL;
    tape->count = tape->capacity = 0;
}

void json_tape_free(struct json_tape *tape)
{
    if (!tape) return;
    json_tape_trim(tape, 0);
    json_outlines_free(tape->outlines);
    free(tape);
}

void json_tape_freep(struct json_tape **tape)
{
    json_tape_free(*tape);
}

static const char no_memory[] = "out of memory", too_many[] = "too many values in one document";
static const char ends_early[] = "the text ends too early";

static bool grow(struct json_parser *parser)
{
    struct json_tape *tape = parser->tape;
    if (tape->capacity >= NODE_LIMIT) return fail(parser, parser->end, too_many) != NULL;
    bool room = array_reserve_counted(tape->allocator, &tape->nodes, &tape->capacity,
                                      tape->capacity ? tape->capacity + 1 : FIRST_NODES, sizeof *tape->nodes,
                                      NODE_LIMIT);
    return room || fail(parser, parser->end, no_memory) != NULL;
}

/* A node for the value that comes next. */
static inline struct json_node *new_node(struct json_parser *parser)
{
    struct json_tape *tape = parser->tape;
    if (__builtin_expect(tape->count == tape->capacity, 0) && !grow(parser)) return NULL;
    struct json_node *node = &tape->nodes[tape->count++];
    *node = (struct json_node){.parent = parser->inside};
    return node;
}

/* "key" and the colon that the outline expects; returns behind it, or NULL if something else stands here. */
static inline const char *scan_expected_key(struct json_parser *parser, const char *at,
                                            struct json_node *node)
{
    struct json_outline *next = parser->outline->next;
    if (next->parent != parser->inside || !json_outline_stands_at(next, at, parser->end)) return NULL;
    parser->outline = next;
    node->key_start = (uint32_t)(at + 1 - parser->begin);
    node->key_end = node->key_start + next->size - JSON_OUTLINE_MARKS;
    return at + next->size;
}

/* Any "key" and the colon. */
static const char *scan_other_key(struct json_parser *parser, const char *at, struct json_node *node)
{
    if (!comes_next(parser, &at, '"')) return fail(parser, at, "a key in double quotes is expected here");
    node->key_start = (uint32_t)(++at - parser->begin);
    at = scan_string(parser, at, JSON_KEY_ESCAPED, &node->flags);
    if (!at) return NULL;
    node->key_end = (uint32_t)(at - parser->begin - 1);
    if (!comes_next(parser, &at, ':')) return fail(parser, at, "':' is expected after the key");
    parser->outline = json_outline_with_key(parser->tape, parser->outline, node);
    return at + 1;
}

static inline const char *scan_key(struct json_parser *parser, const char *at, struct json_node *node)
{
    const char *behind = scan_expected_key(parser, at, node);
    if (__builtin_expect(!behind && at < parser->end && *at == ' ', 0))
        behind = scan_expected_key(parser, at = skip_space(parser, at), node);
    return __builtin_expect(behind != NULL, 1) ? behind : scan_other_key(parser, at, node);
}

static const char *open_container(struct json_parser *parser, const char *at, struct json_node *node)
{
    if (parser->depth == JSON_DEPTH_LIMIT) return fail(parser, at, "nested too deeply");
    parser->is_object = *at == '{';
    if (parser->is_object)
        set_type(node, POSTERN_JSON_OBJECT, JSON_LOOK_OBJECT);
    else
        set_type(node, POSTERN_JSON_ARRAY, JSON_LOOK_ARRAY);
    parser->depth++;
    parser->inside = (uint32_t)(node - parser->tape->nodes);
    at = skip_space(parser, at + 1);
    if (at < parser->end && *at == (parser->is_object ? '}' : ']')) node->flags |= JSON_EMPTY;
    return at;
}

/* Closes the innermost container if its bracket stands here; returns it, or NULL. */
static struct json_node *close_container(struct json_parser *parser, const char *at)
{
    if (at == parser->end || *at != (parser->is_object ? '}' : ']')) return NULL;
    struct json_node *node = &parser->tape->nodes[parser->inside];
    node->end = (uint32_t)(at + 1 - parser->begin);
    parser->depth--;
    parser->inside = node->parent;
    parser->is_object = parser->depth && parser->tape->nodes[node->parent].type == POSTERN_JSON_OBJECT;
    return node;
}

/* From behind the value in `node` to where the next one begins; closes what ends there. NULL at the end of
 * the document. */
static inline const char *to_next_value(struct json_parser *parser, const char *at, struct json_node *node)
{
    do {
        if (comes_next(parser, &at, ',')) {
            node->sibling = (uint32_t)parser->tape->count; /* the node that will be made next */
            return at + 1;
        }
        node = close_container(parser, at);
        if (!node)
            return fail(parser, at,
                        at == parser->end   ? ends_early
                        : parser->is_object ? "',' or '}' is expected here"
                                            : "',' or ']' is expected here");
        at++;
    } while (parser->depth);
    parser->behind = at;
    return NULL;
}

/* One value and what separates it from the next: a scalar, or a container up to its first value. */
static inline const char *scan_value(struct json_parser *parser, const char *at)
{
    struct json_node *node = new_node(parser);
    if (!node) return NULL;
    if (!parser->is_object)
        parser->outline = json_outline_with_element(parser->tape, parser->outline, parser->inside);
    else if (!(at = scan_key(parser, at, node)))
        return NULL;
    at = skip_space(parser, at);
    if (at == parser->end) return fail(parser, at, ends_early);
    node->start = (uint32_t)(at - parser->begin);
    if (*at == '"') { /* most values are texts */
        at = scan_text(parser, at, node);
        if (!at) return NULL;
    } else if (*at == '{' || *at == '[') {
        at = open_container(parser, at, node);
        if (!at || !(node->flags & JSON_EMPTY)) return at;
    } else {
        at = scan_scalar(parser, at, node);
        if (!at) return NULL;
    }
    return to_next_value(parser, at, node);
}

/* A document that is a text, a number or a word alone. */
static const char *scan_lone_scalar(struct json_parser *parser, const char *at)
{
    if (at == parser->end) return fail(parser, at, ends_early);
    struct json_node *node = new_node(parser);
    if (!node) return NULL;
    parser->outline = json_outline_with_element(parser->tape, parser->outline, parser->inside);
    node->start = (uint32_t)(at - parser->begin);
    return *at == '"' ? scan_text(parser, at, node) : scan_scalar(parser, at, node);
}

static bool parse_document(struct json_parser *parser)
{
    const char *at = skip_space(parser, parser->begin);
    parser->behind = NULL;
    if (at < parser->end && (*at == '{' || *at == '[')) {
        do {
            at = scan_value(parser, at);
        } while (at);
        at = parser->behind;
    } else {
        at = scan_lone_scalar(parser, at);
    }
    if (!at) return false;
    at = skip_space(parser, at);
    return at == parser->end || fail(parser, at, "more text after the document");
}

postern_status json_parse(struct json_tape *tape, postern_text text, const struct json_node **root,
                          postern_error *error)
{
    tape->count = 0;
    if (text.size >= UINT32_MAX) return error_set(error, POSTERN_E_LIMIT, "a JSON text of 4 GiB or more");
    if (text.size < tape->capacity) json_tape_trim(tape, NODES_TO_KEEP * sizeof *tape->nodes);
    const char *data = text.size ? text.data : "";
    struct json_parser parser;
    parser.begin = data;
    parser.end = data + text.size;
    parser.tape = tape;
    parser.depth = 0;
    parser.inside = 0;
    parser.is_object = parser.has_lone_surrogate = parser.has_line_break = false;
    parser.outline = json_outline_begin(tape->outlines);
    tape->text = data;
    tape->outline = NULL;
    if (parse_document(&parser)) {
        *root = tape->nodes;
        tape->outline = parser.outline == &json_outline_unknown ? NULL : parser.outline;
        tape->has_lone_surrogate = parser.has_lone_surrogate;
        tape->has_line_break = parser.has_line_break;
        return POSTERN_OK;
    }
    tape->count = 0;
    if (parser.problem == no_memory) return error_set(error, POSTERN_E_MEMORY, "%s", no_memory);
    if (parser.problem == too_many)
        return error_set(error, POSTERN_E_LIMIT, "more than %zu values in one JSON document", NODE_LIMIT);
    return error_set(error, POSTERN_E_PROTOCOL, "not valid JSON at byte %zu: %s",
                     (size_t)(parser.problem_at - data), parser.problem);
}
