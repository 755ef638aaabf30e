#include "journal/sqlite/idle_polls.h"
#include "base/array.h"
#include "base/smaller.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"
#include <stdlib.h>

#define MOST_STREAMS ((size_t)1 << 24)
#define AGAIN_MS     10000

struct idle_poll {
    struct stream_record record;
    struct coverage_read coverage;
    int64_t joined_reads, read_ms; /* of that; when the last was read */
    int64_t remember_ms, forgotten_ids;
    bool has_coverage, forget_settled;
    const void *part; /* of the transaction under way that stores it: a commit, or itself; NULL = none */
    struct idle_poll *next_applied;
};

static struct idle_poll *find(const struct idle_polls *polls, int64_t stream_id)
{
    return stream_id > 0 && (size_t)stream_id < polls->capacity ? polls->by_stream[stream_id] : NULL;
}

static bool make_room(struct idle_polls *polls, int64_t stream_id)
{
    size_t before = polls->capacity;
    if (stream_id <= 0 || (size_t)stream_id >= MOST_STREAMS) return false;
    if (!array_reserve(&polls->by_stream, &polls->capacity, (size_t)stream_id + 1, sizeof *polls->by_stream,
                       MOST_STREAMS))
        return false;
    for (size_t i = before; i < polls->capacity; i++)
        polls->by_stream[i] = NULL;
    return true;
}

static void free_poll(struct idle_poll *poll)
{
    stream_record_clear(&poll->record);
    free(poll);
}

static void drop(struct idle_polls *polls, struct idle_poll *poll)
{
    polls->by_stream[poll->record.id] = NULL;
    atomic_fetch_sub(&polls->count, 1);
    free_poll(poll);
}

/* ---- Taking ------------------------------------------------------------------------------------- */

/* One range of one day can stand for both. */
static bool coverage_joins(const struct coverage_read *held, const struct coverage_read *next, uint32_t kind)
{
    bool touches = next->from_ms <= held->until_ms + 1 && next->until_ms >= held->from_ms - 1;
    return (kind == POSTERN_STREAM_TOKEN || touches) &&
           coverage_day(next->until_ms) == coverage_day(held->until_ms);
}

static void join_coverage(struct coverage_read *held, const struct coverage_read *next)
{
    held->from_ms = smaller(held->from_ms, next->from_ms);
    held->until_ms = larger(held->until_ms, next->until_ms);
    held->newest_ms = larger(held->newest_ms, next->newest_ms);
    held->events += next->events;
}

static bool is_idle(const struct journal_commit *commit)
{
    return commit->may_wait && commit->stream && !commit->pages && !commit->dead_count && !commit->snapshot &&
           !commit->account && !commit->notice && !(commit->coverage && commit->coverage->begins_anew);
}

/* The first few of a period are stored by themselves, so that a small installation shows everything as it is
 * now. */
static bool is_one_of_many(struct journal *journal)
{
    struct idle_polls *polls = &journal->writer.idle;
    int64_t now = clock_monotonic_ms(journal->clock), period = journal->settings.idle_flush_ms;
    if (period <= 0) return false;
    if (!polls->period_began_ms || now - polls->period_began_ms >= period) {
        polls->period_began_ms = now;
        polls->at_once = 0;
    }
    if (polls->at_once >= journal->settings.idle_at_once) return true;
    polls->at_once++;
    return false;
}

/* In memory of its own: the names are the journal's, which live as long as it is open. */
static bool take_record(struct journal *journal, struct idle_poll *poll, const struct stream_record *from)
{
    const struct stream_name *name = NULL;
    struct stream_record record;
    if (stream_names_get(&journal->names, from->id, &name, NULL) < 0 || !name) return false;
    if (!stream_record_copy(&record, from)) return false;
    record.account = name->account;
    record.source = name->source;
    record.name = name->stream;
    record.auth = NULL;
    stream_record_clear(&poll->record);
    poll->record = record;
    return true;
}

static void note(struct journal *journal, struct idle_poll *poll, const struct journal_commit *commit)
{
    poll->remember_ms = commit->remember_ms;
    poll->forget_settled |= commit->forget_settled;
    if (!commit->coverage) return;
    poll->read_ms = clock_wall_ms(journal->clock);
    if (poll->has_coverage) {
        join_coverage(&poll->coverage, commit->coverage);
        poll->joined_reads++;
    } else {
        poll->coverage = *commit->coverage;
        poll->has_coverage = true;
    }
}

static bool take_first(struct journal *journal, const struct journal_commit *commit)
{
    struct idle_polls *polls = &journal->writer.idle;
    struct idle_poll *poll = make_room(polls, commit->stream->id) ? calloc(1, sizeof *poll) : NULL;
    if (!poll || !take_record(journal, poll, commit->stream)) {
        free(poll);
        return false;
    }
    note(journal, poll, commit);
    polls->by_stream[poll->record.id] = poll;
    if (atomic_fetch_add(&polls->count, 1) == 0)
        polls->due_ms = clock_monotonic_ms(journal->clock) + journal->settings.idle_flush_ms;
    return true;
}

bool idle_polls_take(struct journal *journal, const struct journal_commit *commit)
{
    if (!is_idle(commit) || space_in_trouble(&journal->writer.space)) return false;
    struct idle_poll *held = find(&journal->writer.idle, commit->stream->id);
    if (!held) return is_one_of_many(journal) && take_first(journal, commit);
    bool joins = !held->has_coverage || !commit->coverage ||
                 coverage_joins(&held->coverage, commit->coverage, commit->stream->kind);
    if (!joins || !take_record(journal, held, commit->stream)) return false;
    note(journal, held, commit);
    return true;
}

int64_t idle_polls_due_ms(const struct idle_polls *polls)
{
    return atomic_load(&polls->count) ? polls->due_ms : INT64_MAX;
}

/* ---- Storing ------------------------------------------------------------------------------------ */

static postern_status apply(struct journal *journal, void *context, postern_error *error)
{
    struct idle_poll *poll = context;
    struct journal_commit commit = {.stream = &poll->record,
                                    .coverage = poll->has_coverage ? &poll->coverage : NULL,
                                    .joined_reads = poll->joined_reads,
                                    .read_ms = poll->read_ms,
                                    .remember_ms = poll->remember_ms,
                                    .forget_settled = poll->forget_settled};
    postern_status status = commit_apply(journal, &commit, error);
    poll->forgotten_ids = commit.forgotten_ids;
    return status;
}

static void note_applied(struct idle_polls *polls, struct idle_poll *poll, const void *part)
{
    poll->part = part;
    poll->next_applied = polls->applied;
    polls->applied = poll;
}

postern_status idle_polls_apply_before(struct journal *journal, const struct journal_commit *commit,
                                       postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    struct idle_poll *poll = commit->stream ? find(polls, commit->stream->id) : NULL;
    if (!poll || poll->part) return POSTERN_OK;
    note_applied(polls, poll, commit);
    return apply(journal, poll, error);
}

void idle_polls_give_up(struct idle_polls *polls, const struct journal_commit *commit)
{
    struct idle_poll *poll = polls->applied;
    if (!poll || poll->part != commit) return;
    polls->applied = poll->next_applied;
    poll->part = NULL;
}

postern_status idle_polls_apply_all(struct journal *journal, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    size_t left = atomic_load(&polls->count);
    for (size_t i = 0; left && i < polls->capacity; i++) {
        struct idle_poll *poll = polls->by_stream[i];
        bool broken = false;
        if (!poll) continue;
        left--;
        postern_status status = transaction_part(journal, apply, poll, &broken, error);
        if (broken) return status;
        if (status == POSTERN_OK)
            note_applied(polls, poll, poll);
        else if (error)
            log_error(POSTERN_LOG_ERROR, "journal", error);
    }
    return POSTERN_OK;
}

/* What still waits is tried again soon. */
static void go_on(struct journal *journal)
{
    struct idle_polls *polls = &journal->writer.idle;
    int64_t now = clock_monotonic_ms(journal->clock);
    polls->applied = NULL;
    if (polls->due_ms <= now) polls->due_ms = now + AGAIN_MS;
}

void idle_polls_stored(struct journal *journal)
{
    struct idle_polls *polls = &journal->writer.idle;
    for (struct idle_poll *poll = polls->applied, *next; poll; poll = next) {
        next = poll->next_applied;
        if (poll->forgotten_ids)
            known_ids_forget(&journal->ids, poll->record.id, (size_t)poll->forgotten_ids);
        drop(polls, poll);
    }
    go_on(journal);
}

void idle_polls_failed(struct journal *journal)
{
    for (struct idle_poll *poll = journal->writer.idle.applied; poll; poll = poll->next_applied)
        poll->part = NULL;
    go_on(journal);
}

void idle_polls_free(struct idle_polls *polls)
{
    for (size_t i = 0; i < polls->capacity; i++)
        if (polls->by_stream[i]) free_poll(polls->by_stream[i]);
    free(polls->by_stream);
    *polls = (struct idle_polls){0};
}
