/* One question and one answer of a source, by hand and on the caller's thread, as a stream would have them
 * but for the network and the journal: for finding out whether the source keeps to its contract. */
#ifndef POSTERN_COLLECT_SOURCE_TRIAL_H
#define POSTERN_COLLECT_SOURCE_TRIAL_H

#include "base/buffer.h"
#include "collect/answer/set_aside.h"
#include "config/config.h"
#include "module/instance.h"
#include <stdatomic.h>

/* What a call has handed over and its caller has not looked at yet. All that the call was given is still
 * there. */
struct source_handing {
    const postern_arena *arena;       /* of the call */
    postern_text position;            /* that it was given */
    const postern_response *response; /* likewise; NULL: it was next */
    const postern_request *request;   /* of next */
    postern_text next_position;       /* of on_response */
};

/* Whoever wants to see more of the calls than comes of them. */
struct source_watch {
    /* In place of looking at it at once; false: it is not to be looked at. NULL = nobody wants to know. */
    bool (*handed_over)(void *context, const struct source_handing *handing);
    /* The source hands over an event, a download or bytes, in the middle of its call. NULL = likewise. */
    void (*hands_over)(void *context);
    void *context;
};

/* What is tried: constant, so several threads may use it at once. */
struct source_trial {
    const postern_source *source;
    const void *self;
    const struct config *config; /* its limits */
    size_t position_size;        /* of the position that it may leave; 0 = a stream's */
    _Atomic(const char *) *step; /* the function of the source that is called at the moment; NULL = none */
    struct source_watch watch;
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
    struct set_asides letters; /* as the core keeps what was set aside, by the source or by itself */
};

#define SOURCE_TRIAL_LIMIT ((size_t)256 << 20) /* of what was handed over */

/* The request as one JSON text, behind what the buffer holds. */
postern_status source_trial_ask(const struct source_trial *trial, const struct source_question *question,
                                struct buffer *request, postern_error *error);
/* Reads the answer; forget the outcome with source_outcome_clear. */
void source_trial_read(const struct source_trial *trial, const struct source_question *question,
                       struct source_outcome *outcome);
/* Reads again what was set aside of that stream, as `postern dead retry` has it read; the source can. */
void source_trial_read_again(const struct source_trial *trial, const struct source_question *question,
                             const postern_set_aside *what, struct source_outcome *outcome);
bool source_trial_can_read_again(const struct source_trial *trial);
void source_outcome_clear(struct source_outcome *outcome);

#endif
