#include "key_value_marks.h"

static bool is_letter(char c)
{
    return (kit_lower(c) >= 'a' && kit_lower(c) <= 'z') || c == '_';
}

static bool is_key_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
}

/* The "=" behind the key that begins at `at`; NULL if there is none. */
static const char *key_end(const char *at, const char *end)
{
    if (at == end || !is_letter(*at)) return NULL;
    while (at < end && is_key_byte(*at))
        at++;
    return at < end && *at == '=' ? at : NULL;
}

bool mark_is_closing(const char *at, const char *end)
{
    return *at == '\\' && (at + 1 == end || (at[1] == '|' && key_end(at + 2, end)));
}

bool mark_at(const char *at, const char *end, struct mark *mark)
{
    const char *equals = key_end(at, end), *value = equals ? equals + 1 : NULL;
    if (!equals) return false;
    postern_text key = kit_between(at, equals);
    *mark = (struct mark){.at = at,
                          .key = key,
                          .value = value,
                          .known = siem_key(key),
                          .opens = value < end && *value == '\\' && !mark_is_closing(value, end)};
    return true;
}

bool mark_next(const char *from, const char *end, struct mark *mark)
{
    for (const char *at = from; at < end; at++) {
        at = memchr(at, '|', (size_t)(end - at));
        if (!at) return false;
        if (mark_at(at + 1, end, mark)) return true;
    }
    return false;
}

bool mark_may_go_on(int known, const char *value, const char *end)
{
    enum siem_author author = siem_key_author(known);
    size_t size = (size_t)(end - value);
    if (author != AUTHOR_ENVELOPE) return author == AUTHOR_OUTSIDERS;
    if (size == 0 || (size == 2 && memcmp(value, "<>", 2) == 0)) return false;
    return size > LONGEST_ADDRESS || !memchr(value, '@', size);
}

/* Notes a text that begins at the mark and may have written what stands behind `end`. */
static void note_text(struct closing *closing, const struct mark *mark, const char *end)
{
    if (!mark->at || (!mark->opens && !mark_may_go_on(mark->known, mark->value, end))) return;
    closing->other = mark->at;
    if (mark->known >= 0) closing->known = mark->at;
}

struct closing mark_closing(const char *from, const char *end)
{
    struct mark mark, before = {.at = NULL};
    struct closing closing = {.at = NULL};
    const char *at = from;
    for (; at < end && !closing.at; at++) {
        if (*at == '|' && mark_at(at + 1, end, &mark)) {
            note_text(&closing, &before, at);
            before = mark;
            at = mark.value - 1;
        } else if (mark_is_closing(at, end)) {
            closing.at = at;
        }
    }
    note_text(&closing, &before, at);
    return closing;
}

const char *mark_last_closing(const char *start, const char *end)
{
    for (const char *at = end; at > start; at--)
        if (mark_is_closing(at - 1, end)) return at - 1;
    return NULL;
}

bool mark_is_cut(postern_text line)
{
    const char *at = kit_end(line);
    while (at > line.data && is_key_byte(at[-1]))
        at--;
    return at > line.data && at[-1] == '|';
}
