/* One sink at run time: a thread of its own that serves all deliveries to it in turn. */
#ifndef POSTERN_DELIVER_SINK_RUNNER_H
#define POSTERN_DELIVER_SINK_RUNNER_H

#include "deliver/deliverer.h"
#include "deliver/transform.h"
#include <pthread.h>

/* A pipeline's events on their way to a sink: a consumer of the journal with a cursor of its own. */
struct delivery {
    char name[130]; /* "pipeline/sink" */
    int64_t id;     /* of its record */
    struct pipeline *pipeline;
    struct sink_runner *runner;
    int64_t cursor;                  /* committed */
    int64_t read_until;              /* pages up to here have been taken out of the journal */
    _Atomic int64_t passed;          /* everything up to here is delivered or not for us */
    struct transform *first, **last; /* in order; each being transformed, ready or in hand */
    size_t in_hand, bytes_in_hand;
    bool stopped;          /* by a limit: its state says so */
    char shown_state[24];  /* as stored */
    struct delivery *next; /* of the same sink */
};

/* A dead letter to be delivered again; lives on the stack of the caller, who waits. */
struct dead_retry {
    const struct dead_letter *letter;
    struct delivery *delivery;
    postern_status status;
    postern_error *error;
    bool done;
    struct dead_retry *next;
};

struct sink_runner {
    const struct config_sink *config;
    const postern_sink *sink;
    const struct deliverer_parts *parts;
    postern_options *options;
    struct option_value *values;
    void *self;
    bool is_open;
    int failures; /* in a row: the back-off */
    struct delivery *deliveries;

    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping, pages_came; /* under the lock, as are the transforms' is_ready and the retries */
    struct dead_retry *retries;
    _Atomic int64_t moves; /* grows with everything delivered: progress for whoever waits */
};

/* Creates the sink's instance; no IO. */
postern_status sink_runner_new(const struct config_sink *config, const postern_sink *sink,
                               const struct deliverer_parts *parts, struct sink_runner **runner,
                               postern_error *error);
/* Adds a delivery; before the start. */
postern_status sink_runner_add(struct sink_runner *runner, struct pipeline *pipeline, postern_error *error);
/* Loads the deliveries' cursors and starts the thread. */
postern_status sink_runner_start(struct sink_runner *runner, postern_error *error);
void sink_runner_wake(struct sink_runner *runner);
/* Asks the thread to end after the batch in hand. */
void sink_runner_stop(struct sink_runner *runner);
/* Waits for its end, at most until `deadline` (CLOCK_REALTIME); false: it still runs and must be left alone.
 */
bool sink_runner_join(struct sink_runner *runner, const struct timespec *deadline);
void sink_runner_free(struct sink_runner *runner);
/* Waits for the outcome. Any thread but the runner's. */
postern_status sink_runner_retry(struct sink_runner *runner, struct dead_retry *retry);

#endif
