/* What JetStream's errors mean for an event and its sink. */
#ifndef NATS_ANSWER_H
#define NATS_ANSWER_H

#include "shared/broker/tally.h"

struct nats_verdict {
    enum broker_fate fate;  /* BROKER_REJECTED or BROKER_FAILED */
    postern_status status;  /* of a failure */
    const char *remedy;     /* NULL = none */
    bool stream_is_missing; /* which may pass by itself: nats_no_stream says */
};

/* Of the number "err_code" in an answer. One that is not known is tried again. */
struct nats_verdict nats_judge_code(int64_t code);

/* Of a status of the client library: connecting, or asking about the stream. */
struct nats_verdict nats_judge_status(int status);

#define NATS_WORDS_SIZE 256

/* What the library says of a call that failed with this status, beside the status's own text; else as they
 * were. On the thread that made the call. */
void nats_note_words(int status, char words[NATS_WORDS_SIZE]);

#endif
