#include "journal/sqlite/idle_polls.h"
#include "base/array.h"
#include "base/error.h"
#include "base/log.h"
#include "base/smaller.h"
#include "base/timestamp.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"
#include <stdlib.h>

#define AGAIN_MS    10000
#define LOG_FLUSHES 32 /* then the log is emptied: the price of the rows is shared by so many */
#define LOG_BYTES   ((int64_t)16 << 20) /* the same, or with this ... */
#define LOG_SHARE   16                  /* ... part of the journal */
#define REFUSALS    8                   /* of what the journal will not store: it may go with a later poll */

void idle_polls_drop(struct idle_polls *polls, struct idle_poll *poll)
{
    if (!poll->is_noted) polls->unnoted--;
    idle_poll_drop(&polls->waiting, poll);
    atomic_fetch_sub(&polls->count, 1);
}

bool idle_polls_name(struct journal *journal, struct stream_record *record)
{
    const struct stream_name *name = NULL;
    if (stream_names_get(&journal->names, record->id, &name, NULL) < 0 || !name) return false;
    record->account = name->account;
    record->source = name->source;
    record->name = name->stream;
    record->auth = NULL;
    return true;
}

/* ---- Taking ------------------------------------------------------------------------------------- */

/* Whether nothing that may be missing lies between them. */
static bool coverage_follows(const struct coverage_read *held, const struct journal_commit *commit)
{
    const struct coverage_read *next = commit->coverage;
    switch (commit->stream->kind) {
    case POSTERN_STREAM_WINDOW:
        return next->from_ms <= held->until_ms + 1 && next->until_ms >= held->from_ms - 1;
    case POSTERN_STREAM_TOKEN:
        return commit->remember_ms <= 0 || next->from_ms - held->until_ms <= commit->remember_ms;
    default:
        return true;
    }
}

/* One range of one day can stand for both. */
static bool coverage_joins(const struct coverage_read *held, const struct journal_commit *commit)
{
    return coverage_day(commit->coverage->until_ms) == coverage_day(held->until_ms) &&
           coverage_follows(held, commit);
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
    return commit->may_wait && commit->stream && !commit->pages && !commit->dead_count &&
           (!commit->snapshot || snapshot_only_counts(commit->snapshot)) && !commit->account &&
           !commit->notice && !(commit->coverage && commit->coverage->begins_anew);
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

static bool take_record(struct journal *journal, struct idle_poll *poll, const struct stream_record *from)
{
    struct stream_record record;
    if (!stream_record_copy(&record, from)) return false;
    if (!idle_polls_name(journal, &record)) {
        stream_record_clear(&record);
        return false;
    }
    stream_record_clear(&poll->record);
    poll->record = record;
    return true;
}

static void note(struct journal *journal, struct idle_poll *poll, const struct journal_commit *commit)
{
    poll->remember_ms = commit->remember_ms;
    poll->forget_settled |= commit->forget_settled;
    if (commit->snapshot) poll->list_polls = commit->snapshot->state->polls;
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

/* From now on the log does not have it as it is. */
static void note_change(struct journal *journal, struct idle_poll *poll)
{
    struct idle_polls *polls = &journal->writer.idle;
    poll->is_noted = false;
    if (polls->unnoted++ == 0)
        polls->due_ms = clock_monotonic_ms(journal->clock) + journal->settings.idle_flush_ms;
}

static bool take_first(struct journal *journal, const struct journal_commit *commit)
{
    struct idle_polls *polls = &journal->writer.idle;
    struct idle_poll *poll = calloc(1, sizeof *poll);
    if (!poll) return false;
    if (!take_record(journal, poll, commit->stream) || !idle_poll_put(&polls->waiting, poll)) {
        idle_poll_free(poll);
        return false;
    }
    note(journal, poll, commit);
    note_change(journal, poll);
    atomic_fetch_add(&polls->count, 1);
    return true;
}

bool idle_polls_take(struct journal *journal, const struct journal_commit *commit)
{
    if (!is_idle(commit) || space_in_trouble(&journal->writer.space)) return false;
    struct idle_poll *held = idle_poll_find(&journal->writer.idle.waiting, commit->stream->id);
    bool is_first = !held || held->is_noted;
    if (is_first && !is_one_of_many(journal)) return false;
    if (!held) return take_first(journal, commit);
    bool joins = !held->has_coverage || !commit->coverage || coverage_joins(&held->coverage, commit);
    if (!joins || !take_record(journal, held, commit->stream)) return false;
    note(journal, held, commit);
    if (is_first) note_change(journal, held);
    return true;
}

bool idle_polls_wait(const struct idle_polls *polls)
{
    return atomic_load(&polls->count) || polls->log.flushes;
}

int64_t idle_polls_due_ms(const struct idle_polls *polls)
{
    return polls->unnoted ? polls->due_ms : INT64_MAX;
}

/* ---- Storing ------------------------------------------------------------------------------------ */

static postern_status apply(struct journal *journal, void *context, postern_error *error)
{
    struct idle_poll *poll = context;
    const struct snapshot_state list = {.polls = poll->list_polls};
    const struct snapshot_change counted = {.state = &list, .poll = list.polls};
    struct journal_commit commit = {.stream = &poll->record,
                                    .snapshot = list.polls ? &counted : NULL,
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

/* Its stream's row stays as it is until something else of it is stored, which says all but what the ledger
 * would say; after a start before that it is read again. */
static void abandon(struct idle_polls *polls, struct idle_poll *poll, const postern_error *why)
{
    const struct stream_record *stream = &poll->record;
    char scope[3 * RECORD_NAME_SIZE], until[TIMESTAMP_SIZE];
    postern_error error = ERROR_INIT;
    snprintf(scope, sizeof scope, "%s/%s/%s", stream->account, stream->source, stream->name);
    error_set(
        &error, why->code,
        "its polls until %s, which brought nothing new, cannot be stored and are given up after %d tries: %s",
        timestamp_iso(stream->last_success_ms, until), poll->refusals, why->message);
    error_remedy(
        &error, "nothing of it is lost: `postern gaps` shows what counts as not read now, and `postern fill` "
                "reads it again; if it comes again, stop Postern and check the disk and the journal");
    log_error(POSTERN_LOG_ERROR, scope, &error);
    idle_polls_drop(polls, poll);
}

/* Counts that the journal would not have it, whatever the state of disk and memory. */
static void count_refusal(struct idle_poll *poll, postern_status status)
{
    poll->refusals += status != POSTERN_OK && status != POSTERN_E_IO && status != POSTERN_E_MEMORY;
}

static bool is_hopeless(const struct idle_poll *poll)
{
    return poll->refusals >= REFUSALS;
}

postern_status idle_polls_apply_before(struct journal *journal, const struct journal_commit *commit,
                                       postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    struct idle_poll *poll = commit->stream ? idle_poll_find(&polls->waiting, commit->stream->id) : NULL;
    if (!poll || poll->part) return POSTERN_OK;
    note_applied(polls, poll, commit);
    postern_status status = apply(journal, poll, error);
    count_refusal(poll, status);
    return status;
}

void idle_polls_give_up(struct idle_polls *polls, const struct journal_commit *commit)
{
    struct idle_poll *poll = polls->applied;
    if (!poll || poll->part != commit) return;
    polls->applied = poll->next_applied;
    poll->part = NULL;
    if (is_hopeless(poll)) abandon(polls, poll, &commit->failure); /* else what follows it never would be */
}

/* As a part of the transaction: if it fails, it waits on. *waits: and it does. */
static postern_status store_one(struct journal *journal, struct idle_poll *poll, bool *waits,
                                postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    bool broken = false;
    postern_error own = ERROR_INIT;
    postern_status status = transaction_part(journal, apply, poll, &broken, &own);
    if (broken && error) *error = own;
    if (broken) return status;
    count_refusal(poll, status);
    *waits = status < 0 && !is_hopeless(poll);
    if (status == POSTERN_OK)
        note_applied(polls, poll, poll);
    else if (*waits)
        log_error(POSTERN_LOG_ERROR, poll->record.account, &own);
    else
        abandon(polls, poll, &own);
    return POSTERN_OK;
}

static postern_status store_all(struct journal *journal, bool *all, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    postern_status status = POSTERN_OK;
    size_t left = atomic_load(&polls->count);
    *all = true;
    for (size_t i = 0; status == POSTERN_OK && left && i < polls->waiting.capacity; i++) {
        struct idle_poll *poll = polls->waiting.by_stream[i];
        bool waits = false;
        if (!poll) continue;
        left--;
        if (!poll->part) status = store_one(journal, poll, &waits, error);
        *all = *all && !waits;
    }
    return status;
}

/* ---- Noting ------------------------------------------------------------------------------------- */

static postern_status has_position(struct database *database, int64_t stream_id, bool *has,
                                   postern_error *error)
{
    int64_t found = 0;
    postern_status status =
        database_number(database, error, 0, &found, "SELECT position IS NOT NULL FROM stream WHERE id = ?1",
                        VALUES(value_integer(stream_id)));
    *has = found != 0;
    return status;
}

/* What is in the log must leave the holes of the ledger as they are: nobody puts it over them. And the row
 * must have a position if it has one. */
static postern_status may_be_noted(struct journal *journal, const struct idle_poll *poll, bool *may,
                                   postern_error *error)
{
    struct database *database = &journal->writer.database;
    const struct coverage_commit commit = {
        .stream = &poll->record, .read = &poll->coverage, .remember_ms = poll->remember_ms};
    postern_status status = POSTERN_OK;
    *may = idle_log_can_hold(poll);
    if (*may && poll->record.position) status = has_position(database, poll->record.id, may, error);
    if (status < 0 || !*may || !poll->has_coverage) return status;
    return coverage_moves_only_the_end(database, &commit, may, error);
}

/* Those that are to be noted; the others are stored. */
static postern_status gather(struct journal *journal, struct buffer *list, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    postern_status status = POSTERN_OK;
    size_t left = polls->unnoted;
    for (size_t i = 0; status == POSTERN_OK && left && i < polls->waiting.capacity; i++) {
        struct idle_poll *poll = polls->waiting.by_stream[i];
        bool may = false, waits = false;
        if (!poll || poll->is_noted) continue;
        left--;
        if (poll->part) continue;
        status = may_be_noted(journal, poll, &may, error);
        if (status < 0) return status;
        if (!may)
            status = store_one(journal, poll, &waits, error);
        else if (!buffer_append(list, &poll, sizeof poll))
            return error_no_memory(error, NULL);
    }
    return status;
}

/* Damage of it takes the transaction along, once. */
static postern_status note_damage(struct journal *journal, postern_status status, const postern_error *error)
{
    if (status == POSTERN_E_IO && journal->writer.database.is_damaged)
        idle_polls_leave_log(&journal->writer.idle, error ? error->message : "");
    return status;
}

static postern_status note_all(struct journal *journal, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    _cleanup_(buffer_free) struct buffer list = {.limit = SIZE_MAX / 2};
    postern_status status = gather(journal, &list, error);
    struct idle_poll **items = (struct idle_poll **)(void *)list.data;
    size_t count = list.size / sizeof *items;
    if (status < 0 || !count) return status;
    polls->notes = true;
    polls->log.flushes++;
    for (size_t i = 0; i < count; i++)
        items[i]->is_being_noted = true;
    status = idle_log_add(&journal->writer.database, &polls->log, items, count, error);
    return note_damage(journal, status, error);
}

/* The log keeps what cannot be stored yet. */
static postern_status empty_log(struct journal *journal, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    bool all = false;
    postern_status status = store_all(journal, &all, error);
    if (status < 0 || !all || !polls->log.flushes) return status;
    return note_damage(journal, idle_log_clear(&journal->writer.database, &polls->log, error), error);
}

postern_status idle_polls_step(struct journal *journal, enum idle_step step, postern_error *error)
{
    const struct idle_polls *polls = &journal->writer.idle;
    const struct idle_log *log = &polls->log;
    bool is_long = log->flushes >= LOG_FLUSHES ||
                   log->bytes >= smaller(LOG_BYTES, journal->settings.max_size / LOG_SHARE);
    if (step == IDLE_WAITS) return POSTERN_OK;
    return step == IDLE_STORED || is_long || polls->log_is_damaged ? empty_log(journal, error)
                                                                   : note_all(journal, error);
}

/* ---- What came of it ---------------------------------------------------------------------------- */

static void end_noting(struct idle_polls *polls, bool is_stored)
{
    for (size_t i = 0; polls->notes && i < polls->waiting.capacity; i++) {
        struct idle_poll *poll = polls->waiting.by_stream[i];
        if (!poll || !poll->is_being_noted) continue;
        poll->is_being_noted = false;
        if (!is_stored) continue;
        poll->is_noted = true;
        polls->unnoted--;
    }
    polls->notes = false;
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
    end_noting(polls, true);
    polls->kept_log = polls->log;
    for (struct idle_poll *poll = polls->applied, *next; poll; poll = next) {
        next = poll->next_applied;
        if (poll->forgotten_ids)
            known_ids_forget(&journal->ids, poll->record.id, (size_t)poll->forgotten_ids);
        idle_polls_drop(polls, poll);
    }
    go_on(journal);
}

void idle_polls_failed(struct journal *journal)
{
    struct idle_polls *polls = &journal->writer.idle;
    end_noting(polls, false);
    polls->log = polls->kept_log;
    for (struct idle_poll *poll = polls->applied; poll; poll = poll->next_applied)
        poll->part = NULL;
    go_on(journal);
}

void idle_polls_free(struct idle_polls *polls)
{
    idle_poll_table_free(&polls->waiting);
    *polls = (struct idle_polls){0};
}
