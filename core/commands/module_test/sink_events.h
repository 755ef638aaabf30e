/* Events for a sink, of all kinds that a run may hand to it. Their ids say which run and which event it is.
 */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SINK_EVENTS_H
#define POSTERN_COMMANDS_MODULE_TEST_SINK_EVENTS_H

#include "commands/module_test/subject.h"
#include "deliver/sink_driver.h"

enum event_shape {
    SHAPE_JSON,    /* as a script makes it */
    SHAPE_LINE,    /* a ready line */
    SHAPE_NO_TYPE, /* its log type is empty */
    SHAPE_NO_TIME,
    SHAPE_BIG,
    SHAPE_UNICODE, /* awkward characters, escapes, a key twice */
    SHAPE_REPLAY,  /* on the user's request */
    SHAPES
};
extern const char *const shape_names[SHAPES];

#define BATCH_EVENTS_MOST 500

/* A batch with its events, which are a batch's own until batch_free. */
struct event_batch {
    struct driven_batch driven;
    postern_arena *arena;
    enum event_shape shape;
    unsigned first; /* number of its first event */
};

/* `count` events of that shape (SHAPES: of all in turn) in a batch that nobody has seen. False: the finding
 * says why not. */
bool event_batch_make(struct subject *subject, enum event_shape shape, size_t count,
                      struct event_batch *batch);
void event_batch_free(struct event_batch *batch);
/* Keeps on the board what became of the events. */
void event_batch_settle(struct subject *subject, const struct event_batch *batch, postern_status status);

#endif
