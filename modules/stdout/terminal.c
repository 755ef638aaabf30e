#include "terminal.h"
#include <postern/kit.h>

size_t terminal_next(const char **at, const char *end, char shown[SHOWN_SIZE])
{
    const char *from = *at;
    size_t length = kit_utf8_sequence(from, end);
    char escape[SHOWN_SIZE + 1];
    uint32_t code_point;
    int size;
    *at += length ? length : 1;
    if (length == 0) {
        memcpy(shown, KIT_REPLACEMENT, sizeof KIT_REPLACEMENT - 1);
        return sizeof KIT_REPLACEMENT - 1;
    }
    code_point = kit_code_point(from, length);
    if (code_point == '\t' || !kit_is_hidden(code_point)) {
        memcpy(shown, from, length);
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
