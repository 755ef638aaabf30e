#include "ndjson.h"

struct ndjson ndjson_over(postern_text text)
{
    text = text_without_byte_order_mark(text);
    return (struct ndjson){.at = text.data, .end = kit_end(text)};
}

bool ndjson_next(struct ndjson *lines, postern_text *line, bool *ended)
{
    while (lines->at < lines->end) {
        const char *stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
        *ended = stop != NULL;
        *line = kit_trim(kit_between(lines->at, stop ? stop : lines->end));
        lines->at = stop ? stop + 1 : lines->end;
        lines->number++;
        if (line->size) return true;
    }
    return false;
}
