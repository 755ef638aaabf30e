/* Stands between the core and a sink and looks whether the sink keeps to its contract. What it does against
 * it is noted in words; the calls go on as they are. */
#ifndef POSTERN_DELIVER_SINK_SPY_H
#define POSTERN_DELIVER_SINK_SPY_H

#include "base/real_time.h"
#include <postern/module.h>
#include <pthread.h>
#include <stdatomic.h>

enum sink_fault {
    SINK_FAULT_BATCH,  /* changed what it was given */
    SINK_FAULT_RESULT, /* said something of the batch that cannot be so */
    SINK_FAULT_STATUS, /* returned what no status is */
    SINK_FAULT_WORDS,  /* failed and did not say why */
    SINK_FAULTS
};

#define SINK_FAULT_SIZE 256

struct sink_spy {
    postern_sink face; /* what the core calls, with the spy as `self` */
    const postern_sink *real;
    void *self;
    _Atomic(const char *) *step; /* the function of the sink that is called at the moment */
    atomic_int writing;          /* calls of write that are under way */
    pthread_mutex_t lock;
    char faults[SINK_FAULTS][SINK_FAULT_SIZE]; /* the first of each kind; "" = none; under the lock */
};

void sink_spy_init(struct sink_spy *spy, const postern_sink *real, void *self, _Atomic(const char *) *step);
void sink_spy_clear(struct sink_spy *spy);
/* Whether that status with that error is as the contract has it; `function` is for the words. */
void sink_spy_judge(struct sink_spy *spy, const char *function, postern_status status,
                    const postern_error *error);

#endif
