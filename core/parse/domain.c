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

struct label {
    size_t characters;
    bool has_other_than_digits, ends_with_hyphen;
};

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

static bool label_is_whole(const struct label *label)
{
    return label->characters > 0 && label->characters <= LABEL_LIMIT && !label->ends_with_hyphen;
}

/* The last label, in *label, ends where the text does. */
static bool read_labels(postern_text text, struct label *label, size_t *characters, bool *is_wide)
{
    *label = (struct label){0};
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        uint8_t kind = kinds[byte];
        if (kind == BYTE_REFUSED || (kind == BYTE_HYPHEN && label->characters == 0)) return false;
        bool continues = kind == BYTE_WIDE && byte < 0xc0; /* its character */
        *characters += !continues;
        if (kind == BYTE_DOT) {
            if (!label_is_whole(label)) return false;
            *label = (struct label){0};
            continue;
        }
        label->characters += !continues;
        label->has_other_than_digits |= kind != BYTE_DIGIT;
        label->ends_with_hyphen = kind == BYTE_HYPHEN;
        *is_wide |= kind == BYTE_WIDE;
    }
    return label_is_whole(label);
}

bool domain_is_valid(postern_text text)
{
    if (text.size > 1 && text.data[text.size - 1] == '.') text.size--;
    if (text.size == 0 || text.size > NAME_BYTE_LIMIT) return false;
    struct label last;
    size_t characters = 0;
    bool is_wide = false;
    return read_labels(text, &last, &characters, &is_wide) && characters <= NAME_LIMIT &&
           last.has_other_than_digits && (!is_wide || characters_may_be_in_name(text));
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
