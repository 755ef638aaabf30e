/* What became of each event of one batch: every answer of the broker is about one event, and the batch is
 * safe when all of them have one. If some fail, those that were acknowledged do not come again. */
#ifndef SHARED_BROKER_TALLY_H
#define SHARED_BROKER_TALLY_H

#include <postern/kit.h>

enum broker_fate {
    BROKER_OPEN = 0, /* nobody knows yet */
    BROKER_SAFE,
    BROKER_REJECTED, /* it can never be accepted */
    BROKER_FAILED,   /* it comes again */
};

struct broker_tally {
    const postern_batch *batch;
    unsigned char *fates;
    const char **reasons; /* of those that were rejected */
    size_t open, failed;
    int64_t moved_ms; /* monotonic: when a fate became known, or it began */
    /* The gravest failure: one that the user must mend before one that passes by itself. */
    postern_status status;
    char words[320];
    const char *remedy;
};

/* POSTERN_E_MEMORY if the arena is full. */
postern_status broker_tally_begin(struct broker_tally *tally, const postern_host *host,
                                  const postern_call *call, const postern_batch *batch, postern_error *error);

/* Each is left alone if its fate is known already: the first answer counts. `reason` and `remedy` live as
 * long as the batch; `words` are copied. */
void broker_safe(struct broker_tally *tally, size_t index);
void broker_reject(struct broker_tally *tally, size_t index, const char *reason);
void broker_fail(struct broker_tally *tally, size_t index, postern_status status, const char *remedy,
                 const char *words);
/* All of which nobody knows anything yet. */
void broker_fail_open(struct broker_tally *tally, postern_status status, const char *remedy,
                      const char *words);

/* True if nothing was heard for `limit_ms` though events are open. */
bool broker_is_late(const struct broker_tally *tally, int64_t limit_ms);

/* No event is open any more: tells the core, and what write returns. */
postern_status broker_tally_end(const struct broker_tally *tally, postern_result *result,
                                postern_error *error);

/* Goes on steadily, whatever clocks are set to. */
int64_t broker_now_ms(void);

#endif
