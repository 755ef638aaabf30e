/* Gathering pages into batches: where a batch ends. On the sink's thread. */
#ifndef POSTERN_DELIVER_SINK_GATHER_H
#define POSTERN_DELIVER_SINK_GATHER_H

#include "deliver/sink/runner.h"

/* Takes pages out of the journal; with nothing in hand the cursor moves over what is not for this delivery
 * and over pages that cannot be read. */
void gather_pages(struct delivery *delivery);
/* Closes the next batch if it is full, its time is up, or it was planned so. */
bool gather_batch(struct delivery *delivery);
/* Batches of this sink are planned before they are written. A single page needs no plan: it never changes. */
bool gather_plans(const struct sink_runner *runner);

#endif
