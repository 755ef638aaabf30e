#include "target.h"

static int hex_digit(char c)
{
    c = kit_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(const postern_host *host, postern_arena *arena, postern_text text, postern_text *decoded)
{
    struct kit_writer writer = kit_writer_in_arena(host, arena);
    *decoded = text;
    if (!text.size || !memchr(text.data, '%', text.size)) return true;
    for (size_t i = 0; i < text.size; i++) {
        bool coded = text.data[i] == '%' && i + 2 < text.size && hex_digit(text.data[i + 1]) >= 0 &&
                     hex_digit(text.data[i + 2]) >= 0;
        char c = text.data[i];
        if (coded) c = (char)(hex_digit(text.data[i + 1]) * 16 + hex_digit(text.data[i + 2]));
        if (coded) i += 2;
        kit_write(&writer, kit_span(&c, 1));
    }
    *decoded = kit_span(writer.data, writer.size);
    return !writer.failed;
}

/* The text up to the byte, which is taken off with it; all of it if the byte is not there. */
static postern_text cut(postern_text *text, char at)
{
    const char *found = text->size ? memchr(text->data, at, text->size) : NULL;
    postern_text front = found ? kit_between(text->data, found) : *text;
    *text = found ? kit_between(found + 1, kit_end(*text)) : kit_span(NULL, 0);
    return front;
}

bool target_split(const postern_host *host, postern_arena *arena, postern_text url, struct target *target)
{
    *target = (struct target){.path = KIT_TEXT("/")};
    bool tls = kit_starts_with(url, "https://");
    const char *slashes = memmem(url.data, url.size, "://", 3);
    postern_text rest = slashes ? kit_between(slashes + 3, kit_end(url)) : url;
    postern_text place = cut(&rest, '?'), query = rest;
    target->host = cut(&place, '/');
    postern_text port = kit_span(target->host.data, 0);
    const char *colon = memrchr(target->host.data, ':', target->host.size);
    if (colon) port = kit_between(colon, kit_end(target->host));
    if (kit_is(port, tls ? ":443" : ":80")) target->host.size -= port.size;
    if (place.size && !decode(host, arena, kit_between(place.data - 1, kit_end(place)), &target->path))
        return false;
    while (query.size) {
        postern_text pair = cut(&query, '&'), value = pair;
        postern_text name = cut(&value, '=');
        if (target->query_count == MOST_QUERY) return false;
        postern_pair *into = &target->query[target->query_count++];
        if (!decode(host, arena, name, &into->name) || !decode(host, arena, value, &into->value))
            return false;
    }
    return true;
}
