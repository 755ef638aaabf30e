/* From text to tape. */
#include "base/array.h"
#include "base/json_outline.h"

#include "base/error.h"
#include "base/text.h"
#include <postern/kit.h>
#include <stdlib.h>

/* More values than any answer within the limits on bytes has in practice: bounds the tape to 96 MiB. */
#define NODE_LIMIT  ((size_t)4 << 20)
#define FIRST_NODES ((size_t)128)
/* A tape that grew over this for one text shrinks again at the next. */
#define NODES_TO_KEEP ((size_t)64 << 10)

/* The place in the text is handed from function to function, so that it stays in a register; NULL = a
 * problem. */
struct parser {
    const char *begin, *end;
    struct json_tape *tape;
    const char *problem, *problem_at;
    const char *behind;           /* the document, once it has been read */
    unsigned depth;               /* of the value that comes next */
    uint32_t inside;              /* the innermost open container, if depth > 0 */
    struct json_outline *outline; /* of what was read so far */
    bool is_object;               /* the container is one */
    bool has_lone_surrogate, has_line_break;
};

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

static const char *fail(struct parser *parser, const char *at, const char *problem)
{
    parser->problem = problem;
    parser->problem_at = at;
    return NULL;
}

static const char no_memory[] = "out of memory", too_many[] = "too many values in one document";
static const char value_expected[] = "a value is expected here", ends_early[] = "the text ends too early";

/* Behind the white space that begins here. */
__attribute__((noinline)) static const char *behind_space(struct parser *parser, const char *at)
{
    const uint64_t breaks = 1ull << '\n' | 1ull << '\r', spaces = breaks | 1ull << ' ' | 1ull << '\t';
    for (; at < parser->end && (unsigned char)*at <= ' ' && (spaces >> *at & 1); at++)
        parser->has_line_break |= breaks >> *at & 1;
    return at;
}

static inline const char *skip_space(struct parser *parser, const char *at)
{
    return at < parser->end && (unsigned char)*at <= ' ' ? behind_space(parser, at) : at;
}

/* Whether `byte` comes next, perhaps behind blanks, which machines rarely write; *at is then its place, else
 * that of what stands there instead. */
static inline bool comes_next(struct parser *parser, const char **at, char byte)
{
    if (__builtin_expect(*at < parser->end && **at == byte, 1)) return true;
    *at = skip_space(parser, *at);
    return *at < parser->end && **at == byte;
}

static inline bool is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static bool is_hex_digit(char byte)
{
    return is_digit(byte) || (unsigned char)((byte | 0x20) - 'a') < 6;
}

/* ---- Scalars ---- */

/* Whether \\u and four digits stand here. */
static bool is_unit(const struct parser *parser, const char *at)
{
    return parser->end - at >= 6 && at[0] == '\\' && at[1] == 'u' && is_hex_digit(at[2]) &&
           is_hex_digit(at[3]) && is_hex_digit(at[4]) && is_hex_digit(at[5]);
}

/* Behind the unit at `at`, or the pair of them. */
static const char *behind_unit(struct parser *parser, const char *at)
{
    if ((at[2] | 0x20) != 'd' || at[3] < '8') return at + 6;
    bool is_first = at[3] <= '9' || (at[3] | 0x20) <= 'b';
    const char *next = at + 6;
    if (is_first && is_unit(parser, next) && (next[2] | 0x20) == 'd' && (next[3] | 0x20) >= 'c')
        return next + 6;
    parser->has_lone_surrogate = true;
    return next;
}

/* What stands in a string and is neither plain nor its end: an escape, or an error. Returns behind the
 * escape. */
static const char *scan_escape(struct parser *parser, const char *at)
{
    if (at == parser->end) return fail(parser, at, "the text ends inside a string");
    if (*at != '\\') return fail(parser, at, "control character in a string");
    if (parser->end - at < 2) return fail(parser, at, "the text ends inside a string");
    if (at[1] != 'u') {
        if (at[1] && strchr("\"\\/bfnrt", at[1])) return at + 2;
        return fail(parser, at, "unknown escape in a string");
    }
    if (is_unit(parser, at)) return behind_unit(parser, at);
    return fail(parser, at, "\\u without four hex digits");
}

/* From behind the opening quote to behind the closing one. Sets `flag` in *flags if there are escapes. Left
 * to itself the compiler makes a call of it, for each of the many short texts. */
__attribute__((always_inline)) static inline const char *scan_string(struct parser *parser, const char *at,
                                                                     uint8_t flag, uint8_t *flags)
{
    for (;;) {
        at = kit_find_special(at, parser->end, false);
        if (__builtin_expect(at < parser->end && *at == '"', 1)) return at + 1;
        at = scan_escape(parser, at);
        if (!at) return NULL;
        *flags |= flag;
    }
}

static inline const char *scan_digits(struct parser *parser, const char *at)
{
    const char *from = at;
    while (at < parser->end && is_digit(*at))
        at++;
    return at > from ? at : fail(parser, at, "a digit is missing in a number");
}

static const char *scan_fraction(struct parser *parser, const char *at)
{
    if (*at == '.') {
        at = scan_digits(parser, at + 1);
        if (!at || at == parser->end || (*at | 0x20) != 'e') return at;
    }
    at++;
    if (at < parser->end && (*at == '+' || *at == '-')) at++;
    return scan_digits(parser, at);
}

static inline const char *scan_number(struct parser *parser, const char *at, uint8_t *flags)
{
    if (*at == '-') at++;
    const char *from = at;
    at = scan_digits(parser, at);
    if (!at) return NULL;
    if (*from == '0' && at - from > 1) return fail(parser, at, "a number starts with 0");
    if (at == parser->end || (*at != '.' && (*at | 0x20) != 'e')) return at;
    *flags |= JSON_NUMBER_REAL;
    return scan_fraction(parser, at);
}

static inline const char *scan_word(struct parser *parser, const char *at, const char *word, size_t size)
{
    if ((size_t)(parser->end - at) < size || memcmp(at, word, size) != 0)
        return fail(parser, at, value_expected);
    return at + size;
}

static inline void set_type(struct json_node *node, uint8_t type, enum json_look look)
{
    node->type = type;
    node->look = (uint8_t)look;
}

/* A number or a word, up to its end. */
static inline const char *scan_word_or_number(struct parser *parser, const char *at, struct json_node *node)
{
    switch (*at) {
    case 't':
        set_type(node, POSTERN_JSON_BOOLEAN, JSON_LOOK_BOOLEAN);
        return scan_word(parser, at, "true", 4);
    case 'f':
        set_type(node, POSTERN_JSON_BOOLEAN, JSON_LOOK_BOOLEAN);
        return scan_word(parser, at, "false", 5);
    case 'n':
        set_type(node, POSTERN_JSON_NULL, JSON_LOOK_NULL);
        return scan_word(parser, at, "null", 4);
    default:
        set_type(node, POSTERN_JSON_NUMBER, JSON_LOOK_NUMBER);
        if (*at != '-' && !is_digit(*at)) return fail(parser, at, value_expected);
        return scan_number(parser, at, &node->flags);
    }
}

static inline const char *scan_scalar(struct parser *parser, const char *at, struct json_node *node)
{
    at = scan_word_or_number(parser, at, node);
    if (at) node->end = (uint32_t)(at - parser->begin);
    return at;
}

static inline const char *scan_text(struct parser *parser, const char *at, struct json_node *node)
{
    set_type(node, POSTERN_JSON_STRING, JSON_LOOK_STRING);
    at = scan_string(parser, at + 1, JSON_STRING_ESCAPED, &node->flags);
    if (!at) return NULL;
    node->end = (uint32_t)(at - parser->begin);
    if (node->end - node->start == 2) node->look = JSON_LOOK_NO_TEXT;
    return at;
}

/* ---- Structure ---- */

static bool grow(struct parser *parser)
{
    struct json_tape *tape = parser->tape;
    if (tape->capacity >= NODE_LIMIT) return fail(parser, parser->end, too_many) != NULL;
    bool room = array_reserve_counted(tape->allocator, &tape->nodes, &tape->capacity,
                                      tape->capacity ? tape->capacity + 1 : FIRST_NODES, sizeof *tape->nodes,
                                      NODE_LIMIT);
    return room || fail(parser, parser->end, no_memory) != NULL;
}

/* A node for the value that comes next. */
static inline struct json_node *new_node(struct parser *parser)
{
    struct json_tape *tape = parser->tape;
    if (__builtin_expect(tape->count == tape->capacity, 0) && !grow(parser)) return NULL;
    struct json_node *node = &tape->nodes[tape->count++];
    *node = (struct json_node){.parent = parser->inside};
    return node;
}

/* "key" and the colon that the outline expects; returns behind it, or NULL if something else stands here. */
static inline const char *scan_expected_key(struct parser *parser, const char *at, struct json_node *node)
{
    struct json_outline *next = parser->outline->next;
    if (next->parent != parser->inside || !json_outline_stands_at(next, at, parser->end)) return NULL;
    parser->outline = next;
    node->key_start = (uint32_t)(at + 1 - parser->begin);
    node->key_end = node->key_start + next->size - JSON_OUTLINE_MARKS;
    return at + next->size;
}

/* Any "key" and the colon. */
static const char *scan_other_key(struct parser *parser, const char *at, struct json_node *node)
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

static inline const char *scan_key(struct parser *parser, const char *at, struct json_node *node)
{
    const char *behind = scan_expected_key(parser, at, node);
    if (__builtin_expect(!behind && at < parser->end && *at == ' ', 0))
        behind = scan_expected_key(parser, at = skip_space(parser, at), node);
    return __builtin_expect(behind != NULL, 1) ? behind : scan_other_key(parser, at, node);
}

static const char *open_container(struct parser *parser, const char *at, struct json_node *node)
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
static struct json_node *close_container(struct parser *parser, const char *at)
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
static inline const char *to_next_value(struct parser *parser, const char *at, struct json_node *node)
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
static inline const char *scan_value(struct parser *parser, const char *at)
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
static const char *scan_lone_scalar(struct parser *parser, const char *at)
{
    if (at == parser->end) return fail(parser, at, ends_early);
    struct json_node *node = new_node(parser);
    if (!node) return NULL;
    parser->outline = json_outline_with_element(parser->tape, parser->outline, parser->inside);
    node->start = (uint32_t)(at - parser->begin);
    return *at == '"' ? scan_text(parser, at, node) : scan_scalar(parser, at, node);
}

static bool parse_document(struct parser *parser)
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
    struct parser parser;
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
