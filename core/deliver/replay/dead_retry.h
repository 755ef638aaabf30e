/* Dead letters of one delivery that are tried again: between the batches of their sink, many in one batch,
 * and with an outcome that the caller does not wait for for ever. */
#ifndef POSTERN_DELIVER_REPLAY_DEAD_RETRY_H
#define POSTERN_DELIVER_REPLAY_DEAD_RETRY_H

#include "deliver/replay/retry_tally.h"
#include "deliver/sink/runner.h"

#define RETRY_LETTERS 500 /* in one batch, at most */

struct dead_retry;

/* What they are tried for; NULL = nobody's request. It is brought forward in their commit. */
struct retry_request {
    int64_t id;
    struct retry_tally tally; /* before them */
    int64_t after;            /* where the request goes on after a crash: letters up to here are done */
    int64_t from;             /* the same, if the sink stops in between: what it did not take is left to do */
};

/* What the sink said to them. */
enum retry_answer {
    RETRY_NOT_ASKED, /* none of them was for it */
    RETRY_ANSWERED,  /* it took some, or refused them */
    RETRY_NO_ANSWER, /* it took none and failed as one that may work later: perhaps it is not there */
    RETRY_NOT_THERE, /* it cannot be opened, or what it takes cannot be noted: no others are to be tried */
};

struct retry_outcome {
    struct retry_tally *tally; /* to which is added what came of them */
    enum retry_answer answer;
    postern_error error; /* what went wrong, with a remedy */
};

/* For letters of the delivery, to be added one by one; NULL if out of memory. */
struct dead_retry *dead_retry_new(const char *delivery);
/* Loads a letter. False and nothing added: it is gone (*error untouched), or *error says why not. */
bool dead_retry_add(struct dead_retry *retry, struct journal *journal, int64_t letter_id,
                    postern_error *error);
struct retry_letters dead_retry_letters(const struct dead_retry *retry);
/* Runs them through the delivery's scripts and sink and waits at most `patience_ms` of real time, less if
 * `told_to_stop` (may be NULL) says so. A failure: nothing came of any, and the tally is as it was. A sink
 * that fails and has accepted some is none: those are gone, and the others count as failed. Frees the retry.
 * Any thread but the sink's. */
postern_status dead_retry_run(struct dead_retry *retry, struct sink_runner *runner,
                              const struct retry_request *request, int64_t patience_ms,
                              bool (*told_to_stop)(void), struct retry_outcome *outcome);
/* The error for letters whose delivery is not there. */
postern_status dead_retry_of_none(const char *delivery, postern_error *error);
void dead_retry_free(struct dead_retry *retry);

#endif
