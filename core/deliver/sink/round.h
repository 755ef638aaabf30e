/* What the sink's thread does in turn for each delivery: gather, write, commit. */
#ifndef POSTERN_DELIVER_SINK_ROUND_H
#define POSTERN_DELIVER_SINK_ROUND_H

#include "deliver/sink/runner.h"

/* A batch of each delivery in turn, so that none starves another. False if nothing was begun or delivered. */
bool round_serve(struct sink_runner *runner);
/* What was written is committed as far as it can be; nothing new is begun. */
void round_settle(struct sink_runner *runner);
/* A batch that the sink has written and the journal has not committed: until then nothing else may be written
 * to a sink with a state, which tells of both. NULL = none. */
struct batch *round_unconfirmed(const struct sink_runner *runner);
/* Goes back to what is committed; that batch is written again later. Nothing is in flight. */
void round_forget_unconfirmed(struct sink_runner *runner);

#endif
