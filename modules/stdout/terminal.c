#include "terminal.h"
#include <postern/kit.h>

/* Steps over one character; U+FFFD for one byte that begins none. */
static uint32_t next_character(const char **at, const char *end)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)*(*at)++;
    size_t length = lead < 0x80   ? 1
                    : lead < 0xc0 ? 0
                    : lead < 0xe0 ? 2
                    : lead < 0xf0 ? 3
                    : lead < 0xf8 ? 4
                                  : 0;
    if (length == 1) return lead;
    if (length == 0 || (size_t)(end - *at) < length - 1) return 0xfffd;
    uint32_t code_point = lead & (0x7fu >> length);
    for (size_t i = 0; i < length - 1; i++) {
        unsigned char byte = (unsigned char)(*at)[i];
        if ((byte & 0xc0) != 0x80) return 0xfffd;
        code_point = code_point << 6 | (byte & 0x3f);
    }
    if (code_point < least[length] || code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000))
        return 0xfffd;
    *at += length - 1;
    return code_point;
}

size_t terminal_next(const char **at, const char *end, char shown[SHOWN_SIZE])
{
    const char *from = *at;
    uint32_t code_point = next_character(at, end);
    bool replaced = code_point == 0xfffd;
    char escape[SHOWN_SIZE + 1];
    int size;
    if (replaced || code_point == '\t' || !kit_is_hidden(code_point)) {
        size_t length = replaced ? 3 : (size_t)(*at - from);
        memcpy(shown, replaced ? "\xef\xbf\xbd" : from, length);
        return length;
    }
    if (code_point < 0x10000)
        size = snprintf(escape, sizeof escape, "\\u%04x", (unsigned)code_point);
    else
        size = snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xd7c0u + (unsigned)(code_point >> 10),
                        0xdc00u + (unsigned)(code_point & 0x3ff));
    memcpy(shown, escape, (size_t)size);
    return (size_t)size;
}
