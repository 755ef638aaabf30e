/* The deliveries of a new configuration take the place of the old ones, while the sink stays open. */
#ifndef POSTERN_DELIVER_SINK_ADOPT_H
#define POSTERN_DELIVER_SINK_ADOPT_H

#include "deliver/sink/runner.h"

/* On the sink's thread, between batches: takes over what sink_runner_adopt left, unless a batch is in flight.
 */
void adopt_pending(struct sink_runner *runner);
/* Frees a list of deliveries that have nothing in hand. */
void adopt_free(struct delivery *list);

#endif
