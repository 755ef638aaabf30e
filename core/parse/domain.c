#include "parse/domain.h"

#include "base/text.h"
#include "parse/domain_plain.h"
#include "parse/ip.h"

#define NAME_LIMIT      253 /* characters */
#define NAME_BYTE_LIMIT ((size_t)4 * NAME_LIMIT)

/* What is told of a byte. No dot stands in front of a dot or a hyphen, no hyphen in front of a dot: those in
 * front have a bit for each of these, two places below. */
enum {
    BYTE_REFUSED = 1,
    BYTE_WIDE = 2, /* of a character beyond ASCII */
    BEFORE_DOT = 0x10,
    BEFORE_HYPHEN = 0x20,
    AS_DOT = BEFORE_DOT << 2,
    AS_HYPHEN = BEFORE_HYPHEN << 2,
    BYTE_DOT = AS_DOT | BEFORE_DOT | BEFORE_HYPHEN,
    BYTE_HYPHEN = AS_HYPHEN | BEFORE_DOT
};

/* Letters, digits and '_', which names of services and many internal hosts have, may stand anywhere. */
static const uint8_t told[256] = {
    [0 ... ','] = BYTE_REFUSED, ['-'] = BYTE_HYPHEN,           ['.'] = BYTE_DOT,
    ['/'] = BYTE_REFUSED,       [':' ... '@'] = BYTE_REFUSED,  ['[' ... '^'] = BYTE_REFUSED,
    ['`'] = BYTE_REFUSED,       ['{' ... 0x7f] = BYTE_REFUSED, [0x80 ... 0xff] = BYTE_WIDE};

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

/* Beyond ASCII a character is more than one byte. */
static bool labels_are_short(postern_text text)
{
    size_t characters = 0, all = 0;
    for (size_t i = 0; i < text.size; i++) {
        bool is_first_byte = ((unsigned char)text.data[i] & 0xc0) != 0x80;
        characters = text.data[i] == '.' ? 0 : characters + is_first_byte;
        all += is_first_byte;
        if (characters > DOMAIN_LABEL_LIMIT) return false;
    }
    return all <= NAME_LIMIT;
}

/* What its bytes tell, and whether the labels are divided as they should be. No way out of the loop: names
 * are short, and so it runs without branches. */
static bool read_bytes(postern_text text, unsigned *bytes)
{
    unsigned all = 0, wrong = 0, before = BYTE_DOT;
    for (size_t i = 0; i < text.size; i++) {
        unsigned now = told[(unsigned char)text.data[i]];
        all |= now;
        wrong |= before << 2 & now;
        before = now;
    }
    wrong |= before << 2 & BYTE_DOT;
    *bytes = all;
    return !(wrong & (AS_DOT | AS_HYPHEN)) && !(all & BYTE_REFUSED);
}

static postern_text without_last_dot(postern_text text)
{
    if (text.size > 1 && text.data[text.size - 1] == '.') text.size--;
    return text;
}

bool domain_is_valid_slowly(postern_text text)
{
    text = without_last_dot(text);
    if (text.size == 0 || text.size > NAME_BYTE_LIMIT) return false;
    unsigned bytes;
    if (!read_bytes(text, &bytes) || domain_ends_in_number(text)) return false;
    if (text.size > DOMAIN_LABEL_LIMIT && !labels_are_short(text)) return false;
    return !(bytes & BYTE_WIDE) || characters_may_be_in_name(text);
}

bool domain_is_valid(postern_text text)
{
    return domain_is_plain(without_last_dot(text)) || domain_is_valid_slowly(text);
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
