#include "parse/label_set.h"

#include "base/text.h"

static uint32_t slot_of(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32) & 255;
}

/* The label without blanks around it, in lower case, with single blanks; its size, 0 if it is too long. */
static size_t normalize(postern_text label, char out[LABEL_SIZE])
{
    size_t size = 0;
    label = text_trim(label);
    for (size_t i = 0; i < label.size; i++) {
        if (label_is_blank(label.data[i]) && size && out[size - 1] == ' ') continue;
        if (size == LABEL_SIZE) return 0;
        out[size++] = label_is_blank(label.data[i]) ? ' ' : label_lower(label.data[i]);
    }
    return size;
}

static bool is_sound(postern_text label)
{
    size_t words = 1;
    for (size_t i = 0; i < label.size; i++) {
        if (!label_is_blank(label.data[i]) && !label_is_word_byte(label.data[i])) return false;
        words += label.data[i] == ' ';
    }
    return label.size > 0 && words <= LABEL_WORDS;
}

const struct known_label *label_set_find(const struct label_set *set, uint64_t hash, bool without_colon)
{
    for (uint32_t slot = slot_of(hash); set->slots[slot]; slot = (slot + 1) & 255) {
        const struct known_label *label = &set->labels[set->slots[slot] - 1];
        if (label->hash == hash && label->without_colon == without_colon) return label;
    }
    return NULL;
}

enum label_fault label_set_add(struct label_set *set, postern_text text, uint16_t piece, bool is_free)
{
    char space[LABEL_SIZE];
    postern_text words = {space, normalize(text, space)};
    struct known_label label = {.piece = piece, .is_free = is_free, .hash = LABEL_HASH_START};
    if (words.size > 3 && text_ends_with(words, " is")) {
        label.without_colon = true;
        words.size -= 3;
    }
    if (!is_sound(words)) return LABEL_MALFORMED;
    if (set->count == LABELS_LIMIT) return LABEL_TOO_MANY;
    for (size_t i = words.size; i > 0; i--)
        label.hash = label_hash_byte(label.hash, words.data[i - 1]);
    if (label_set_find(set, label.hash, label.without_colon)) return LABEL_TWICE;
    set->has_without_colon |= label.without_colon;
    set->labels[set->count++] = label;
    uint32_t slot = slot_of(label.hash);
    while (set->slots[slot])
        slot = (slot + 1) & 255;
    set->slots[slot] = (uint8_t)set->count;
    return LABEL_FINE;
}

void label_set_close(struct label_set *set, uint16_t piece)
{
    for (size_t i = 0; i < set->count; i++)
        set->labels[i].is_closed |= set->labels[i].piece == piece;
}
