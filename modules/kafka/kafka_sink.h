/* The sink "kafka": events to topics of Kafka, or of a broker that speaks its protocol.
 *
 *   sink.c       options, and the instance
 *   settings.c   from options to the library's settings; which of those are not the user's to set
 *   handle.c     the library's handle: making it, what it tells, ending it
 *   write.c      a batch
 *   produce.c    a message, and the report of its delivery
 *   single.c     what a broker refused with others of its record batch, sent again in smaller parts
 *   report.c     what a report means
 *
 * The library has threads of its own, and calls back on the thread that polls: of several writes one polls,
 * the others wait for it. */
#ifndef KAFKA_SINK_H
#define KAFKA_SINK_H

#include "shared/broker/tally.h"
#include <librdkafka/rdkafka.h>
#include <postern/kit.h>
#include <pthread.h>

struct kafka_sink {
    const postern_host *host;
    postern_text topic, key; /* templates */
    int64_t delivery_timeout_ms, connect_timeout_ms;
    rd_kafka_t *handle;
    pthread_rwlock_t sending; /* shared by all writes; one that sends again what was refused has it alone */
    pthread_mutex_t lock;     /* of what follows, and of the tallies of all writes */
    pthread_cond_t polled;
    bool polling;
    bool outage_said, refusal_said;
    rd_kafka_resp_err_t trouble; /* what the library told last of its connections */
    char trouble_words[256];
};

/* settings.c */
/* All of them for a producer, to be ended with rd_kafka_conf_destroy; POSTERN_E_CONFIG if the library takes
 * one of them not. */
postern_status kafka_settings(const postern_host *host, rd_kafka_conf_t **settings, postern_error *error);

/* handle.c */
/* Until a broker has answered, or connect_timeout. */
postern_status kafka_connect(struct kafka_sink *sink, postern_error *error);
void kafka_disconnect(struct kafka_sink *sink);
postern_status kafka_probe(void *self, const postern_call *call, const postern_report *report,
                           postern_error *error);

/* write.c */
postern_status kafka_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);
/* produce.c */
/* The library's report on one message. */
void kafka_take_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque);

#endif
