#include "parse/labels.h"

#include "base/text.h"

#define FIRST_KEPT 64  /* of PIECES_LIMIT */
#define NAME_SIZE  256 /* of what is taken for a name in angle brackets */

static bool is_separator(char byte)
{
    return byte == ',' || byte == ';' || byte == '[' || byte == ']' || byte == '{' || byte == '}' ||
           byte == '|' || byte == '\n' || byte == '\r' || byte == '(';
}

/* ---- Where labels stand ---- */

struct label_place {
    const char *begin, *end; /* of the label */
    const char *value;
    uint64_t meaning;  /* equal for labels of the same meaning */
    uint32_t brackets; /* around it */
    uint16_t piece;
    bool is_known; /* the set has it */
    bool is_free, is_closed;
    bool is_whole;    /* a separator stands before it */
    bool counts;      /* it is a label */
    bool is_replaced; /* a later one of the same meaning counts for the piece */
};

struct label_reader {
    const struct label_set *set;
    const char *begin, *end;
    const char *open; /* where the piece of the last label begins: no label reaches back behind it */
    uint32_t brackets;
    struct label_place places[PIECES_LIMIT];
    size_t count; /* of all: behind the first ones the last ones are kept, in a ring */
};

static struct label_place *next_place(struct label_reader *reader)
{
    size_t at = reader->count++;
    if (at >= FIRST_KEPT) at = FIRST_KEPT + (at - FIRST_KEPT) % (PIECES_LIMIT - FIRST_KEPT);
    return &reader->places[at];
}

/* What stands before a colon, read backwards. */
struct label_words {
    const char *begin;               /* of all words */
    const struct known_label *known; /* the longest that ends here */
    const char *known_begin;
    size_t words;
    uint64_t hash;    /* of all words */
    bool is_whole;    /* a separator stands before them */
    bool is_sentence; /* the text begins with them, or they follow a dash */
    bool has_number;  /* a word without a letter */
};

/* A dash between blanks. */
static bool is_dash(const char *at, const char *begin)
{
    return *at == '-' && at > begin && label_is_blank(at[-1]) && label_is_blank(at[1]);
}

static bool may_stand_before(char byte)
{
    return is_separator(byte) || label_is_blank(byte) || byte == '.' || byte == '!' || byte == '?' ||
           byte == '>' || byte == '"';
}

/* `end`: behind the last word. The words and all that is asked about them are at most LABEL_SIZE bytes, so
 * that a text of colons costs no more than any other. */
/* May the byte before `at` be part of the label? A parenthesis that is closed in it may: "App (provider)". */
static bool is_inside(const struct label_reader *reader, const char *at, unsigned *closed)
{
    if (!label_is_word_byte(at[-1]) || is_dash(at - 1, reader->begin)) return false;
    *closed += at[-1] == ')';
    if (at[-1] != '(') return true;
    if (*closed == 0) return false;
    --*closed;
    return true;
}

static struct label_words read_words(const struct label_reader *reader, const char *end, bool without_colon)
{
    struct label_words found = {.begin = end, .hash = LABEL_HASH_START};
    const char *limit = end - reader->open > LABEL_SIZE ? end - LABEL_SIZE : reader->open, *at = end;
    uint64_t hash = LABEL_HASH_START;
    unsigned closed = 0;
    while (at > limit && label_is_word_byte(at[-1])) {
        bool has_letter = false;
        const char *word = at;
        for (; at > limit && is_inside(reader, at, &closed); at--) {
            hash = label_hash_byte(hash, label_lower(at[-1]));
            has_letter |= label_is_letter(at[-1]);
        }
        if (at == word) break;
        found.words++;
        found.has_number |= !has_letter;
        found.begin = at;
        found.hash = hash;
        bool is_word = at == reader->begin || may_stand_before(at[-1]);
        const struct known_label *known = is_word ? label_set_find(reader->set, hash, without_colon) : NULL;
        if (known) {
            found.known = known;
            found.known_begin = at;
        }
        while (at > limit && label_is_blank(at[-1]))
            at--;
        hash = label_hash_byte(hash, ' ');
    }
    found.is_sentence = at == reader->begin || (at > limit && is_dash(at - 1, reader->begin));
    found.is_whole = found.words > 0 && (found.is_sentence || (at > limit && is_separator(at[-1])));
    return found;
}

/* Is it a label though nobody has named it? */
static bool is_label(const struct label_words *words)
{
    size_t most = words->is_sentence ? 3 : LABEL_WORDS;
    return words->is_whole && words->words <= most && !words->has_number &&
           (label_is_letter(*words->begin) || (*words->begin >= '0' && *words->begin <= '9'));
}

/* All the words, rather than the label of the set that they end with. */
static bool prefers_all(const struct label_words *words)
{
    if (!is_label(words)) return false;
    if (!words->known) return true;
    if (words->known_begin == words->begin) return false;
    return !words->is_sentence && words->words <= 3 && *words->begin >= 'A' && *words->begin <= 'Z';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && label_is_blank(*at))
        at++;
    return at;
}

/* Behind the colon and another one, if that is doubled: "IP: : 192.0.2.1", but "IP: ::1". */
static const char *value_behind(const char *colon, const char *end)
{
    const char *at = colon + 1;
    if (at < end && *at == ':' && !(at + 1 < end && at[1] == ':')) at++;
    at = skip_blanks(at, end);
    while (at < end && *at == ':' && (at + 1 == end || label_is_blank(at[1])))
        at = skip_blanks(at + 1, end);
    return at;
}

/* A label that ends at `end`, if one does; its piece begins at `value`. */
static bool read_label(struct label_reader *reader, const char *end, const char *value, bool is_spaced,
                       bool without_colon)
{
    struct label_words words = read_words(reader, end, without_colon);
    bool all = is_spaced && !without_colon && prefers_all(&words);
    if (!all && !words.known) return false;
    const char *begin = all ? words.begin : words.known_begin;
    uint16_t piece = all ? NO_PIECE : words.known->piece;
    uint64_t hash = all ? words.hash : words.known->hash;
    reader->open = value;
    *next_place(reader) = (struct label_place){
        .begin = begin,
        .end = end,
        .value = value,
        .brackets = reader->brackets,
        .piece = piece,
        .meaning = piece == NO_PIECE ? hash | 1ull << 63 : piece,
        .is_known = !all,
        .is_free = !all && words.known->is_free,
        .is_closed = !all && words.known->is_closed,
        .is_whole = words.is_whole && begin == words.begin,
    };
    return true;
}

/* The place behind what stands at a colon. */
static const char *at_colon(struct label_reader *reader, const char *colon)
{
    const char *end = colon;
    while (end > reader->open && label_is_blank(end[-1]))
        end--;
    const char *value = value_behind(colon, reader->end);
    bool is_spaced =
        end < colon || colon + 1 == reader->end || label_is_blank(colon[1]) || is_separator(colon[1]);
    return read_label(reader, end, value, is_spaced, false) ? value : colon + 1;
}

/* The place behind an "is" that a label may stand before. */
static const char *at_is(struct label_reader *reader, const char *at)
{
    bool is_word = at > reader->begin && label_is_blank(at[-1]) && reader->end - at > 2 &&
                   (at[1] | 0x20) == 's' && label_is_blank(at[2]);
    if (!is_word) return at + 1;
    const char *end = at;
    while (end > reader->open && label_is_blank(end[-1]))
        end--;
    const char *value = skip_blanks(at + 2, reader->end);
    return read_label(reader, end, value, true, true) ? value : at + 2;
}

/* The place behind a name in angle brackets, or behind the bracket if it opens none. */
static const char *behind_name(const char *at, const char *end)
{
    const char *from = at + 1;
    if (from == end || label_is_blank(*from)) return from;
    if (end - from > NAME_SIZE) end = from + NAME_SIZE;
    for (at = from; at < end && *at != '<' && *at != '\n'; at++)
        if (*at == '>') return label_is_blank(at[-1]) ? from : at + 1;
    return from;
}

/* The bytes that find_labels looks at. */
static const bool marks[256] = {[':'] = true, ['i'] = true, ['I'] = true, ['<'] = true,
                                ['['] = true, ['('] = true, [']'] = true, [')'] = true};

static void find_labels(struct label_reader *reader)
{
    for (const char *at = reader->begin;;) {
        while (at < reader->end && !marks[(unsigned char)*at])
            at++;
        if (at == reader->end) return;
        switch (*at) {
        case ':':
            at = at_colon(reader, at);
            break;
        case 'i':
        case 'I':
            at = reader->set->has_without_colon ? at_is(reader, at) : at + 1;
            break;
        case '<':
            at = behind_name(at, reader->end);
            break;
        case '[':
        case '(':
            reader->brackets++;
            at++;
            break;
        default: /* that close */
            reader->brackets -= reader->brackets > 0;
            at++;
        }
    }
}

/* ---- Which of them count ---- */

/* The places in the order of the text; returns how many. */
static size_t order_places(struct label_reader *reader)
{
    if (reader->count <= PIECES_LIMIT) return reader->count;
    struct label_place *ring = reader->places + FIRST_KEPT, ordered[PIECES_LIMIT - FIRST_KEPT];
    size_t kept = PIECES_LIMIT - FIRST_KEPT, turn = (reader->count - FIRST_KEPT) % kept;
    for (size_t i = 0; i < kept; i++)
        ordered[i] = ring[(turn + i) % kept];
    memcpy(ring, ordered, sizeof ordered);
    return PIECES_LIMIT;
}

/* The last label before `i` that counts and has its meaning, or NULL. */
static struct label_place *equal_before(struct label_place *places, size_t i)
{
    for (size_t at = i; at-- > 0;)
        if (places[at].counts && places[at].meaning == places[i].meaning) return &places[at];
    return NULL;
}

static bool comes_again(const struct label_place *places, size_t i, size_t count)
{
    for (size_t at = i + 1; at < count; at++)
        if (places[at].meaning == places[i].meaning && places[at].is_whole) return true;
    return false;
}

static void judge(struct label_place *places, size_t count)
{
    bool behind_free = false, behind_closed = false;
    for (size_t i = 0; i < count; i++) {
        struct label_place *place = &places[i], *before = equal_before(places, i);
        bool is_lower = *place->begin >= 'a' && *place->begin <= 'z';
        bool may_end = place->is_known || !(is_lower || behind_closed);
        place->counts =
            !behind_free || (place->is_whole && may_end && !before && !comes_again(places, i, count));
        if (!place->counts) continue;
        if (before) before->is_replaced = true;
        behind_free |= place->is_free;
        behind_closed = place->is_closed || (behind_closed && !place->is_known);
    }
}

/* ---- The pieces ---- */

static postern_text without_edges(postern_text text)
{
    const char *begin = text.data, *end = text.data + text.size;
    while (begin < end && ((unsigned char)*begin <= ' ' || *begin == ',' || *begin == ';'))
        begin++;
    while (begin < end && ((unsigned char)end[-1] <= ' ' || end[-1] == ',' || end[-1] == ';'))
        end--;
    if (end - begin >= 2 && end[-1] == '-' && label_is_blank(end[-2])) /* a dash before the next label */
        return without_edges(text_slice(begin, end - 1));
    return text_slice(begin, end);
}

static postern_text without_quotes(postern_text text)
{
    bool quoted =
        text.size >= 2 && (*text.data == '"' || *text.data == '\'') && text.data[text.size - 1] == *text.data;
    return quoted ? text_slice(text.data + 1, text.data + text.size - 1) : text;
}

/* Up to the end of the brackets that the label is in. */
static const char *end_of_brackets(const char *at, const char *end)
{
    for (uint32_t open = 0; at < end; at++) {
        if (*at == '[' || *at == '(') open++;
        if ((*at == ']' || *at == ')') && open-- == 0) return at;
    }
    return end;
}

size_t labels_read(postern_text prose, const struct label_set *set,
                   struct labelled_piece pieces[PIECES_LIMIT], postern_text *before)
{
    *before = (postern_text){0};
    if (prose.size == 0) return 0;
    struct label_reader reader; /* its places are filled as they are found: they are many */
    reader.set = set;
    reader.begin = reader.open = prose.data;
    reader.end = prose.data + prose.size;
    reader.brackets = 0;
    reader.count = 0;
    find_labels(&reader);
    size_t places = order_places(&reader), count = 0;
    judge(reader.places, places);
    const char *end = reader.end;
    for (size_t i = places; i-- > 0;) { /* from the last: each ends where the next begins */
        struct label_place *place = &reader.places[i];
        if (!place->counts) continue;
        const char *stop = place->brackets ? end_of_brackets(place->value, end) : end;
        end = place->begin;
        postern_text text = without_quotes(without_edges(text_slice(place->value, stop)));
        if (text.size == 0) continue;
        pieces[PIECES_LIMIT - ++count] = (struct labelled_piece){
            text_slice(place->begin, place->end), text, place->is_replaced ? NO_PIECE : place->piece};
    }
    if (count) memmove(pieces, pieces + PIECES_LIMIT - count, count * sizeof *pieces);
    *before = without_edges(text_slice(reader.begin, end));
    while (before->size && (before->data[before->size - 1] == '[' || before->data[before->size - 1] == '('))
        *before = without_edges((postern_text){before->data, before->size - 1});
    return count;
}
