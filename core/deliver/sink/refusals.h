/* How many events in a row the sink has refused for one reason, over however many batches. In quiet hours a
 * batch holds one event, and this is all that a mistake in the settings shows of itself. Committed with each
 * batch, so that it is the same over runs, however short they are. Pure. */
#ifndef POSTERN_DELIVER_SINK_REFUSALS_H
#define POSTERN_DELIVER_SINK_REFUSALS_H

#include "deliver/sink/batch.h"

struct refusals {
    uint64_t reason; /* their kind */
    int64_t count;
};

/* What two reasons have in common when they differ only in what they quote and in words with a digit, such as
 * an id, a place or a size. */
uint64_t refusals_kind(const char *reason);
/* True if all of this written batch was refused for one reason, and with those before it more than `most`
 * were (0: never). Then it is no dead letters. */
bool refusals_exceed(const struct refusals *refusals, const struct batch *batch, int64_t most);
/* What they are with this batch. */
void refusals_add(struct refusals *refusals, const struct batch *batch);

#endif
