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

#endif
