#include "parse/file_extension.h"

#include "base/text.h"

#define EXTENSION_LIMIT 16

bool file_extension_is_valid(postern_text text)
{
    bool has_letter = false;
    if (text.size == 0 || text.size > EXTENSION_LIMIT) return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i], lower = byte | 0x20;
        bool is_letter = lower >= 'a' && lower <= 'z';
        if (!is_letter && (byte < '0' || byte > '9')) return false;
        has_letter |= is_letter;
    }
    return has_letter;
}

postern_text file_extension_of(postern_text path)
{
    const char *end = path.data + path.size, *dot = end;
    size_t most = path.size < EXTENSION_LIMIT + 1 ? path.size : EXTENSION_LIMIT + 1;
    while (dot > end - most && dot[-1] != '.')
        dot--;
    bool has_name = dot - path.data > 1 && dot[-1] == '.' && dot[-2] != '/' && dot[-2] != '\\';
    postern_text extension = text_slice(dot, end);
    return has_name && file_extension_is_valid(extension) ? extension : (postern_text){NULL, 0};
}
