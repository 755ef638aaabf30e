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

/* Blanks and marks beyond ASCII that nobody sees: U+0080 to U+00A0, U+00AD, U+200B to U+200F, U+2000 to
 * U+200A, U+2028 to U+202F, U+2060 to U+206F, U+3000, U+FEFF, U+FFFD (bytes that were no text). */
static bool is_invisible(const unsigned char *at, size_t left)
{
    if (at[0] == 0xc2) return left > 1 && (at[1] <= 0xa0 || at[1] == 0xad);
    if (left < 3) return false;
    uint32_t bytes = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
    return (bytes >= 0xe28080 && bytes <= 0xe2808f) || (bytes >= 0xe280a8 && bytes <= 0xe280af) ||
           (bytes >= 0xe281a0 && bytes <= 0xe281af) || bytes == 0xe38080 || bytes == 0xefbbbf ||
           bytes == 0xefbfbd;
}

static bool wide_characters_are_visible(postern_text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    for (size_t i = 0; i < text.size; i++)
        if (bytes[i] >= 0xc2 && is_invisible(bytes + i, text.size - i)) return false;
    return text_is_utf8(text);
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
           last.has_other_than_digits && (!is_wide || wide_characters_are_visible(text));
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
