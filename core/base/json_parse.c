#include "base/json_tape.h"

#include "base/error.h"
#include "base/json_scan.h"
#include "base/text.h"
#include <stdlib.h>

/* More values than any answer within the limits on bytes has in practice: bounds the tape to 96 MiB. */
#define NODE_LIMIT ((size_t)4 << 20)
/* A tape that grew over this for one text shrinks again at the next. */
#define NODES_TO_KEEP ((size_t)64 << 10)

struct container {
    uint32_t node;
    uint32_t last_child;
    bool is_object;
};

struct parser {
    const char *at, *begin, *end;
    struct json_tape *tape;
    unsigned depth; /* of the value that comes next */
    const char *problem;
    struct container open[JSON_DEPTH_LIMIT];
};

struct json_tape *json_tape_new(void)
{
    return calloc(1, sizeof(struct json_tape));
}

void json_tape_free(struct json_tape *tape)
{
    if (!tape) return;
    free(tape->nodes);
    free(tape);
}

void json_tape_freep(struct json_tape **tape)
{
    json_tape_free(*tape);
}

static bool fail(struct parser *parser, const char *problem)
{
    parser->problem = problem;
    return false;
}

static const char no_memory[] = "out of memory", too_many[] = "too many values in one document";

static bool grow(struct parser *parser)
{
    struct json_tape *tape = parser->tape;
    if (tape->capacity >= NODE_LIMIT) return fail(parser, too_many);
    size_t capacity = tape->capacity ? tape->capacity * 2 : 128;
    struct json_node *nodes = realloc(tape->nodes, capacity * sizeof *nodes);
    if (!nodes) return fail(parser, no_memory);
    tape->nodes = nodes;
    tape->capacity = capacity;
    return true;
}

static inline void skip_space(struct parser *parser)
{
    const char *at = parser->at, *end = parser->end;
    while (at < end && (unsigned char)*at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    parser->at = at;
}

static inline bool is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static bool is_hex_digit(char byte)
{
    return is_digit(byte) || (unsigned char)((byte | 0x20) - 'a') < 6;
}

/* The escape whose backslash is at `at`; returns behind it, NULL if it is none. */
static const char *scan_escape(struct parser *parser, const char *at)
{
    parser->at = at;
    if (parser->end - at < 2) return fail(parser, "the text ends inside a string"), NULL;
    if (at[1] != 'u') {
        if (at[1] && strchr("\"\\/bfnrt", at[1])) return at + 2;
        return fail(parser, "unknown escape in a string"), NULL;
    }
    if (parser->end - at >= 6 && is_hex_digit(at[2]) && is_hex_digit(at[3]) && is_hex_digit(at[4]) &&
        is_hex_digit(at[5]))
        return at + 6;
    return fail(parser, "\\u without four hex digits"), NULL;
}

/* From behind the opening quote to behind the closing one. */
static inline bool scan_string(struct parser *parser, bool *escaped)
{
    const char *at = parser->at;
    *escaped = false;
    for (;;) {
        at = json_find_special(at, parser->end, false);
        if (at == parser->end) {
            parser->at = at;
            return fail(parser, "the text ends inside a string");
        }
        if (*at == '"') {
            parser->at = at + 1;
            return true;
        }
        if (*at != '\\') {
            parser->at = at;
            return fail(parser, "control character in a string");
        }
        *escaped = true;
        at = scan_escape(parser, at);
        if (!at) return false;
    }
}

static inline bool scan_digits(struct parser *parser)
{
    const char *from = parser->at;
    while (parser->at < parser->end && is_digit(*parser->at))
        parser->at++;
    return parser->at > from || fail(parser, "a digit is missing in a number");
}

static inline bool scan_number(struct parser *parser, struct json_node *node)
{
    if (*parser->at == '-') parser->at++;
    bool leading_zero = parser->at < parser->end && *parser->at == '0';
    const char *from = parser->at;
    if (!scan_digits(parser)) return false;
    if (leading_zero && parser->at - from > 1) return fail(parser, "a number starts with 0");
    if (parser->at < parser->end && *parser->at == '.') {
        node->flags |= JSON_NUMBER_REAL;
        parser->at++;
        if (!scan_digits(parser)) return false;
    }
    if (parser->at < parser->end && (*parser->at | 0x20) == 'e') {
        node->flags |= JSON_NUMBER_REAL;
        parser->at++;
        if (parser->at < parser->end && (*parser->at == '+' || *parser->at == '-')) parser->at++;
        if (!scan_digits(parser)) return false;
    }
    return true;
}

static bool scan_word(struct parser *parser, const char *word, size_t size)
{
    if ((size_t)(parser->end - parser->at) < size || memcmp(parser->at, word, size) != 0)
        return fail(parser, "a value is expected here");
    parser->at += size;
    return true;
}

static inline bool scan_scalar(struct parser *parser, struct json_node *node)
{
    bool escaped = false;
    switch (*parser->at) {
    case '"':
        node->type = POSTERN_JSON_STRING;
        parser->at++;
        if (!scan_string(parser, &escaped)) return false;
        if (escaped) node->flags |= JSON_STRING_ESCAPED;
        return true;
    case 't':
        node->type = POSTERN_JSON_BOOLEAN;
        return scan_word(parser, "true", 4);
    case 'f':
        node->type = POSTERN_JSON_BOOLEAN;
        return scan_word(parser, "false", 5);
    case 'n':
        node->type = POSTERN_JSON_NULL;
        return scan_word(parser, "null", 4);
    default:
        if (*parser->at != '-' && !is_digit(*parser->at)) return fail(parser, "a value is expected here");
        node->type = POSTERN_JSON_NUMBER;
        return scan_number(parser, node);
    }
}

/* "key" and the colon; leaves the cursor before the value. */
static inline bool scan_key(struct parser *parser, struct json_node *node)
{
    skip_space(parser);
    if (parser->at == parser->end || *parser->at != '"')
        return fail(parser, "a key in double quotes is expected here");
    parser->at++;
    node->key_start = (uint32_t)(parser->at - parser->begin);
    bool escaped;
    if (!scan_string(parser, &escaped)) return false;
    node->key_end = (uint32_t)(parser->at - parser->begin - 1);
    if (escaped) node->flags |= JSON_KEY_ESCAPED;
    skip_space(parser);
    if (parser->at == parser->end || *parser->at != ':') return fail(parser, "':' is expected after the key");
    parser->at++;
    return true;
}

/* A node for the value at the cursor, linked behind its brother. */
static inline struct json_node *new_node(struct parser *parser)
{
    struct json_tape *tape = parser->tape;
    if (tape->count == tape->capacity && !grow(parser)) return NULL;
    uint32_t index = (uint32_t)tape->count++;
    struct json_node *node = &tape->nodes[index];
    *node = (struct json_node){0};
    if (parser->depth) {
        struct container *container = &parser->open[parser->depth - 1];
        node->parent = container->node;
        if (container->last_child) tape->nodes[container->last_child].sibling = index;
        container->last_child = index;
    }
    return node;
}

static inline bool open_container(struct parser *parser, struct json_node *node)
{
    if (parser->depth == JSON_DEPTH_LIMIT) return fail(parser, "nested too deeply");
    bool is_object = *parser->at++ == '{';
    node->type = is_object ? POSTERN_JSON_OBJECT : POSTERN_JSON_ARRAY;
    parser->open[parser->depth++] =
        (struct container){.node = (uint32_t)(node - parser->tape->nodes), .is_object = is_object};
    skip_space(parser);
    return true;
}

/* Closes the innermost container if its bracket stands here. */
static inline bool close_container(struct parser *parser)
{
    const struct container *container = &parser->open[parser->depth - 1];
    if (parser->at == parser->end || *parser->at != (container->is_object ? '}' : ']')) return false;
    parser->at++;
    struct json_node *node = &parser->tape->nodes[container->node];
    node->end = (uint32_t)(parser->at - parser->begin);
    if (!container->last_child) node->flags |= JSON_EMPTY;
    parser->depth--;
    return true;
}

/* Goes on behind a value: closes what ends there, steps over a comma. False at the end of the document or of
 * what can be understood. */
static inline bool to_next_value(struct parser *parser)
{
    while (parser->depth) {
        skip_space(parser);
        if (parser->at < parser->end && *parser->at == ',') {
            parser->at++;
            return true;
        }
        if (!close_container(parser))
            return fail(parser, parser->at == parser->end                   ? "the text ends too early"
                                : parser->open[parser->depth - 1].is_object ? "',' or '}' is expected here"
                                                                            : "',' or ']' is expected here");
    }
    return false;
}

/* A node for the value that comes next, its key read and the cursor on its first byte. */
static inline struct json_node *begin_value(struct parser *parser)
{
    struct json_node *node = new_node(parser);
    if (!node) return NULL;
    if (parser->depth && parser->open[parser->depth - 1].is_object && !scan_key(parser, node)) return NULL;
    skip_space(parser);
    if (parser->at == parser->end) return fail(parser, "the text ends too early"), NULL;
    node->start = (uint32_t)(parser->at - parser->begin);
    return node;
}

static bool parse_document(struct parser *parser)
{
    do {
        struct json_node *node;
        for (;;) { /* down to a value with nothing inside */
            node = begin_value(parser);
            if (!node) return false;
            if (*parser->at != '{' && *parser->at != '[') break;
            if (!open_container(parser, node)) return false;
            if (close_container(parser)) break;
        }
        if (!node->end) {
            if (!scan_scalar(parser, node)) return false;
            node->end = (uint32_t)(parser->at - parser->begin);
        }
    } while (to_next_value(parser));
    if (parser->problem) return false;
    skip_space(parser);
    return parser->at == parser->end || fail(parser, "more text after the document");
}

postern_status json_parse(struct json_tape *tape, postern_text text, const struct json_node **root,
                          postern_error *error)
{
    tape->count = 0;
    if (text.size >= UINT32_MAX) return error_set(error, POSTERN_E_LIMIT, "a JSON text of 4 GiB or more");
    if (tape->capacity > NODES_TO_KEEP && text.size < tape->capacity) {
        free(tape->nodes);
        tape->nodes = NULL;
        tape->capacity = 0;
    }
    const char *data = text.size ? text.data : "";
    struct parser parser;
    parser.at = parser.begin = data;
    parser.end = data + text.size;
    parser.tape = tape;
    parser.depth = 0;
    parser.problem = NULL;
    tape->text = data;
    if (parse_document(&parser)) {
        *root = tape->nodes;
        return POSTERN_OK;
    }
    tape->count = 0;
    if (parser.problem == no_memory) return error_set(error, POSTERN_E_MEMORY, "%s", no_memory);
    if (parser.problem == too_many)
        return error_set(error, POSTERN_E_LIMIT, "more than %zu values in one JSON document", NODE_LIMIT);
    return error_set(error, POSTERN_E_PROTOCOL, "not valid JSON at byte %zu: %s", (size_t)(parser.at - data),
                     parser.problem);
}
