/* The network thread: one libcurl multi loop with timers. All network IO of sources happens here.
 *
 * Functions marked [network] may be called on the network thread only (from callbacks); network_post brings
 * any other thread there. */
#ifndef POSTERN_HTTP_NETWORK_H
#define POSTERN_HTTP_NETWORK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/random.h"

struct network;

struct network_settings {
    const char *ca_file, *proxy,
        *no_proxy; /* NULL = not set: then SSL_CERT_FILE/SSL_CERT_DIR and the environment */
    int64_t connect_timeout_ms, timeout_ms, idle_timeout_ms;
    int64_t max_connections, max_connections_per_host;
    int64_t response_limit; /* bytes after content decoding; beyond: POSTERN_E_LIMIT */
    int64_t spill_above; /* bytes; larger bodies go to an unlinked file in spill_directory and are mapped */
    const char *spill_directory;
    int64_t release_after_ms; /* without a request for so long: closes kept connections, gives memory back; 0
                                 = 60 s */
    bool http2;
};

/* Copies the settings. Time-outs of exchanges run in real time, since bytes do; timers run on `clock`. */
postern_status network_start(const struct network_settings *settings, const struct clock *clock,
                             struct random_source *random, struct network **network, postern_error *error);
/* Runs the tasks posted so far, aborts what is under way or begun meanwhile (its `done` is called with
 * POSTERN_E_RETRY "stopped"), fires no more timers, ends the thread. Not on the network thread; nothing may
 * be posted afterwards. */
void network_stop(struct network *network);

/* Runs `run` on the network thread soon, in order. Any thread. The task must live until it runs; it may be
 * posted again or freed by then. */
struct network_task {
    void (*run)(struct network_task *task);
    struct network_task *next; /* the network's */
};
void network_post(struct network *network, struct network_task *task);

/* A timer; embed it, zeroed. It fires once; setting it again moves it. [network] */
struct network_timer {
    void (*fire)(struct network_timer *timer);
    int64_t deadline_ms; /* monotonic */
    size_t slot;         /* the network's: 0 = not set */
};
void network_timer_set(struct network *network, struct network_timer *timer, int64_t deadline_ms);
void network_timer_cancel(struct network *network, struct network_timer *timer);

/* One exchange: a request and its answer, or why there is none. */
struct http_exchange {
    /* The request; must live until `done`. */
    const char *method;
    const char *url;
    postern_text body;
    const postern_pair *headers; /* constant ones */
    size_t header_count;
    int64_t timeout_ms;  /* 0 = the setting */
    bool credentialless; /* a download: https, no redirects, no private or link-local addresses unless
                            `allow_private` */
    bool allow_private;
    /* Called before each try, also when libcurl would silently send again on a kept connection that died:
     * adds fresh headers (signature, date). The arena is wiped after the headers have been copied. A failure
     * ends the exchange with that error. NULL = none. [network] */
    postern_status (*sign)(struct http_exchange *exchange, postern_arena *arena, postern_pair *headers,
                           size_t capacity, size_t *count, postern_error *error);

    /* The answer, set before `done`. Either `error.code` < 0 (no HTTP answer) or `status` and the rest.
     *   POSTERN_E_RETRY     DNS, connect, TLS, time-out, proxy, reset, answer cut short, stopped
     *   POSTERN_E_LIMIT     the answer is larger than the setting; status and headers are there all the same
     *   POSTERN_E_CONFIG    the URL or the CA file cannot be used
     *   POSTERN_E_IO        the answer could not be spilled; POSTERN_E_MEMORY; POSTERN_E_INVALID: a mistake
     * of the caller. Messages name host and path, never headers or queries. A redirect is an answer (3xx)
     * whose error has code 0 but words all the same: message and remedy for whoever reports it. */
    postern_error error;
    int status;
    postern_pair *answer_headers; /* names in lower case */
    size_t answer_header_count;
    postern_text answer_body;        /* in memory or mapped; valid until http_exchange_clear */
    int64_t server_date_ms;          /* from Date, 0 = none; only over verified TLS (or loopback) */
    int64_t started_ms, finished_ms; /* monotonic: http_start and `done` */
    int tries;                       /* requests actually put on the wire */

    void (*done)(struct http_exchange *exchange); /* [network] */
    void *context;
    struct http_transfer *transfer; /* the network's */
};
/* Starts the exchange as soon as the limits on connections allow. `done` is called later, from the loop (only
 * when memory is out before this returns). [network] */
void http_start(struct network *network, struct http_exchange *exchange);
/* Frees the answer (also the mapping); the request stays, so that it can be started again. Any thread, after
 * or in `done`. */
void http_exchange_clear(struct http_exchange *exchange);
/* The first header of that (lower-case) name, empty if absent. */
postern_text http_header(const struct http_exchange *exchange, const char *name);

#endif
