/* What the broker's reply codes and the library's failures mean for the sink. */
#ifndef AMQP_REPLY_H
#define AMQP_REPLY_H

#include <postern/kit.h>

struct mq_verdict {
    postern_status status;
    const char *remedy; /* NULL = none */
};

/* Of connection.close, channel.close and basic.return. One that is not known is tried again. */
struct mq_verdict mq_judge_code(int code);

/* Of the client library: AMQP_STATUS_... . */
struct mq_verdict mq_judge_status(int status);

/* "message size 2000000 is larger than configured max size 1000000": the limit; 0 if the words say nothing
 * so. */
int64_t mq_read_size_limit(postern_text words);

#endif
