#include "json_walk.h"

struct json_walk json_walk_over(postern_text text)
{
    return (struct json_walk){.at = text.data, .end = kit_end(text)};
}

static bool fault(struct json_walk *walk, enum walk_fault fault)
{
    walk->fault = fault;
    return false;
}

void json_walk_space(struct json_walk *walk)
{
    while (walk->at < walk->end && kit_is_space(*walk->at))
        walk->at++;
}

/* Steps over `c`, or says why not. */
static bool expect(struct json_walk *walk, char c)
{
    if (walk->at == walk->end) return fault(walk, WALK_CUT);
    if (*walk->at != c) return fault(walk, WALK_BROKEN);
    walk->at++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (kit_lower(c) >= 'a' && kit_lower(c) <= 'f');
}

/* What stands behind a backslash. */
static bool walk_escape(struct json_walk *walk)
{
    if (walk->at == walk->end) return fault(walk, WALK_CUT);
    char c = *walk->at++;
    if (c != 'u') return c != '\0' && strchr("\"\\/bfnrt", c) ? true : fault(walk, WALK_BROKEN);
    for (int i = 0; i < 4; i++, walk->at++) {
        if (walk->at == walk->end) return fault(walk, WALK_CUT);
        if (!is_hex(*walk->at)) return fault(walk, WALK_BROKEN);
    }
    return true;
}

static bool walk_string(struct json_walk *walk)
{
    if (!expect(walk, '"')) return false;
    while (walk->at < walk->end) {
        unsigned char c = (unsigned char)*walk->at++;
        if (c == '"') return true;
        if (c < 0x20) return fault(walk, WALK_BROKEN);
        if (c == '\\' && !walk_escape(walk)) return false;
    }
    return fault(walk, WALK_CUT);
}

static bool walk_digits(struct json_walk *walk)
{
    if (walk->at == walk->end) return fault(walk, WALK_CUT);
    if (!is_digit(*walk->at)) return fault(walk, WALK_BROKEN);
    while (walk->at < walk->end && is_digit(*walk->at))
        walk->at++;
    return true;
}

static bool next_is(const struct json_walk *walk, char c)
{
    return walk->at < walk->end && *walk->at == c;
}

static bool walk_number(struct json_walk *walk)
{
    if (next_is(walk, '-')) walk->at++;
    if (next_is(walk, '0'))
        walk->at++;
    else if (!walk_digits(walk))
        return false;
    if (next_is(walk, '.')) {
        walk->at++;
        if (!walk_digits(walk)) return false;
    }
    if (!next_is(walk, 'e') && !next_is(walk, 'E')) return true;
    walk->at++;
    if (next_is(walk, '+') || next_is(walk, '-')) walk->at++;
    return walk_digits(walk);
}

static bool walk_literal(struct json_walk *walk, const char *literal)
{
    for (; *literal; literal++)
        if (!expect(walk, *literal)) return false;
    return true;
}

static bool walk_scalar(struct json_walk *walk)
{
    switch (*walk->at) {
    case '"':
        return walk_string(walk);
    case 't':
        return walk_literal(walk, "true");
    case 'f':
        return walk_literal(walk, "false");
    case 'n':
        return walk_literal(walk, "null");
    default:
        return walk_number(walk);
    }
}

bool json_walk_key(struct json_walk *walk, postern_text *key)
{
    json_walk_space(walk);
    const char *start = walk->at;
    if (!walk_string(walk)) return false;
    *key = kit_between(start + 1, walk->at - 1);
    json_walk_space(walk);
    return expect(walk, ':');
}

/* The containers around the place where a walk is. */
struct nesting {
    char closing[JSON_WALK_DEPTH]; /* '}' or ']' */
    size_t depth;
    postern_text key;  /* of the outermost object's member at hand */
    const char *value; /* where its value begins */
};

static bool inside_object(const struct nesting *nesting)
{
    return nesting->depth && nesting->closing[nesting->depth - 1] == '}';
}

static bool walk_key(struct json_walk *walk, struct nesting *nesting)
{
    postern_text inner;
    return json_walk_key(walk, nesting->depth == 1 ? &nesting->key : &inner);
}

/* Walks over a scalar or an empty container, or into a container (`*entered`). */
static bool walk_into(struct json_walk *walk, struct nesting *nesting, bool *entered)
{
    *entered = false;
    json_walk_space(walk);
    if (nesting->depth == 1) nesting->value = walk->at;
    if (walk->at == walk->end) return fault(walk, WALK_CUT);
    char closing = *walk->at == '{' ? '}' : ']';
    if (*walk->at != '{' && *walk->at != '[') return walk_scalar(walk);
    if (nesting->depth == JSON_WALK_DEPTH) return fault(walk, WALK_DEEP);
    walk->at++;
    json_walk_space(walk);
    if (walk->at < walk->end && *walk->at == closing) {
        walk->at++;
        return true;
    }
    nesting->closing[nesting->depth++] = closing;
    *entered = true;
    return true;
}

/* Behind a value: out of all containers that end here, and over the comma in front of the next value. */
static bool walk_behind(struct json_walk *walk, struct nesting *nesting, json_member member, void *context)
{
    while (nesting->depth) {
        if (nesting->depth == 1 && inside_object(nesting) && member)
            member(context, nesting->key, kit_between(nesting->value, walk->at));
        json_walk_space(walk);
        if (next_is(walk, ',')) {
            walk->at++;
            return true;
        }
        if (!expect(walk, nesting->closing[nesting->depth - 1])) return false;
        nesting->depth--;
    }
    return true;
}

bool json_walk_value(struct json_walk *walk, json_member member, void *context)
{
    struct nesting nesting = {.depth = 0};
    do {
        bool entered;
        if (inside_object(&nesting) && !walk_key(walk, &nesting)) return false;
        if (!walk_into(walk, &nesting, &entered)) return false;
        if (!entered && !walk_behind(walk, &nesting, member, context)) return false;
    } while (nesting.depth);
    return true;
}
