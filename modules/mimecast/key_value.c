#include "key_value.h"

bool key_value_line(postern_text *rest, postern_text *line, bool *ended)
{
    const char *at = rest->data, *end = kit_end(*rest);
    while (at < end && (*at == '\r' || *at == '\n'))
        at++;
    const char *start = at;
    while (at < end && *at != '\r' && *at != '\n')
        at++;
    *ended = at < end;
    *line = kit_between(start, at);
    *rest = kit_between(at, end);
    return start < end;
}

static bool is_letter(char c)
{
    return kit_lower(c) >= 'a' && kit_lower(c) <= 'z';
}

static bool is_key_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* The end of the key that begins at `at`, if "=" stands behind it; else NULL. */
static const char *key_end(const char *at, const char *end)
{
    if (at == end || !is_letter(*at)) return NULL;
    while (at < end && is_key_byte(*at))
        at++;
    return at < end && *at == '=' ? at : NULL;
}

/* True at the end of the line and at a "|" with a pair behind it. */
static bool is_value_end(const char *at, const char *end)
{
    return at == end || (*at == '|' && key_end(at + 1, end));
}

/* The end of a value that begins with a backslash: the backslash that closes it; NULL if there is none. */
static const char *wrapped_end(const char *at, const char *end)
{
    for (at++; at < end; at++)
        if (*at == '\\' && is_value_end(at + 1, end)) return at;
    return NULL;
}

bool key_value_pair(struct pairs *pairs, postern_text *key, postern_text *value)
{
    const char *start = pairs->rest.data, *end = kit_end(pairs->rest), *closing = NULL;
    const char *equals = start == end ? NULL : key_end(start, end);
    if (!equals) return false;
    const char *at = equals + 1;
    if (at < end && *at == '\\' && !pairs->none_wrapped) {
        closing = wrapped_end(at, end);
        pairs->none_wrapped = !closing; /* so that a line is not searched again and again */
    }
    *key = kit_between(start, equals);
    if (closing) {
        *value = kit_between(at + 1, closing);
        at = closing + 1;
    } else {
        while (!is_value_end(at, end))
            at++;
        *value = kit_between(equals + 1, at);
    }
    pairs->rest = kit_between(at < end ? at + 1 : at, end);
    return true;
}

bool key_value_is_cut(postern_text line)
{
    struct pairs pairs = {.rest = line};
    postern_text key, value = {NULL, 0};
    while (key_value_pair(&pairs, &key, &value))
        continue;
    if (pairs.rest.size || (value.size && value.data[0] == '\\')) return true;
    const char *at = kit_end(value);
    while (at > value.data && is_key_byte(at[-1]))
        at--;
    return value.size && at > value.data && at[-1] == '|';
}
