/* How often a RELP receiver has refused each message of the batches in hand: a batch that fails comes again,
 * and what has been refused too often then is given up. */
#ifndef SYSLOG_RELP_REFUSALS_H
#define SYSLOG_RELP_REFUSALS_H

#include <postern/kit.h>

struct refused_batch;

/* Zeroed at first. */
struct relp_refusals {
    struct refused_batch *batches; /* the last one of each delivery, and of its dead letters */
};

void relp_refusals_free(struct relp_refusals *refusals);
/* Where those of the batch are counted; what is known of the one before it is forgotten. NULL if out of
 * memory. */
struct refused_batch *relp_refusals_of(struct relp_refusals *refusals, const postern_batch *batch);
/* Counts one more of that event, as it is now. How many there were up to now; 0 if out of memory. */
unsigned relp_refusals_add(struct refused_batch *batch, const postern_sink_event *event);

#endif
