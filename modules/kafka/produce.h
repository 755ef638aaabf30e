/* One write, as far as its messages went. */
#ifndef KAFKA_PRODUCE_H
#define KAFKA_PRODUCE_H

#include "kafka_sink.h"

#define KAFKA_POLL_MS 100 /* how soon an order to stop is noticed */

/* What a message carries until its report. */
struct kafka_ticket {
    struct producing *of;
    size_t index;
};

struct producing {
    struct kafka_sink *sink;
    struct broker_tally tally;
    struct kafka_ticket *tickets;
    size_t pending; /* messages without a report */
    /* Events that a broker refused, which may be because of others in the same record batch. */
    size_t *refused, refused_count;
    rd_kafka_resp_err_t refusal; /* the last of these */
    bool alone;                  /* one message is under way, and nothing else of this sink */
    bool stopped, given_up;
};

/* produce.c */
/* Sends an event; what becomes of it says its report. */
void kafka_produce(struct producing *producing, size_t index);
size_t kafka_pending(struct producing *producing);
/* Lets reports come in, for at most so long: here, or on the thread of another write, which says when it has
 * them. */
void kafka_poll_reports(struct kafka_sink *sink, int wait_ms);
/* Waits a moment for reports, and gives up if it is late. */
void kafka_await_reports(struct producing *producing);
/* Gives up if Postern stops, or if nothing was heard for too long. */
void kafka_give_up_if_late(struct producing *producing);
/* What became of an event of which no message is under way. */
void kafka_settle(struct producing *producing, size_t index, rd_kafka_resp_err_t code);

/* single.c */
/* Sends what was refused again in ever smaller parts, until only what is refused alone is left: that is
 * rejected. Nothing of this write is under way. */
void kafka_send_refused_again(struct producing *producing);

#endif
