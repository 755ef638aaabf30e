/* Writing one batch to a sink and committing what became of it. On the sink's thread. */
#ifndef POSTERN_DELIVER_SINK_WRITER_H
#define POSTERN_DELIVER_SINK_WRITER_H

#include "deliver/sink/runner.h"

/* Opens the sink with its committed state if it is closed. */
postern_status sink_open(struct sink_runner *runner, postern_error *error);
void sink_close(struct sink_runner *runner);

/* The delivery whose first page the sink has written and the journal has not committed yet, or NULL: until
 * then nothing else may be written, for the sink's state tells of both. */
struct delivery *sink_unconfirmed(const struct sink_runner *runner);
/* Goes back to what is committed; that page is written again later. */
void sink_forget_unconfirmed(struct sink_runner *runner);

/* Writes the transform's events (unless already written) and commits cursor, state, counts and dead letters
 * in one transaction. `letter_id` is the dead letter that this settles, 0 = none. On failure nothing is lost:
 * call again. */
postern_status sink_deliver(struct delivery *delivery, struct transform *transform, uint64_t batch_id,
                            int64_t letter_id, uint32_t attempt, postern_error *error);
/* The sink's quiet moment: rotation by age and the like. */
postern_status sink_idle(struct sink_runner *runner, postern_error *error);
/* Stores what a delivery's `status` line says; "" clears the error. */
void delivery_show(struct delivery *delivery, const char *state, const postern_error *error);
/* Moves the cursor over pages that were not for this delivery. */
void delivery_skip_to(struct delivery *delivery, int64_t sequence);

#endif
