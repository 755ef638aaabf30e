/* What a delivery commits to the journal. On the sink's thread, but commit_sink_state. */
#ifndef POSTERN_DELIVER_SINK_COMMIT_H
#define POSTERN_DELIVER_SINK_COMMIT_H

#include "deliver/sink/delivery.h"

/* Entries of a sink's state alone. Any thread. */
postern_status commit_sink_state(struct journal *journal, const char *sink, const struct state_entry *entries,
                                 size_t count, postern_error *error);
/* A written batch: cursor, state, counts, dead letters, what the sink has refused in a row and where the next
 * batches end, in one transaction. `plan` NULL = leave. On failure nothing is lost: call again. */
postern_status commit_batch(struct delivery *delivery, struct batch *batch, const struct refusals *refusals,
                            const struct batch_plan *plan, postern_error *error);
/* Dead letters that were tried again: those that were delivered go, in the transaction of what came of them,
 * and those that failed are replaced by what `dead` says. Of a batch whose write failed counts what the sink
 * has accepted. What the delivery's state is says its next batch. */
struct letters_move {
    const int64_t *settled; /* the delivered ones */
    size_t settled_count;
    struct dead_letter *const *dead;
    size_t dead_count;
    int64_t request_id; /* 0 = none */
    const char *request_progress;
};
postern_status commit_letters(struct delivery *delivery, struct batch *batch,
                              const struct letters_move *letters, postern_error *error);
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
