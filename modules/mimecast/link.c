#include "link.h"

size_t link_separator(postern_text text)
{
    static const char *const forms[] = {"://", ":\\/\\/", ":\\u002f\\u002f",
                                        "%3a%2f%2f"}; /* plain, in JSON, in a query */
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (text_starts_ignoring_case(text, forms[i])) return strlen(forms[i]);
    return 0;
}

static bool is_of_host(char c)
{
    char lower = kit_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           c == ':';
}

static bool ends_link(char c)
{
    return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>';
}

/* What can be written, and what was. */
struct cut_text {
    char *into;
    size_t capacity, size;
};

static void put(struct cut_text *cut, const char *bytes, size_t size)
{
    size_t room = cut->capacity - cut->size;
    if (size > room) size = room;
    memcpy(cut->into + cut->size, bytes, size);
    cut->size += size;
}

/* The host, at whose end `at` stands behind a separator; user and password in front of it are left out. Moves
 * to the link's end. */
static const char *put_host(struct cut_text *cut, const char *at, const char *end)
{
    const char *host = at, *stop = at;
    while (stop < end && !ends_link(*stop) && *stop != '/' && *stop != '\\' && *stop != '?' && *stop != '#') {
        if (*stop == '@') host = stop + 1;
        stop++;
    }
    size_t size = 0;
    while (host + size < stop && is_of_host(host[size]))
        size++;
    put(cut, host, size);
    while (stop < end && !ends_link(*stop))
        stop++;
    if (host + size < stop) put(cut, "/...", 4);
    return stop;
}

size_t link_cut(postern_text text, char *into, size_t capacity)
{
    struct cut_text cut = {.into = into, .capacity = capacity};
    const char *at = text.data, *end = kit_end(text);
    while (at < end) {
        size_t separator = link_separator(kit_between(at, end));
        put(&cut, at, separator ? separator : 1);
        at += separator ? separator : 1;
        if (separator) at = put_host(&cut, at, end);
    }
    return cut.size;
}
