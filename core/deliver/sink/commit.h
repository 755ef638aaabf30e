/* What a delivery commits to the journal. On the sink's thread, but commit_sink_state. */
#ifndef POSTERN_DELIVER_SINK_COMMIT_H
#define POSTERN_DELIVER_SINK_COMMIT_H

#include "deliver/sink/delivery.h"

/* Entries of a sink's state alone. Any thread. */
postern_status commit_sink_state(struct journal *journal, const char *sink, const struct state_entry *entries,
                                 size_t count, postern_error *error);
/* A written batch: cursor, state, counts, dead letters and where the next batches end, in one transaction.
 * `plan` NULL = leave. On failure nothing is lost: call again. */
postern_status commit_batch(struct delivery *delivery, struct batch *batch, const struct batch_plan *plan,
                            postern_error *error);
/* A dead letter that was delivered at last: it goes, in the transaction of what came of it. */
postern_status commit_letter(struct delivery *delivery, struct batch *batch, int64_t letter_id,
                             postern_error *error);
/* Only where the next batches end. */
postern_status commit_plan(struct delivery *delivery, const struct batch_plan *plan, postern_error *error);
/* A page of the journal that cannot be read any more: its events are gone, which the dead letters say. */
postern_status commit_damage(struct delivery *delivery, int64_t sequence, const char *reason,
                             postern_error *error);
/* Moves the cursor over pages that were not for this delivery. */
postern_status commit_skip(struct delivery *delivery, int64_t sequence, postern_error *error);
/* What `status` says of the delivery. */
void commit_words(struct delivery *delivery, enum delivery_state state, const postern_error *error);

#endif
