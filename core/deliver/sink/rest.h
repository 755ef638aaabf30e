/* The quiet moments of a sink, about one a second while there is nothing to write: rotation by age and the
 * like. For them it is opened though no event comes. On the sink's thread. */
#ifndef POSTERN_DELIVER_SINK_REST_H
#define POSTERN_DELIVER_SINK_REST_H

#include <stdint.h>

struct sink_runner;

struct rest {
    int failures;          /* in a row, without a time in between in which all went well */
    int64_t not_before_ms; /* monotonic: until then it is not opened for this */
    int64_t well_since_ms; /* monotonic; 0 = it has failed last, or never rested */
    uint64_t said;         /* of what went wrong, what the log has told last; 0 = none */
};

/* Nothing is in flight or unconfirmed. */
void rest_take(struct sink_runner *runner);

#endif
