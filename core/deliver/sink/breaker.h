/* A sink's breaker: after a failure the sink is left alone, then one batch tries whether it works again while
 * all others wait, and only its success lets them through. Pure: times and chance come in. */
#ifndef POSTERN_DELIVER_SINK_BREAKER_H
#define POSTERN_DELIVER_SINK_BREAKER_H

#include "base/random.h"
#include "journal/states.h"
#include <postern/module.h>

/* Zeroed: closed, as for a sink that works. */
struct breaker {
    enum breaker_state state;
    int failures;     /* in a row */
    int64_t next_ms;  /* monotonic: not before then is it tried; what is past is no limit */
    int64_t since_ms; /* wall: since when it is not closed; 0 = it is */
};

/* How many batches may be with the sink at once. */
size_t breaker_allows(const struct breaker *breaker, size_t parallel, int64_t now_ms);
/* A batch goes to the sink: true if that is a try whether it works again. */
bool breaker_begin(struct breaker *breaker);
/* The sink failed, with all of its batches back: how long it is left alone. A mistake that the user must mend
 * is tried slowly, and what the receiver asked for is granted. */
int64_t breaker_fail(struct breaker *breaker, const postern_error *error, int64_t now_ms, int64_t wall_ms,
                     struct random_source *random);
/* The batch that failed was taken in part: the sink works, if slowly, and is not left alone for longer than
 * at a first failure. Before breaker_fail. */
void breaker_progress(struct breaker *breaker);
/* It gave up because it was asked to: no failure, and no sign that it works. */
void breaker_give_up(struct breaker *breaker, int64_t now_ms);
/* A batch was taken, and none that was with it failed. */
void breaker_succeed(struct breaker *breaker);
/* An earlier process left it open: it is tried at once, with one batch. */
void breaker_restore(struct breaker *breaker, int64_t since_ms);

/* How long to wait after so many failures in a row. */
int64_t breaker_wait_ms(int failures, const postern_error *error, struct random_source *random);

#endif
