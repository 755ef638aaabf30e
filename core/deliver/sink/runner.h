/* One sink at run time: a thread of its own that serves all deliveries to it in turn, and keeps them in
 * order. A sink that takes several batches at once has a crew of further threads that write. */
#ifndef POSTERN_DELIVER_SINK_RUNNER_H
#define POSTERN_DELIVER_SINK_RUNNER_H

#include "deliver/sink/breaker.h"
#include "deliver/sink/delivery.h"
#include "deliver/sink/instance.h"
#include "deliver/sink/rest.h"

/* Something else that is done on the sink's thread, between batches, with nothing in flight. */
struct sink_errand {
    /* `stopping`: it cannot be done any more, say so. */
    void (*run)(struct sink_errand *errand, struct sink_runner *runner, bool stopping);
    void (*free)(struct sink_errand *errand);
    bool done, abandoned; /* abandoned: nobody waits, the runner frees it */
    struct sink_errand *next;
};

struct sink_runner {
    struct feed_owner owner; /* its lock guards all that is said to lie under the lock */
    struct route_parts parts;
    struct sink_instance *instance;
    struct config_batching batching;
    struct workers *crew;        /* NULL: batches are written on the sink's own thread */
    struct delivery *deliveries; /* the list changes under the lock, on the sink's thread */
    struct breaker breaker;
    struct rest rest;
    int64_t next_ms; /* monotonic: when something is due that was not in this round */

    pthread_t thread;
    bool started;
    /* Under the lock. `ended`: the thread is past its last look at `stopping`. */
    bool stopping, ended;
    int64_t stop_asked_ms; /* real time */
    size_t in_flight;      /* batches on the crew */
    bool failed;           /* one of them failed: nothing more is begun until all are back */
    bool worked;           /* one of them was taken */
    struct sink_errand *errands;
    struct delivery *adopted; /* the deliveries of a new configuration, ... */
    bool adopts;              /* ... if there is one (it may name none) */
    bool adopting;            /* the list is being changed */

    _Atomic bool flushes;  /* no batch waits for more */
    _Atomic int64_t moves; /* grows with everything delivered: progress for whoever waits */
};

/* Creates the sink's instance; no IO. */
postern_status sink_runner_new(const struct config_sink *config, const postern_sink *sink,
                               struct module_registry *registry, const struct route_parts *parts,
                               struct sink_runner **runner, postern_error *error);
postern_status sink_runner_start(struct sink_runner *runner, postern_error *error);
void sink_runner_wake(struct sink_runner *runner);
/* The deliveries of a new configuration replace the old ones, between batches: those of the same name go on
 * where they stand, with the new pipeline. Takes over the list. Also before the start. */
void sink_runner_adopt(struct sink_runner *runner, struct delivery *deliveries);
/* Asks the thread to end after the batch in hand. */
void sink_runner_stop(struct sink_runner *runner);
/* Takes that back, if the thread has not ended yet; false: it has, and may be started again. */
bool sink_runner_go_on(struct sink_runner *runner);
/* Waits for its end, at most about `ms` of real time; false: it still runs. A batch in hand is given a moment
 * to end by itself, then it is interrupted. */
bool sink_runner_join(struct sink_runner *runner, int64_t ms);
void sink_runner_free(struct sink_runner *runner); /* NULL is fine */
/* True if all its deliveries have passed `until`. */
bool sink_runner_has_passed(struct sink_runner *runner, int64_t until);
/* True if none of them will get there by itself: those that have not wait for other scripts. */
bool sink_runner_is_held(struct sink_runner *runner, int64_t until);

enum errand_outcome {
    ERRAND_DONE,
    ERRAND_TAKEN_BACK, /* it was not begun, and will not be */
    ERRAND_ABANDONED,  /* it is in hand; the runner frees it */
};
/* Hands an errand over and waits for it as long as `goes_on` says so; that is asked now and then. Any thread
 * but the sink's. */
enum errand_outcome sink_runner_do(struct sink_runner *runner, struct sink_errand *errand,
                                   bool (*goes_on)(void *context), void *context);
/* On the sink's thread: the delivery of that name, or NULL. */
struct delivery *sink_runner_delivery(struct sink_runner *runner, const char *name);

#endif
