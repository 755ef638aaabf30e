/* The labels that a reader of prose knows (labels.h), found while they are read backwards. Pure. */
#ifndef POSTERN_PARSE_LABEL_SET_H
#define POSTERN_PARSE_LABEL_SET_H

#include <postern/module.h>

#define LABEL_SIZE   48 /* bytes of a label, at the most */
#define LABEL_WORDS  5
#define LABELS_LIMIT 120 /* in a set */
#define NO_PIECE     UINT16_MAX

struct known_label {
    uint64_t hash; /* of the label in lower case, with single blanks, without the "is" */
    uint16_t piece;
    bool is_free, is_closed, without_colon;
};

/* Zero it before the first label is added. */
struct label_set {
    struct known_label labels[LABELS_LIMIT];
    uint16_t count;
    bool has_without_colon;
    uint8_t slots[256]; /* number of a label + 1 by hash, open addressing */
};

enum label_fault { LABEL_FINE, LABEL_MALFORMED, LABEL_TWICE, LABEL_TOO_MANY };
/* Adds the label in `text`, which names `piece`; NO_PIECE: it is known to be one, and no more. */
enum label_fault label_set_add(struct label_set *set, postern_text text, uint16_t piece, bool is_free);
/* A free piece that ends at labels of the set only. */
void label_set_close(struct label_set *set, uint16_t piece);

/* ---- For who reads labels: hashes are worked out from a label's last byte to its first, in lower case, a
 * run of blanks as one. ---- */

#define LABEL_HASH_START 0xcbf29ce484222325u
static inline uint64_t label_hash_byte(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * 0x100000001b3u;
}

static inline bool label_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Of which kinds a byte is. */
#define LABEL_LETTER    1u
#define LABEL_WORD_BYTE 2u /* it may stand in a word of a label */
static const uint8_t label_kinds[256] = {['a' ... 'z'] = LABEL_LETTER | LABEL_WORD_BYTE,
                                         ['A' ... 'Z'] = LABEL_LETTER | LABEL_WORD_BYTE,
                                         ['0' ... '9'] = LABEL_WORD_BYTE,
                                         ['_'] = LABEL_WORD_BYTE,
                                         ['-'] = LABEL_WORD_BYTE,
                                         ['('] = LABEL_WORD_BYTE,
                                         [')'] = LABEL_WORD_BYTE,
                                         ['/'] = LABEL_WORD_BYTE,
                                         ['\''] = LABEL_WORD_BYTE,
                                         ['&'] = LABEL_WORD_BYTE,
                                         ['#'] = LABEL_WORD_BYTE};

static inline bool label_is_letter(char byte)
{
    return label_kinds[(unsigned char)byte] & LABEL_LETTER;
}

static inline char label_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 0x20) : byte;
}

static inline bool label_is_word_byte(char byte)
{
    return label_kinds[(unsigned char)byte] & LABEL_WORD_BYTE;
}

/* The label with this hash, or NULL. */
const struct known_label *label_set_find(const struct label_set *set, uint64_t hash, bool without_colon);

#endif
