#include "parse/name_list.h"
#include "base/text.h"

static bool says_none(postern_text text)
{
    return text.size <= 4 && (text_is_ignoring_case(text, "null") || text_is_ignoring_case(text, "none") ||
                              text_is_ignoring_case(text, "N/A"));
}

struct listed_names name_list_of(postern_text text, bool one)
{
    text = text_trim(text);
    if (text.size >= 2 && text.data[0] == '[' && text.data[text.size - 1] == ']')
        text = text_slice(text.data + 1, text.data + text.size - 1);
    bool is_object = text.size >= 2 && text.data[0] == '{' && text.data[1] == '"';
    if (is_object || says_none(text)) text.size = 0;
    return (struct listed_names){.rest = text, .one = one};
}

static const char *over_blanks(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at <= ' ')
        at++;
    return at;
}

/* The quote that closes the one in front of `at`; NULL if none does. */
static const char *closing_quote(const char *at, const char *end, char quote)
{
    for (; (at = at < end ? memchr(at, quote, (size_t)(end - at)) : NULL); at++) {
        const char *behind = over_blanks(at + 1, end);
        if (behind == end || *behind == ',') return at;
    }
    return NULL;
}

/* The name in quotes at `at`; false if it is in none. */
static bool quoted_name(struct listed_names *list, const char *at, const char *end, postern_text *name)
{
    if (*at != '"' && *at != '\'') return false;
    bool *none_closes = &list->none_closes[*at == '"'];
    const char *closing = *none_closes ? NULL : closing_quote(at + 1, end, *at);
    *none_closes = !closing; /* so that the list is not searched again and again */
    if (!closing) return false;
    *name = text_slice(at + 1, closing);
    list->rest = text_slice(over_blanks(closing + 1, end), end);
    return true;
}

static void plain_name(struct listed_names *list, const char *at, const char *end, postern_text *name)
{
    const char *comma = list->one ? NULL : memchr(at, ',', (size_t)(end - at)), *until = comma ? comma : end;
    list->rest = text_slice(until, end);
    while (list->one && until > at && (until[-1] == ',' || (unsigned char)until[-1] <= ' '))
        until--;
    *name = text_slice(at, until);
}

bool name_list_next(struct listed_names *list, postern_text *name)
{
    const char *end = list->rest.data + list->rest.size;
    for (;;) {
        const char *at = list->rest.data;
        while (at < end && (*at == ',' || (unsigned char)*at <= ' '))
            at++;
        list->rest = text_slice(at, end);
        if (at == end) return false;
        if (!quoted_name(list, at, end, name)) plain_name(list, at, end, name);
        *name = text_trim(*name);
        if (name->size) return true;
    }
}
