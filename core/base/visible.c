#include "base/visible.h"
#include <postern/kit.h>
#include <stdint.h>
#include <string.h>

/* A backslash, the letter and so many hexadecimal digits. */
static size_t write_hex(char *piece, char letter, size_t digits, uint32_t number)
{
    piece[0] = '\\';
    piece[1] = letter;
    for (size_t i = digits; i > 0; i--, number >>= 4)
        piece[1 + i] = "0123456789abcdef"[number & 15];
    return digits + 2;
}

static size_t write_for_json(char *piece, uint32_t code_point)
{
    if (code_point < 0x10000) return write_hex(piece, 'u', 4, code_point);
    code_point -= 0x10000;
    return write_hex(piece, 'u', 4, 0xd800 + (code_point >> 10)) +
           write_hex(piece + 6, 'u', 4, 0xdc00 + (code_point & 0x3ff));
}

static size_t write_for_eyes(char *piece, uint32_t code_point)
{
    char letter = code_point == '\n' ? 'n' : code_point == '\r' ? 'r' : code_point == '\t' ? 't' : 0;
    if (letter) return write_hex(piece, letter, 0, 0);
    if (code_point < 0x80) return write_hex(piece, 'x', 2, code_point);
    return code_point < 0x10000 ? write_hex(piece, 'u', 4, code_point) : write_hex(piece, 'U', 8, code_point);
}

size_t visible_next(const char **at, const char *end, enum visible_form form, char piece[VISIBLE_SIZE],
                    size_t *columns)
{
    const char *from = *at;
    size_t length = kit_utf8_sequence(from, end);
    uint32_t code_point = length ? kit_code_point(from, length) : (unsigned char)*from;
    bool kept = length && !kit_is_hidden(code_point);
    if ((code_point == '\n' || code_point == '\t') && form != VISIBLE_LINE) kept = true;
    *at += length ? length : 1;
    if (kept) {
        memcpy(piece, from, length);
        *columns = 1;
        return length;
    }
    if (form == VISIBLE_JSON) return *columns = write_for_json(piece, length ? code_point : 0xfffd);
    return *columns = length ? write_for_eyes(piece, code_point) : write_hex(piece, 'x', 2, code_point);
}

size_t visible_columns(postern_text text)
{
    size_t sum = 0;
    if (text.size == 0) return sum; /* its data may be NULL */
    for (const char *at = text.data, *end = at + text.size; at < end;) {
        char piece[VISIBLE_SIZE];
        size_t columns;
        visible_next(&at, end, VISIBLE_LINE, piece, &columns);
        sum += columns;
    }
    return sum;
}
