/* links: postern_parse */
/* Prose with labelled pieces: each piece lies in the text, in order, behind its label, and none is empty;
 * what stands before the first label overlaps none. What a text mentions lies in it, in order. */
#include "base/text.h"
#include "parse/labels.h"
#include "parse/mentions.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())

static void add_labels(struct label_set *set)
{
    static const struct {
        const char *label;
        uint16_t piece;
        bool is_free;
    } labels[] = {{"date", 0, false},         {"time", 1, false},        {"ip", 2, false},
                  {"remote ip is", 2, false}, {"application", 3, false}, {"from", 4, false},
                  {"subject", 5, true},       {"ip address", 2, false}};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        require(label_set_add(set, text_of(labels[i].label), labels[i].piece, labels[i].is_free) ==
                LABEL_FINE);
    require(label_set_add(set, text_of("processed"), NO_PIECE, false) == LABEL_FINE);
    label_set_close(set, 5);
}

static void check_labels(postern_text text)
{
    static struct label_set set;
    struct labelled_piece pieces[PIECES_LIMIT];
    if (set.count == 0) add_labels(&set);
    postern_text before;
    size_t count = labels_read(text, &set, pieces, &before), seen = 0;
    const char *end = before.size ? before.data + before.size : text.data;
    require(count <= PIECES_LIMIT && (!before.size || before.data >= text.data));
    for (size_t i = 0; i < count; i++) {
        const struct labelled_piece *piece = &pieces[i];
        require(piece->label.size && piece->label.data >= end && piece->text.size);
        require(piece->text.data >= piece->label.data + piece->label.size);
        end = piece->text.data + piece->text.size;
        require(end <= text.data + text.size);
        if (piece->piece == NO_PIECE) continue;
        require(piece->piece <= 5 && !(seen & 1u << piece->piece)); /* one piece of a name */
        seen |= 1u << piece->piece;
    }
}

static void check_mentions(postern_text text, enum mention kind)
{
    postern_text rest = text, found;
    const char *end = text.data;
    while (mention_next(&rest, kind, &found)) {
        require(found.size && found.data >= end && found.data + found.size <= rest.data);
        end = rest.data;
        require(rest.data + rest.size == text.data + text.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    postern_text text = {(const char *)data, size};
    check_labels(text);
    check_mentions(text, MENTION_IP);
    check_mentions(text, MENTION_EMAIL);
    check_mentions(text, MENTION_FILE);
    return 0;
}
