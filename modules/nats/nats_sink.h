/* The sink "nats": events into a stream of NATS JetStream, each under its id, so that the server recognises a
 * repeat.
 *
 *   sink.c      options, and the instance
 *   connect.c   servers, login, TLS
 *   refusal.c   what a server refuses by its own word
 *   stream.c    what the stream is like, looked at when it is opened
 *   publish.c   a batch: so many messages on their way at once, and an answer to each
 *   answer.c    what an answer means
 *
 * Every write has an inbox of its own and the n-th message asks for its answer at "INBOX.n", so writes on
 * several threads share nothing but the connection. */
#ifndef NATS_SINK_H
#define NATS_SINK_H

#include <nats/nats.h>
#include <postern/kit.h>
#include <stdatomic.h>

struct broker_server;
struct nats_refusal;

struct nats_sink {
    const postern_host *host;
    const postern_json *json;
    const postern_metrics *metrics;
    postern_metric *repeats; /* that the server recognised */
    struct broker_server *servers;
    size_t server_count, next_server;
    postern_text subject, message_id; /* templates */
    char *stream, *inbox_prefix;
    char *user, *password, *token, *nkey, *nkey_seed, *credentials;
    char *ca_file, *certificate, *key;
    bool tls;
    int64_t window, timeout_ms, connect_timeout_ms, no_stream_wait_ms, duplicate_window_ms;

    natsConnection *connection;
    _Atomic uint64_t inboxes;           /* made so far */
    _Atomic int64_t no_stream_since_ms; /* monotonic; 0 = the stream is there */
    bool warned;                        /* of the stream's duplicate window */
    struct nats_refusal *refusal;       /* since the connection was made; there is one while that is there */
};

/* connect.c */
/* Connects to one server, tried in turn. */
postern_status nats_connect(struct nats_sink *sink, postern_error *error);
void nats_disconnect(struct nats_sink *sink);

/* stream.c */
/* `to`: whom to tell, NULL = nobody. */
postern_status nats_look_at_stream(struct nats_sink *sink, const postern_report *to, postern_error *error);
/* Nobody takes the subject, or there is no such stream: while a cluster chooses a leader that passes by
 * itself. */
postern_status nats_no_stream(struct nats_sink *sink, const char **remedy);

/* publish.c */
postern_status nats_write(void *self, const postern_call *call, const postern_batch *batch,
                          postern_result *result, postern_error *error);

#endif
