/* Writes strings and numbers. */
#include "base/json.h"
#include "base/short_copy.h"

#include <math.h>
#include <postern/kit.h>
#include <stdio.h>
#include <stdlib.h>

static void write_escape(struct buffer *out, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef", letters[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *letter = byte ? strchr(letters, byte) : NULL;
    if (letter)
        buffer_append(out, (char[]){'\\', names[letter - letters]}, 2);
    else
        buffer_append(out, (char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
}

/* Most texts need nothing but their quotes. */
static bool write_plain_string(struct buffer *out, postern_text text)
{
    char *place = buffer_reserve(out, text.size + 2);
    if (!place) return false;
    *place++ = '"';
    *copy_short(place, text.data, text.size) = '"';
    out->size += text.size + 2;
    return true;
}

size_t json_write_string(struct buffer *out, postern_text text)
{
    size_t replaced = 0;
    const char *at = text.size ? text.data : "", *end = at + text.size, *unwritten = at;
    at = kit_find_special(at, end, true);
    if (at == end && write_plain_string(out, text)) return 0;
    buffer_append_byte(out, '"');
    while ((at = kit_find_special(at, end, true)) < end) {
        size_t sequence = (unsigned char)*at > 0x7f ? kit_utf8_sequence(at, end) : 0;
        if (sequence) {
            at += sequence;
            continue;
        }
        buffer_append(out, unwritten, (size_t)(at - unwritten));
        if ((unsigned char)*at > 0x7f) {
            buffer_append(out, KIT_REPLACEMENT, sizeof KIT_REPLACEMENT - 1);
            replaced++;
        } else {
            write_escape(out, (unsigned char)*at);
        }
        unwritten = ++at;
    }
    buffer_append(out, unwritten, (size_t)(end - unwritten));
    buffer_append_byte(out, '"');
    return replaced;
}

void json_write_integer(struct buffer *out, int64_t integer)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (integer < 0) *--at = '-';
    buffer_append(out, at, (size_t)(digits + sizeof digits - at));
}

bool json_write_real(struct buffer *out, double real)
{
    if (!isfinite(real)) return false;
    char digits[40];
    size_t size = 0;
    for (int precision = 15; precision <= 17; precision++) {
        size = (size_t)snprintf(digits, sizeof digits, "%.*g", precision, real);
        if (precision == 17 || strtod(digits, NULL) == real) break;
    }
    buffer_append(out, digits, size);
    if (!strpbrk(digits, ".e")) buffer_append(out, ".0", 2);
    return !out->failed;
}
