#include "collect/stream/page_commit.h"
#include "base/array.h"

#include "base/container.h"
#include "base/digest.h"
#include "base/smaller.h"
#include "collect/answer/set_aside.h"
#include "collect/answer/step.h"
#include "collect/stream/account.h"
#include "collect/stream/memory.h"
#include "collect/stream/state.h"

#include <stdlib.h>
#include <string.h>

struct page_commit *page_commit_new(struct stream *stream)
{
    struct page_commit *commit = calloc(1, sizeof *commit);
    if (!commit) return NULL;
    commit->stream = stream;
    if (!stream_record_copy(&commit->record, &stream->record)) {
        free(commit);
        return NULL;
    }
    commit->record.attempt = stream->pace.attempt;
    commit->commit.stream = &commit->record;
    if (stream_is_snapshot(stream)) {
        commit->list = stream->memory->list;
        commit->change.state = &commit->list;
        commit->commit.snapshot = &commit->change;
    }
    return commit;
}

static bool was_set_aside_lately(const struct stream *stream, const unsigned char *id)
{
    struct stream_memory *memory = stream->memory;
    for (size_t i = 0; memory && i < memory->letters.count; i++) {
        struct recent_letter *letter = &memory->letters.items[i];
        if (memcmp(letter->id, id, EVENT_ID_SIZE) != 0) continue;
        if (stream_is_snapshot(stream)) letter->shown_by = snapshot_poll(&memory->list);
        return true;
    }
    return false;
}

/* The unsettled zone of a window stream is read again at every poll, and with it what cannot be read as
 * events; so is a file that names no place behind it, and a list as a whole. */
static void drop_known_letters(struct page_commit *commit)
{
    struct answer *answer = commit->answer;
    struct set_asides *aside = &answer->aside;
    size_t kept = 0;
    for (size_t i = 0; i < aside->count; i++) {
        struct dead_letter *letter = aside->letters[i];
        if (was_set_aside_lately(commit->stream, letter->event_id)) {
            answer->set_aside -= letter->stands_for;
            answer->repeats += letter->stands_for;
            dead_letter_free(letter);
        } else {
            aside->letters[kept++] = letter;
        }
    }
    aside->count = kept;
}

static void add_coverage(struct page_commit *commit, const struct answer *answer)
{
    /* By what the answer showed of the clocks, unless the pass is forgotten already. */
    const struct stream_record *record = commit->record.pass_until_ms ? &commit->record : &answer->record;
    int64_t counts_at = window_counts_at(record, commit->stream->poll.origin_ms);
    commit->coverage = answer_coverage(answer, counts_at, answer->events);
    if (commit->pass_ends) { /* never further than the vendor's time of the poll, whatever Date it claimed */
        int64_t until = commit->record.pass_until_ms, start = commit->record.pass_start_ms;
        if (start < until) until = start;
        if (until > larger(commit->coverage.from_ms, commit->record.pass_from_ms))
            commit->coverage.until_ms = until;
    }
    commit->commit.coverage = &commit->coverage;
}

void stream_count_steps(struct stream *stream, const struct answer *answer)
{
    if (!answer->kept) return;
    struct fleet_progress *progress = stream->shared->progress;
    stream->record.events += answer->kept;
    atomic_fetch_add(&progress->events, answer->kept);
    atomic_store(&progress->last_progress_ms, clock_monotonic_ms(stream->shared->clock));
}

static void add_list_page(struct page_commit *commit, const struct answer *answer)
{
    const struct snapshot_change *change = list_page_change(answer->list_page);
    if (change) {
        commit->change.poll = change->poll;
        commit->change.items = change->items;
        commit->change.count = change->count;
    }
}

/* The mark of a letter; 0 = not all of its bytes are kept, and nobody knows what is in the rest. */
static uint64_t damage_mark(const struct dead_letter *letter)
{
    unsigned char hash[32];
    uint64_t mark;
    digest_sha256(letter->bytes, hash);
    if (!letter->bytes.size || memcmp(hash, letter->event_id, EVENT_ID_SIZE) != 0) return 0;
    memcpy(&mark, hash, sizeof mark);
    return mark;
}

void page_commit_note_damage(struct page_commit *commit, const struct answer *answer)
{
    if (!stream_is_snapshot(commit->stream)) return;
    for (size_t i = 0; i < answer->aside.count; i++)
        snapshot_note_damage(&commit->list, damage_mark(answer->aside.letters[i]));
}

void page_commit_add_events(struct page_commit *commit, struct answer *answer)
{
    commit->answer = answer;
    commit->record.events += answer->events;
    commit->commit.pages = answer->pages;
    commit->commit.received_ms = answer->received_ms;
    commit->commit.pass_until_ms = commit->stream->record.pass_until_ms;
    commit->commit.remember_ms = stream_settings(commit->stream)->remember_ms;
    add_list_page(commit, answer);
    if (answer->newest_ms > commit->record.last_event_ms) commit->record.last_event_ms = answer->newest_ms;
    add_coverage(commit, answer);
    if (!answer->is_try || !answer->tries_left.size) return;
    commit->commit.tries_key = answer->is_download ? answer->download.key : "";
    commit->commit.tries_left = buffer_text(&answer->tries_left);
}

void page_commit_add_answer(struct page_commit *commit, struct answer *answer)
{
    struct stream_record *record = &commit->record;
    if (answer->is_download) page_commit_note_damage(commit, answer);
    page_commit_add_events(commit, answer);
    drop_known_letters(commit);
    record->repeats += answer->repeats;
    record->left_out += answer->left_out;
    record->set_aside += answer->set_aside;
    commit->commit.dead = answer->aside.letters;
    commit->commit.dead_count = answer->aside.count;
    commit->commit.forget_settled = commit->pass_ends;
    if (answer->is_download) {
        commit->download_key = answer->download.key;
        commit->commit.downloads_done = &commit->download_key;
        commit->commit.download_done_count = 1;
        if (answer->was_tried) commit->commit.tries_key = answer->download.key;
    } else {
        commit->commit.tries_clear = answer->was_tried || answer->download_count;
    }
}

static void run_back(struct network_task *task)
{
    struct page_commit *commit = CONTAINER_OF(task, struct page_commit, back);
    commit->done(commit);
}

/* On the writer's thread. */
static void stored(struct journal_commit *journal_commit, postern_status status, const postern_error *error)
{
    struct page_commit *commit = journal_commit->context;
    commit->status = status;
    commit->error = (postern_error){.size = sizeof commit->error};
    if (status < 0 && error) commit->error = *error;
    network_post(commit->network, &commit->back);
}

void page_commit_send(struct page_commit *commit, void (*done)(struct page_commit *commit))
{
    struct account *account = commit->stream->account;
    commit->network = commit->stream->shared->network;
    if (account->record_changed && account_record_copy(&commit->account, &account->record)) {
        account->record_changed = false;
        commit->commit.account = &commit->account;
    }
    commit->done = done;
    commit->back.run = run_back;
    commit->commit.done = stored;
    commit->commit.context = commit;
    journal_submit(commit->stream->shared->journal, &commit->commit);
}

static bool stands_still(const struct page_commit *commit)
{
    const char *before = commit->stream->record.position, *after = commit->record.position;
    return before && after ? strcmp(before, after) == 0 : before == after;
}

/* A window stream reads again what is not settled, a token stream what lies at the place where it stands, and
 * a snapshot stream everything: what the last whole poll did not show any more is gone. */
static bool may_come_again(const struct page_commit *commit, const struct recent_letter *letter)
{
    switch (commit->stream->declaration->kind) {
    case POSTERN_STREAM_WINDOW:
        return letter->pass_until_ms > commit->record.settled_until_ms;
    case POSTERN_STREAM_SNAPSHOT:
        return !commit->pass_ends || letter->shown_by >= commit->list.polls;
    default:
        return stands_still(commit);
    }
}

static void forget_letters(struct page_commit *commit)
{
    if (!commit->stream->memory) return;
    struct recent_letters *letters = &commit->stream->memory->letters;
    size_t kept = 0;
    for (size_t i = 0; i < letters->count; i++)
        if (may_come_again(commit, &letters->items[i])) letters->items[kept++] = letters->items[i];
    letters->count = kept;
}

static void remember_letters(struct page_commit *commit)
{
    const struct stream_record *record = &commit->record;
    forget_letters(commit);
    bool is_token = commit->stream->declaration->kind == POSTERN_STREAM_TOKEN;
    if (!commit->commit.dead_count || (is_token && !stands_still(commit))) return;
    struct stream_memory *memory = stream_memory(commit->stream);
    if (!memory) return;
    struct recent_letters *letters = &memory->letters;
    for (size_t i = 0; i < commit->commit.dead_count && letters->count < RECENT_LETTERS; i++) {
        if (!array_extend(&letters->items, letters->count, sizeof *letters->items)) return;
        struct recent_letter *letter = &letters->items[letters->count++];
        memcpy(letter->id, commit->commit.dead[i]->event_id, EVENT_ID_SIZE);
        letter->pass_until_ms = record->pass_until_ms;
        if (stream_is_snapshot(commit->stream)) letter->shown_by = snapshot_poll(&memory->list);
    }
}

void page_commit_apply(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    struct fleet_progress *progress = stream->shared->progress;
    remember_letters(commit);
    if (stream_is_snapshot(stream)) stream->memory->list = commit->list;
    stream_record_clear(&stream->record);
    stream->record = commit->record;
    commit->record.position = NULL;
    commit->record.trouble = NULL;
    if (commit->answer) atomic_fetch_add(&progress->events, commit->answer->events);
    atomic_store(&progress->last_progress_ms, clock_monotonic_ms(stream->shared->clock));
}

void page_commit_free(struct page_commit *commit)
{
    if (!commit) return;
    if (commit->status < 0 && commit->commit.account) commit->stream->account->record_changed = true;
    stream_record_clear(&commit->record);
    account_record_clear(&commit->account);
    answer_free(commit->answer);
    free(commit);
}
