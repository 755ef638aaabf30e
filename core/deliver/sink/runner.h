/* One sink at run time: a thread of its own that serves all deliveries to it in turn. */
#ifndef POSTERN_DELIVER_SINK_RUNNER_H
#define POSTERN_DELIVER_SINK_RUNNER_H

#include "deliver/deliverer.h"
#include "deliver/route/transform.h"
#include "module/instance.h"
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
    uint32_t failures;     /* of the first page in hand */
    int64_t not_before_ms; /* monotonic: its next try */
    bool stopped;          /* its dead letters find no room */
    struct delivery *next; /* of the same sink */
};

/* A dead letter to be delivered again. Outlives a caller that does not wait any longer. */
struct dead_retry {
    postern_arena *arena; /* owned: the letter's */
    const struct dead_letter *letter;
    struct delivery *delivery;
    postern_status status;
    postern_error error;
    bool done, abandoned; /* abandoned: nobody waits, the runner frees it */
    struct dead_retry *next;
};

struct sink_runner {
    const struct config_sink *config;
    const postern_sink *sink;
    const struct deliverer_parts *parts;
    struct module_instance *module;
    void *self;
    bool is_open;
    int failures;          /* in a row: the back-off */
    int64_t not_before_ms; /* monotonic: the sink's next try */
    struct delivery *deliveries;

    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock, as are the transforms' is_ready and the retries. `ended`: the thread is past its last
     * look at `stopping`. */
    bool stopping, ended, pages_came;
    struct dead_retry *retries;
    _Atomic bool breaks_off; /* with `stopping`: workers leave the pages of this sink */
    _Atomic int64_t moves;   /* grows with everything delivered: progress for whoever waits */
};

/* Creates the sink's instance; no IO. */
postern_status sink_runner_new(const struct config_sink *config, const postern_sink *sink,
                               const struct deliverer_parts *parts, struct sink_runner **runner,
                               postern_error *error);
/* Adds a delivery; before the start. */
postern_status sink_runner_add(struct sink_runner *runner, struct pipeline *pipeline, postern_error *error);
/* Loads the deliveries' cursors; before the start, and no other runner of that sink is at work. */
postern_status sink_runner_load(struct sink_runner *runner, postern_error *error);
postern_status sink_runner_start(struct sink_runner *runner, postern_error *error);
void sink_runner_wake(struct sink_runner *runner);
/* Asks the thread to end after the batch in hand. */
void sink_runner_stop(struct sink_runner *runner);
/* Takes that back, if the thread has not ended yet; false: it has, and may be started again. */
bool sink_runner_go_on(struct sink_runner *runner);
/* Waits for its end, at most about `ms` of real time; false: it still runs. */
bool sink_runner_join(struct sink_runner *runner, int64_t ms);
void sink_runner_free(struct sink_runner *runner);

/* ---- Inside: route/feed.c, replay/dead_retry.c ---- */

/* Takes pages out of the journal while there is room and sends them through the scripts on the workers. */
void delivery_feed(struct delivery *delivery);
/* Sends the first page in hand through the scripts once more; false if out of memory. */
bool delivery_transform_again(struct delivery *delivery);
/* Everything that is on the workers comes back and is thrown away: the journal has it. */
void delivery_drop_pages(struct delivery *delivery);
/* A letter alone; waits until it has passed the scripts. NULL if out of memory. */
struct transform *delivery_transform_letter(struct delivery *delivery, const struct dead_letter *letter);

/* Hands a retry over and waits for its outcome, not for ever. Any thread but the runner's; frees the retry.
 */
postern_status sink_runner_retry(struct sink_runner *runner, struct dead_retry *retry, postern_error *error);
/* On the runner's thread: carries out what was handed over. */
void sink_runner_serve_retries(struct sink_runner *runner);

#endif
