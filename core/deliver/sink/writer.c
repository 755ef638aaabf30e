#include "deliver/sink/writer.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

#define STATE_ARENA_LIMIT ((size_t)64 << 20)
/* A sink that asks for a commit of its state again and again never writes. */
#define MOST_STATE_COMMITS 10000

/* What a write says, gathered in an arena: postern_result as the sink sees it comes first. */
struct write_result {
    postern_result face;
    postern_arena *arena;
    struct delivery *delivery;
    struct transform *transform; /* NULL in an idle call */
    bool *rejected;              /* [transform->count] */
    int64_t rejected_count;
    struct state_entry *entries;
    size_t count, capacity;
};

static postern_status take_reject(postern_result *face, size_t index, const char *reason)
{
    struct write_result *result = (struct write_result *)face;
    struct transform *transform = result->transform;
    if (!transform || index >= transform->count || !reason) return POSTERN_E_INVALID;
    if (!result->rejected) result->rejected = arena_allocate(result->arena, transform->count);
    if (!result->rejected) return POSTERN_E_MEMORY;
    if (result->rejected[index]) return POSTERN_OK;
    result->rejected[index] = true;
    result->rejected_count++;
    transform_bury(transform, &transform->origins[index], "sink", reason, NULL);
    return transform->out_of_memory ? POSTERN_E_MEMORY : POSTERN_OK;
}

/* Taken to know what is safe; a batch that fails comes again as a whole. */
static postern_status take_accept(postern_result *face, size_t index)
{
    const struct write_result *result = (const struct write_result *)face;
    return result->transform && index < result->transform->count ? POSTERN_OK : POSTERN_E_INVALID;
}

static postern_status take_state(postern_result *face, postern_text key, postern_text value)
{
    struct write_result *result = (struct write_result *)face;
    if (key.size == 0 || key.size > 4096 || value.size > POSITION_LIMIT) return POSTERN_E_INVALID;
    if (result->count == result->capacity) {
        size_t capacity = result->capacity ? result->capacity * 2 : 8;
        struct state_entry *entries = arena_allocate(result->arena, capacity * sizeof *entries);
        if (!entries) return POSTERN_E_MEMORY;
        if (result->count) memcpy(entries, result->entries, result->count * sizeof *entries);
        result->entries = entries;
        result->capacity = capacity;
    }
    struct state_entry entry = {arena_copy(result->arena, key), arena_copy(result->arena, value)};
    if (!entry.key.data || !entry.value.data) return POSTERN_E_MEMORY;
    result->entries[result->count++] = entry;
    return POSTERN_OK;
}

static struct write_result result_new(struct delivery *delivery, struct transform *transform,
                                      postern_arena *arena)
{
    return (struct write_result){.face = {.size = sizeof(postern_result),
                                          .reject = take_reject,
                                          .accept = take_accept,
                                          .set_state = take_state},
                                 .arena = arena,
                                 .delivery = delivery,
                                 .transform = transform};
}

static postern_call call_for(struct sink_runner *runner, postern_arena *arena, uint32_t attempt)
{
    return (postern_call){
        .size = sizeof(postern_call),
        .attempt = attempt,
        .arena = arena,
        .now_ms = clock_wall_ms(runner->parts->clock),
        .random = random_number(runner->parts->random),
    };
}

postern_status sink_open(struct sink_runner *runner, postern_error *error)
{
    if (runner->is_open) return POSTERN_OK;
    postern_arena *arena = arena_new(STATE_ARENA_LIMIT);
    if (!arena) return error_no_memory(error, NULL);
    const postern_pair *state = NULL;
    size_t count = 0;
    postern_status status =
        journal_sink_state(runner->parts->journal, runner->config->name, arena, &state, &count, error);
    if (status >= 0) {
        postern_call call = call_for(runner, arena, (uint32_t)runner->failures + 1);
        status = runner->sink->open(runner->self, &call, state, count, error);
    }
    runner->is_open = status >= 0;
    arena_free(arena);
    return status;
}

void sink_close(struct sink_runner *runner)
{
    if (runner->is_open && runner->sink->close) runner->sink->close(runner->self);
    runner->is_open = false;
}

struct delivery *sink_unconfirmed(const struct sink_runner *runner)
{
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next)
        if (delivery->first && delivery->first->written) return delivery;
    return NULL;
}

void sink_forget_unconfirmed(struct sink_runner *runner)
{
    struct delivery *delivery = sink_unconfirmed(runner);
    if (!delivery) return;
    sink_close(runner);
    delivery->first->written = false;
}

/* After a failure the sink is opened anew. One that says nothing leaves no empty line behind. */
static postern_status sink_failed(struct sink_runner *runner, postern_status status, postern_error *error)
{
    sink_close(runner);
    error->code = status;
    if (!error->message[0])
        snprintf(error->message, sizeof error->message, "the sink failed and does not say why (%s)",
                 status_name(status));
    return status;
}

static postern_status commit_state(struct sink_runner *runner, struct write_result *result,
                                   postern_error *error)
{
    struct delivery_move move = {
        .sink = runner->config->name, .entries = result->entries, .entry_count = result->count};
    struct journal_commit commit = {.delivery = &move};
    postern_status status = journal_commit_now(runner->parts->journal, &commit, error);
    result->count = 0;
    return status;
}

/* Calls write until it is done with the batch, committing its state in between when it asks for that. */
static postern_status write_batch(struct sink_runner *runner, struct transform *transform, uint64_t batch_id,
                                  uint32_t attempt, struct write_result *result, postern_error *error)
{
    postern_batch batch = {
        .size = sizeof batch,
        .attempt = attempt,
        .id = batch_id,
        .events = transform->batch,
        .count = transform->count,
        .bytes = transform->bytes,
    };
    for (int commits = 0; commits < MOST_STATE_COMMITS; commits++) {
        postern_call call = call_for(runner, result->arena, attempt);
        postern_status status = runner->sink->write(runner->self, &call, &batch, &result->face, error);
        if (status != POSTERN_COMMIT_STATE) return status;
        failpoint("deliver-before-state");
        status = commit_state(runner, result, error);
        failpoint("deliver-after-state");
        if (status < 0) return status;
    }
    return error_set(error, POSTERN_E_INVALID, "the sink asks for a commit of its state without end");
}

static postern_status commit_batch(struct delivery *delivery, struct transform *transform,
                                   const struct write_result *result, int64_t letter_id, postern_error *error)
{
    struct delivery_move move = {
        .delivery_id = delivery->id,
        .sink = delivery->runner->config->name,
        .cursor = transform->sequence,
        .entries = result->entries,
        .entry_count = result->count,
        .delivered = (int64_t)transform->count - result->rejected_count,
        .dropped = transform->dropped,
        .dead = (int64_t)transform->dead_count,
        .wrong_types = transform->wrong_types,
        .state = "ok",
        .last_error = "",
        .drops = transform->drops,
        .drop_reason_count = transform->drop_reason_count,
    };
    struct journal_commit commit = {
        .delivery = &move,
        .dead = transform->dead,
        .dead_count = transform->dead_count,
        .dead_retried_id = letter_id,
    };
    failpoint("deliver-before-commit");
    postern_status status = journal_commit_now(delivery->runner->parts->journal, &commit, error);
    failpoint("deliver-after-commit");
    return status;
}

postern_status sink_deliver(struct delivery *delivery, struct transform *transform, uint64_t batch_id,
                            int64_t letter_id, uint32_t attempt, postern_error *error)
{
    struct sink_runner *runner = delivery->runner;
    if (!transform->result_arena && !(transform->result_arena = arena_new(STATE_ARENA_LIMIT)))
        return error_no_memory(error, NULL);
    if (!transform->written) {
        /* What a try that failed had buried is forgotten with it. */
        transform->dead_count = transform->dead_by_scripts;
        arena_reset(transform->result_arena, STATE_ARENA_LIMIT);
        struct write_result result = result_new(delivery, transform, transform->result_arena);
        struct write_result *kept = arena_allocate(transform->result_arena, sizeof *kept);
        postern_status status = kept ? sink_open(runner, error) : POSTERN_E_MEMORY;
        if (status >= 0 && transform->count > 0)
            status = write_batch(runner, transform, batch_id, attempt, &result, error);
        if (status >= 0 && letter_id && result.rejected_count) /* the letter stays as it is */
            return error_set(error, POSTERN_E_RETRY, "it failed again: %s",
                             transform->dead[transform->dead_count - 1]->reason);
        if (status < 0) return sink_failed(runner, status, error);
        *kept = result;
        transform->write_result = kept;
        transform->written = true;
    }
    return commit_batch(delivery, transform, transform->write_result, letter_id, error);
}

postern_status sink_idle(struct sink_runner *runner, postern_error *error)
{
    if (!runner->sink->idle || !runner->is_open) return POSTERN_OK;
    postern_arena *arena = arena_new(STATE_ARENA_LIMIT);
    if (!arena) return error_no_memory(error, NULL);
    struct write_result result = result_new(NULL, NULL, arena);
    postern_status status = POSTERN_COMMIT_STATE;
    for (int commits = 0; status == POSTERN_COMMIT_STATE && commits < MOST_STATE_COMMITS; commits++) {
        postern_call call = call_for(runner, arena, 1);
        status = runner->sink->idle(runner->self, &call, &result.face, error);
        if (status >= 0 && result.count) {
            postern_status committed = commit_state(runner, &result, error);
            if (committed < 0) status = committed;
        }
    }
    if (status < 0) sink_failed(runner, status, error);
    arena_free(arena);
    return status;
}

void delivery_show(struct delivery *delivery, const char *state, const postern_error *error)
{
    struct delivery_move move = {.delivery_id = delivery->id,
                                 .sink = delivery->runner->config->name,
                                 .state = state,
                                 .last_error = error ? error->message : "",
                                 .remedy = error ? error->remedy : ""};
    struct journal_commit commit = {.delivery = &move};
    postern_error ignored = ERROR_INIT; /* it is only the words for `status` */
    journal_commit_now(delivery->runner->parts->journal, &commit, &ignored);
}

void delivery_skip_to(struct delivery *delivery, int64_t sequence)
{
    struct delivery_move move = {
        .delivery_id = delivery->id, .sink = delivery->runner->config->name, .cursor = sequence};
    struct journal_commit commit = {.delivery = &move};
    postern_error error = ERROR_INIT;
    if (journal_commit_now(delivery->runner->parts->journal, &commit, &error) >= 0)
        delivery->cursor = sequence;
    else
        log_error(POSTERN_LOG_WARNING, delivery->name, &error);
}
