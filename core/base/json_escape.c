#include "base/json_escape.h"

#include <string.h>

static uint32_t hex_value(const char *digits)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char digit = (unsigned char)digits[i];
        value = value << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return value;
}

uint32_t json_decode_escape(const char **at, const char *end)
{
    const char *escape = *at;
    *at += 2;
    switch (escape[1]) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        break;
    default:
        return (unsigned char)escape[1];
    }
    uint32_t unit = hex_value(escape + 2);
    *at += 4;
    bool high = unit >= 0xd800 && unit < 0xdc00;
    if (!high || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') return unit;
    uint32_t low = hex_value(*at + 2);
    if (low < 0xdc00 || low > 0xdfff) return unit;
    *at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

size_t json_code_point_to_utf8(uint32_t code_point, char bytes[4])
{
    if (json_is_surrogate(code_point)) code_point = 0xfffd;
    if (code_point < 0x80) return bytes[0] = (char)code_point, 1;
    size_t count = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = count - 1; i > 0; i--, code_point >>= 6)
        bytes[i] = (char)(0x80 | (code_point & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(lead[count] | code_point);
    return count;
}

int json_compare_unescaped(postern_text raw, postern_text plain)
{
    const char *at = raw.data, *end = raw.data + raw.size;
    size_t matched = 0;
    while (at < end) {
        char bytes[4];
        size_t count = 1;
        if (*at == '\\')
            count = json_code_point_to_utf8(json_decode_escape(&at, end), bytes);
        else
            bytes[0] = *at++;
        size_t common = count < plain.size - matched ? count : plain.size - matched;
        int order = common ? memcmp(bytes, plain.data + matched, common) : 0;
        if (order) return order;
        if (common < count) return 1;
        matched += count;
    }
    return matched < plain.size ? -1 : 0;
}
