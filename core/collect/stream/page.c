#include "collect/stream/page.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "collect/plan/token.h"
#include "collect/stream/account.h"
#include "collect/stream/account_quota.h"
#include "collect/stream/late_polls.h"
#include "collect/stream/memory.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/state.h"
#include "collect/stream/trouble.h"

#include <stdio.h>
#include <stdlib.h>

/* The answer showed what time it is at the server's. True if the poll goes back. */
static bool heed_clock(struct stream *stream, struct stream_record *record)
{
    const struct server_clock *clock = &stream->account->host->clock;
    const struct window_settings *settings = &stream_settings(stream)->window;
    struct clock_reading now = clock_read(stream->shared->clock), began = now;
    began.monotonic_ms = stream->poll_began_ms;
    began.wall_ms -= now.monotonic_ms - stream->poll_began_ms;
    window_lower_start(&stream->poll, record, server_clock_for_settled(clock, began));
    window_lower_origin(&stream->poll, settings, account_start_ms(stream->account));
    if (stream->looks && clock->answered)
        window_set_target(&stream->poll, settings, server_clock_for_until(clock, now));
    stream->looks = stream->looks && !clock->answered;
    return stream_mend_future(stream, record);
}

/* Whether an answer that says "more" leads anywhere; out of memory it is believed. */
static enum headway judge(struct stream *stream, const struct answer *answer, bool *ends_pass)
{
    struct stream_memory *memory = stream_memory(stream);
    int64_t before = answer->record.events - answer->kept; /* when it was asked for */
    const struct progress_page page = {.asked = stream->record.position,
                                       .next = answer->next_position,
                                       .keeps = answer->keep_position,
                                       .content = answer->content,
                                       .new_events = stream_is_snapshot(stream)
                                                         ? answer->sighted
                                                         : stream->record.events + answer->events - before,
                                       .is_window = stream_has_passes(stream)};
    if (!memory) return PROGRESS_MADE;
    enum headway progress = progress_take(&memory->round, &stream->shared->progress_limits, &page);
    *ends_pass = progress_ends_pass(progress, &page);
    return progress;
}

static void turn_page(struct stream *stream, struct stream_record *record, struct answer *answer)
{
    char *position = answer->next_position;
    answer->next_position = NULL;
    if (!stream_has_passes(stream)) {
        token_page_read(record, answer->keep_position, position, stream_wall_ms(stream));
        return;
    }
    if (answer->keep_position) {
        position = record->position;
        record->position = NULL;
    }
    window_page_read(record, position, stream_wall_ms(stream));
}

/* A list that leads nowhere is broken off: what it did not show may be there all the same. */
static bool move_over_list(struct stream *stream, struct page_commit *commit, struct answer *answer)
{
    struct stream_record *record = &commit->record;
    commit->waiting = stream->memory->waiting += answer->waiting;
    bool more = answer->outcome == POSTERN_MORE, stuck = false;
    if (more) commit->progress = judge(stream, answer, &stuck);
    if (more && record->page_number >= stream->shared->limits.snapshot.items)
        commit->progress = PROGRESS_ENDLESS;
    if (more && commit->progress == PROGRESS_MADE) {
        turn_page(stream, record, answer);
        return true;
    }
    if (more) {
        window_drop_pass(record);
        return false;
    }
    commit->pass_ends = true;
    commit->end = snapshot_poll_read(&commit->list, record);
    commit->change.poll = commit->list.polls;
    commit->change.end = &commit->end;
    return false;
}

/* Moves the record of the commit over the page; says whether the poll goes on. */
static bool move_over_page(struct stream *stream, struct page_commit *commit, struct answer *answer)
{
    struct stream_record *record = &commit->record;
    bool more = answer->outcome == POSTERN_MORE, stuck = false;
    if (stream_is_snapshot(stream)) return move_over_list(stream, commit, answer);
    if (more) commit->progress = judge(stream, answer, &stuck);
    if (!stream_is_window(stream) || (more && !stuck)) {
        turn_page(stream, record, answer);
        return more && commit->progress == PROGRESS_MADE;
    }
    commit->reads_again = !stuck && border_reads_again(answer->border);
    if (commit->reads_again) {
        window_page_read(record, NULL, 0);
        record->page_number = 0;
        return true;
    }
    commit->pass_ends = true;
    window_pass_read(&stream->poll, &stream_settings(stream)->window, record);
    return !stuck && (stream->limit_due || stream->poll.next_from_ms < stream->poll.target_ms);
}

static void store_success(struct stream *stream, struct page_commit *commit)
{
    struct stream_record *record = &commit->record;
    record->last_success_ms = stream_wall_ms(stream);
    bool stalled = commit->progress != PROGRESS_MADE;
    /* What a round was ended for is not mended before a round has come to a good end. */
    bool is_full = commit->waiting ||
                   (stream_is_snapshot(stream) && record->state == STREAM_RETRYING && commit->goes_on);
    if (!stalled && !is_full && !(stream->pace.stalls && commit->goes_on)) {
        free(record->trouble);
        record->trouble = NULL;
        record->state = STREAM_OK;
    }
    record->attempt = 1;
    int64_t next = stream->pace.not_before_ms;
    if (!commit->goes_on && !stalled) {
        record->caught_up_ms = record->last_success_ms;
        late_polls_end(stream);
        if (stream->pace.due_ms > next) next = stream->pace.due_ms;
    }
    stream_note_next_attempt(stream, record, next);
}

/* Behind the commit: an end that is not stored is none. The notice also at the first page of a run, since the
 * one before may have ended between such a commit and its notice; where nothing was told it is no news. */
static void tell_works_again(struct stream *stream, const struct page_commit *commit)
{
    char lasted[32], words[64];
    const struct trouble_words *before = stream->record.trouble;
    bool is_well = !commit->record.trouble && !commit->waiting && commit->progress == PROGRESS_MADE;
    if (!is_well || (!before && stream->told == NOTICE_NONE)) return;
    int64_t since = trouble_since(before);
    snprintf(words, sizeof words, "works again%s%s", since ? " after " : "",
             since ? duration_format(stream_wall_ms(stream) - since, lasted) : "");
    const struct notice notice = stream_notice(stream, NOTICE_STREAM_RECOVERED, words);
    if (before && stream->record.state != STREAM_OUT_OF_CALLS) notice_log(&notice);
    if (stream->told != NOTICE_NONE) notice_emit(stream->shared->journal, &notice);
    stream->told = NOTICE_NONE;
}

/* What follows for the stream. */
static void go_on(struct stream *stream, const struct page_commit *commit)
{
    pace_succeeded(&stream->pace);
    stream->refusals = 0;
    stream->has_more = commit->goes_on;
    stream->signed_again = stream->planned_again = false;
    if (commit->pass_ends || !commit->goes_on) stream->pace.restarts = 0;
    if (commit->pass_ends || commit->reads_again || !commit->goes_on) stream_forget_round(stream);
    if (commit->pass_ends || commit->reads_again) stream->pass_open = false;
    stream_set_border(stream, commit->pass_ends ? NULL : STEAL_POINTER(commit->answer->border));
    if (commit->goes_on || commit->progress != PROGRESS_MADE) return;
    stream->pace.stalls = 0;
    stream->polling = false;
    if (stream_is_snapshot(stream))
        stream->departures_due = stream->poll_ended =
            commit->change.end; /* under `once` it finishes behind them */
    else if (stream->shared->once)
        stream_finish(stream, false);
}

static void page_stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    struct stream_shared *shared = stream->shared;
    stream->phase = PHASE_RESTING;
    if (commit->status < 0) {
        struct trouble trouble;
        trouble_of_commit(&commit->error, commit->status, &trouble);
        stream->polling = stream->pass_open = false; /* what was assumed about the pass did not come true */
        stream->pace.due_ms = stream_now_ms(stream); /* nor has the poll been read to its end */
        stream_forget_round(stream);                 /* the page comes again */
        page_commit_free(commit);
        stream_take_trouble(stream, &trouble);
        activity_done(&shared->activity);
        return;
    }
    tell_works_again(stream, commit);
    stream->was_read = true;
    page_commit_apply(commit);
    go_on(stream, commit);
    struct trouble trouble;
    bool is_stuck = commit->progress != PROGRESS_MADE, is_full = commit->waiting && commit->pass_ends;
    if (is_stuck) trouble_of_progress(progress_words(commit->progress), &trouble);
    if (is_full) trouble_of_full_list(commit->waiting, &shared->limits.snapshot, &trouble);
    page_commit_free(commit);
    account_quota_wake(stream);
    if (is_stuck || is_full)
        stream_take_trouble(stream, &trouble);
    else
        stream_wake(stream);
    activity_done(&shared->activity);
}

/* Nobody needs to note which poll saw the items last, since none of them is missed. */
static void only_count(struct page_commit *commit)
{
    commit->change = (struct snapshot_change){.state = &commit->list, .poll = commit->list.polls};
}

/* Whether it changes nothing but how far the stream was read, after a poll of this process that was stored.
 * A poll that brought nothing can be read again at any time, whatever becomes of its record. */
static bool is_idle(const struct stream *stream, const struct page_commit *commit,
                    const struct answer *answer)
{
    const struct stream_record *before = &stream->record, *record = &commit->record;
    bool brings_something = answer->pages || answer->kept || answer->aside.count || answer->was_tried ||
                            answer->is_try || answer->is_download || answer->download_count;
    bool stays_well = before->state == STREAM_OK && record->state == STREAM_OK && !before->trouble &&
                      !record->trouble && stream->told == NOTICE_NONE && stream->was_read;
    /* Beside damage it matters which poll saw an item last. */
    bool may_count = answer->list_stands_still && !commit->list.last_damage;
    if (stream_is_snapshot(stream) && !may_count) return false;
    return !stream->shared->once && !brings_something && stays_well && !commit->goes_on &&
           commit->progress == PROGRESS_MADE && !stream->account->record_changed;
}

void stream_take_answer(struct stream *stream, struct answer *answer)
{
    struct page_commit *commit = page_commit_new(stream);
    if (!commit) {
        struct trouble trouble = {.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        answer_free(answer);
        stream_take_trouble(stream, &trouble);
        return;
    }
    page_commit_note_damage(commit, answer);
    bool goes_back = stream_is_window(stream) && heed_clock(stream, &commit->record);
    commit->goes_on = move_over_page(stream, commit, answer) || goes_back;
    if (goes_back && commit->pass_ends) stream->poll.next_from_ms = commit->record.settled_until_ms + 1;
    commit->commit.downloads_clear = answer->download_count > 0;
    store_success(stream, commit);
    page_commit_add_answer(commit, answer);
    commit->commit.may_wait = !goes_back && is_idle(stream, commit, answer);
    if (commit->commit.may_wait && stream_is_snapshot(stream)) only_count(commit);
    stream->phase = PHASE_COMMITTING;
    activity_busy(&stream->shared->activity);
    page_commit_send(commit, page_stored);
}
