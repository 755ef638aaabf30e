/* A sink that is configured and has its state, for a check. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SINK_READY_H
#define POSTERN_COMMANDS_MODULE_TEST_SINK_READY_H

#include "commands/module_test/sink_events.h"

struct ready_sink {
    struct subject *subject;
    struct journal *journal;
    struct sink_driver *driver;
};

/* Loads, configures and creates it. False: the finding says why not. */
bool sink_make(struct subject *subject, struct ready_sink *ready);
/* The same in two steps, of a subject that is configured: a place for its state, and the instance. */
bool sink_keep_state(struct ready_sink *ready);
bool sink_create(struct ready_sink *ready);
/* True if it has committed a state. */
bool sink_has_state(struct ready_sink *ready);
/* Opens it, again after failures. */
bool sink_open_now(struct ready_sink *ready);
/* Destroys it. */
void sink_let_go(struct ready_sink *ready);

/* Writes the batch as a run does: after a failure close, open and the same again, a few times. False: it was
 * never taken, and the finding says so; `what` names the batch there. */
bool sink_deliver(struct ready_sink *ready, struct event_batch *batch, const char *what);
/* The same with a fresh batch of `count` events. */
bool sink_deliver_new(struct ready_sink *ready, enum event_shape shape, size_t count);
/* Batches of all shapes, alone and mixed, and the quiet moments between them. */
bool sink_deliver_all_shapes(struct ready_sink *ready);
/* The finding, if the sink did something of that kind. */
void sink_judge(struct ready_sink *ready, enum sink_fault kind);

#endif
