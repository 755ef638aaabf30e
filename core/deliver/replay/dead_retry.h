/* Dead letters that are tried again on request: between the batches of their sink, and with an outcome that
 * the caller does not wait for for ever. */
#ifndef POSTERN_DELIVER_REPLAY_DEAD_RETRY_H
#define POSTERN_DELIVER_REPLAY_DEAD_RETRY_H

#include "deliver/sink/runner.h"

struct dead_retry;

/* Loads the letter; NULL and *error if it is not there or holds nothing that could be delivered. */
struct dead_retry *dead_retry_new(struct journal *journal, int64_t letter_id, postern_error *error);
/* Of its delivery: "pipeline/sink". */
const char *dead_retry_delivery(const struct dead_retry *retry);
/* Runs it through its delivery's scripts and sink and waits at most `patience_ms` of real time, less if
 * `told_to_stop` (may be NULL) says so. Frees the retry. Any thread but the sink's. */
postern_status dead_retry_run(struct dead_retry *retry, struct sink_runner *runner, int64_t patience_ms,
                              bool (*told_to_stop)(void), postern_error *error);
void dead_retry_free(struct dead_retry *retry);

#endif
