/* The dead letters of a batch: one for each raw event, whatever scripts made of it. Which of its outputs the
 * sink has stands in the letter, so that a retry hands over the others alone. */
#ifndef POSTERN_DELIVER_SINK_LETTERS_H
#define POSTERN_DELIVER_SINK_LETTERS_H

#include "deliver/sink/batch.h"

/* Behind the last output of the raw event whose first is at `first`. */
size_t batch_outputs_end(const struct batch *batch, size_t first);
/* Whether the sink, whose try failed, has said nothing of one of these outputs. */
bool batch_is_open(const struct batch *batch, size_t first, size_t end);
/* The letter of the raw event with the outputs from `first` up to `end`; NULL if none of them is rejected.
 * False if out of memory. */
bool batch_letter(const struct batch *batch, size_t first, size_t end, struct dead_letter **letter);
/* Notes in `letter` which of these outputs the sink has, beside those that it had before; untouched if there
 * are none. False if out of memory. */
bool batch_write_settled(const struct batch *batch, size_t first, size_t end, struct dead_letter *letter);
/* After a try that succeeded: makes the list of letters; false if out of memory. */
bool batch_write_letters(struct batch *batch);

#endif
