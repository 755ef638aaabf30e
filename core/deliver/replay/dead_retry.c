/* Dead letters that are tried again on request: between the batches of their sink, and with an outcome that
 * the caller does not wait for for ever. */
#include "base/arena.h"
#include "base/error.h"
#include "base/real_time.h"
#include "deliver/sink/writer.h"
#include <stdlib.h>

#define LOOK_MS 50 /* how soon an order to stop is noticed */

/* Retried dead letters have batch ids of their own, far above those of pages. */
#define LETTER_BATCH (1ULL << 63)

static void retry_free(struct dead_retry *retry)
{
    arena_free(retry->arena);
    free(retry);
}

/* ---- On the sink's thread ---- */

static postern_status deliver_letter(struct dead_retry *retry)
{
    struct delivery *delivery = retry->delivery;
    struct sink_runner *runner = delivery->runner;
    struct transform *transform = delivery_transform_letter(delivery, retry->letter);
    if (!transform) return error_no_memory(&retry->error, NULL);
    postern_status status = POSTERN_OK;
    if (transform->out_of_memory)
        status = error_no_memory(&retry->error, "while running the scripts");
    else if (transform->dead_count)
        status = error_set(&retry->error, POSTERN_E_RETRY, "it failed again: %s", transform->dead[0]->reason);
    if (status >= 0) {
        sink_forget_unconfirmed(runner);
        status = sink_deliver(delivery, transform, LETTER_BATCH | (uint64_t)retry->letter->id,
                              retry->letter->id, 1, &retry->error);
        if (status < 0) sink_close(runner); /* what it wrote is not committed: back to what is */
    }
    transform_free(transform);
    return status;
}

void sink_runner_serve_retries(struct sink_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    while (runner->retries) {
        struct dead_retry *retry = runner->retries;
        runner->retries = retry->next;
        bool stopping = runner->stopping;
        pthread_mutex_unlock(&runner->lock);
        retry->status = stopping ? error_set(&retry->error, POSTERN_E_RETRY, "Postern is stopping")
                                 : deliver_letter(retry);
        pthread_mutex_lock(&runner->lock);
        retry->done = true;
        if (retry->abandoned) retry_free(retry);
        pthread_cond_broadcast(&runner->changed);
    }
    pthread_mutex_unlock(&runner->lock);
}

/* ---- On the caller's thread ---- */

/* Takes it out of the queue; false if the runner has it in hand. */
static bool withdraw(struct sink_runner *runner, const struct dead_retry *retry)
{
    struct dead_retry **place = &runner->retries;
    while (*place && *place != retry)
        place = &(*place)->next;
    if (!*place) return false;
    *place = retry->next;
    return true;
}

/* The lock is held. False: it took too long, or Postern is told to stop. */
static bool wait_for_outcome(struct sink_runner *runner, const struct dead_retry *retry)
{
    const struct deliverer_parts *parts = runner->parts;
    int64_t until = real_ms() + deliverer_patience(parts);
    while (!retry->done && real_ms_left(until) > 0 && !(parts->told_to_stop && parts->told_to_stop()))
        real_wait(&runner->changed, &runner->lock, LOOK_MS);
    return retry->done;
}

postern_status sink_runner_retry(struct sink_runner *runner, struct dead_retry *retry, postern_error *error)
{
    pthread_mutex_lock(&runner->lock);
    struct dead_retry **last = &runner->retries;
    while (*last)
        last = &(*last)->next;
    *last = retry;
    pthread_cond_broadcast(&runner->changed);
    bool known = wait_for_outcome(runner, retry);
    postern_status status = retry->status;
    if (known) {
        if (status < 0) *error = retry->error;
    } else {
        status = error_set(error, POSTERN_E_RETRY, "the sink \"%s\" is busy and has not taken it yet",
                           runner->config->name);
        error_remedy(error, "look at the sink with `postern status` and try again");
    }
    if (known || withdraw(runner, retry))
        retry_free(retry);
    else
        retry->abandoned = true;
    pthread_mutex_unlock(&runner->lock);
    return status;
}
