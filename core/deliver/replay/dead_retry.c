#include "deliver/replay/dead_retry.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/real_time.h"
#include "deliver/sink/commit.h"
#include "deliver/sink/letters.h"
#include "deliver/sink/round.h"
#include <postern/kit.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS_ARENA_LIMIT ((size_t)1 << 30)
/* Outlives a caller that does not wait any longer. */
struct dead_retry {
    struct sink_errand errand; /* first */
    char delivery[sizeof((struct dead_letter){0}.delivery)];
    postern_arena *arena; /* the letters' */
    const struct dead_letter *letters[RETRY_LETTERS];
    struct dead_letter again[RETRY_LETTERS]; /* what takes the place of those that failed */
    size_t count;
    struct retry_request request;
    struct retry_tally tally;
    bool stopped;     /* the sink, before it was through with them */
    int64_t until_ms; /* real time */
    bool (*told_to_stop)(void);
    enum retry_answer answer;
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

/* Modules need not say what to do. */
static void advise(postern_error *error)
{
    if (error->remedy[0]) return;
    error_remedy(error, "see with `postern status` what is wrong with the sink, mend it, and run `postern "
                        "dead retry` again");
}

/* ---- On the sink's thread ---- */

/* Far above those of pages, and another one for other letters: a receiver that knows a batch by it must never
 * take one for another. */
static uint64_t batch_id(const struct dead_retry *retry)
{
    int64_t ids[RETRY_LETTERS];
    unsigned char hash[32];
    uint64_t id;
    if (retry->count == 1) return KIT_LETTER | (uint64_t)retry->letters[0]->id;
    for (size_t i = 0; i < retry->count; i++)
        ids[i] = retry->letters[i]->id;
    digest_sha256((postern_text){(const char *)ids, retry->count * sizeof *ids}, hash);
    memcpy(&id, hash, sizeof id);
    return KIT_LETTER | id;
}

/* Takes the letter's place: what came of it now, under its number and with its time. */
static void replace(const struct dead_letter *old, const struct dead_letter *now, struct dead_letter *again)
{
    *again = *now;
    again->bytes = old->bytes;
    if (!again->settled) again->settled = old->settled;
    again->created_ms = old->created_ms;
    again->stored_ms = old->stored_ms;
    again->retries = old->retries + 1;
    again->replaces = old->id;
}

/* The letter as it was, but for what the sink has taken of it though the write failed: *taken, whether that
 * is any. False if out of memory. */
static bool note_taken(const struct dead_letter *old, const struct batch *batch, size_t first, size_t end,
                       struct dead_letter *again, bool *taken)
{
    *taken = false;
    for (size_t i = first; i < end; i++)
        *taken |= batch_is_delivered(batch, &batch->events[i]);
    if (!*taken) return true;
    *again = *old;
    again->replaces = old->id;
    return batch_write_settled(batch, first, end, again);
}

/* What went wrong with the letter whose events begin at `*next`; NULL in *failure: nothing. `*is_open`: the
 * sink has not taken all of it, and says nothing of it. */
static postern_status find_failure(const struct batch *batch, const struct transform *one, size_t *next,
                                   struct dead_letter **failure, bool *is_open, postern_error *error)
{
    size_t first = *next;
    *failure = one->dead_count ? one->dead[0] : NULL;
    *is_open = false;
    if (first >= batch->count || batch->events[first].page != one) return POSTERN_OK;
    *next = batch_outputs_end(batch, first);
    *is_open = batch_is_open(batch, first, *next);
    return batch_letter(batch, first, *next, failure) ? POSTERN_OK : error_no_memory(error, NULL);
}

/* What became of each letter. One that is open stays as it is, without what was taken of it. */
static postern_status judge(struct dead_retry *retry, struct batch *batch, struct letters_move *move,
                            int64_t *settled, struct dead_letter **dead)
{
    size_t next = 0, i = 0;
    for (const struct transform *one = batch->pages; one; one = one->next, i++) {
        const struct retry_letters letter = retry_letter(retry->letters[i]->id);
        struct dead_letter *failure;
        size_t first = next;
        bool is_open, taken;
        postern_error error = ERROR_INIT;
        if (find_failure(batch, one, &next, &failure, &is_open, &error) < 0) {
            retry->error = error;
            return error.code;
        }
        if (!failure && is_open) {
            if (!note_taken(retry->letters[i], batch, first, next, &retry->again[i], &taken))
                return error_no_memory(&retry->error, NULL);
            if (taken) dead[move->dead_count++] = &retry->again[i];
            advise(&retry->error);
            retry_tally_fail_at(&retry->tally, retry->delivery, &retry->error, &letter);
            continue;
        }
        if (!failure) {
            retry->tally.delivered++;
            settled[move->settled_count++] = retry->letters[i]->id;
            continue;
        }
        char words[RETRY_REASON_SIZE];
        snprintf(words, sizeof words, "it failed again: %s", failure->reason ? failure->reason : "");
        retry_tally_fail(&retry->tally, words, &letter);
        replace(retry->letters[i], failure, &retry->again[i]);
        dead[move->dead_count++] = &retry->again[i];
    }
    return POSTERN_OK;
}

/* Where the request stands with this: malloc'ed, NULL if out of memory. */
static char *progress_of(struct dead_retry *retry)
{
    struct retry_request *request = &retry->request;
    struct retry_tally taken = {.delivered = retry->tally.delivered, .missing = retry->tally.missing};
    retry_tally_add(&request->tally, retry->stopped ? &taken : &retry->tally);
    return retry_tally_write(&request->tally, retry->stopped ? request->from : request->after);
}

static postern_status commit(struct dead_retry *retry, struct delivery *delivery, struct batch *batch)
{
    int64_t settled[RETRY_LETTERS];
    struct dead_letter *dead[RETRY_LETTERS];
    struct letters_move move = {.settled = settled, .dead = dead, .request_id = retry->request.id};
    postern_status status = judge(retry, batch, &move, settled, dead);
    if (status < 0) return status;
    _cleanup_(freep) char *progress = NULL;
    if (retry->request.id) {
        progress = progress_of(retry);
        if (!progress) return error_no_memory(&retry->error, NULL);
    }
    move.request_progress = progress;
    return commit_letters(delivery, batch, &move, &retry->error);
}

static postern_status open_sink(struct dead_retry *retry, struct sink_runner *runner, uint32_t attempt)
{
    postern_status status = sink_open(runner->instance, attempt, &retry->error);
    if (status >= 0) return status;
    error_prefix(&retry->error, "the sink cannot be opened: ");
    retry->answer = RETRY_NOT_THERE;
    return status;
}

/* As the core takes it elsewhere: what the user must change is an answer, all else may work later. */
static enum retry_answer answer_of(postern_status status, const struct batch *batch)
{
    bool taken = status >= 0 || batch_count(batch, VERDICT_ACCEPTED) > 0;
    return taken || status == POSTERN_E_CONFIG ? RETRY_ANSWERED : RETRY_NO_ANSWER;
}

/* As long as it fails and yet takes some: what is left comes at once, as the next attempt. */
static postern_status try_batch(struct dead_retry *retry, struct delivery *delivery, struct batch *batch)
{
    struct sink_runner *runner = delivery->runner;
    for (;; batch->attempt++) {
        retry->error = (postern_error)ERROR_INIT;
        postern_status status = open_sink(retry, runner, batch->attempt);
        if (status < 0 || !batch->count) return status;
        status = sink_write(runner->instance, batch, delivery->key);
        retry->answer = answer_of(status, batch);
        if (status >= 0) return status;
        retry->error = batch->error;
        sink_close(runner->instance);
        if (!batch_was_taken_in_part(batch) || status == POSTERN_E_STOPPED) return status;
        if (atomic_load(&runner->owner.breaks_off))
            return error_set(&retry->error, POSTERN_E_STOPPED, "the sink is stopping");
    }
}

/* A batch of the letters. If it fails, what the sink has accepted is committed all the same. */
static postern_status write_letters(struct dead_retry *retry, struct delivery *delivery, struct batch *batch)
{
    round_forget_unconfirmed(delivery->runner);
    batch->id = batch_id(retry);
    postern_status status = try_batch(retry, delivery, batch);
    retry->stopped = status == POSTERN_E_STOPPED;
    if (status < 0 && batch_count(batch, VERDICT_ACCEPTED) == 0) return status;
    status = commit(retry, delivery, batch);
    if (status >= 0) return status;
    retry->answer = RETRY_NOT_THERE;        /* else the next would come twice, too */
    sink_close(delivery->runner->instance); /* what it wrote is not committed */
    return status;
}

static bool are_whole(const struct transform *list)
{
    for (; list; list = list->next)
        if (list->out_of_memory || list->broken_off) return false;
    return true;
}

/* An earlier try that nobody waited for may have delivered some: on this thread, so it is over now. */
static postern_status leave_out_gone(struct dead_retry *retry, struct journal *journal)
{
    size_t left = 0;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(LETTERS_ARENA_LIMIT);
    if (!arena) return error_no_memory(&retry->error, NULL);
    for (size_t i = 0; i < retry->count; i++) {
        int64_t id = retry->letters[i]->id;
        struct dead_letter *found = NULL;
        size_t count = 0;
        postern_status status =
            journal_dead_list(journal, arena, id - 1, 1, false, &found, &count, &retry->error);
        if (status < 0) return status;
        if (count && found->id == id)
            retry->letters[left++] = retry->letters[i];
        else
            retry->tally.missing++;
    }
    retry->count = left;
    return POSTERN_OK;
}

static postern_status sink_is_stopping(struct dead_retry *retry)
{
    retry->answer = RETRY_NOT_THERE;
    return error_set(&retry->error, POSTERN_E_RETRY, "the sink is stopping");
}

static postern_status deliver_letters(struct dead_retry *retry, struct sink_runner *runner)
{
    struct delivery *delivery = sink_runner_delivery(runner, retry->delivery);
    if (!delivery) {
        retry->answer = RETRY_NOT_THERE;
        return dead_retry_of_none(retry->delivery, &retry->error);
    }
    postern_status status = leave_out_gone(retry, runner->parts.journal);
    if (status < 0 || retry->count == 0) return status;
    struct transform *list = feed_letters(&delivery->feed, retry->letters, retry->count);
    struct batch *batch = list && are_whole(list) ? batch_new(delivery, list, 0) : NULL;
    if (batch)
        status = write_letters(retry, delivery, batch);
    else if (list && atomic_load(&runner->owner.breaks_off))
        status = sink_is_stopping(retry);
    else
        status = error_no_memory(&retry->error, "while running the scripts");
    if (batch) batch_free(batch);
    transform_free_list(list);
    return status;
}

static void run_errand(struct sink_errand *errand, struct sink_runner *runner, bool stopping)
{
    struct dead_retry *retry = (struct dead_retry *)errand; /* its first member */
    retry->status = stopping ? sink_is_stopping(retry) : deliver_letters(retry, runner);
}

/* ---- The caller's side ---- */

postern_status dead_retry_of_none(const char *delivery, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG, "this delivery is not in the configuration any more");
    error_remedy(error,
                 "bring its pipeline and its sink back under these names, or drop the letters with "
                 "`postern dead drop --delivery %s`",
                 delivery);
    return POSTERN_E_CONFIG;
}

struct dead_retry *dead_retry_new(const char *delivery)
{
    struct dead_retry *retry = calloc(1, sizeof *retry);
    postern_arena *arena = arena_new(LETTERS_ARENA_LIMIT);
    if (!retry || !arena) {
        free(retry);
        arena_free(arena);
        return NULL;
    }
    retry->errand = (struct sink_errand){.run = run_errand, .free = free_errand};
    retry->arena = arena;
    retry->error = (postern_error)ERROR_INIT;
    snprintf(retry->delivery, sizeof retry->delivery, "%s", delivery);
    return retry;
}

bool dead_retry_add(struct dead_retry *retry, struct journal *journal, int64_t letter_id,
                    postern_error *error)
{
    struct dead_letter *letters = NULL;
    size_t count = 0;
    if (retry->count == RETRY_LETTERS) {
        error_set(error, POSTERN_E_INVALID, "too many dead letters at once");
        return false;
    }
    if (journal_dead_list(journal, retry->arena, letter_id - 1, 1, true, &letters, &count, error) < 0)
        return false;
    if (count == 0 || letters[0].id != letter_id) return false;
    retry->letters[retry->count++] = letters;
    return true;
}

struct retry_letters dead_retry_letters(const struct dead_retry *retry)
{
    struct retry_letters letters = {0};
    for (size_t i = 0; i < retry->count; i++)
        retry_letters_add(&letters, retry->letters[i]->id);
    return letters;
}

static bool is_patient(void *context)
{
    const struct dead_retry *retry = context;
    return real_ms_left(retry->until_ms) > 0 && !(retry->told_to_stop && retry->told_to_stop());
}

static postern_status sink_is_busy(const struct sink_runner *runner, struct retry_outcome *outcome)
{
    outcome->answer = RETRY_NO_ANSWER;
    error_set(&outcome->error, POSTERN_E_RETRY, "the sink \"%s\" is busy and has not taken it yet",
              runner->instance->name);
    error_remedy(&outcome->error, "look at the sink with `postern status` and try again");
    return POSTERN_E_RETRY;
}

postern_status dead_retry_run(struct dead_retry *retry, struct sink_runner *runner,
                              const struct retry_request *request, int64_t patience_ms,
                              bool (*told_to_stop)(void), struct retry_outcome *outcome)
{
    retry->until_ms = real_ms() + patience_ms;
    retry->told_to_stop = told_to_stop;
    if (request) retry->request = *request;
    enum errand_outcome errand = sink_runner_do(runner, &retry->errand, is_patient, retry);
    if (errand == ERRAND_ABANDONED) return sink_is_busy(runner, outcome);
    postern_status status = POSTERN_E_RETRY;
    if (errand == ERRAND_DONE) {
        status = retry->status;
        outcome->answer = retry->answer;
        outcome->error = retry->error;
        advise(&outcome->error);
        if (status >= 0) retry_tally_add(outcome->tally, &retry->tally);
    } else {
        status = sink_is_busy(runner, outcome);
    }
    dead_retry_free(retry);
    return status;
}
