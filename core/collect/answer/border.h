/* Equal rows on both sides of a border between two pages of one pass. Either rows have shifted while the pass
 * was read, and the same row came again, or there are two. One reading cannot tell: such a row is doubted,
 * and the pass is read once more. A row that had shifted comes once then, or at another place; a further one
 * comes again at the place where it was.
 *
 * Occurrence (identity.h) goes on over the pages of a pass, so that a pass that is read again with other
 * borders gives the same ids. One border for each pass under way; of the stream, or of the worker that reads
 * its answer meanwhile. */
#ifndef POSTERN_COLLECT_ANSWER_BORDER_H
#define POSTERN_COLLECT_ANSWER_BORDER_H

#include "journal/journal.h"

#define BORDER_ROWS     256 /* that are remembered, and doubts */
#define BORDER_READINGS 8   /* of one pass; what is still doubted in the last one is taken for further rows */

/* A row that may be a further one: the id that it has then, and its place in the pass. */
struct border_doubt {
    unsigned char id[EVENT_ID_SIZE];
    uint64_t place;
};

struct border_doubts {
    size_t count;
    struct border_doubt items[BORDER_ROWS];
};

struct border {
    bool blind;         /* pages of the pass were read that it has not seen */
    int reading;        /* of the pass: 0 = the first */
    uint64_t rows_read; /* of the pass */
    size_t row_count;
    unsigned char rows[BORDER_ROWS][EVENT_ID_SIZE]; /* the last ones, by their ids as first occurrences */
    struct border_doubts *doubts, *doubted_before;  /* in this reading and the one before; NULL = none */
};

/* Compares rows of a page with those that came before its border: `first` their ids as first occurrences (all
 * zero: not to be compared), `occurrences` those within the page, which become those within the pass.
 * `*doubtful`: the row may be one from before the border. True if any is. */
bool border_compare(const struct border *before, const unsigned char (*first)[EVENT_ID_SIZE],
                    uint32_t *occurrences, bool *doubtful, size_t count);
/* Rows that stand in front of the next border. */
void border_add(struct border *border, const unsigned char (*first)[EVENT_ID_SIZE], size_t count);
/* True if a doubtful row is a further one and no repeat; else it is remembered, if there is room. It is the
 * `index`th of the `count` rows that border_add was given last. */
bool border_settle(struct border *border, const unsigned char id[EVENT_ID_SIZE], size_t index, size_t count);

/* What is known behind the page that comes after `before` (NULL: the first page; `blind`: it is not the
 * first). NULL: no memory. */
struct border *border_copy(const struct border *before, bool blind);
/* True if the pass has to be read once more; then `border` is for that reading. */
bool border_reads_again(struct border *border);
/* A pass begins. The border of what was read before it (owned; NULL = none) may be of another reading of it.
 */
struct border *border_begin_pass(struct border *border);
void border_free(struct border *border);

#endif
