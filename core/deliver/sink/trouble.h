/* What went wrong with a sink or a delivery: when it is tried again, and what log and status say. On the
 * sink's thread. */
#ifndef POSTERN_DELIVER_SINK_TROUBLE_H
#define POSTERN_DELIVER_SINK_TROUBLE_H

#include "deliver/sink/runner.h"

/* True if `when` (monotonic) has come; if not, the sink's thread wakes then. */
bool trouble_is_due(struct sink_runner *runner, int64_t when_ms);
/* True if the delivery's own back-off is over, ... */
bool trouble_is_over(struct delivery *delivery);
/* ... and its sink may be tried. */
bool trouble_lets_write(struct delivery *delivery);

/* The sink failed with this delivery's batch: it is left alone, and all its deliveries wait. */
void trouble_with_sink(struct delivery *delivery, postern_status status, const postern_error *error);
/* Before that: though the batch failed, some of its events were taken. It is progress, and counts as such. */
void trouble_goes_forward(struct delivery *delivery);
/* A batch is about to go to it: after trouble one that tries it. */
void trouble_tries_sink(struct sink_runner *runner);
/* It has taken a batch. */
void trouble_is_not_the_sink(struct sink_runner *runner);
/* The sink lacks a secret: its deliveries stand still, which is said of each once. */
void trouble_with_secret(struct sink_runner *runner);
/* This delivery alone waits: the journal did not take what it commits, ... */
void trouble_with_journal(struct delivery *delivery, postern_status status, const postern_error *error);
/* ... or its dead letters find no room. */
void trouble_with_letters(struct delivery *delivery, const postern_error *error);
/* Its scripts, or its batches, found no memory. */
void trouble_with_memory(struct delivery *delivery);
/* Its scripts failed on too many events: the page waits, whose first failure `first` tells. */
void trouble_with_scripts(struct delivery *delivery, const struct failure_share *judged,
                          const struct dead_letter *first);
/* Something was delivered and is committed: says how long that had not worked, if it had not. */
void trouble_has_ended(struct delivery *delivery);
/* Every event of the batch was rejected for one reason: the words for that. */
postern_status trouble_as_one(const struct batch *batch, postern_error *error);
/* It was, and too many before it for the same. */
postern_status trouble_in_a_row(const struct delivery *delivery, const struct batch *batch,
                                postern_error *error);

#endif
