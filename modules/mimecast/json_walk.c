#include "json_walk.h"

struct json_walk json_walk_over(postern_text text)
{
    return (struct json_walk){.at = text.data, .end = kit_end(text)};
}

/* The place in the text is handed from function to function, so that it stays in a register; NULL = a fault.
 */
static const char *fail(struct json_walk *walk, const char *at, enum walk_fault fault)
{
    walk->at = at;
    walk->fault = fault;
    return NULL;
}

static inline const char *skip_space(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at <= ' ' && kit_is_space(*at))
        at++;
    return at;
}

void json_walk_space(struct json_walk *walk)
{
    walk->at = skip_space(walk->at, walk->end);
}

/* Behind `c`, or says why not. */
static inline const char *expect(struct json_walk *walk, const char *at, char c)
{
    if (__builtin_expect(at < walk->end && *at == c, 1)) return at + 1;
    return fail(walk, at, at == walk->end ? WALK_CUT : WALK_BROKEN);
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (kit_lower(c) >= 'a' && kit_lower(c) <= 'f');
}

/* What stands behind a backslash. */
static const char *walk_escape(struct json_walk *walk, const char *at)
{
    if (at == walk->end) return fail(walk, at, WALK_CUT);
    if (*at != 'u') return *at != '\0' && strchr("\"\\/bfnrt", *at) ? at + 1 : fail(walk, at, WALK_BROKEN);
    at++;
    for (int i = 0; i < 4; i++, at++) {
        if (at == walk->end) return fail(walk, at, WALK_CUT);
        if (!is_hex(*at)) return fail(walk, at, WALK_BROKEN);
    }
    return at;
}

/* From behind the opening quote to behind the closing one. Left to itself the compiler makes a call of it,
 * for each of the many short texts. */
__attribute__((always_inline)) static inline const char *walk_string(struct json_walk *walk, const char *at)
{
    for (;;) {
        at = kit_find_special(at, walk->end, false);
        if (__builtin_expect(at < walk->end && *at == '"', 1)) return at + 1;
        if (at == walk->end) return fail(walk, at, WALK_CUT);
        if (*at != '\\') return fail(walk, at, WALK_BROKEN);
        at = walk_escape(walk, at + 1);
        if (!at) return NULL;
    }
}

static const char *walk_digits(struct json_walk *walk, const char *at)
{
    if (at == walk->end) return fail(walk, at, WALK_CUT);
    if (!is_digit(*at)) return fail(walk, at, WALK_BROKEN);
    while (at < walk->end && is_digit(*at))
        at++;
    return at;
}

static inline bool is_next(const struct json_walk *walk, const char *at, char c)
{
    return at < walk->end && *at == c;
}

static const char *walk_number(struct json_walk *walk, const char *at)
{
    if (*at == '-') at++;
    if (is_next(walk, at, '0'))
        at++;
    else if (!(at = walk_digits(walk, at)))
        return NULL;
    if (is_next(walk, at, '.') && !(at = walk_digits(walk, at + 1))) return NULL;
    if (!is_next(walk, at, 'e') && !is_next(walk, at, 'E')) return at;
    at++;
    if (is_next(walk, at, '+') || is_next(walk, at, '-')) at++;
    return walk_digits(walk, at);
}

static const char *walk_literal(struct json_walk *walk, const char *at, const char *literal)
{
    for (; *literal && at; literal++)
        at = expect(walk, at, *literal);
    return at;
}

static inline const char *walk_scalar(struct json_walk *walk, const char *at)
{
    switch (*at) {
    case '"': /* most values are texts */
        return walk_string(walk, at + 1);
    case 't':
        return walk_literal(walk, at, "true");
    case 'f':
        return walk_literal(walk, at, "false");
    case 'n':
        return walk_literal(walk, at, "null");
    default:
        return walk_number(walk, at);
    }
}

static inline const char *walk_key(struct json_walk *walk, const char *at, postern_text *key)
{
    const char *start = skip_space(at, walk->end);
    at = expect(walk, start, '"');
    if (!at || !(at = walk_string(walk, at))) return NULL;
    *key = kit_between(start + 1, at - 1);
    return expect(walk, skip_space(at, walk->end), ':');
}

bool json_walk_key(struct json_walk *walk, postern_text *key)
{
    const char *at = walk_key(walk, walk->at, key);
    if (at) walk->at = at;
    return at != NULL;
}

/* The containers around the place where a walk is. */
struct nesting {
    char closing[JSON_WALK_DEPTH]; /* '}' or ']' */
    size_t depth;
    postern_text key;  /* of the outermost object's member at hand */
    const char *value; /* where its value begins */
    json_member member;
    void *context;
};

static inline bool inside_object(const struct nesting *nesting)
{
    return nesting->depth && nesting->closing[nesting->depth - 1] == '}';
}

/* Over an empty container, or into one (`*entered`). */
static const char *walk_container(struct json_walk *walk, struct nesting *nesting, const char *at,
                                  bool *entered)
{
    const char closing = *at == '{' ? '}' : ']';
    if (nesting->depth == JSON_WALK_DEPTH) return fail(walk, at, WALK_DEEP);
    at = skip_space(at + 1, walk->end);
    if (is_next(walk, at, closing)) return at + 1;
    nesting->closing[nesting->depth++] = closing;
    *entered = true;
    return at;
}

/* Over a scalar or an empty container, or into a container (`*entered`). */
static inline const char *walk_into(struct json_walk *walk, struct nesting *nesting, const char *at,
                                    bool *entered)
{
    at = skip_space(at, walk->end);
    *entered = false;
    if (nesting->depth == 1) nesting->value = at;
    if (at == walk->end) return fail(walk, at, WALK_CUT);
    if (*at == '{' || *at == '[') return walk_container(walk, nesting, at, entered);
    return walk_scalar(walk, at);
}

/* Behind a value: out of all containers that end here, and over the comma in front of the next value. */
static inline const char *walk_behind(struct json_walk *walk, struct nesting *nesting, const char *at)
{
    while (nesting->depth) {
        if (nesting->depth == 1 && nesting->member && inside_object(nesting))
            nesting->member(nesting->context, nesting->key, kit_between(nesting->value, at));
        at = skip_space(at, walk->end);
        if (is_next(walk, at, ',')) return at + 1;
        at = expect(walk, at, nesting->closing[nesting->depth - 1]);
        if (!at) return NULL;
        nesting->depth--;
    }
    return at;
}

bool json_walk_value(struct json_walk *walk, json_member member, void *context)
{
    const char *at = walk->at;
    struct nesting nesting; /* as large as it is, not set to zero for each record */
    nesting.depth = 0;
    nesting.member = member;
    nesting.context = context;
    do {
        postern_text inner;
        bool entered;
        if (inside_object(&nesting) && !(at = walk_key(walk, at, nesting.depth == 1 ? &nesting.key : &inner)))
            return false;
        if (!(at = walk_into(walk, &nesting, at, &entered))) return false;
        if (!entered && !(at = walk_behind(walk, &nesting, at))) return false;
    } while (nesting.depth);
    walk->at = at;
    return true;
}
