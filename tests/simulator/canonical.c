#include "canonical.h"
#include "event.h"
#include "random.h"
#include <string.h>

void canonical(struct text *out, const char *json, size_t size)
{
    size_t start = out->size;
    bool quoted = false;
    text_reserve(out, size);
    for (size_t i = 0; i < size; i++) {
        char c = json[i];
        if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
        out->data[out->size++] = c;
        if (c == '\\' && quoted && i + 1 < size)
            out->data[out->size++] = json[++i];
        else if (c == '"')
            quoted = !quoted;
    }
    out->data[out->size] = '\0';

    static const char token[] = "{\"id\":\"MTOKEN:";
    char *text = out->data + start;
    if (strncmp(text, token, sizeof token - 1) != 0) return;
    char *end = strchr(text + sizeof token - 1, '"');
    if (!end || end[1] != ',') return;
    size_t cut = (size_t)(end + 2 - (text + 1));
    memmove(text + 1, end + 2, out->size - start - 1 - cut + 1);
    out->size -= cut;
}

uint64_t canonical_number(const char *text, size_t size)
{
    return mix_text(4, text, size) | 1;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

const char *find_marker(const char *line, size_t size)
{
    const char *end = line + size;
    while (size >= MARKER_SIZE - 1) {
        const char *found = memmem(line, size, "evt", 3);
        if (!found || found + MARKER_SIZE - 1 > end) return NULL;
        size_t digits = 0;
        while (digits < MARKER_SIZE - 4 && is_hex(found[3 + digits]))
            digits++;
        if (digits == MARKER_SIZE - 4) return found;
        line = found + 3;
        size = (size_t)(end - line);
    }
    return NULL;
}
