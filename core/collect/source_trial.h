/* One question and one answer of a source, by hand and on the caller's thread, as a stream would have them
 * but for the network and the journal: for finding out whether the source keeps to its contract. */
#ifndef POSTERN_COLLECT_SOURCE_TRIAL_H
#define POSTERN_COLLECT_SOURCE_TRIAL_H

#include "base/buffer.h"
#include "config/config.h"
#include "module/instance.h"
#include <stdatomic.h>

/* What is tried: constant, so several threads may use it at once. */
struct source_trial {
    const postern_source *source;
    const void *self;
    const postern_host *host;
    const struct config *config; /* its limits */
    _Atomic(const char *) *step; /* the function of the source that is called at the moment; NULL = none */
};

struct source_question {
    const postern_stream *stream;
    postern_pass pass;
    const char *position; /* "" = none */
    uint32_t attempt;
    int64_t now_ms;
    uint64_t random;
    size_t arena_size; /* 0 = the setting */
    /* The answer to it. */
    int status;
    const postern_pair *headers;
    size_t header_count;
    postern_text body;
    const postern_download *download; /* it answers that; NULL = it is a page */
};

struct source_outcome {
    postern_status status;
    postern_error error;
    int32_t outcome; /* POSTERN_MORE ... */
    bool keeps_position;
    char *position;       /* NULL = none; malloc'ed */
    struct buffer handed; /* what was handed over, a JSON text on each line */
    size_t events, set_aside, downloads;
};

#define SOURCE_TRIAL_LIMIT ((size_t)256 << 20) /* of what was handed over */

/* The request as one JSON text, behind what the buffer holds. */
postern_status source_trial_ask(const struct source_trial *trial, const struct source_question *question,
                                struct buffer *request, postern_error *error);
/* Reads the answer; forget the outcome with source_outcome_clear. */
void source_trial_read(const struct source_trial *trial, const struct source_question *question,
                       struct source_outcome *outcome);
void source_outcome_clear(struct source_outcome *outcome);

#endif
