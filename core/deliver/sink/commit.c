#include "deliver/sink/commit.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "deliver/sink/letters.h"
#include <stdlib.h>

#define DROPS_LIMIT ((size_t)1 << 20)

static postern_status commit_move(struct delivery *delivery, struct delivery_move *move, postern_error *error)
{
    move->delivery_id = delivery->id;
    move->sink = delivery->sink;
    struct journal_commit commit = {.delivery = move};
    return journal_commit_now(delivery->feed.parts->journal, &commit, error);
}

postern_status commit_sink_state(struct journal *journal, const char *sink, const struct state_entry *entries,
                                 size_t count, postern_error *error)
{
    struct delivery_move move = {.sink = sink, .entries = entries, .entry_count = count};
    struct journal_commit commit = {.delivery = &move};
    return journal_commit_now(journal, &commit, error);
}

/* The pages' counts, one behind the other: the journal adds up equal reasons. */
static postern_status add_counts(const struct batch *batch, postern_arena *arena, struct delivery_move *move,
                                 postern_error *error)
{
    size_t reasons = 0;
    for (const struct transform *page = batch->pages; page; page = page->next)
        reasons += page->drop_reason_count;
    struct drop_count *drops = arena_allocate(arena, (reasons + 1) * sizeof *drops);
    if (!drops) return error_no_memory(error, NULL);
    for (const struct transform *page = batch->pages; page; page = page->next) {
        move->dropped += page->dropped;
        move->wrong_types += page->wrong_types;
        for (size_t i = 0; i < page->drop_reason_count; i++)
            drops[move->drop_reason_count++] = page->drops[i];
    }
    move->drops = drops;
    return POSTERN_OK;
}

/* `letters` NULL: a batch of pages, whose dead letters are new ones. */
static postern_status commit_outcome(struct delivery *delivery, struct batch *batch,
                                     struct delivery_move *move, const struct letters_move *letters,
                                     postern_error *error)
{
    postern_arena *arena = arena_new(DROPS_LIMIT + batch->page_count * sizeof(struct drop_count) * 64);
    postern_status status = POSTERN_OK;
    move->delivery_id = delivery->id;
    move->sink = delivery->sink;
    if (batch->status >= 0) {
        move->entries = batch->entries;
        move->entry_count = batch->entry_count;
    }
    if (!arena || (!letters && !batch_write_letters(batch)))
        status = error_no_memory(error, "for the dead letters");
    if (status >= 0) status = add_counts(batch, arena, move, error);
    if (status >= 0) {
        move->delivered = (int64_t)batch_delivered_count(batch);
        move->dead = letters ? 0 : (int64_t)batch->letter_count;
        struct journal_commit commit = {.delivery = move,
                                        .dead = letters ? letters->dead : batch->letters,
                                        .dead_count = letters ? letters->dead_count : batch->letter_count};
        if (letters) {
            commit.dead_settled = letters->settled;
            commit.dead_settled_count = letters->settled_count;
            commit.request_id = letters->request_id;
            commit.request_progress = letters->request_progress;
        }
        failpoint("deliver-before-commit");
        status = journal_commit_now(delivery->feed.parts->journal, &commit, error);
        failpoint("deliver-after-commit");
    }
    arena_free(arena);
    return status;
}

postern_status commit_batch(struct delivery *delivery, struct batch *batch, const struct refusals *refusals,
                            const struct batch_plan *plan, postern_error *error)
{
    char planned[PLANNED_SIZE];
    if (plan) plan_write(plan, planned, sizeof planned);
    struct delivery_move move = {.cursor = batch->end,
                                 .planned = plan ? planned : NULL,
                                 .state = DELIVERY_OK,
                                 .last_error = "",
                                 .remedy = "",
                                 .sets_refused = true,
                                 .refused = refusals->count,
                                 .refused_kind = (int64_t)refusals->reason};
    return commit_outcome(delivery, batch, &move, NULL, error);
}

postern_status commit_letters(struct delivery *delivery, struct batch *batch,
                              const struct letters_move *letters, postern_error *error)
{
    return commit_outcome(delivery, batch, &(struct delivery_move){0}, letters, error);
}

postern_status commit_plan(struct delivery *delivery, const struct batch_plan *plan, postern_error *error)
{
    char planned[PLANNED_SIZE];
    plan_write(plan, planned, sizeof planned);
    failpoint("deliver-before-plan");
    postern_status status = commit_move(delivery, &(struct delivery_move){.planned = planned}, error);
    failpoint("deliver-after-plan");
    return status;
}

postern_status commit_damage(struct delivery *delivery, int64_t sequence, const char *reason,
                             postern_error *error)
{
    struct dead_letter letter = {
        .stage = DEAD_JOURNAL, .reason = (char *)(uintptr_t)reason, .name = delivery->name};
    struct dead_letter *const dead[] = {&letter};
    struct delivery_move move = {
        .delivery_id = delivery->id, .sink = delivery->sink, .cursor = sequence, .dead = 1};
    struct journal_commit commit = {.delivery = &move, .dead = dead, .dead_count = 1};
    return journal_commit_now(delivery->feed.parts->journal, &commit, error);
}

postern_status commit_skip(struct delivery *delivery, int64_t sequence, postern_error *error)
{
    return commit_move(delivery, &(struct delivery_move){.cursor = sequence}, error);
}

void commit_words(struct delivery *delivery, enum delivery_state state, const postern_error *error)
{
    postern_error ignored = ERROR_INIT; /* it is only the words for `status` */
    commit_move(
        delivery,
        &(struct delivery_move){.state = state, .last_error = error->message, .remedy = error->remedy},
        &ignored);
}
