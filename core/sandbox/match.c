#include "sandbox/match.h"
#include "sandbox/pattern.h"

/* The end of the set that begins at `at`, or NULL. */
static const char *set_end(const char *at, const char *end)
{
    at++;
    if (at < end && *at == '^') at++;
    if (at < end && *at == ']') at++;
    for (; at < end && *at != ']'; at++)
        if (*at == '%') at++;
    return at < end ? at + 1 : NULL;
}

static const char *escape_fault(const char **at, const char *end, int closed)
{
    const char *letter = *at + 1;
    *at += 2;
    if (letter >= end) return "it ends with %";
    if (*letter == 'b') {
        *at += 2;
        return *at > end ? "%b wants two characters behind it" : NULL;
    }
    if (*letter == 'f') return *at < end && **at == '[' ? NULL : "%f wants a set behind it";
    if (*letter == '0' || (*letter >= '1' && *letter <= '9' && *letter - '0' > closed))
        return "it refers to a capture that is not there";
    return NULL;
}

const char *sandbox_pattern_fault(postern_text pattern)
{
    int open = 0, captures = 0;
    const char *fault = NULL;
    for (const char *at = pattern.data, *end = at + pattern.size; at < end && !fault;) {
        if (*at == '%') {
            fault = escape_fault(&at, end, captures - open);
        } else if (*at == '[') {
            if (!(at = set_end(at, end))) return "a [ is not closed";
        } else if (*at == '(') {
            if (at + 1 < end && at[1] == ')') return "() asks for a place, and there is none";
            open++;
            if (++captures > PATTERN_CAPTURES) return "it has too many captures";
            at++;
        } else {
            if (*at == ')' && open-- == 0) return "a ) has no (";
            at++;
        }
    }
    return fault ? fault : open > 0 ? "a ( is not closed" : NULL;
}

bool sandbox_match(lua_State *L, postern_text text, postern_text pattern, postern_text *found)
{
    bool is_anchored = pattern.size > 0 && pattern.data[0] == '^';
    if (is_anchored) pattern.data++, pattern.size--;
    struct matcher matcher;
    matcher_init(&matcher, L, text.data, text.size, pattern.data, pattern.size);
    const char *at = is_anchored ? text.data : matcher_next(&matcher, text.data);
    for (; at; at = is_anchored ? NULL : matcher_next(&matcher, at + 1)) {
        const char *end = matcher_try(&matcher, at, pattern.data);
        if (end) {
            bool is_part = matcher.capture_count > 0;
            found->data = is_part ? matcher.captures[0].start : at;
            found->size = is_part ? (size_t)matcher.captures[0].size : (size_t)(end - at);
            return true;
        }
    }
    return false;
}
