#include "collect/stream/departures.h"

#include "base/error.h"
#include "collect/answer/leaving.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/state.h"
#include "collect/stream/trouble.h"

#include <stdlib.h>

static void fail(struct stream *stream, const postern_error *error, postern_status status)
{
    struct trouble trouble;
    trouble_of_commit(error, status, &trouble);
    stream->phase = PHASE_RESTING;
    stream_take_trouble(stream, &trouble);
}

static void no_memory(struct stream *stream)
{
    postern_error error = ERROR_INIT;
    fail(stream, &error, error_no_memory(&error, NULL));
}

static void go_on(struct stream *stream, bool is_all)
{
    stream->departures_due = !is_all;
    stream->phase = PHASE_RESTING;
    if (is_all && stream->poll_ended && stream->shared->once)
        stream_finish(stream, stream->record.trouble != NULL);
    stream_wake(stream);
}

static void stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    struct leaving *leaving = commit->context;
    if (commit->status < 0) {
        fail(stream, &commit->error, commit->status);
    } else {
        atomic_fetch_add(&stream->shared->progress->events, (int64_t)leaving->count);
        page_commit_apply(commit);
        go_on(stream, leaving->is_all);
    }
    page_commit_free(commit);
    leaving_free(leaving);
    activity_done(&stream->shared->activity);
}

static bool store(struct stream *stream, struct leaving *leaving)
{
    struct page_commit *commit = page_commit_new(stream);
    if (!commit) return false;
    commit->context = leaving;
    commit->record.events += (int64_t)leaving->count;
    if (leaving->newest_ms > commit->record.last_event_ms) commit->record.last_event_ms = leaving->newest_ms;
    commit->change.left = leaving->rows;
    commit->change.left_count = leaving->count;
    commit->coverage = (struct coverage_read){
        .from_ms = leaving->newest_ms, .until_ms = leaving->newest_ms, .events = (int64_t)leaving->count};
    commit->commit.coverage = &commit->coverage;
    commit->commit.pages = leaving->pages;
    commit->commit.received_ms = stream_wall_ms(stream);
    stream->phase = PHASE_COMMITTING;
    page_commit_send(commit, stored); /* the busy mark of reading goes over to it */
    return true;
}

static void was_read(struct leaving *leaving)
{
    struct stream *stream = leaving->context;
    bool is_stored = leaving->status >= 0 && leaving->count && store(stream, leaving);
    if (is_stored) return;
    if (leaving->status < 0)
        fail(stream, &leaving->error, leaving->status);
    else if (leaving->count)
        no_memory(stream);
    else
        go_on(stream, true);
    leaving_free(leaving);
    activity_done(&stream->shared->activity);
}

void stream_tell_departures(struct stream *stream)
{
    struct stream_shared *shared = stream->shared;
    struct leaving *leaving = calloc(1, sizeof *leaving);
    if (!leaving) {
        no_memory(stream);
        return;
    }
    leaving->journal = shared->journal;
    leaving->workers = shared->workers;
    leaving->network = shared->network;
    leaving->stream_id = stream->record.id;
    leaving->left_type = stream->declaration->left_type;
    leaving->page_size = shared->limits.page_size;
    leaving->page_events = shared->limits.page_events;
    leaving->done = was_read;
    leaving->context = stream;
    stream->phase = PHASE_READING;
    activity_busy(&shared->activity);
    leaving_read(leaving);
}
