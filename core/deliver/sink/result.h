/* What a sink's write or idle says: postern_result, kept in the batch. */
#ifndef POSTERN_DELIVER_SINK_RESULT_H
#define POSTERN_DELIVER_SINK_RESULT_H

#include "deliver/sink/batch.h"

/* As the sink sees it comes first. One call, one thread. */
struct write_result {
    postern_result face;
    struct batch *batch; /* where it is kept */
    bool takes_state;    /* not from sinks that write several batches at once */
    bool is_idle;        /* state only */
};

struct write_result result_for_write(struct batch *batch, bool takes_state);
/* `keeper` is a batch without events. */
struct write_result result_for_idle(struct batch *keeper, bool takes_state);

#endif
