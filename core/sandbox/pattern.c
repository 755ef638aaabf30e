#include "sandbox/pattern.h"
#include <ctype.h>
#include <string.h>

#define ESCAPE           '%'
#define DEPTH_LIMIT      200
#define CAPTURE_OPEN     (-1)
#define CAPTURE_POSITION (-2)

static const char *match_here(struct matcher *matcher, const char *at, const char *pattern);

/* ---- Where a match may begin ---- */

static void add_start(struct matcher *matcher, unsigned char byte)
{
    matcher->starts[byte / 64] |= (uint64_t)1 << byte % 64;
}

/* The bytes of a set of bytes and ranges alone, which begins behind its '['. Returns its ']', or NULL. */
static const char *read_set(struct matcher *matcher, const char *set, const char *end)
{
    if (set < end && *set == '^') return NULL;
    const char *first = set; /* where a ']' is a member */
    for (; set < end && (*set != ']' || set == first); set++) {
        if (*set == ESCAPE) return NULL;
        bool is_range = end - set > 3 && set[1] == '-' && set[2] != ']';
        if (is_range && set[2] == ESCAPE) return NULL;
        for (int byte = (unsigned char)*set; is_range && byte < (unsigned char)set[2]; byte++)
            add_start(matcher, (unsigned char)byte);
        if (is_range) set += 2;
        add_start(matcher, (unsigned char)*set);
    }
    return set < end ? set : NULL;
}

/* False if the pattern does not say it simply, or has a mistake, which matching will find. */
static bool read_starts(struct matcher *matcher, const char *pattern, const char *end)
{
    while (pattern < end && *pattern == '(')
        pattern++;
    memset(matcher->starts, 0, sizeof matcher->starts);
    if (pattern == end || memchr(".)%", *pattern, 3) || (*pattern == '$' && pattern + 1 == end)) return false;
    if (*pattern != '[')
        add_start(matcher, (unsigned char)*pattern);
    else if (!(pattern = read_set(matcher, pattern + 1, end)))
        return false;
    pattern++;
    return pattern == end || !memchr("*-?", *pattern, 3);
}

void matcher_init(struct matcher *matcher, lua_State *L, const char *subject, size_t subject_size,
                  const char *pattern, size_t pattern_size)
{
    matcher->L = L;
    matcher->sandbox = sandbox_of_state(L);
    matcher->subject = subject;
    matcher->subject_end = subject + subject_size;
    matcher->pattern_end = pattern + pattern_size;
    matcher->depth = DEPTH_LIMIT;
    matcher->capture_count = 0;
    matcher->has_starts = read_starts(matcher, pattern, pattern + pattern_size);
}

const char *matcher_next(struct matcher *matcher, const char *at)
{
    const char *from = at;
    if (at > matcher->subject_end || !matcher->has_starts) return at > matcher->subject_end ? NULL : at;
    while (at < matcher->subject_end &&
           !(matcher->starts[(unsigned char)*at / 64] >> (unsigned char)*at % 64 & 1))
        at++;
    if (at - from >= 16) sandbox_charge(matcher->L, (at - from) / 16);
    return at < matcher->subject_end ? at : NULL;
}

const char *matcher_try(struct matcher *matcher, const char *at, const char *pattern)
{
    matcher->depth = DEPTH_LIMIT;
    matcher->capture_count = 0;
    sandbox_step(matcher->sandbox);
    return match_here(matcher, at, pattern);
}

/* ---- Single characters ---- */

/* The end of the single-character item (a byte, %x, or a set) at `pattern`. */
static const char *item_end(struct matcher *matcher, const char *pattern)
{
    const char *end = matcher->pattern_end;
    char first = *pattern++;
    if (first == ESCAPE) {
        if (pattern == end) luaL_error(matcher->L, "malformed pattern (ends with '%%')");
        return pattern + 1;
    }
    if (first != '[') return pattern;
    if (pattern < end && *pattern == '^') pattern++;
    do { /* a ']' in the first place is a member of the set */
        if (pattern == end) luaL_error(matcher->L, "malformed pattern (missing ']')");
        if (*pattern++ == ESCAPE && pattern < end) pattern++;
        sandbox_step(matcher->sandbox);
    } while (pattern == end || *pattern != ']');
    return pattern + 1;
}

/* Whether the byte is in the class of that small letter; -1 = there is no such class. */
static int class_has(int letter, unsigned char byte)
{
    switch (letter) {
    case 'a':
        return isalpha(byte) != 0;
    case 'c':
        return iscntrl(byte) != 0;
    case 'd':
        return isdigit(byte) != 0;
    case 'g':
        return isgraph(byte) != 0;
    case 'l':
        return islower(byte) != 0;
    case 'p':
        return ispunct(byte) != 0;
    case 's':
        return isspace(byte) != 0;
    case 'u':
        return isupper(byte) != 0;
    case 'w':
        return isalnum(byte) != 0;
    case 'x':
        return isxdigit(byte) != 0;
    case 'z':
        return byte == 0;
    default:
        return -1;
    }
}

static bool is_in_class(unsigned char byte, char letter)
{
    int has = class_has(tolower((unsigned char)letter), byte);
    if (has < 0) return byte == (unsigned char)letter; /* an escaped byte stands for itself */
    return (has != 0) != (isupper((unsigned char)letter) != 0);
}

/* `set` points to '[', `closing` to its ']'. */
static bool is_in_set(struct matcher *matcher, unsigned char byte, const char *set, const char *closing)
{
    bool found = true;
    set++;
    if (*set == '^') {
        found = false;
        set++;
    }
    while (set < closing) {
        sandbox_step(matcher->sandbox);
        if (*set == ESCAPE) {
            if (is_in_class(byte, set[1])) return found;
            set += 2;
        } else if (closing - set > 2 && set[1] == '-') {
            if ((unsigned char)set[0] <= byte && byte <= (unsigned char)set[2]) return found;
            set += 3;
        } else if ((unsigned char)*set++ == byte) {
            return found;
        }
    }
    return !found;
}

static bool matches_item(struct matcher *matcher, const char *at, const char *item, const char *end)
{
    sandbox_step(matcher->sandbox);
    if (at >= matcher->subject_end) return false;
    unsigned char byte = (unsigned char)*at;
    switch (*item) {
    case '.':
        return true;
    case ESCAPE:
        return is_in_class(byte, item[1]);
    case '[':
        return is_in_set(matcher, byte, item, end - 1);
    default:
        return (unsigned char)*item == byte;
    }
}

/* ---- Repetition ---- */

/* item* : as many as possible first. `rest` is the pattern behind the star. */
static const char *match_longest(struct matcher *matcher, const char *at, const char *item, const char *end,
                                 const char *rest)
{
    ptrdiff_t count = 0;
    while (matches_item(matcher, at + count, item, end))
        count++;
    for (; count >= 0; count--) {
        const char *result = match_here(matcher, at + count, rest);
        if (result) return result;
    }
    return NULL;
}

/* item- : as few as possible first. */
static const char *match_shortest(struct matcher *matcher, const char *at, const char *item, const char *end,
                                  const char *rest)
{
    for (;;) {
        const char *result = match_here(matcher, at, rest);
        if (result) return result;
        if (!matches_item(matcher, at, item, end)) return NULL;
        at++;
    }
}

/* ---- Captures ---- */

static const char *match_capture_start(struct matcher *matcher, const char *at, const char *rest,
                                       ptrdiff_t kind)
{
    if (matcher->capture_count >= PATTERN_CAPTURES) luaL_error(matcher->L, "too many captures");
    matcher->captures[matcher->capture_count].start = at;
    matcher->captures[matcher->capture_count].size = kind;
    matcher->capture_count++;
    const char *result = match_here(matcher, at, rest);
    if (!result) matcher->capture_count--;
    return result;
}

static const char *match_capture_end(struct matcher *matcher, const char *at, const char *rest)
{
    int index = matcher->capture_count - 1;
    while (index >= 0 && matcher->captures[index].size != CAPTURE_OPEN)
        index--;
    if (index < 0) luaL_error(matcher->L, "invalid pattern capture (')' without '(')");
    matcher->captures[index].size = at - matcher->captures[index].start;
    const char *result = match_here(matcher, at, rest);
    if (!result) matcher->captures[index].size = CAPTURE_OPEN;
    return result;
}

/* %1 ... : the same text again. */
static const char *match_reference(struct matcher *matcher, const char *at, char digit)
{
    int index = digit - '1';
    if (index < 0 || index >= matcher->capture_count || matcher->captures[index].size == CAPTURE_OPEN)
        luaL_error(matcher->L, "invalid capture index %%%d", index + 1);
    ptrdiff_t size = matcher->captures[index].size;
    if (size < 0) return NULL; /* a position is no text that could come again */
    sandbox_charge(matcher->L, sandbox_bytes_cost((size_t)size));
    if (matcher->subject_end - at < size || memcmp(matcher->captures[index].start, at, (size_t)size) != 0)
        return NULL;
    return at + size;
}

/* ---- %bxy and %f[set] ---- */

static const char *match_balanced(struct matcher *matcher, const char *at, const char *pair)
{
    if (matcher->pattern_end - pair < 2)
        luaL_error(matcher->L, "malformed pattern (missing arguments to '%%b')");
    if (at >= matcher->subject_end || *at != pair[0]) return NULL;
    size_t open = 1;
    while (++at < matcher->subject_end) {
        sandbox_step(matcher->sandbox);
        if (*at == pair[1]) {
            if (--open == 0) return at + 1;
        } else if (*at == pair[0]) {
            open++;
        }
    }
    return NULL;
}

static bool is_frontier(struct matcher *matcher, const char *at, const char *set, const char *end)
{
    unsigned char before = at == matcher->subject ? 0 : (unsigned char)at[-1];
    unsigned char here = at == matcher->subject_end ? 0 : (unsigned char)*at;
    return !is_in_set(matcher, before, set, end - 1) && is_in_set(matcher, here, set, end - 1);
}

/* ---- The walk ---- */

/* %b, %f and %1: moves both `*at` and `*pattern` behind what they stand for. */
static bool match_special(struct matcher *matcher, const char **at, const char **pattern)
{
    char letter = (*pattern)[1];
    if (letter == 'b') {
        const char *end = match_balanced(matcher, *at, *pattern + 2);
        if (end) *at = end;
        *pattern += 4;
        return end != NULL;
    }
    if (letter == 'f') {
        const char *set = *pattern + 2;
        if (set >= matcher->pattern_end || *set != '[')
            luaL_error(matcher->L, "missing '[' after '%%f' in pattern");
        *pattern = item_end(matcher, set);
        return is_frontier(matcher, *at, set, *pattern);
    }
    const char *end = match_reference(matcher, *at, letter);
    if (end) *at = end;
    *pattern += 2;
    return end != NULL;
}

static bool is_special(const char *pattern, const char *pattern_end)
{
    return *pattern == ESCAPE && pattern_end - pattern >= 2 &&
           (pattern[1] == 'b' || pattern[1] == 'f' || isdigit((unsigned char)pattern[1]));
}

/* The pattern from `pattern` on, from `at` on. Recursion only where there is something to go back to. */
static const char *walk(struct matcher *matcher, const char *at, const char *pattern)
{
    const char *pattern_end = matcher->pattern_end;
    while (pattern < pattern_end) {
        sandbox_step(matcher->sandbox);
        if (*pattern == '(') {
            bool is_position = pattern + 1 < pattern_end && pattern[1] == ')';
            return match_capture_start(matcher, at, pattern + (is_position ? 2 : 1),
                                       is_position ? CAPTURE_POSITION : CAPTURE_OPEN);
        }
        if (*pattern == ')') return match_capture_end(matcher, at, pattern + 1);
        if (*pattern == '$' && pattern + 1 == pattern_end) return at == matcher->subject_end ? at : NULL;
        if (is_special(pattern, pattern_end)) {
            if (!match_special(matcher, &at, &pattern)) return NULL;
            continue;
        }
        const char *end = item_end(matcher, pattern);
        char quantifier = 0;
        if (end < pattern_end) quantifier = *end;
        if (quantifier == '*') return match_longest(matcher, at, pattern, end, end + 1);
        if (quantifier == '-') return match_shortest(matcher, at, pattern, end, end + 1);
        bool matches = matches_item(matcher, at, pattern, end);
        if (quantifier == '+') return matches ? match_longest(matcher, at + 1, pattern, end, end + 1) : NULL;
        if (quantifier == '?') {
            const char *result = matches ? match_here(matcher, at + 1, end + 1) : NULL;
            if (result) return result;
            pattern = end + 1;
            continue;
        }
        if (!matches) return NULL;
        at++;
        pattern = end;
    }
    return at;
}

static const char *match_here(struct matcher *matcher, const char *at, const char *pattern)
{
    if (matcher->depth-- == 0) luaL_error(matcher->L, "pattern too complex");
    const char *result = walk(matcher, at, pattern);
    matcher->depth++;
    return result;
}

/* ---- Results ---- */

void matcher_push_capture(struct matcher *matcher, int index, const char *start, const char *end)
{
    lua_State *L = matcher->L;
    if (index >= matcher->capture_count) {
        if (index != 0) luaL_error(L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(L, start, (size_t)(end - start));
        return;
    }
    ptrdiff_t size = matcher->captures[index].size;
    if (size == CAPTURE_OPEN) luaL_error(L, "unfinished capture");
    if (size == CAPTURE_POSITION)
        lua_pushinteger(L, matcher->captures[index].start - matcher->subject + 1);
    else
        lua_pushlstring(L, matcher->captures[index].start, (size_t)size);
}

int matcher_push_captures(struct matcher *matcher, const char *start, const char *end)
{
    int count = matcher->capture_count == 0 && start ? 1 : matcher->capture_count;
    luaL_checkstack(matcher->L, count, "too many captures");
    for (int i = 0; i < count; i++)
        matcher_push_capture(matcher, i, start, end);
    return count;
}
