/* Inside of json_parse.c: the scalars of a JSON text. Each function is given the place where a value begins,
 * or some part of it, and returns the place behind that. */
#ifndef POSTERN_BASE_JSON_SCAN_H
#define POSTERN_BASE_JSON_SCAN_H

#include "base/json_outline.h"
#include <postern/kit.h>

/* The place in the text is handed from function to function, so that it stays in a register; NULL = a
 * problem. */
struct json_parser {
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

static inline const char *fail(struct json_parser *parser, const char *at, const char *problem)
{
    parser->problem = problem;
    parser->problem_at = at;
    return NULL;
}

static const char value_expected[] = "a value is expected here";

/* Behind the white space that begins here. */
__attribute__((noinline)) static const char *behind_space(struct json_parser *parser, const char *at)
{
    const uint64_t breaks = 1ull << '\n' | 1ull << '\r', spaces = breaks | 1ull << ' ' | 1ull << '\t';
    for (; at < parser->end && (unsigned char)*at <= ' ' && (spaces >> *at & 1); at++)
        parser->has_line_break |= breaks >> *at & 1;
    return at;
}

static inline const char *skip_space(struct json_parser *parser, const char *at)
{
    return at < parser->end && (unsigned char)*at <= ' ' ? behind_space(parser, at) : at;
}

/* Whether `byte` comes next, perhaps behind blanks, which machines rarely write; *at is then its place, else
 * that of what stands there instead. */
static inline bool comes_next(struct json_parser *parser, const char **at, char byte)
{
    if (__builtin_expect(*at < parser->end && **at == byte, 1)) return true;
    *at = skip_space(parser, *at);
    return *at < parser->end && **at == byte;
}

static inline bool is_digit(char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static inline bool is_hex_digit(char byte)
{
    return is_digit(byte) || (unsigned char)((byte | 0x20) - 'a') < 6;
}

/* ---- Scalars ---- */

/* Whether \\u and four digits stand here. */
static inline bool is_unit(const struct json_parser *parser, const char *at)
{
    return parser->end - at >= 6 && at[0] == '\\' && at[1] == 'u' && is_hex_digit(at[2]) &&
           is_hex_digit(at[3]) && is_hex_digit(at[4]) && is_hex_digit(at[5]);
}

/* Behind the unit at `at`, or the pair of them. */
static inline const char *behind_unit(struct json_parser *parser, const char *at)
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
static inline const char *scan_escape(struct json_parser *parser, const char *at)
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
__attribute__((always_inline)) static inline const char *
scan_string(struct json_parser *parser, const char *at, uint8_t flag, uint8_t *flags)
{
    for (;;) {
        at = kit_find_special(at, parser->end, false);
        if (__builtin_expect(at < parser->end && *at == '"', 1)) return at + 1;
        at = scan_escape(parser, at);
        if (!at) return NULL;
        *flags |= flag;
    }
}

static inline const char *scan_digits(struct json_parser *parser, const char *at)
{
    const char *from = at;
    while (at < parser->end && is_digit(*at))
        at++;
    return at > from ? at : fail(parser, at, "a digit is missing in a number");
}

static inline const char *scan_fraction(struct json_parser *parser, const char *at)
{
    if (*at == '.') {
        at = scan_digits(parser, at + 1);
        if (!at || at == parser->end || (*at | 0x20) != 'e') return at;
    }
    at++;
    if (at < parser->end && (*at == '+' || *at == '-')) at++;
    return scan_digits(parser, at);
}

static inline const char *scan_number(struct json_parser *parser, const char *at, uint8_t *flags)
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

static inline const char *scan_word(struct json_parser *parser, const char *at, const char *word, size_t size)
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
static inline const char *scan_word_or_number(struct json_parser *parser, const char *at,
                                              struct json_node *node)
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

static inline const char *scan_scalar(struct json_parser *parser, const char *at, struct json_node *node)
{
    at = scan_word_or_number(parser, at, node);
    if (at) node->end = (uint32_t)(at - parser->begin);
    return at;
}

static inline const char *scan_text(struct json_parser *parser, const char *at, struct json_node *node)
{
    set_type(node, POSTERN_JSON_STRING, JSON_LOOK_STRING);
    at = scan_string(parser, at + 1, JSON_STRING_ESCAPED, &node->flags);
    if (!at) return NULL;
    node->end = (uint32_t)(at - parser->begin);
    if (node->end - node->start == 2) node->look = JSON_LOOK_NO_TEXT;
    return at;
}

#endif
