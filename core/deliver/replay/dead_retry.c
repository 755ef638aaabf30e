#include "deliver/replay/dead_retry.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/real_time.h"
#include "deliver/sink/commit.h"
#include "deliver/sink/round.h"
#include <stdlib.h>

#define LETTER_ARENA_LIMIT ((size_t)1 << 30)
/* Retried dead letters have batch ids of their own, far above those of pages. */
#define LETTER_BATCH (1ULL << 63)

/* Outlives a caller that does not wait any longer. */
struct dead_retry {
    struct sink_errand errand; /* first */
    postern_arena *arena;      /* the letter's */
    const struct dead_letter *letter;
    int64_t until_ms; /* real time */
    bool (*told_to_stop)(void);
    postern_status status;
    postern_error error;
};

void dead_retry_free(struct dead_retry *retry)
{
    arena_free(retry->arena);
    free(retry);
}

static void free_errand(struct sink_errand *errand)
{
    dead_retry_free((struct dead_retry *)errand); /* its first member */
}

/* ---- On the sink's thread ---- */

/* A batch of the one letter. */
static postern_status write_letter(struct dead_retry *retry, struct delivery *delivery, struct batch *batch)
{
    struct sink_instance *instance = delivery->runner->instance;
    round_forget_unconfirmed(delivery->runner);
    batch->id = LETTER_BATCH | (uint64_t)retry->letter->id;
    postern_status status = sink_open(instance, 1, &retry->error);
    if (status < 0) return status;
    status = batch->count ? sink_write(instance, batch, delivery->key) : POSTERN_OK;
    if (status < 0) retry->error = batch->error;
    for (size_t i = 0; i < batch->count && status >= 0; i++) /* rejected: the letter stays as it is */
        if (batch->events[i].verdict == VERDICT_REJECTED)
            status =
                error_set(&retry->error, POSTERN_E_RETRY, "it failed again: %s", batch->events[i].reason);
    if (status >= 0) status = commit_letter(delivery, batch, retry->letter->id, &retry->error);
    if (status < 0) sink_close(instance); /* what it wrote is not committed: back to what is */
    return status;
}

static postern_status deliver_letter(struct dead_retry *retry, struct sink_runner *runner)
{
    struct delivery *delivery = sink_runner_delivery(runner, retry->letter->delivery);
    if (!delivery)
        return error_set(&retry->error, POSTERN_E_CONFIG,
                         "its delivery \"%s\" is not in the configuration any more", retry->letter->delivery);
    struct transform *transform = feed_letter(&delivery->feed, retry->letter);
    struct batch *batch = transform ? batch_new(delivery, transform, 0) : NULL;
    postern_status status = POSTERN_OK;
    if (!batch || transform->out_of_memory)
        status = error_no_memory(&retry->error, "while running the scripts");
    else if (transform->dead_count)
        status = error_set(&retry->error, POSTERN_E_RETRY, "it failed again: %s", transform->dead[0]->reason);
    else
        status = write_letter(retry, delivery, batch);
    if (batch) batch_free(batch);
    transform_free(transform);
    return status;
}

static void run_errand(struct sink_errand *errand, struct sink_runner *runner, bool stopping)
{
    struct dead_retry *retry = (struct dead_retry *)errand;
    retry->status = stopping ? error_set(&retry->error, POSTERN_E_RETRY, "Postern is stopping")
                             : deliver_letter(retry, runner);
}

/* ---- On the caller's thread ---- */

static postern_status load_letter(struct dead_retry *retry, struct journal *journal, int64_t id,
                                  postern_error *error)
{
    struct dead_letter *letters = NULL;
    size_t count = 0;
    postern_status status =
        journal_dead_list(journal, retry->arena, id - 1, 1, true, &letters, &count, error);
    if (status < 0) return status;
    if (count == 0 || letters[0].id != id)
        return error_set(error, POSTERN_E_INVALID, "there is no dead letter %lld", (long long)id);
    retry->letter = letters;
    if (letters[0].delivery[0]) return POSTERN_OK;
    error_set(error, POSTERN_E_UNSUPPORTED,
              "dead letter %lld holds bytes that could not be read as events: there is nothing to deliver",
              (long long)id);
    error_remedy(error, "look at them with: postern dead show %lld", (long long)id);
    return POSTERN_E_UNSUPPORTED;
}

struct dead_retry *dead_retry_new(struct journal *journal, int64_t letter_id, postern_error *error)
{
    struct dead_retry *retry = calloc(1, sizeof *retry);
    postern_arena *arena = arena_new(LETTER_ARENA_LIMIT);
    if (!retry || !arena) {
        free(retry);
        arena_free(arena);
        error_no_memory(error, NULL);
        return NULL;
    }
    *retry = (struct dead_retry){
        .errand = {.run = run_errand, .free = free_errand}, .arena = arena, .error = ERROR_INIT};
    if (load_letter(retry, journal, letter_id, error) >= 0) return retry;
    dead_retry_free(retry);
    return NULL;
}

const char *dead_retry_delivery(const struct dead_retry *retry)
{
    return retry->letter->delivery;
}

static bool is_patient(void *context)
{
    const struct dead_retry *retry = context;
    return real_ms_left(retry->until_ms) > 0 && !(retry->told_to_stop && retry->told_to_stop());
}

postern_status dead_retry_run(struct dead_retry *retry, struct sink_runner *runner, int64_t patience_ms,
                              bool (*told_to_stop)(void), postern_error *error)
{
    retry->until_ms = real_ms() + patience_ms;
    retry->told_to_stop = told_to_stop;
    enum errand_outcome outcome = sink_runner_do(runner, &retry->errand, is_patient, retry);
    postern_status status = POSTERN_E_RETRY;
    if (outcome == ERRAND_DONE) {
        status = retry->status;
        if (status < 0) *error = retry->error;
    } else {
        error_set(error, POSTERN_E_RETRY, "the sink \"%s\" is busy and has not taken it yet",
                  runner->instance->name);
        error_remedy(error, "look at the sink with `postern status` and try again");
    }
    if (outcome != ERRAND_ABANDONED) dead_retry_free(retry);
    return status;
}
