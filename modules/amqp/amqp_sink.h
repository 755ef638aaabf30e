/* The sink "amqp": events to an exchange of RabbitMQ, or another broker of AMQP 0-9-1 that confirms.
 *
 *   sink.c      options, and the instance
 *   link.c      one connection with one channel; those that are open
 *   connect.c   servers, TLS, login
 *   publish.c   a batch: so many messages on their way at once, and a word of the broker to each
 *   frames.c    what the broker says meanwhile
 *   reply.c     what its words mean
 *
 * The library's connections are for one thread at a time: each write takes one for itself. */
#ifndef AMQP_SINK_H
#define AMQP_SINK_H

#include "shared/broker/tally.h"
#include <amqp.h>
#include <postern/kit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/time.h>

#define MQ_CHANNEL 1

struct broker_server;

/* One connection; one write has it in hand, or nobody. */
struct mq_link {
    struct mq_link *next; /* of all */
    amqp_connection_state_t connection;
    int fd; /* -1 while there is none */
    bool in_use;
    bool broken;       /* nothing more can be asked of it */
    bool blocked;      /* the broker takes nothing for now: an alarm of memory or disk */
    uint64_t next_tag; /* of the message that is published next */
};

struct mq_sink {
    const postern_host *host;
    struct broker_server *servers;
    size_t server_count, next_server;
    postern_text exchange, routing_key;
    char *vhost, *user, *password;
    char *ca_file, *certificate, *key;
    bool tls;
    int64_t window, timeout_ms, connect_timeout_ms, heartbeat_ms;
    _Atomic int64_t max_message; /* the broker may name a smaller one */
    pthread_mutex_t lock;        /* of what follows */
    struct mq_link *links;
};

/* link.c */
/* One that is open and idle, or a new one; *link is given back. */
postern_status mq_take_link(struct mq_sink *sink, struct mq_link **link, postern_error *error);
/* It is kept, unless it is broken. */
void mq_give_link(struct mq_sink *sink, struct mq_link *link);
void mq_close_links(struct mq_sink *sink);
/* Whoever waits for a broker gives up; from any thread. */
void mq_cut_links(struct mq_sink *sink);
/* Heartbeats of those that nobody has in hand; fails if one was lost. */
postern_status mq_keep_links(struct mq_sink *sink, postern_error *error);

/* connect.c */
/* Connects, logs in and asks for confirmations. */
postern_status mq_connect(struct mq_sink *sink, struct mq_link *link, postern_error *error);
/* Asks for the exchange, if it has one name. */
postern_status mq_look_for_exchange(struct mq_sink *sink, struct mq_link *link, postern_error *error);

/* publish.c */
struct mq_publishing {
    struct mq_sink *sink;
    const postern_call *call;
    struct mq_link *link;
    struct broker_tally tally;
    uint64_t first_tag;        /* of this write */
    size_t *indexes;           /* of the events that were sent, in the order of their tags */
    bool *answered;            /* likewise */
    size_t sent, lowest, open; /* all below `lowest` are answered; `open` are not */
    bool returned;             /* the broker returns a message: its head comes next */
    char words[256];           /* why it returns it */
};
postern_status mq_write(void *self, const postern_call *call, const postern_batch *batch,
                        postern_result *result, postern_error *error);

/* frames.c */
/* Nothing more is sent or heard; what nobody knows anything of has failed. */
void mq_break_off(struct mq_publishing *publishing, postern_status status, const char *remedy,
                  const char *words);
/* Takes what the broker says within `wait_ms`; false if it said nothing. */
bool mq_hear(struct mq_publishing *publishing, int64_t wait_ms);

#endif
