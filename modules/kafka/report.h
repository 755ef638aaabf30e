/* What Kafka's error codes and the library's mean for an event and its sink. */
#ifndef KAFKA_REPORT_H
#define KAFKA_REPORT_H

#include "shared/broker/tally.h"

struct kafka_verdict {
    enum broker_fate fate;
    postern_status status; /* of a failure */
    const char *remedy;    /* NULL = none; of a rejection it is the reason */
};

/* A broker judges a record batch as one: a rejection is about the event only if its message was alone. Of an
 * rd_kafka_resp_err_t. One that is not known is tried again. */
struct kafka_verdict kafka_judge(int code);

#endif
