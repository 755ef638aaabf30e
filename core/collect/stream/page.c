#include "collect/stream/page.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "collect/plan/token.h"
#include "collect/stream/account.h"
#include "collect/stream/memory.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/state.h"
#include "collect/stream/trouble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A window stream that is told "more" must be told where; else it would read the same page for ever and the
 * pass would never end. */
static bool page_token_stands_still(const struct stream *stream, const struct answer *answer)
{
    if (!stream_is_window(stream) || answer->outcome != POSTERN_MORE) return false;
    const char *before = stream->record.position, *after = answer->next_position;
    return answer->keep_position || !after || (before && strcmp(before, after) == 0);
}

/* The answer showed what time it is at the server's. True if the poll goes back. */
static bool heed_clock(struct stream *stream, struct stream_record *record)
{
    const struct server_clock *clock = &stream->account->host->clock;
    const struct window_settings *settings = &stream->source->settings.window;
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

/* Moves the record of the commit over the page; says whether the poll goes on. */
static bool move_over_page(struct stream *stream, struct page_commit *commit, struct answer *answer)
{
    struct stream_record *record = &commit->record;
    char *position = answer->next_position;
    answer->next_position = NULL;
    int64_t wall = stream_wall_ms(stream);
    if (!stream_is_window(stream)) {
        struct token_answer token = {answer->outcome, answer->keep_position, position,
                                     answer->kept + answer->events};
        bool more = token_goes_on(record, &token);
        token_page_read(record, answer->keep_position, position, wall);
        return more;
    }
    bool last = answer->outcome != POSTERN_MORE;
    if (!last) {
        window_page_read(record, position, wall);
        return true;
    }
    free(position);
    commit->reads_again = border_reads_again(answer->border);
    if (commit->reads_again) {
        window_page_read(record, NULL, 0);
        record->page_number = 0;
        return true;
    }
    commit->pass_ends = true;
    window_pass_read(&stream->poll, &stream->source->settings.window, record);
    return stream->limit_due || stream->poll.next_from_ms < stream->poll.target_ms;
}

static void store_success(struct stream *stream, struct page_commit *commit)
{
    struct stream_record *record = &commit->record;
    record->last_success_ms = stream_wall_ms(stream);
    free(record->trouble);
    record->trouble = NULL;
    record->state = STREAM_OK;
    record->attempt = 1;
    int64_t next = stream->pace.not_before_ms;
    if (!commit->goes_on) {
        record->caught_up_ms = record->last_success_ms;
        stream_schedule_next_poll(stream);
        if (stream->pace.due_ms > next) next = stream->pace.due_ms;
    }
    stream_note_next_attempt(stream, record, next);
}

static void say_works_again(const struct stream *stream)
{
    char scope[STREAM_SCOPE_SIZE], lasted[32];
    int64_t since = trouble_since(stream->record.trouble);
    if (!stream->record.trouble) return;
    log_write(POSTERN_LOG_INFO, stream_scope(stream, scope), "works again%s%s", since ? " after " : "",
              since ? duration_format(stream_wall_ms(stream) - since, lasted) : "");
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
        page_commit_remember_try(commit);
        page_commit_free(commit);
        stream_take_trouble(stream, &trouble);
        activity_done(&shared->activity);
        return;
    }
    say_works_again(stream);
    page_commit_apply(commit);
    stream_forget_tries(stream);
    pace_succeeded(&stream->pace);
    stream->refusals = 0;
    stream->signed_again = stream->planned_again = false;
    if (commit->pass_ends || !commit->goes_on) stream->pace.restarts = 0;
    if (commit->pass_ends || commit->reads_again) stream->pass_open = false;
    stream_set_border(stream, commit->pass_ends ? NULL : STEAL_POINTER(commit->answer->border));
    if (!commit->goes_on) {
        stream->polling = false;
        if (shared->once) stream_finish(stream, false);
    }
    page_commit_free(commit);
    stream_wake(stream);
    activity_done(&shared->activity);
}

void stream_take_answer(struct stream *stream, struct answer *answer)
{
    struct page_commit *commit = NULL;
    postern_error error = ERROR_INIT;
    if (page_token_stands_still(stream, answer))
        error_set(&error, POSTERN_E_PROTOCOL,
                  "the answer says that there is more, but its page token is the one that was sent");
    else if (!(commit = page_commit_new(stream)))
        error_no_memory(&error, NULL);
    if (!commit) {
        struct trouble trouble;
        trouble_of_source(&error, error.code, &trouble);
        answer_free(answer);
        stream_take_trouble(stream, &trouble);
        return;
    }
    bool goes_back = stream_is_window(stream) && heed_clock(stream, &commit->record);
    commit->goes_on = move_over_page(stream, commit, answer) || goes_back;
    if (goes_back && commit->pass_ends) stream->poll.next_from_ms = commit->record.settled_until_ms + 1;
    commit->commit.downloads_clear = answer->download_count > 0;
    store_success(stream, commit);
    page_commit_add_answer(commit, answer);
    stream->phase = PHASE_COMMITTING;
    activity_busy(&stream->shared->activity);
    page_commit_send(commit, page_stored);
}
