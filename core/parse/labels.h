/* Prose with labelled pieces, as in "Logged on, Date: 2026-01-02, IP : 192.0.2.1". Pure; linear in the text.
 *
 * A label is one to five words with a colon behind them (with blanks before it, or doubled):
 *   - one of the set: behind a separator (`, ; [ ] { } |`, the end of a line, " - ", the beginning), or with
 * other words before it: "Mails read remote IP : 192.0.2.1 application : web". The longest that fits counts.
 *     One that was added with "is" at its end needs no colon: "Remote IP is 192.0.2.1".
 *   - any other: behind a separator, with a blank at the colon, so that no URL and no address is one.
 * Nothing within <...> is a label: there stand names of people. A piece goes on to where the next label
 * begins and ends at the bracket that its label is in.
 *
 * Of labels with the same meaning the last one counts, because what programs say themselves stands behind
 * what they quote. Some labels are *free*: people wrote what follows them. In and behind a free piece, where
 * anyone may have written labels as well, nothing is a label that had stood before, or that comes once more;
 * words in the middle of a text are none either, nor is anything that begins in lower case unless it is of
 * the set. All those are part of the text in which they stand. A free piece may be *closed* as well: then
 * labels that the set does not have are part of it too, until one that it has has ended it. */
#ifndef POSTERN_PARSE_LABELS_H
#define POSTERN_PARSE_LABELS_H

#include "parse/label_set.h"

#define PIECES_LIMIT 256 /* of a text that has more labels, the first 64 and the last 192 count */

struct labelled_piece {
    postern_text label; /* as it stands there */
    postern_text text;  /* without blanks, separators and one pair of quotes around it; never empty */
    uint16_t piece;     /* of the set; NO_PIECE: it has none of these labels, or another one counts */
};

/* Writes the pieces in their order; returns how many. *before becomes what stands before the first label. */
size_t labels_read(postern_text prose, const struct label_set *set,
                   struct labelled_piece pieces[PIECES_LIMIT], postern_text *before);

#endif
