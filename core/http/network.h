/* The network thread: one libcurl multi loop with timers. All network IO of sources happens here.
 *
 * Functions marked [network] may be called on the network thread only (from callbacks); network_post brings
 * any other thread there. */
#ifndef POSTERN_HTTP_NETWORK_H
#define POSTERN_HTTP_NETWORK_H

#include "base/clock.h"
#include "base/pulse.h"
#include "http/exchange.h"
#include "http/settings.h"

struct network;

/* Copies the settings. Time-outs of exchanges run in real time, since bytes do; timers run on `clock`. */
postern_status network_start(const struct http_settings *settings, const struct clock *clock,
                             struct network **started, postern_error *error);
/* Runs the tasks posted so far, aborts what is under way or begun meanwhile (its `done` is called with
 * POSTERN_E_RETRY "stopped"), fires no more timers, ends the thread. Not on the network thread; nothing may
 * be posted afterwards. */
void network_stop(struct network *network);

/* What its thread is at. */
struct pulse *network_pulse(struct network *network);

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

/* Starts the exchange as soon as the limits on connections allow. `done` is called later, from the loop (only
 * when memory is out before this returns). [network] */
void http_start(struct network *network, struct http_exchange *exchange);

#endif
