#include "parse/domain.h"

#include "base/text.h"
#include "parse/ip.h"

#define LABEL_LIMIT     63  /* characters */
#define NAME_LIMIT      253 /* characters */
#define NAME_BYTE_LIMIT ((size_t)4 * NAME_LIMIT)

enum name_byte {
    BYTE_REFUSED,
    BYTE_LETTER, /* also '_', which names of services and many internal hosts have */
    BYTE_DIGIT,
    BYTE_HYPHEN,
    BYTE_DOT,
    BYTE_WIDE /* of a character beyond ASCII */
};

static const uint8_t kinds[256] = {
    ['a' ... 'z'] = BYTE_LETTER, ['A' ... 'Z'] = BYTE_LETTER, ['_'] = BYTE_LETTER,
    ['0' ... '9'] = BYTE_DIGIT,  ['-'] = BYTE_HYPHEN,         ['.'] = BYTE_DOT,
    [0x80 ... 0xff] = BYTE_WIDE};

/* Beyond ASCII, what no name is made of: blanks, controls, punctuation, symbols and pictures, marks that
 * nobody sees, private use, and what is no character. Ranges of code points, sorted. */
static const struct {
    uint32_t first, last;
} refused[] = {
    {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb6},       {0xb8, 0xb9},       {0xbb, 0xbf},
    {0xd7, 0xd7},     {0xf7, 0xf7},     {0x061c, 0x061c},   {0x1680, 0x1680},   {0x180e, 0x180e},
    {0x2000, 0x206f}, {0x20a0, 0x20cf}, {0x2190, 0x2bff},   {0x2e00, 0x2e7f},   {0x3000, 0x3004},
    {0x3008, 0x3020}, {0xd800, 0xf8ff}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe6f},   {0xfeff, 0xfeff},
    {0xff00, 0xff0f}, {0xfff0, 0xffff}, {0x1d000, 0x1d3ff}, {0x1f000, 0x1ffff}, {0xe0000, 0x10ffff}};

static bool may_be_in_name(uint32_t point)
{
    size_t i = 0, count = sizeof refused / sizeof *refused;
    while (i < count && refused[i].last < point)
        i++;
    bool is_no_character = (point & 0xfffe) == 0xfffe;
    return !is_no_character && (i == count || point < refused[i].first);
}

static bool characters_may_be_in_name(postern_text text)
{
    if (!text_is_utf8(text)) return false;
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.size;
    while (at < end) {
        unsigned char lead = *at++;
        if (lead < 0x80) continue;
        uint32_t point = lead >= 0xf0 ? lead & 7u : lead >= 0xe0 ? lead & 15u : lead & 31u;
        for (; at < end && (*at & 0xc0) == 0x80; at++)
            point = point << 6 | (*at & 0x3f);
        if (!may_be_in_name(point)) return false;
    }
    return true;
}

/* Where characters are more than one byte, a label of many bytes may still be short enough. */
static bool wide_labels_are_short(postern_text text)
{
    size_t characters = 0, all = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool is_first_byte = ((unsigned char)text.data[i] & 0xc0) != 0x80;
        characters = text.data[i] == '.' ? 0 : characters + is_first_byte;
        all += is_first_byte;
        if (characters > LABEL_LIMIT) return false;
    }
    return all <= NAME_LIMIT;
}

struct labels {
    bool is_wide;          /* beyond ASCII */
    bool ends_in_a_number; /* the last label has digits only */
};

/* Made for ASCII, which nearly all are. False if the labels are not divided as they should be. */
static bool read_labels(postern_text text, struct labels *labels)
{
    const char *end = text.data + text.size, *label = text.data;
    bool is_number = true, is_wide = false;
    for (const char *at = label; at <= end; at++) {
        for (; at < end && kinds[(unsigned char)*at] == BYTE_LETTER; at++)
            is_number = false;
        uint8_t kind = at < end ? kinds[(unsigned char)*at] : BYTE_DOT;
        if (kind == BYTE_DOT) {
            if (at == label || at[-1] == '-' || (!is_wide && at - label > LABEL_LIMIT)) return false;
            if (at == end) break;
            label = at + 1;
            is_number = true;
        } else if (kind != BYTE_DIGIT) {
            if (kind == BYTE_REFUSED || (kind == BYTE_HYPHEN && at == label)) return false;
            is_number = false;
            is_wide |= kind == BYTE_WIDE;
        }
    }
    *labels = (struct labels){is_wide, is_number};
    return true;
}

bool domain_is_valid(postern_text text)
{
    if (text.size > 1 && text.data[text.size - 1] == '.') text.size--;
    if (text.size == 0 || text.size > NAME_BYTE_LIMIT) return false;
    struct labels labels;
    if (!read_labels(text, &labels) || labels.ends_in_a_number) return false;
    if (!labels.is_wide) return text.size <= NAME_LIMIT;
    return wide_labels_are_short(text) && characters_may_be_in_name(text);
}

bool host_is_valid(postern_text text)
{
    if (text.size > 2 && text.data[0] == '[' && text.data[text.size - 1] == ']') {
        struct ip_address address;
        return ip_parse(text_slice(text.data + 1, text.data + text.size - 1), &address) &&
               address.version == 6;
    }
    return domain_is_valid(text) || ip_is_valid(text);
}
